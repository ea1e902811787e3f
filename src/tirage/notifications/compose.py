"""A mail's words filled in: subject, plain text and HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

from django.utils.translation import gettext

from tirage.core.models import Winery
from tirage.notifications.kinds import KINDS
from tirage.notifications.layouts import layout_of
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


def compose(
    words: Words, values: Mapping[str, Value], winery: Winery, *, leave: str = "", layout: str | None = None
) -> Composed:
    """The mail itself. Values are escaped in the HTML; an empty paragraph is left out.

    With ``leave``, the address of a page, its foot says how to get no more of this kind. ``layout`` is MJML to be
    looked at instead of the one that mails are sent in. Raises LayoutRefused for one that can't be used.
    """
    subject = fill_subject(words.subject, values)[:200]
    foot = [winery.name, winery.vineyard, winery.postal_address, winery.support_email, winery.support_phone]
    lines = [line for line in foot if line]
    said = {
        "subject": escape(subject),
        "winery.name": escape(winery.name),
        "foot": escape(" · ".join(lines)),
        "leave": f'<a href="{escape(leave)}">{escape(LEAVE_WORDS)}</a>' if leave else "",
    }
    html = layout_of(winery, layout).render(fill_blocks(words.body, values), said)
    if leave:
        lines.append(f"\n{LEAVE_WORDS}: {leave}")
    text = fill_text(words.body, values) + "\n-- \n" + "\n".join(lines) + "\n"
    return Composed(subject, text, html, leave)


#: What stands before everything else in a mail about a test order.
TEST_WORDS = "Test order: no wine and no money moves."


def marked_as_test(mail: Composed) -> Composed:
    """The same mail as one about a test order: nobody takes it for a real one, in the list or opened."""
    banner = f'<p style="margin:0;padding:12px;border:2px solid #b58900">{TEST_WORDS}</p>'
    body = re.search(r"<body[^>]*>", mail.html)
    at = body.end() if body else 0
    html = mail.html[:at] + banner + mail.html[at:]
    return replace(
        mail, subject=f"Test: {mail.subject}"[:200], text=f"{TEST_WORDS}\n\n{mail.text}", html=html
    )


def preview(kind: Kind, words: Words, winery: Winery, *, layout: str | None = None) -> Composed:
    """The mail with its sample values, for staff to look at."""
    return compose(
        words, sample_values(kind, winery), winery, leave="#" if kind.marketing else "", layout=layout
    )


def sample_values(kind: Kind, winery: Winery) -> dict[str, Value]:
    """What a mail's placeholders might say, of nobody."""
    return {
        "customer.first_name": "Ana",
        "customer.name": "Ana Alvarez",
        "winery.name": winery.name,
        "winery.support_email": winery.support_email,
        "winery.support_phone": winery.support_phone,
        **kind.sample,
    }
