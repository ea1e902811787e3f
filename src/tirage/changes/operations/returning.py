"""Giving money back for named wines, saying what becomes of the bottles.

Bottles and money go together: what isn't the customer's any more leaves the order, what stays the customer's stays on
it and is made cheaper. A refund never pays for delivery: that is a change, or a correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.catalog.rules import full_title
from tirage.changes.named import most_minor, named_by_line, staying
from tirage.changes.operations.steps import (
    lock_order,
    refuse_moving_money,
    refuse_new_money,
    refuse_while_paying,
)
from tirage.changes.pricing import discount_on
from tirage.changes.reckoning import merged, new_charge, settlement_of, sum_of, taken_back, tax_entries
from tirage.changes.rules import Bottles, ChargeEntry, line_key
from tirage.changes.shares import Discount, Line, discount_shares
from tirage.changes.states import RefundTo
from tirage.checkout.rules import percent_words
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.money import Money, share_minor
from tirage.delivery.rules import Terms
from tirage.inventory.models import Stock
from tirage.inventory.operations import move_stock
from tirage.inventory.statements import lock_counters
from tirage.inventory.states import MovementReason
from tirage.orders.history import KEPT_AS_IT_WAS, is_history
from tirage.orders.models import Order, OrderChange
from tirage.orders.operations import apply_change
from tirage.orders.queries import (
    LineView,
    charges_by_line,
    charges_of_orders,
    lines_of_orders,
    order_lines,
)
from tirage.orders.statements import NewCharge, NewLine
from tirage.orders.states import HANDLING, ChangeKind, ChargeKind, OrderState
from tirage.payments.models import Payment
from tirage.payments.operations import announce_refunds, lock_payments_of, send_refunds, start_refunds
from tirage.taxes.protocol import TaxKind
from tirage.taxes.rules import TAX_NAME, Sale, TaxPart
from tirage.taxes.rules import Bottles as TaxedBottles

_WHAT_HAPPENS = {
    Bottles.BACK: "Back into stock and off the order",
    Bottles.KEPT: "Kept by the customer, at a discount",
    Bottles.GONE: "Written off and off the order",
}


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What giving back for named lines comes to; ``to_give_back`` is the money that moves.

    It is less than ``total`` where the order wasn't paid in full. ``refused`` says why nothing can be given back.
    """

    wine: Money
    discount: Money
    tax: Money
    total: Money
    to_give_back: Money
    words: str
    refused: str


@dataclass(frozen=True, slots=True)
class _Part:
    """So many pieces of a line, and their share of the order's discounts (negative)."""

    line: LineView
    pieces: int
    discount_minor: int

    @property
    def wine_minor(self) -> int:
        return self.line.unit_price.minor * self.pieces

    @property
    def title(self) -> str:
        return f"{self.pieces} × {full_title(self.line.name, self.line.format_name)}"


@dataclass(frozen=True, slots=True)
class _Split:
    """A refund with the lines it is for and what of the order's discounts goes with them."""

    quote: LineRefund
    parts: list[_Part]
    discounts: list[NewCharge]
    taxes: list[ChargeEntry]


def quote_line_refund(*, order: Order, pieces: Mapping[str, int], bottles: Bottles) -> LineRefund:
    """What giving back for so many pieces of lines (by ``line_key``) would come to; three statements."""
    return _split(order, pieces, bottles).quote


def quote_coming_off(wanted: Sequence[tuple[Order, Mapping[str, int]]]) -> dict[int, LineRefund]:
    """What taking so many pieces (by ``line_key``) off each of these orders comes to, by order id; two statements.

    An order that has nothing left is cancelled: all that was paid of it goes back.
    """
    orders = [order for order, _ in wanted]
    lines, charges = lines_of_orders(orders), charges_of_orders([order.pk for order in orders])
    found = {}
    for order, pieces in wanted:
        own = lines.get(order.pk, [])
        if sum(pieces.values()) == sum(line.quantity for line in own):
            found[order.pk] = _whole(order, own)
        else:
            rows = Charges.of_rows(charges.get(order.pk, []))
            found[order.pk] = _split_of(order, own, rows, pieces, Bottles.BACK).quote
    return found


def _whole(order: Order, lines: Sequence[LineView]) -> LineRefund:
    wine = Money(sum(line.amount.minor for line in lines), order.currency)
    total, nothing = Money(order.owed_minor, order.currency), Money(0, order.currency)
    back = Money(order.paid_minor, order.currency)
    return LineRefund(wine, total - wine, nothing, total, back, "Nothing of the order is left.", "")


def _split(order: Order, pieces: Mapping[str, int], bottles: Bottles) -> _Split:
    return _split_of(order, order_lines(order), Charges.of(order), pieces, bottles)


def _split_of(
    order: Order, lines: Sequence[LineView], charges: Charges, pieces: Mapping[str, int], bottles: Bottles
) -> _Split:
    if refused := _refused(order, lines, pieces, bottles):
        nothing = Money(0, order.currency)
        return _Split(LineRefund(nothing, nothing, nothing, nothing, nothing, "", refused), [], [], [])
    parts, discounts = parts_of(order, lines, charges, pieces)
    wine = sum(part.wine_minor for part in parts)
    discount = sum(part.discount_minor for part in parts)
    leaving = {} if bottles is Bottles.KEPT else pieces
    taxes = _taxes(order, lines, charges, wine + discount, leaving)
    tax = -sum(entry.amount_minor for entry in taxes)
    total, paid = wine + discount + tax, order.paid_minor
    back = -settlement_of(-total, owed_after=order.owed_minor - total, covered=paid, paid=paid)
    wines = ", ".join(part.title for part in parts)
    quote = LineRefund(
        wine=Money(wine, order.currency),
        discount=Money(discount, order.currency),
        tax=Money(tax, order.currency),
        total=Money(total, order.currency),
        to_give_back=Money(back, order.currency),
        words=f"{_WHAT_HAPPENS[bottles]}: {wines}.",
        refused="",
    )
    return _Split(quote, parts, discounts, taxes)


@dataclass(frozen=True, slots=True)
class Charges:
    """The order's charges as they stand, and the names of those that were given back before."""

    entries: list[ChargeEntry]
    gave_back: frozenset[str]

    @classmethod
    def of(cls, order: Order) -> Charges:
        return cls.of_rows(charges_by_line(order.pk))

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, Any]]) -> Charges:
        entries = [
            ChargeEntry(
                row["kind"],
                row["minor"],
                row["description"],
                row["sku_id"],
                row["unit_price_minor"],
                row["covered"] or 0,
            )
            for row in rows
        ]
        return cls(entries, frozenset(row["description"] for row in rows if not row["sold"]))

    def sum_of(self, kind: ChargeKind) -> int:
        return sum_of(self.entries, kind)


def _refused(order: Order, lines: Sequence[LineView], pieces: Mapping[str, int], bottles: Bottles) -> str:
    if is_history(order.channel):
        return KEPT_AS_IT_WAS
    if order.step not in (OrderState.PLACED, OrderState.SHIPPED):
        return "Only wines of an order that was placed or shipped can be refunded."
    there = {key_of(line): line.quantity for line in lines}
    asked = {key: count for key, count in pieces.items() if count}
    if not asked:
        return "Choose the bottles."
    if any(count < 0 or count > there.get(key, 0) for key, count in asked.items()):
        return "That is more than is on the order. Look at it again."
    takes_all = bottles is not Bottles.KEPT and sum(asked.values()) == sum(there.values())
    if takes_all and order.step == OrderState.PLACED:
        return "Nothing would be left on the order. Cancel it instead."
    return ""


def key_of(line: LineView) -> str:
    return line_key(line.sku_id, line.unit_price.minor)


def parts_of(
    order: Order, lines: Sequence[LineView], charges: Charges, pieces: Mapping[str, int]
) -> tuple[list[_Part], list[NewCharge]]:
    """Each named line with its share of what makes the order's wine cheaper, and the discounts that would go."""
    counts = [pieces.get(key_of(line), 0) for line in lines]
    group_bp = Terms.from_json(order.terms).discount_bp if order.terms else discount_on(charges.entries)
    named = named_by_line(charges.entries)
    going = [
        _going(line, count, named.get((line.sku_id, line.unit_price.minor), []), group_bp)
        for line, count in zip(lines, counts, strict=True)
    ]
    discounts = [
        Discount(
            charge.description,
            charge.amount_minor,
            stays=charge.description in charges.gave_back,
            by_price=charge.description == percent_words(group_bp),
        )
        for charge in charges.entries
        if charge.kind == ChargeKind.DISCOUNT and charge.sku_id is None
    ]
    of_lines = [
        Line(
            line.amount.minor,
            line.unit_price.minor * count,
            named_minor=sum(one.amount_minor for one in named.get((line.sku_id, line.unit_price.minor), ())),
            named_taken_minor=-sum(one.amount_minor for one in goes),
        )
        for line, count, goes in zip(lines, counts, going, strict=True)
    ]
    shares = discount_shares(discounts, of_lines)
    parts = [
        _Part(line, count, of_line.named_taken_minor + sum(of_one[index] for of_one in shares))
        for index, (line, count, of_line) in enumerate(zip(lines, counts, of_lines, strict=True))
        if count
    ]
    off = [
        NewCharge(ChargeKind.DISCOUNT.value, -sum(of_one), discount.description)
        for discount, of_one in zip(discounts, shares, strict=True)
    ]
    return parts, [*(goes for of_line in going for goes in of_line), *off]


def _going(line: LineView, count: int, named: Sequence[ChargeEntry], group_bp: int) -> list[NewCharge]:
    """What goes of a line's own discounts with so many of its pieces, as entries."""
    if not count or not named:
        return []
    left = line.quantity - count
    most = most_minor(line.unit_price.minor, left, group_bp)
    return [
        NewCharge(
            one.kind,
            stays - one.amount_minor,
            one.description,
            one.sku_id,
            one.unit_price_minor,
            min(one.pieces, left) - one.pieces,
        )
        for one, stays in zip(named, staying(named, of=line.quantity, pieces=left, most=most), strict=True)
        if stays != one.amount_minor
    ]


def _taxes(
    order: Order,
    lines: Sequence[LineView],
    charges: Charges,
    net_minor: int,
    pieces: Mapping[str, int],
) -> list[ChargeEntry]:
    """The tax on so much less wine, negative: by what the order is taxed by, or as a share where that isn't known.

    ``pieces`` leave the order with what is due on their bottles.
    """
    wine = sum(line.amount.minor for line in lines) + charges.sum_of(ChargeKind.DISCOUNT)
    tax = charges.sum_of(ChargeKind.TAX)
    if not order.terms:
        share = share_minor(tax, [net_minor, wine - net_minor])[0] if 0 <= net_minor <= wine and wine else 0
        return [ChargeEntry(ChargeKind.TAX.value, -share, TAX_NAME, tax=TaxPart(TaxKind.SALES, ""))]
    rule = Terms.from_json(order.terms).tax
    other = sum(charges.sum_of(kind) for kind in HANDLING)
    duty = charges.sum_of(ChargeKind.DUTY)
    before = Sale(wine, charges.sum_of(ChargeKind.SHIPPING), other, duty, _bottles(lines, {}))
    after = replace(before, wine_minor=wine - net_minor, bottles=_bottles(lines, pieces))
    entries = merged([*map(taken_back, tax_entries(rule, before)), *tax_entries(rule, after)])
    too_much = -sum(entry.amount_minor for entry in entries) - max(tax, 0)
    if too_much > 0 and tax >= 0:
        entries.append(ChargeEntry(ChargeKind.TAX.value, too_much, TAX_NAME))
    return entries


def _bottles(lines: Sequence[LineView], less: Mapping[str, int]) -> tuple[TaxedBottles, ...]:
    counted = [(line, line.quantity - less.get(key_of(line), 0)) for line in lines]
    return tuple(
        TaxedBottles(count, line.unit_price.minor * count, line.units, line.millilitres)
        for line, count in counted
        if count > 0
    )


def refund_lines(
    *,
    order_reference: str,
    pieces: Mapping[str, int],
    bottles: Bottles,
    expected_minor: int,
    refund_to: RefundTo = RefundTo.ORIGINAL,
    reason: str,
    mail: bool = False,
    actor: Actor,
    now: datetime,
) -> tuple[Payment, ...]:
    """Gives money back for named pieces, newest payment first, and says what becomes of the bottles; the refunds.

    Bottles that come back or are gone leave the order, those that stay the customer's make it cheaper; a shipped
    order's come back into the cellar's books. With ``mail`` the customer is told of the money. Talks to the gateway;
    no transaction may be open. Locks payments, order, stock, customer. Records ``order.changed``. Raises DomainError
    ``reason_missing``, ``not_found``, ``not_refundable``, Conflict ``price_changed``, ``paying``, ``money_moving``;
    then nothing has changed.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why money is refunded.", {"reason": "Write a few words."})
    order_id = Order.objects.values_list("pk", flat=True).filter(reference=order_reference).first() or 0
    with transaction.atomic():
        payments = lock_payments_of(order_id)
        order = lock_order(order_reference)
        refuse_while_paying(order.pk)
        refuse_moving_money(order.pk)
        refuse_new_money(order.pk, payments)
        split = _split(order, pieces, bottles)
        quote = split.quote
        if quote.refused:
            raise DomainError("not_refundable", quote.refused)
        if quote.total.minor != expected_minor:
            raise Conflict("price_changed", "The order has changed since you saw it. Look at it again.")
        change = _enter(order, split, bottles, refund_to, reason.strip(), actor, now)
        refunds = start_refunds(
            payments,
            quote.to_give_back.minor,
            to_credit=refund_to is RefundTo.CREDIT,
            reason=reason.strip(),
            actor=actor,
            now=now,
        )
        if mail:
            announce_refunds(refunds, reason=reason.strip(), change_id=change.pk, now=now)
    send_refunds(refunds, actor, now)
    return tuple(refunds)


def _enter(
    order: Order,
    split: _Split,
    bottles: Bottles,
    refund_to: RefundTo,
    reason: str,
    actor: Actor,
    now: datetime,
) -> OrderChange:
    quote, parts, stays = split.quote, split.parts, bottles is Bottles.KEPT
    sku_ids = {part.line.sku_id for part in parts}
    lock_counters(sorted(Stock.objects.filter(sku_id__in=sku_ids).values_list("pk", flat=True)))
    change = apply_change(
        order=order,
        kind=ChangeKind.REFUND,
        lines=[] if stays else [line_off(part) for part in parts],
        charges=[
            *([_kept(part, reason) for part in parts] if stays else split.discounts),
            *map(new_charge, split.taxes),
        ],
        reason=reason,
        text=f"{_said(quote, refund_to)} ({reason}). {quote.words}",
        actor=actor,
        now=now,
    )
    _move_bottles(order, parts, bottles, actor, now)
    return change


def _said(quote: LineRefund, refund_to: RefundTo) -> str:
    """``gave back $128.70 as store credit``: what the activity tells after the actor's name."""
    if not quote.to_give_back:
        return f"took {quote.total} off the order"
    return f"refunded {quote.to_give_back}" + (" as store credit" if refund_to is RefundTo.CREDIT else "")


def line_off(part: _Part) -> NewLine:
    return NewLine(part.line.sku_id, None, -part.pieces, part.line.unit_price.minor)


def _kept(part: _Part, reason: str) -> NewCharge:
    """A discount that names its wine: the bottles stay where they are."""
    net = part.wine_minor + part.discount_minor
    return NewCharge(
        ChargeKind.DISCOUNT.value,
        -net,
        f"{part.title} ({reason})"[:160],
        part.line.sku_id,
        part.line.unit_price.minor,
        part.pieces,
    )


def _move_bottles(
    order: Order, parts: Sequence[_Part], bottles: Bottles, actor: Actor, now: datetime
) -> None:
    """What leaves a placed order is free again, unless it is gone; what a shipped one gives back is on hand again."""
    is_shipped = order.step == OrderState.SHIPPED
    if order.is_test or bottles is Bottles.KEPT or is_shipped is (bottles is Bottles.GONE):
        return
    for part in parts:
        move_stock(
            sku_id=part.line.sku_id,
            quantity=part.pieces if is_shipped else -part.pieces,
            reason=MovementReason.RETURNED if is_shipped else MovementReason.BREAKAGE,
            note=f"{order.reference}: {'returned' if is_shipped else 'gone before it was sent'}",
            actor=actor,
            now=now,
        )
