"""A mail as a real customer would get it, to be looked at: its buttons lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tirage.core.language import speaking_the_winerys
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.notifications.compose import Composed, Words, compose, sample_values, words_of
from tirage.notifications.content import customer_values, values_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay
from tirage.offers.models import Offer
from tirage.orders.models import IS_REAL, Order


@dataclass(frozen=True, slots=True)
class Seen:
    """``is_sample``: there is nothing of this customer's to say, so that is made up."""

    mail: Composed
    is_sample: bool


def mail_seen_by(
    *,
    kind: MailKind,
    customer: Customer,
    data: Mapping[str, Any] | None = None,
    words: Words | None = None,
    layout: str | None = None,
    now: datetime,
) -> Seen:
    """The mail about ``data``, else about what the customer's last mail of the kind was about, the last order or offer.

    Nothing is sent or kept, and nobody signs in by it: whoever has a customer's link is that customer. ``words`` and
    ``layout`` are tried instead of those that stand. Raises LayoutRefused.
    """
    winery = current_winery()
    facts = data if data is not None else _last_facts(kind, customer)
    asked = SentMail(customer=customer, kind=kind.value, data=dict(facts), due_at=now)
    is_sample = KINDS[kind].private or not facts
    values = {**sample_values(KINDS[kind], winery), **customer_values(customer)}
    with speaking_the_winerys():
        if not is_sample:
            try:
                values = values_of(asked, winery)
            except (NothingToSay, KeyError):
                is_sample = True
        values = {
            name: Link("#", value.label) if isinstance(value, Link) else value
            for name, value in values.items()
        }
        leave = "#" if KINDS[kind].marketing else ""
        return Seen(compose(words or words_of(kind), values, winery, leave=leave, layout=layout), is_sample)


def _last_facts(kind: MailKind, customer: Customer) -> dict[str, Any]:
    """What the kind may be about, of this customer; a builder takes what it knows of it."""
    last = SentMail.objects.filter(customer=customer, kind=kind.value).order_by("-id").first()
    facts: dict[str, Any] = {}
    order = (
        Order.objects.filter(IS_REAL, customer=customer, placed_at__isnull=False)
        .order_by("-placed_at")
        .first()
    )
    if order:
        facts["order_id"] = order.pk
    offer = Offer.objects.filter(group__memberships__customer=customer).order_by("-closes_at").first()
    if offer:
        facts["offer_id"] = offer.pk
    return {**facts, **(last.data if last else {})}
