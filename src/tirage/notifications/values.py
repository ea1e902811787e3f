"""What the mails' placeholders have in common: an order, the shop's addresses."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.core.sealing import Unreadable, seal, unseal
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows, Value
from tirage.notifications.wording import Say
from tirage.orders.history import is_history
from tirage.orders.models import Order
from tirage.orders.queries import charges_and_taxes, order_lines
from tirage.orders.states import TESTS
from tirage.orders.status_links import status_link
from tirage.orders.vat import vat_rows
from tirage.payments.queries import credit_spent_minor
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState

Values = dict[str, Value]


class NothingToSay(Exception):
    """What the mail was about is gone; ``str()`` says what."""


def public_url(name: str, *args: Any) -> str:
    """The public address of a page of the shop."""
    return settings.SITE_URL + reverse(name, args=args)


#: What a mail is about that lets somebody in: kept sealed until it is out, then forgotten.
KEYS = ("code", "link", "url")


def sealed_data(data: dict[str, Any]) -> dict[str, Any]:
    """The facts of a private mail as they are kept."""
    return {name: {"sealed": seal(value)} if name in KEYS else value for name, value in data.items()}


def data_of(mail: SentMail, name: str) -> str:
    """A fact that the mail was queued with, opened if it was sealed. Raises NothingToSay."""
    try:
        value = mail.data[name]
        return unseal(value["sealed"]) if isinstance(value, dict) else str(value)
    except (KeyError, Unreadable):
        raise NothingToSay(f"The mail has lost its {name}.") from None


def is_of_test(mail: SentMail) -> bool:
    """Whether it is about a test order, or a wish that was tried; one statement for what names either, else none."""
    if order_id := mail.data.get("order_id"):
        tests = [state.value for state in TESTS]
        return Order.objects.filter(pk=order_id, state__in=tests).exists()
    if wish_id := mail.data.get("wish_id"):
        return Wish.objects.filter(pk=wish_id, state=WishState.TEST.value).exists()
    return False


def order_of(mail: SentMail) -> Order:
    order = (
        Order.objects.select_related("offer", "method", "customer")
        .filter(pk=mail.data.get("order_id"))
        .first()
    )
    if order is None:
        raise NothingToSay("The order is gone.")
    if is_history(order.channel):
        raise NothingToSay("The order is of the former system: nothing is said of it by mail.")
    return order


def order_values(order: Order, winery: Winery) -> Values:
    """Lines net of the ledger, charges, total, address."""
    said = Say(winery)
    own = order_lines(order)
    lines = [(f"{line.quantity} × {line.name}, {line.format_name}", said.money(line.amount)) for line in own]
    found, taxes = charges_and_taxes(order)
    charges = [
        (charge.description or charge.kind.capitalize(), said.money(charge.amount)) for charge in found
    ]
    total = said.money(Money(order.owed_minor, order.currency))
    credit = Money(credit_spent_minor(order.pk), order.currency)
    from_credit = [("From your store credit", said.money(-credit))] if credit else []
    return {
        "order.reference": order.reference,
        "order.placed": said.moment(order.placed_at or order.made_at),
        "order.lines": Rows(
            lines + charges, [("Total", total), *from_credit, *vat_rows(order, own, taxes, said.money)]
        ),
        "order.total": total,
        "order.address": ", ".join(part for part in (order.recipient, order.one_line_address) if part),
        "order.delivery": order.method.name if order.method else "",
        "order.link": Link(status_link(order), "See your order"),
    }
