"""Reading an order's ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Q, Sum

from tirage.catalog.models import format_name
from tirage.core.money import Money
from tirage.core.sql import fetch_all
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.orders.states import TESTS, ChangeKind, ChargeKind, OrderState, charge_words
from tirage.taxes.protocol import TaxKind


@dataclass(frozen=True, slots=True)
class LineView:
    """What an order has now of one sku at one price."""

    sku_id: int
    code: str
    name: str
    format_name: str
    label_digest: str
    quantity: int
    unit_price: Money
    amount: Money
    #: Of one bottle, and bottles in a piece.
    millilitres: int = 750
    units: int = 1


@dataclass(frozen=True, slots=True)
class ChargeView:
    kind: str
    description: str
    amount: Money

    @property
    def words(self) -> str:
        """What it is for."""
        return charge_words(self.kind)


@dataclass(frozen=True, slots=True)
class TaxView:
    """What an order has now of one tax of one jurisdiction; ``kind`` is empty where staff corrected it by hand.

    ``included`` is what is in the prices, or what the winery absorbs; ``amount`` what comes on top.
    """

    kind: str
    name: str
    jurisdiction: str
    rate_ppm: int
    source: str
    base: Money
    amount: Money
    included: Money

    @property
    def percent(self) -> str:
        return f"{self.rate_ppm / 10_000:g} %" if self.rate_ppm else ""

    @property
    def is_absorbed(self) -> bool:
        return bool(self.included) and self.kind in (TaxKind.FEE, TaxKind.DEPOSIT)


@dataclass(frozen=True, slots=True)
class MovedLine:
    """Pieces of a sku that a change brought or, negative, took away."""

    name: str
    format_name: str
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One entry of an order's ledger; ``details`` is what changed besides, by name, as [before, after] in words."""

    id: int
    number: int
    kind: str
    at: datetime
    actor_label: str
    difference: Money
    details: Mapping[str, list[str]]
    lines: tuple[MovedLine, ...]
    charges: tuple[ChargeView, ...]


_LINES = """
SELECT l.sku_id, l.unit_price_minor, sum(l.quantity) AS quantity, min(l.id) AS first,
       k.code, k.name, k.millilitres, k.units, b.digest
FROM orders_orderline l
JOIN catalog_sku k ON k.id = l.sku_id
JOIN catalog_vintage v ON v.id = k.vintage_id
LEFT JOIN catalog_label b ON b.id = v.label_id
WHERE l.order_id = %s
GROUP BY l.sku_id, l.unit_price_minor, k.code, k.name, k.millilitres, k.units, b.digest
HAVING sum(l.quantity) <> 0 ORDER BY first
"""
_CHARGES = """
SELECT kind, description, tax_kind, jurisdiction, rate_ppm, tax_source, sum(amount_minor) AS amount,
       sum(base_minor) AS base, sum(included_minor) AS included
FROM orders_ordercharge WHERE order_id = %s
GROUP BY kind, description, tax_kind, jurisdiction, rate_ppm, tax_source
HAVING sum(amount_minor) <> 0 OR sum(base_minor) <> 0 OR sum(included_minor) <> 0
ORDER BY kind, description, rate_ppm DESC, jurisdiction
"""


def order_lines(order: Order) -> list[LineView]:
    """The order's wines now, oldest entry first; one statement."""
    return [_line(row, order.currency) for row in fetch_all(_LINES, [order.pk])]


def lines_of_orders(orders: Collection[Order]) -> dict[int, list[LineView]]:
    """The wines of each of these orders now, by order id, as ``order_lines`` gives them; one statement."""
    rows = (
        OrderLine.objects.filter(order__in=orders)
        .values(
            "order_id",
            "sku_id",
            "unit_price_minor",
            code=F("sku__code"),
            name=F("sku__name"),
            millilitres=F("sku__millilitres"),
            units=F("sku__units"),
            digest=F("sku__vintage__label__digest"),
        )
        .annotate(pieces=Sum("quantity"), first=Min("id"))
        .order_by("order_id", "first")
    )
    currencies = {order.pk: order.currency for order in orders}
    found: dict[int, list[LineView]] = defaultdict(list)
    for row in rows:
        if row["pieces"]:
            line = _line({**row, "quantity": row["pieces"]}, currencies[row["order_id"]])
            found[row["order_id"]].append(line)
    return found


def _line(row: dict[str, Any], currency: str) -> LineView:
    price, quantity = Money(row["unit_price_minor"], currency), int(row["quantity"])
    return LineView(
        sku_id=row["sku_id"],
        code=row["code"],
        name=row["name"],
        format_name=format_name(row["millilitres"], row["units"]),
        label_digest=row["digest"] or "",
        quantity=quantity,
        unit_price=price,
        amount=price * quantity,
        millilitres=row["millilitres"],
        units=row["units"],
    )


def order_charges(order: Order) -> list[ChargeView]:
    """Shipping, tax, discount and the like as they stand now; one statement."""
    return charges_and_taxes(order)[0]


def charges_and_taxes(order: Order) -> tuple[list[ChargeView], list[TaxView]]:
    """Charges by the names that customers read, and what its taxes are in detail; one statement."""
    rows = fetch_all(_CHARGES, [order.pk])
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        sums[row["kind"], row["description"]] += int(row["amount"])
    charges = [
        ChargeView(kind, description, Money(minor, order.currency))
        for (kind, description), minor in sums.items()
        if minor
    ]
    return charges, [_tax(row, order.currency) for row in rows if row["kind"] == ChargeKind.TAX]


def _tax(row: dict[str, Any], currency: str) -> TaxView:
    return TaxView(
        row["tax_kind"],
        row["description"],
        row["jurisdiction"],
        row["rate_ppm"],
        row["tax_source"],
        Money(int(row["base"]), currency),
        Money(int(row["amount"]), currency),
        Money(int(row["included"]), currency),
    )


def charges_by_line(order_id: int) -> list[dict[str, Any]]:
    """The order's charges as they stand, by kind, name and the line that they name; one statement.

    Rows with ``kind``, ``description``, ``sku_id``, ``unit_price_minor``, ``minor``, ``covered`` (pieces of a
    discount) and ``sold``: how many of its entries aren't of money given back. Taxes by what they are, with ``base``
    and what is ``included`` in the price.
    """
    return charges_of_orders([order_id])[order_id]


def charges_of_orders(order_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """The same of several orders, by order id; one statement."""
    rows = (
        OrderCharge.objects.filter(order_id__in=order_ids)
        .values(
            "order_id",
            "kind",
            "description",
            "sku_id",
            "unit_price_minor",
            "tax_kind",
            "jurisdiction",
            "rate_ppm",
            "tax_source",
        )
        .annotate(
            minor=Sum("amount_minor"),
            base=Sum("base_minor"),
            included=Sum("included_minor"),
            covered=Sum("pieces"),
            sold=Count("pk", filter=~Q(change__kind=ChangeKind.REFUND.value)),
        )
        .order_by("order_id", "kind", "description", "sku_id", "unit_price_minor", "jurisdiction", "rate_ppm")
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["minor"] or row["base"] or row["included"]:
            found[row["order_id"]].append(row)
    return found


def order_changes(order: Order) -> list[ChangeView]:
    """Everything that was entered into the order's ledger, its placing first; three statements."""
    lines: defaultdict[int, list[MovedLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order=order).select_related("sku").order_by("id"):
        amount = Money(line.unit_price_minor * line.quantity, order.currency)
        lines[line.change_id].append(MovedLine(line.sku.name, line.sku.format_name, line.quantity, amount))
    charges = _charges_by_change(order)
    return [
        ChangeView(
            id=change.pk,
            number=change.number,
            kind=change.kind,
            at=change.at,
            actor_label=change.actor_label,
            difference=Money(change.difference_minor, order.currency),
            details=change.details,
            lines=tuple(lines[change.pk]),
            charges=tuple(charges[change.pk]),
        )
        for change in OrderChange.objects.filter(order=order).order_by("number")
    ]


def _charges_by_change(order: Order) -> dict[int, list[ChargeView]]:
    """What each change charged, taxes of several jurisdictions by the name that customers read."""
    sums: dict[tuple[int, str, str], int] = defaultdict(int)
    for charge in OrderCharge.objects.filter(order=order).order_by("id"):
        sums[charge.change_id, charge.kind, charge.description] += charge.amount_minor
    charges: defaultdict[int, list[ChargeView]] = defaultdict(list)
    for (change_id, kind, description), minor in sums.items():
        if minor:
            charges[change_id].append(ChargeView(kind, description, Money(minor, order.currency)))
    return charges


def stock_promised(order_id: int) -> dict[int, int]:
    """Pieces that the order promises now, by stock id; a test order promises none."""
    rows = (
        OrderLine.objects.filter(order_id=order_id)
        .exclude(order__state__in=[state.value for state in TESTS])
        .values_list("sku__stock__id")
        .annotate(pieces=Sum("quantity"))
        .order_by("sku__stock__id")
    )
    return {stock_id: pieces for stock_id, pieces in rows if pieces}


def order_to_add_to(customer_id: int, release_id: int, *, test: bool = False) -> Order | None:
    """The customer's latest order of a release that hasn't left yet, with the release; None without one.

    With ``test`` of the test orders, which real bottles are never added to, else of the others.
    """
    state = OrderState.TEST if test else OrderState.PLACED
    placed = Order.objects.filter(
        customer_id=customer_id, release_id=release_id, state=state.value, removed_at__isnull=True
    )
    return placed.select_related("release").order_by("-id").first()
