"""The list of changes that are being prepared or wait for money: its filters and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from tirage.backoffice.changes.page import change_url
from tirage.backoffice.changes.words import STATES, does, draft_state, maker_words, waits_for
from tirage.backoffice.frame.cells import (
    link_cell,
    moment_cell,
    moment_value,
    money_value,
    person_cell,
    signed,
)
from tirage.backoffice.frame.filters import Source, choice_filter, search_filter
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import Column, RowList
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import NEEDS_CUSTOMER, PAY_LINK
from tirage.changes.queries import saying_something
from tirage.changes.states import LIVE, DraftState, Maker
from tirage.core.money import Money
from tirage.delivery.models import Method
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.orders.states import OrderState

_LIVE = [state.value for state in LIVE]
_CARD = "card"
WAITS = (
    (PAY_LINK, "A pay link"),
    (NEEDS_CUSTOMER, "The customer at the bank"),
    (_CARD, "A card that goes through"),
)
MAKERS = ((Maker.STAFF.value, "The team"), (Maker.CUSTOMER.value, "The customer"))


class ChangeFilters(OfCustomers):
    to_customer = "order__customer"
    sources: ClassVar = {
        "by": Source(
            lambda: ChangeDraft.objects.filter(state__in=_LIVE, maker=Maker.STAFF.value).distinct(),
            value="actor_label",
            label="actor_label",
        ),
        "release": Source(Release.objects.all),
    }

    q = search_filter("Change, order, name or e-mail")
    state = choice_filter("State", "state", choices=[(state, STATES[state]) for state in _LIVE])
    waits = choice_filter("Waits for", method="waiting_for", choices=WAITS)
    maker = choice_filter("Prepared by", "maker", choices=MAKERS)
    by = choice_filter("Colleague", "actor_label")
    release = choice_filter("Release", method="of_release")

    class Meta:
        model = ChangeDraft
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[ChangeDraft], name: str, value: str) -> QuerySet[ChangeDraft]:
        """A change's or an order's number from its beginning, or words of the customer's name or e-mail."""
        text = value.strip().upper()
        if text.startswith("CHG-"):
            return rows.filter(reference__startswith=text)
        if text.startswith("ORD-"):
            return rows.filter(order__reference__startswith=text)
        return rows.filter(order__customer__in=people_matching(value).values("pk"))

    def waiting_for(self, rows: QuerySet[ChangeDraft], name: str, value: str) -> QuerySet[ChangeDraft]:
        waiting = rows.filter(state=DraftState.WAITING.value)
        if value == _CARD:
            return waiting.exclude(waiting_code__in=(PAY_LINK, NEEDS_CUSTOMER))
        return waiting.filter(waiting_code=value)

    def of_release(self, rows: QuerySet[ChangeDraft], name: str, value: str) -> QuerySet[ChangeDraft]:
        return self.within(rows, "order", Order.objects.filter(release__reference=value))


def _customer(draft: ChangeDraft) -> Any:
    customer = draft.order.customer
    return person_cell(
        customer.name, customer.email, reverse("backoffice:customer", args=[customer.reference])
    )


def _does(draft: ChangeDraft) -> str:
    """In words, as ``decorate`` has found them."""
    return str(getattr(draft, "does", ""))


def difference_minor(draft: ChangeDraft) -> int:
    """What was agreed on, or while nothing was what its wine comes to; the page works out the rest."""
    if draft.confirmed_minor is not None:
        return int(draft.confirmed_minor)
    return sum(line.quantity * line.unit_price_minor for line in draft.lines.all())


def _difference(draft: ChangeDraft) -> str:
    minor = difference_minor(draft)
    words = signed(Money(minor, draft.order.currency)) if minor else ""
    return words if draft.confirmed_minor is not None or not minor else f"wine {words}"


class ChangeList(RowList[ChangeDraft]):
    name = "changes"
    noun_one = "open change"
    noun_many = "open changes"
    filters = ChangeFilters
    default_sort = "-made"
    columns = (
        Column(
            "change",
            "Change",
            lambda d: link_cell(_does(d), change_url(d)),
            _does,
            kind="main",
        ),
        Column("reference", "Number", lambda d: d.reference, shown=False),
        Column("state", "State", draft_state, lambda d: STATES[d.state]),
        Column("waits", "Why it waits", waits_for),
        Column("customer", "Customer", _customer, lambda d: d.order.customer.name),
        Column("email", "E-mail", lambda d: d.order.customer.email, shown=False),
        Column(
            "order",
            "Order",
            lambda d: link_cell(d.order.reference, order_url(d.order)),
            lambda d: d.order.reference,
        ),
        Column("maker", "Prepared by", maker_words, wide=True),
        Column(
            "made",
            "Begun",
            lambda d: moment_cell(d.made_at),
            lambda d: moment_value(d.made_at),
            ("-made_at", "-id"),
            shown=False,
        ),
        Column(
            "until",
            "Kept until",
            lambda d: moment_cell(None if d.state == DraftState.PAYING else d.expires_at),
            lambda d: moment_value(d.expires_at),
            ("expires_at", "id"),
            labelled=True,
        ),
        Column("reason", "Reason", lambda d: d.reason, shown=False),
        Column("override", "Rules set aside", lambda d: d.override_reason, shown=False),
        Column(
            "difference",
            "Difference",
            _difference,
            lambda d: money_value(difference_minor(d)),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[ChangeDraft]:
        return saying_something(
            ChangeDraft.objects.filter(state__in=_LIVE).exclude(order__state=OrderState.TEST.value)
        )

    def load(self, rows: QuerySet[ChangeDraft]) -> QuerySet[ChangeDraft]:
        return rows.select_related("order__customer").prefetch_related("lines__sku", "charges")

    def decorate(self, rows: Sequence[ChangeDraft]) -> None:
        methods = dict(Method.objects.values_list("reference", "name")) if rows else {}
        for row in rows:
            row.does = does(row, methods)  # type: ignore[attr-defined]  # for the cells


CHANGES = ChangeList()
