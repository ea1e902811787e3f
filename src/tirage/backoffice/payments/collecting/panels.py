"""What of one order's money is being collected, on its page; what a customer owes, on the customer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import state_cell
from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE, Look, Panel
from tirage.backoffice.payments.collecting.list import collection_url
from tirage.backoffice.payments.collecting.words import next_step, state_dot, what_for
from tirage.backoffice.payments.page import is_payable
from tirage.backoffice.payments.panels import aside_of, payments_of
from tirage.core.money import Money, total
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.queries import authorised_by_order, links_and_attempts, live_links
from tirage.payments.states import OPEN, TAKING, CollectionState
from tirage.staff.permissions import Permission

#: The latest of an order; few have more than one.
LATEST = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Money that is or was asked for; ``href`` leads to its page, where there is one."""

    amount: Money
    what: str
    state: SafeString
    words: str
    href: str = ""


def asked_of(order: Order, payments: Sequence[Payment], now: datetime) -> list[Asked]:
    """Collections of an order, newest first, and pay links that are out without one; two statements.

    ``payments`` are all of the order's.
    """
    collections = list(order.collections.order_by("-id")[:LATEST])
    links = {link.purpose: link for link in live_links([order.pk], now)}
    attempts = {one.purpose: one for one in payments if one.state in OPEN and one.kind in TAKING}
    rows = [
        Asked(
            Money(one.amount_minor, one.currency),
            what_for(one.purpose),
            state_dot(one.state),
            str(next_step(one, links.get(one.purpose), attempts.get(one.purpose))),
            collection_url(one),
        )
        for one in collections
    ]
    covered = {one.purpose for one in collections if one.state == CollectionState.OPEN}
    return [_link(link) for link in links.values() if link.purpose not in covered] + rows


def _link(link: PayLink) -> Asked:
    state = state_cell("to_collect", "Pay link is out")
    return Asked(Money(link.amount_minor, link.currency), what_for(link.purpose), state, "")


def _read(look: Look[Order]) -> Mapping[str, Any] | None:
    order, payments = look.about, look.once(payments_of)
    asked = asked_of(order, payments, look.now)
    can_ask = is_payable(order) and order.called_minor > look.once(aside_of)
    return {"asked": asked, "can_ask": can_ask} if asked or can_ask else None


@dataclass(frozen=True, slots=True)
class Owed:
    """What an order still needs, or a change of it that waits for money; where ``href`` leads, it is collected."""

    amount: Money
    what: str
    order: Order
    step: str
    href: str


def owed_by(customer: Customer, now: datetime) -> list[Owed]:
    """What a customer owes, the oldest first: balances that nothing is set aside for, and changes that wait for their
    money. Five statements at most.
    """
    asked = Collection.objects.filter(order__customer=customer, state=CollectionState.OPEN.value)
    open_ones = {(one.order_id, one.purpose): one for one in asked.select_related("order").order_by("id")}
    orders = {
        order.pk: order
        for order in Order.objects.filter(customer=customer, balance_minor__gt=F("later_minor")).order_by(
            "id"
        )
        if is_payable(order)
    }
    aside = authorised_by_order(list(orders), now)
    due = {(pk, ""): order.called_minor - aside.get(pk, 0) for pk, order in orders.items()}
    due |= {key: one.amount_minor for key, one in open_ones.items() if one.purpose}
    links, attempts = links_and_attempts([order_id for order_id, _ in due], now)
    found = []
    for key, minor in sorted(due.items()):
        one = open_ones.get(key)
        order = one.order if one else orders[key[0]]
        step = str(next_step(one, links.get(key), attempts.get(key))) if one else ""
        href = collection_url(one) if one else ""
        if minor > 0:
            found.append(Owed(Money(minor, order.currency), what_for(key[1]), order, step, href))
    return found


def _read_owed(look: Look[Customer]) -> Mapping[str, Any] | None:
    owed = owed_by(look.about, look.now)
    if not owed:
        return None
    return {"owed": owed, "total": total([one.amount for one in owed], owed[0].amount.currency)}


CUSTOMER_PAGE.declare(
    Panel(
        title="Owes",
        template="backoffice/payments/collecting/of_customer.html",
        read=_read_owed,
        permission=Permission.SEE_ORDERS,
        rank=2,
    )
)
ORDER_PAGE.declare(
    Panel(
        title="Money to collect",
        template="backoffice/payments/collecting/of_order.html",
        read=_read,
        permission=Permission.SEE_ORDERS,
        rank=10,
        aside=True,
    )
)
