"""The lists of lots, and of who has what of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import DecimalField, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast
from django.urls import reverse

from tirage.backoffice.frame.cells import link_cell, money_cell, number_cell, person_cell, state_cell
from tirage.backoffice.frame.filters import ListFilters, Source, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList, Total
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.customers.models import Address, Group
from tirage.futures.models import Commitment, Lot
from tirage.futures.states import LotStage

#: Wide enough for the product of two large columns, summed.
_WIDE: DecimalField[Any, Any] = DecimalField(max_digits=40, decimal_places=0)

STAGES = {LotStage.ELEVAGE: "Élevage", LotStage.BOTTLED: "Bottled", LotStage.ARRIVED: "Arrived"}


def lot_url(lot: Lot) -> str:
    return reverse("backoffice:lot", args=[lot.reference])


def say_window(lot: Lot) -> str:
    """``Sep 2028 – Mar 2029``."""
    first, last = f"{lot.window_from:%b %Y}", f"{lot.window_until:%b %Y}"
    return first if first == last else f"{first} – {last}"


def say_cover(lot: Lot) -> str:
    """Expected over sold: ``2.4 ×``; nothing while none is sold."""
    return f"{lot.expected / lot.committed:.1f} ×" if lot.committed else "–"


class LotFilters(ListFilters):
    q = search_filter("Wine or lot")
    stage = choice_filter("Where it is", "stage", choices=[(one.value, say) for one, say in STAGES.items()])

    class Meta:
        model = Lot
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Lot], name: str, value: str) -> QuerySet[Lot]:
        for word in value.split()[:6]:
            rows = rows.filter(sku__name__icontains=word) | rows.filter(name__icontains=word)
        return rows


class LotList(RowList[Lot]):
    name = "lots"
    noun_one = "lot"
    noun_many = "lots"
    filters = LotFilters
    default_sort = "window"
    template = "backoffice/futures/lots.html"
    totals = (
        Total("expected", lambda found: Sum("expected"), lambda total: f"{total:,} expected"),
        Total("sold", lambda found: Sum("committed"), lambda total: f"{total:,} sold"),
    )
    columns = (
        Column(
            "wine",
            "Wine",
            lambda one: link_cell(f"{one.sku}, {one.name}", lot_url(one)),
            lambda one: str(one.sku),
            ("sku__name", "sku__millilitres", "name", "id"),
            kind="main",
        ),
        Column("name", "Lot", lambda one: one.name, shown=False),
        Column("stage", "Where it is", lambda one: state_cell(one.stage, STAGES[LotStage(one.stage)])),
        Column("window", "Released", say_window, say_window, ("window_from", "id"), wide=True),
        Column(
            "range",
            "Range",
            lambda one: f"{one.lowest:,} – {one.highest:,}",
            wide=True,
            kind="number",
        ),
        Column(
            "expected",
            "Expected",
            lambda one: number_cell(one.expected),
            lambda one: one.expected,
            ("-expected", "id"),
            kind="number",
            labelled=True,
        ),
        Column(
            "sold",
            "Sold",
            lambda one: number_cell(one.committed),
            lambda one: one.committed,
            ("-committed", "id"),
            kind="number",
            labelled=True,
        ),
        Column("cover", "Cover", say_cover, say_cover, kind="number", labelled=True),
        Column("free", "Left", lambda one: number_cell(one.free), lambda one: one.free, kind="aside"),
    )

    def rows(self) -> QuerySet[Lot]:
        return Lot.objects.all()

    def load(self, rows: QuerySet[Lot]) -> QuerySet[Lot]:
        return rows.select_related("sku")


class CommitmentFilters(OfCustomers):
    to_customer = "line__order__customer"
    sources: ClassVar = {
        "lot": Source(Lot.objects.all, label="name"),
        "group": Source(Group.objects.all, rank="rank"),
    }

    q = search_filter("Customer")
    lot = choice_filter("Lot", method="of_lot")
    wine = search_filter("Wine")
    group = choice_filter("Group", method="of_group")
    country = search_filter("Country")

    class Meta:
        model = Commitment
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Commitment], name: str, value: str) -> QuerySet[Commitment]:
        if name == "wine":
            for word in value.split()[:6]:
                rows = rows.filter(lot__sku__name__icontains=word)
            return rows
        if name == "country":
            return rows.filter(Q(("country", value.strip().upper()[:2])))
        return self.within(rows, "line__order__customer", people_matching(value))

    def of_lot(self, rows: QuerySet[Commitment], name: str, value: str) -> QuerySet[Commitment]:
        return rows.filter(lot__reference=value)

    def of_group(self, rows: QuerySet[Commitment], name: str, value: str) -> QuerySet[Commitment]:
        return rows.filter(line__order__group__reference=value)


def _order(one: Commitment) -> Any:
    return one.line.order


def _person(one: Any) -> Any:
    customer = one.line.order.customer
    return person_cell(
        customer.name, customer.email, reverse("backoffice:order", args=[one.line.order.reference])
    )


def _net(one: Any) -> int:
    return int(one.net)


def _place(one: Any) -> str:
    return ", ".join(part for part in (one.state, one.country) if part)


class CommitmentList(RowList[Commitment]):
    """A row for what an order has of a lot, after all its changes."""

    name = "commitments"
    noun_one = "commitment"
    noun_many = "commitments"
    filters = CommitmentFilters
    default_sort = "placed"
    row_key = "pk"
    nullable = frozenset({"country"})
    template = "backoffice/futures/commitments.html"
    totals = (
        Total("pieces", lambda found: Sum("net"), lambda total: f"{total:,} pieces"),
        Total(
            "value",
            lambda found: Sum(Cast("net", _WIDE) * Cast("line__unit_price_minor", _WIDE)),
            lambda total: f"{money_cell(int(total))} in bond",
        ),
    )
    columns = (
        Column("customer", "Customer", _person, lambda one: _order(one).customer.name, kind="main"),
        Column("email", "E-mail", lambda one: _order(one).customer.email, shown=False),
        Column(
            "wine",
            "Wine",
            lambda one: str(one.lot.sku),
            sort=("lot__sku__name", "lot__sku__millilitres", "id"),
        ),
        Column("lot", "Lot", lambda one: link_cell(one.lot.name, lot_url(one.lot)), lambda one: one.lot.name),
        Column("group", "Group", lambda one: _order(one).group.name if _order(one).group else "", wide=True),
        Column("place", "Lives in", _place, _place, ("country", "state", "id"), wide=True),
        Column("order", "Order", lambda one: _order(one).reference, shown=False),
        Column("window", "Released", lambda one: say_window(one.lot), shown=False),
        Column(
            "placed",
            "Ordered",
            lambda one: f"{_order(one).placed_at:%b %d, %Y}",
            sort=("-line__order__placed_at", "-id"),
            wide=True,
        ),
        Column(
            "pieces",
            "Pieces",
            lambda one: number_cell(_net(one)),
            _net,
            ("-net", "id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[Commitment]:
        same = Commitment.objects.filter(line__order=OuterRef("line__order"), lot=OuterRef("lot")).order_by()
        together = same.values("lot")
        home = Address.objects.filter(
            customer=OuterRef("line__order__customer"), is_default=True, removed_at__isnull=True
        )
        return Commitment.objects.annotate(
            net=Subquery(together.annotate(sum=Sum("pieces")).values("sum")),
            first=Subquery(together.annotate(first=Min("pk")).values("first")),
            country=Subquery(home.values("country")[:1]),
            state=Subquery(home.values("state")[:1]),
        ).filter(net__gt=0, pk=F("first"))

    def load(self, rows: QuerySet[Commitment]) -> QuerySet[Commitment]:
        return rows.select_related("line__order__customer", "line__order__group", "lot__sku")


LOTS = LotList()
COMMITMENTS = CommitmentList()
