"""Who needs a person: everything of wine en primeur that nothing happens to by itself, with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Value

from tirage.core.dated import say_date
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.futures.models import Arrears, CardNotice, CutLine, Mandate, Settlement, Transfer
from tirage.futures.states import (
    IN_ARREARS,
    ArrearsCause,
    ArrearsState,
    CutOutcome,
    CutState,
    SettlementState,
    TransferState,
)
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Collection, PaymentMethod
from tirage.payments.rules import say_decline
from tirage.payments.states import CollectionState

#: Rows of each sort that the list shows.
MOST = 100


class NeedKind(StrEnum):
    ARREARS = "arrears"
    #: Owed, and nobody collects it: somebody let it go.
    UNASKED = "unasked"
    SETTLEMENT = "settlement"
    #: What a customer agreed to for a settlement doesn't come.
    UNPAID = "unpaid"
    BOND = "bond"
    CUT = "cut"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Need:
    """``reference`` is what the act behind it is about: arrears, settlement, collection, cut, transfer or order."""

    kind: NeedKind
    order: Order
    since: datetime
    why: str
    reference: str


def needs(now: datetime) -> list[Need]:
    """The oldest first. Seven statements, however many."""
    found = [*_arrears(), *_unasked(), *_settlements(), *_unpaid(), *_bond(), *_cuts(), *_transfers()]
    return sorted(found, key=lambda one: (one.since, one.order.pk))


def waited_for() -> list[Arrears]:
    """Orders in arrears that the team has given more time, the next day first; one statement."""
    rows = _still_owed(Arrears.objects.filter(state=ArrearsState.WAITING.value))
    return list(rows.select_related("order__customer").order_by("until", "pk")[:MOST])


_CAUSES = {
    ArrearsCause.INSTALMENT: "An instalment",
    ArrearsCause.STORAGE: "Storage",
    ArrearsCause.BALANCE: "The balance",
}


def say_cause(one: Arrears) -> str:
    """``An instalment``."""
    return _CAUSES[ArrearsCause(one.cause)]


def owed_now(order: Order) -> Money:
    """What an order owes that isn't for a later day."""
    return Money(order.balance_minor - order.later_minor, order.currency)


def _money(amount: Money) -> str:
    return say_money(amount, current_winery().locale)


def _still_owed(rows: QuerySet[Arrears]) -> QuerySet[Arrears]:
    return rows.filter(order__state=OrderState.PLACED.value, order__balance_minor__gt=F("order__later_minor"))


def _arrears() -> Iterator[Need]:
    rows = _still_owed(Arrears.objects.filter(state=ArrearsState.OPEN.value))
    for one in rows.select_related("order__customer").order_by("since", "pk")[:MOST]:
        why = f"In arrears with {_money(owed_now(one.order))}: {say_cause(one).lower()} didn’t come. "
        why += f"The customer was given until {say_date(one.until)}."
        yield Need(NeedKind.ARREARS, one.order, one.since, why, one.reference)


def _unasked() -> Iterator[Need]:
    collected = Collection.objects.filter(order=OuterRef("pk"), purpose="", state=CollectionState.OPEN.value)
    known = Arrears.objects.filter(order=OuterRef("pk"), state__in=[one.value for one in IN_ARREARS])
    orders = Order.objects.filter(
        state=OrderState.PLACED.value,
        release__kind=ReleaseKind.EN_PRIMEUR.value,
        balance_minor__gt=F("later_minor"),
    ).exclude(Exists(collected))
    for order in orders.exclude(Exists(known)).select_related("customer").order_by("placed_at", "pk")[:MOST]:
        why = f"Owes {_money(owed_now(order))}, and nobody asks for it."
        yield Need(NeedKind.UNASKED, order, order.placed_at or order.made_at, why, order.reference)


def _settlements() -> Iterator[Need]:
    rows = Settlement.objects.filter(state=SettlementState.PERSON.value).select_related("order__customer")
    for one in rows.order_by("asked_at", "pk")[:MOST]:
        why = f"Where the wine goes is yours to decide. {one.note}".strip()
        yield Need(NeedKind.SETTLEMENT, one.order, one.asked_at, why, one.reference)


def _unpaid() -> Iterator[Need]:
    agreed = Settlement.objects.filter(state=SettlementState.AGREED.value).exclude(draft="").values("draft")
    rows = Collection.objects.filter(
        state=CollectionState.OPEN.value, next_at__isnull=True, purpose__in=agreed
    ).select_related("order__customer")
    for one in rows.order_by("opened_at", "pk")[:MOST]:
        amount = _money(Money(one.amount_minor, one.currency))
        why = f"{amount} of its settlement didn’t come. {say_decline(one.decline_code, one.message)}."
        yield Need(NeedKind.UNPAID, one.order, one.opened_at, why, one.reference)


def _bond() -> Iterator[Need]:
    rows = Settlement.objects.filter(
        state=SettlementState.SETTLED.value, order__state=OrderState.PLACED.value
    ).exclude(warehouse="")
    for one in rows.select_related("order__customer").order_by("settled_at", "pk")[:MOST]:
        why = f"To be transferred under bond to {one.warehouse}, account {one.account}."
        yield Need(NeedKind.BOND, one.order, one.settled_at or one.asked_at, why, one.reference)


def _cuts() -> Iterator[Need]:
    rows = CutLine.objects.filter(outcome=CutOutcome.REFUSED.value, cut__state=CutState.RUNNING.value)
    for one in rows.select_related("order__customer", "cut__lot").order_by("cut__begins_at", "pk")[:MOST]:
        why = f"The cut of {one.cut.lot.name} couldn’t take its bottles. {one.note}".strip()
        yield Need(NeedKind.CUT, one.order, one.cut.begins_at, why, one.cut.reference)


def _transfers() -> Iterator[Need]:
    rows = Transfer.objects.filter(state=TransferState.ACCEPTED.value)
    for one in rows.select_related("order__customer", "lot__sku").order_by("proposed_at", "pk")[:MOST]:
        why = f"Both have signed that {one.pieces} × {one.lot.sku} go over. Say yes or no."
        yield Need(NeedKind.TRANSFER, one.order, one.proposed_at, why, one.reference)


def counted(today: date) -> list[QuerySet[Any, tuple[str]]]:
    """For a union that counts: ``futures_people`` for each that waits for a person and isn't flagged on its order,
    ``ending_cards`` for each card whose customer was asked for another in vain.
    """
    arrears = _still_owed(Arrears.objects.filter(state=ArrearsState.OPEN.value))
    cuts = CutLine.objects.filter(outcome=CutOutcome.REFUSED.value, cut__state=CutState.RUNNING.value)
    gifts = Transfer.objects.filter(state=TransferState.ACCEPTED.value)
    people = Value("futures_people")
    return [
        arrears.order_by().values_list(people),
        cuts.order_by().values_list(people),
        gifts.order_by().values_list(people),
        _asked_in_vain(today).order_by().values_list(Value("ending_cards")),
    ]


def _asked_in_vain(today: date) -> QuerySet[PaymentMethod]:
    """Cards whose customers were asked for another and have given none since."""
    told = CardNotice.objects.filter(card=OuterRef("pk"), due_on__gte=today)
    kept = PaymentMethod.objects.filter(kept=True, removed_at__isnull=True)
    later = kept.filter(customer=OuterRef("customer"), saved_at__gt=OuterRef("saved_at"))
    named = Mandate.objects.filter(order__customer=OuterRef("customer"), at__gt=OuterRef("saved_at")).exclude(
        card=OuterRef("pk")
    )
    return PaymentMethod.objects.filter(Exists(told), removed_at__isnull=True).exclude(
        Exists(later) | Exists(named)
    )
