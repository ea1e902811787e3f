"""A mail to be looked at, with sample values or as a customer gets it, on narrow and wide, light and dark screens."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest

from tirage.core.clock import read_clock
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.customers.queries import find_as_written
from tirage.notifications.compose import Composed, Words, preview, words_of
from tirage.notifications.placeholders import Kind
from tirage.notifications.previews import Seen, mail_seen_by
from tirage.notifications.trying import send_test
from tirage.staff.permissions import Permission, require, staff_actor, staff_member

_SCHEMES = {"light": "Light", "dark": "Dark"}


@dataclass(frozen=True, slots=True)
class Frame:
    """A mail in a frame of so many pixels."""

    url: str
    width: int
    title: str


@dataclass(frozen=True, slots=True)
class Frames:
    """Both widths in the scheme that is looked at, and the way to the other."""

    frames: tuple[Frame, ...]
    scheme: str
    other: str
    other_url: str


def customer_looked_as(request: HttpRequest) -> Customer | None:
    """The one whom the address or the form names, by e-mail address or reference; None for nobody or a typing error.

    Only for who may see customers.
    """
    text = (request.GET.get("customer") or "").strip()[:254]
    if not text:
        return None
    require(request, Permission.SEE_CUSTOMERS)
    found = None
    if "\x00" not in text:  # PostgreSQL can't even be asked for it
        found = find_as_written(text)
    if found is None:
        messages.error(request, f"No customer has the e-mail address or reference “{text}”.")
    return found


def mail_shown(
    kind: Kind, customer: Customer | None, *, words: Words | None = None, layout: str | None = None
) -> Seen:
    """The mail for the customer; for nobody, or of a kind that isn't for customers, with sample values."""
    if customer is not None and kind.to_customer:
        return mail_seen_by(kind=kind.kind, customer=customer, words=words, layout=layout, now=read_clock())
    return Seen(preview(kind, words or words_of(kind.kind), current_winery(), layout=layout), is_sample=True)


def frames(request: HttpRequest, url: str) -> Frames:
    """The mail of ``url`` as wide as on a telephone and as in a mail program."""
    asked = {name: request.GET[name][:254] for name in ("customer", "kind") if request.GET.get(name)}
    scheme = "dark" if request.GET.get("scheme") == "dark" else "light"
    other = "light" if scheme == "dark" else "dark"
    source = f"{url}?{urlencode({**asked, 'scheme': scheme})}"
    return Frames(
        (
            Frame(source, 390, "The mail on a telephone"),
            Frame(source, 640, "The mail in a mail program"),
        ),
        _SCHEMES[scheme],
        _SCHEMES[other],
        f"?{urlencode({**asked, 'scheme': other})}",
    )


def say_test(request: HttpRequest, composed: Composed) -> None:
    """Mails it to the member of the team, and says what the mail server answered."""
    tried = send_test(
        to=staff_member(request).email, composed=composed, actor=staff_actor(request), now=read_clock()
    )
    say = messages.success if tried.taken else messages.error
    say(request, f"{tried.words} You saved nothing.")
