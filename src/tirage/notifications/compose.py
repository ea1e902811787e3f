"""A mail's words filled in: subject, plain text and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import gettext

from tirage.core.models import Winery
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import MailText
from tirage.notifications.placeholders import Kind
from tirage.notifications.rules import Value, fill_blocks, fill_subject, fill_text
from tirage.notifications.states import MailKind

#: Of the link in the foot of what nobody asked for; the HTML says the same.
LEAVE_WORDS = "No more mail about offers and news"


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body as they are written, with placeholders; ``own`` when the winery wrote them."""

    subject: str
    body: str
    own: bool


@dataclass(frozen=True, slots=True)
class Composed:
    """``leave`` is the address at which the customer is left alone from now on, of mails that anybody may leave."""

    subject: str
    text: str
    html: str
    leave: str = ""


def words_of(kind: MailKind) -> Words:
    """The winery's own words for the mail, else the built-in ones."""
    saved = MailText.objects.filter(kind=kind.value).first()
    if saved:
        return Words(saved.subject, saved.body, own=True)
    return Words(gettext(KINDS[kind].subject), gettext(KINDS[kind].body), own=False)


def compose(words: Words, values: Mapping[str, Value], winery: Winery, *, leave: str = "") -> Composed:
    """The mail itself. Values are escaped in the HTML; an empty paragraph is left out.

    With ``leave``, the address of a page, its foot says how to get no more of this kind.
    """
    subject = fill_subject(words.subject, values)[:200]
    foot = [winery.name, winery.vineyard, winery.postal_address, winery.support_email, winery.support_phone]
    html = render_to_string(
        "notifications/mail.html",
        {
            "subject": subject,
            "blocks": fill_blocks(words.body, values),
            "winery": winery,
            "foot": [f for f in foot if f],
            "leave": leave,
            "leave_words": LEAVE_WORDS,
        },
    )
    lines = [line for line in foot if line]
    if leave:
        lines.append(f"\n{LEAVE_WORDS}: {leave}")
    text = fill_text(words.body, values) + "\n-- \n" + "\n".join(lines) + "\n"
    return Composed(subject, text, html, leave)


def preview(kind: Kind, words: Words, winery: Winery) -> Composed:
    """The mail with its sample values, for staff to look at."""
    values: dict[str, Value] = {
        "customer.first_name": "Ana",
        "customer.name": "Ana Alvarez",
        "winery.name": winery.name,
        "winery.support_email": winery.support_email,
        "winery.support_phone": winery.support_phone,
        **kind.sample,
    }
    return compose(words, values, winery, leave="#" if kind.marketing else "")
