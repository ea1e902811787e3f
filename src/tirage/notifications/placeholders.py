"""What a kind of mail is, and the placeholders and samples that several kinds share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext

from tirage.core.jobs import Urgency
from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.states import MailKind

#: Placeholders of every mail, with what they say.
EVERYWHERE: dict[str, str] = {
    "winery.name": "Your winery's name",
    "winery.support_email": "Your e-mail address for questions",
    "winery.support_phone": "Your telephone for questions",
}
CUSTOMER: dict[str, str] = {
    "customer.first_name": "The customer's first name, or the only one; “there” when none is known",
    "customer.name": "First and last name",
}
ORDER: dict[str, str] = {
    "order.reference": "The order's number",
    "order.lines": "The wines with their prices (as a table, in a paragraph of its own)",
    "order.total": "The order's total",
    "order.address": "Where it goes",
    "order.placed": "When it was placed",
    "order.delivery": "How it goes",
    "order.link": "A button to the order",
}
PAY: dict[str, str] = {
    "pay.amount": "How much is to be paid",
    "pay.what": "What for: “your order ORD-…” or “the change of your order ORD-…”",
    "pay.link": "A button to the page where it is paid, without signing in",
    "pay.until": "Until when the button works",
}
CARD_LINK = {"card.link": "A button to the page where a card is replaced, without signing in"}


@dataclass(frozen=True, slots=True)
class Kind:
    """``when`` and ``name`` are for staff; ``private`` mails lose their contents once sent.

    What is still unsent after its ``life`` is worth nothing any more, and isn't sent. ``marketing`` is what nobody
    asked for: it goes to those who agreed to it, and carries a way to be left alone. ``at_most_once``: rather not at
    all than twice, where nobody knows what became of a try.
    """

    kind: MailKind
    name: str
    when: str
    subject: str
    body: str
    own: Mapping[str, str]
    sample: Mapping[str, Value]
    to_customer: bool = True
    private: bool = False
    urgency: Urgency = Urgency.SOON
    life: timedelta | None = None
    marketing: bool = False
    at_most_once: bool = False

    @property
    def placeholders(self) -> dict[str, str]:
        """Every placeholder that its words may use, with what it says."""
        return {**(CUSTOMER if self.to_customer else {}), **self.own, **EVERYWHERE}

    @property
    def said(self) -> str:
        """Its name in the winery's own English."""
        return gettext(self.name)


SAMPLE_ORDER: dict[str, Value] = {
    "order.reference": "ORD-7K2M9QXA",
    "order.lines": Rows(
        [
            ("2 × Estate Cabernet 2023, 750 ml", "$240.00"),
            ("1 × Estate Cabernet 2023, 1.5 l", "$260.00"),
            ("Shipping", "$28.00"),
        ],
        [("Total", "$528.00")],
    ),
    "order.total": "$528.00",
    "order.address": "Ana Alvarez, 1 Valencia Street, San Francisco, CA 94110",
    "order.placed": "Tuesday, October 6, 2026, 9:12 AM PDT",
    "order.delivery": "Ground",
    "order.link": Link("#", "See your order"),
}
SAMPLE_PAY: dict[str, Value] = {
    "pay.amount": "$190.00",
    "pay.what": "the change of your order ORD-7K2M9QXA",
    "pay.link": Link("#", "Pay $190.00"),
    "pay.until": "Tuesday, October 13, 2026, 9:00 AM PDT",
}
SAMPLE_CARD_LINK: dict[str, Value] = {"card.link": Link("#", "Give us another card")}
