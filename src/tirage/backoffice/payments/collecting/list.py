"""The list of money to collect: its filters and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.html import format_html

from tirage.backoffice.frame.cells import (
    moment_cell,
    moment_value,
    money_cell,
    money_value,
    number_cell,
    person_cell,
    reference_cell,
)
from tirage.backoffice.frame.filters import (
    DayFilter,
    MinorFilter,
    Source,
    choice_filter,
    search_filter,
)
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import Column, RowList, Total
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.backoffice.payments.collecting.words import STATES, next_step, reason_words, state_dot, what_for
from tirage.backoffice.payments.words import code_words
from tirage.core.clock import read_clock
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.parts.wording import say_until
from tirage.payments.models import Collection
from tirage.payments.queries import links_and_attempts
from tirage.payments.states import CollectionState
from tirage.staff.permissions import Permission

WHAT = (("balance", "Balance"), ("change", "Change"))
NEXT = (("planned", "Tried again by itself"), ("stopped", "Waits for somebody"))


def _declined() -> QuerySet[Collection]:
    return Collection.objects.exclude(decline_code="").distinct()


class CollectionFilters(OfCustomers):
    to_customer = "order__customer"
    sources: ClassVar = {
        "code": Source(_declined, value="decline_code", label="decline_code", say=code_words)
    }

    q = search_filter("Order number, name or e-mail")
    state = choice_filter("State", "state", choices=list(STATES.items()))
    what = choice_filter("What for", method="for_what", choices=WHAT)
    step = choice_filter("Next", method="with_step", choices=NEXT)
    code = choice_filter("Reason", "decline_code")
    first = DayFilter("opened_at", label="Since")
    last = DayFilter("opened_at", last=True, label="Until")
    amount_from = MinorFilter("amount_minor", lookup_expr="gte", label="Amount from")
    amount_to = MinorFilter("amount_minor", lookup_expr="lte", label="Amount to")

    class Meta:
        model = Collection
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Collection], name: str, value: str) -> QuerySet[Collection]:
        """An order's, change's or collection's number, or words of the customer's name, e-mail or telephone."""
        text = value.strip().upper()
        if text.startswith("ORD-"):
            return rows.filter(order__reference__startswith=text)
        if text.startswith("CHG-"):
            return rows.filter(purpose__startswith=text)
        if text.startswith("COL-"):
            return rows.filter(reference__startswith=text)
        orders = Order.objects.filter(customer__in=people_matching(value).values("pk"))
        return self.within(rows, "order", orders)

    def for_what(self, rows: QuerySet[Collection], name: str, value: str) -> QuerySet[Collection]:
        return rows.filter(purpose="") if value == "balance" else rows.exclude(purpose="")

    def with_step(self, rows: QuerySet[Collection], name: str, value: str) -> QuerySet[Collection]:
        return rows.filter(state=CollectionState.OPEN.value, next_at__isnull=value == "stopped")


def collection_url(collection: Collection) -> str:
    return reverse("backoffice:collection", args=[collection.reference])


def _customer(collection: Collection) -> Any:
    customer = collection.order.customer
    href = reverse("backoffice:customer", args=[customer.reference])
    return person_cell(customer.name, customer.email, href)


def _reason(collection: Collection) -> Any:
    return format_html('<a href="{}">{}</a>', collection_url(collection), reason_words(collection))


def _step(collection: Any) -> Any:
    step = collection.step
    return format_html("{} {}", step.words, moment_cell(step.at))


def _age(collection: Collection) -> str:
    until = collection.closed_at or read_clock()
    return say_until(until, collection.opened_at, current_winery().locale)


def _try(collection: Any) -> Any:
    """One press, one attempt; nothing where it could not begin."""
    if not collection.can_try:
        return ""
    return format_html(
        '<button class="button button-quiet" type="submit" formaction="{}" aria-label="Try {} again now">'
        "<span>Try now</span></button>",
        reverse("backoffice:collection_retry", args=[collection.reference]),
        collection.order.reference,
    )


class CollectionList(RowList[Collection]):
    name = "collections"
    noun_one = "amount to collect"
    noun_many = "amounts to collect"
    filters = CollectionFilters
    default_sort = "age"
    actions = "backoffice/payments/collecting/actions.html"
    actions_permission = Permission.COLLECT
    nullable = frozenset({"next_at"})
    totals = (
        Total("amount", lambda found: Sum("amount_minor"), lambda minor: f"{money_cell(minor)} in all"),
    )
    columns: tuple[Column[Collection], ...] = (
        Column("customer", "Customer", _customer, lambda c: c.order.customer.name, kind="main"),
        Column("email", "E-mail", lambda c: c.order.customer.email, shown=False),
        Column(
            "order",
            "Order",
            lambda c: reference_cell(c.order.reference, order_url(c.order)),
            lambda c: c.order.reference,
        ),
        Column("what", "What for", lambda c: what_for(c.purpose)),
        Column("change", "Change", lambda c: c.purpose, shown=False),
        Column("state", "State", lambda c: state_dot(c.state), lambda c: STATES[c.state], shown=False),
        Column("age", "Open for", _age, lambda c: moment_value(c.opened_at), ("opened_at", "id")),
        Column("reason", "Reason", _reason, reason_words),
        Column("code", "Decline code", lambda c: c.decline_code, shown=False),
        Column("card", "Card", lambda c: c.payment_method.label if c.payment_method else "", shown=False),
        Column(
            "attempts",
            "Tries",
            lambda c: number_cell(c.attempts),
            lambda c: c.attempts,
            ("-attempts", "-id"),
            kind="number",
            labelled=True,
        ),
        Column("next", "Next", _step, lambda c: str(getattr(c, "step", "")), ("next_at", "id")),
        Column("try", "Try", _try, lambda c: "", wide=True),
        Column(
            "amount",
            "Amount",
            lambda c: money_cell(c.amount_minor),
            lambda c: money_value(c.amount_minor),
            ("-amount_minor", "-id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[Collection]:
        return Collection.objects.all()

    def load(self, rows: QuerySet[Collection]) -> QuerySet[Collection]:
        return rows.select_related("order__customer", "payment_method")

    def decorate(self, rows: Sequence[Collection]) -> None:
        links, attempts = links_and_attempts([row.order_id for row in rows], read_clock())
        for row in rows:
            key = (row.order_id, row.purpose)
            row.step = next_step(row, links.get(key), attempts.get(key))  # type: ignore[attr-defined]  # for the cells
            row.can_try = row.state == CollectionState.OPEN and key not in attempts  # type: ignore[attr-defined]  # for the cells


class CollectionsToLookAt(CollectionList):
    """The same for members who may not collect: nothing to press."""

    actions = ""
    columns = tuple(column for column in CollectionList.columns if column.key != "try")


COLLECTIONS = CollectionList()
COLLECTIONS_TO_LOOK_AT = CollectionsToLookAt()

#: Only what is open can be tried.
OPEN_COLLECTIONS = Q(state=CollectionState.OPEN.value)
