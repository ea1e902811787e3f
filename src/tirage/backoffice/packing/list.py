"""The lists of batches, and of the orders in them."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.cells import day_cell, link_cell, moment_cell, moment_value, number_cell
from tirage.backoffice.frame.filters import ListFilters, Source, choice_filter, search_filter
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import Column, RowList
from tirage.backoffice.packing.words import BATCH_STATES, PACK_STATES, batch_state, pack_state
from tirage.fulfilment.models import Batch, PackRow
from tirage.fulfilment.states import BatchState, PackState


def batch_url(batch: Batch) -> str:
    return reverse("backoffice:batch", args=[batch.reference])


class BatchFilters(ListFilters):
    q = search_filter("Name or number of a batch")
    state = choice_filter(
        "State", "state", choices=[(state.value, BATCH_STATES[state]) for state in BatchState]
    )

    class Meta:
        model = Batch
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Batch], name: str, value: str) -> QuerySet[Batch]:
        text = value.strip()
        return rows.filter(Q(name__icontains=text) | Q(reference__startswith=text.upper()))


class BatchList(RowList[Batch]):
    name = "batches"
    noun_one = "batch"
    noun_many = "batches"
    filters = BatchFilters
    default_sort = "-made"
    template = "backoffice/packing/packing.html"
    columns = (
        Column("batch", "Batch", lambda b: link_cell(b.name, batch_url(b)), lambda b: b.name, kind="main"),
        Column("reference", "Number", lambda b: b.reference, lambda b: b.reference),
        Column("state", "State", batch_state, lambda b: BATCH_STATES[b.state]),
        Column(
            "packed",
            "Packed",
            lambda b: number_cell(b.packed),  # type: ignore[attr-defined]
            lambda b: b.packed,  # type: ignore[attr-defined]
            kind="number",
            labelled=True,
        ),
        Column(
            "gone",
            "Gone",
            lambda b: number_cell(b.gone),  # type: ignore[attr-defined]
            lambda b: b.gone,  # type: ignore[attr-defined]
            kind="number",
            labelled=True,
        ),
        Column("by", "By", lambda b: b.actor_label, lambda b: b.actor_label, wide=True),
        Column(
            "frozen",
            "Frozen",
            lambda b: moment_cell(b.frozen_at),
            lambda b: moment_value(b.frozen_at),
            shown=False,
        ),
        Column(
            "made",
            "Made",
            lambda b: moment_cell(b.made_at),
            lambda b: moment_value(b.made_at),
            ("-made_at", "-id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[Batch]:
        return Batch.objects.all()

    def load(self, rows: QuerySet[Batch]) -> QuerySet[Batch]:
        return rows.annotate(
            packed=Count("rows", filter=Q(rows__state=PackState.PACKED.value)),
            gone=Count("rows", filter=Q(rows__state=PackState.GONE.value)),
        )


class PackRowFilters(ListFilters):
    sources: ClassVar = {"batch": Source(lambda: Batch.objects.exclude(state=BatchState.DRAFT.value))}

    q = search_filter("Order number, or who it goes to")
    batch = choice_filter("Batch", "batch__reference")
    state = choice_filter(
        "State", "state", choices=[(state.value, PACK_STATES[state]) for state in PackState]
    )

    class Meta:
        model = PackRow
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[PackRow], name: str, value: str) -> QuerySet[PackRow]:
        text = value.strip()
        return rows.filter(Q(order__reference__startswith=text.upper()) | Q(order__recipient__icontains=text))


def _of(name: str, label: str, *, shown: bool = False) -> Column[PackRow]:
    """What the order has of where it goes, a column each: what carriers' and warehouses' files want."""

    def read(row: PackRow) -> Any:
        return getattr(row.order, name)

    return Column(name, label, read, read, shown=shown)


class PackRowList(RowList[PackRow]):
    name = "pack_rows"
    noun_one = "order"
    noun_many = "orders"
    filters = PackRowFilters
    default_sort = "-changed"
    row_key = "pk"
    columns = (
        Column(
            "order",
            "Order",
            lambda r: link_cell(r.order.reference, order_url(r.order)),
            lambda r: r.order.reference,
            kind="main",
        ),
        Column("state", "State", pack_state, lambda r: PACK_STATES[r.state]),
        Column("why", "Why", lambda r: r.reason, lambda r: r.reason),
        Column(
            "batch", "Batch", lambda r: link_cell(r.batch.name, batch_url(r.batch)), lambda r: r.batch.name
        ),
        Column(
            "method",
            "Delivery",
            lambda r: r.order.method.name if r.order.method else "",
            lambda r: r.order.method.name if r.order.method else "",
        ),
        _of("recipient", "Recipient", shown=True),
        _of("company", "Company"),
        _of("line1", "Address"),
        _of("line2", "Address, second line"),
        _of("city", "City", shown=True),
        _of("ship_state", "State or province", shown=True),
        _of("postal_code", cast(str, gettext_lazy("ZIP"))),
        _of("country", "Country"),
        _of("phone", "Telephone"),
        Column(
            "email", "E-mail", lambda r: r.order.customer.email, lambda r: r.order.customer.email, shown=False
        ),
        Column(
            "bottles",
            "Bottles",
            lambda r: number_cell(r.order.bottle_count),
            lambda r: r.order.bottle_count,
            kind="number",
            labelled=True,
        ),
        _of("gift_note", "Gift note"),
        Column(
            "asked_for",
            "Asked for",
            lambda r: (
                f"{r.order.requested_ship_on:%b} {r.order.requested_ship_on.day}"
                if r.order.requested_ship_on
                else ""
            ),
            lambda r: r.order.requested_ship_on,
            shown=False,
        ),
        Column(
            "changed",
            "Since",
            lambda r: day_cell(r.changed_at),
            lambda r: moment_value(r.changed_at),
            ("-changed_at", "-id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[PackRow]:
        return PackRow.objects.exclude(batch__state=BatchState.DRAFT.value)

    def load(self, rows: QuerySet[PackRow]) -> QuerySet[PackRow]:
        return rows.select_related("batch", "order__customer", "order__method")


BATCHES = BatchList()
PACK_ROWS = PackRowList()
