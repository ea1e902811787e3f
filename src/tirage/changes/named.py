"""Discounts that name lines: they are for so many pieces of a wine at a price, and go with them. Pure, in minor units.

Bottles that come to a line later are no cheaper for a discount that was given before, and are the first to go again.
What has gone with its bottles doesn't come back with others. No line is ever worth less than nothing: what was given
back for a bottle isn't given back again, whatever happens to the bottle afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tirage.changes.rules import ChargeEntry, QuoteLine, StaffCharge
from tirage.core.money import rate_of, share_minor
from tirage.orders.states import ChargeKind

Key = tuple[int, int]


def most_minor(unit_price_minor: int, pieces: int, discount_bp: int, *, slack: int = 1) -> int:
    """The most that can be given back for so many pieces, by name: what the group's discount leaves of their price.

    ``slack`` minor units are let pass, since that discount is rounded once for the whole order, not line by line.
    """
    wine = unit_price_minor * pieces
    return min(wine, wine - wine * discount_bp // 10_000 + slack)


def staying(named: Sequence[ChargeEntry], *, of: int, pieces: int, most: int) -> list[int]:
    """What of each discount of a line ``of`` so many pieces stays with ``pieces`` of them, ``most`` at most in all."""
    kept = []
    for one in named:
        covered = max(min(one.pieces, of), 1)
        stay = min(pieces, covered)
        kept.append(share_minor(one.amount_minor, [stay, covered - stay])[0])
    excess = -sum(kept) - most
    for index in range(len(kept)):
        goes = min(max(excess, 0), max(-kept[index], 0))
        kept[index] += goes
        excess -= goes
    return kept


def named_by_line(charges: Iterable[ChargeEntry]) -> dict[Key, list[ChargeEntry]]:
    """The discounts that name a line, by line."""
    found: dict[Key, list[ChargeEntry]] = {}
    for charge in charges:
        if charge.sku_id is not None and charge.unit_price_minor is not None:
            found.setdefault((charge.sku_id, charge.unit_price_minor), []).append(charge)
    return found


def going(
    present: Iterable[ChargeEntry], lines: Sequence[QuoteLine], *, was_bp: int, becomes_bp: int
) -> list[ChargeEntry]:
    """What goes with the bottles that go, as entries; lines of which nothing goes keep what they were given.

    Where the group's discount becomes larger, what was given back by name becomes less.
    """
    named = named_by_line(present)
    entries = []
    for line in lines:
        discounts = named.get((line.sku_id, line.unit_price.minor), [])
        if not discounts or (line.after >= line.before and becomes_bp <= was_bp):
            continue
        after = max(line.after, 0)
        slack = 0 if becomes_bp > was_bp else 1
        most = most_minor(line.unit_price.minor, after, becomes_bp, slack=slack)
        kept = staying(discounts, of=line.before, pieces=min(after, line.before), most=most)
        entries += [
            _part(one, stays - one.amount_minor, min(one.pieces, after) - one.pieces)
            for one, stays in zip(discounts, kept, strict=True)
        ]
    return [entry for entry in entries if entry.amount_minor]


def _part(charge: ChargeEntry, amount_minor: int, pieces: int) -> ChargeEntry:
    return ChargeEntry(
        charge.kind, amount_minor, charge.description, charge.sku_id, charge.unit_price_minor, pieces
    )


@dataclass(frozen=True, slots=True)
class _Worth:
    """A line as it would be: its price, what the group's discount and discounts by name leave of it."""

    line: QuoteLine
    wine_minor: int
    left_minor: int


def staff_entries(
    charges: Sequence[StaffCharge],
    lines: Sequence[QuoteLine],
    present: Sequence[ChargeEntry],
    *,
    group_minor: int,
) -> list[list[ChargeEntry]]:
    """What each of staff's discounts and corrections comes to; ``group_minor`` is the group's discount (negative).

    A discount is shared over the lines that it is for, in proportion to their price, and names each of them: it goes
    with the bottles. A percentage gives nothing off what has been given back already. An amount that the wine isn't
    worth stands all the same: the change then has a problem.
    """
    worth = _worths(lines, present, group_minor)
    found = []
    for charge in charges:
        entries = _discount(charge, worth) if charge.kind == ChargeKind.DISCOUNT else [_correction(charge)]
        found.append(entries)
        for entry in entries:
            key = (entry.sku_id, entry.unit_price_minor)
            worth = [
                _Worth(one.line, one.wine_minor, one.left_minor + entry.amount_minor)
                if (one.line.sku_id, one.line.unit_price.minor) == key
                else one
                for one in worth
            ]
    return found


def _worths(lines: Sequence[QuoteLine], present: Sequence[ChargeEntry], group_minor: int) -> list[_Worth]:
    there = [line for line in lines if line.after > 0]
    wine = [line.unit_price.minor * line.after for line in there]
    group = share_minor(group_minor, wine) if sum(wine) > 0 else [0] * len(there)
    named = named_by_line(present)
    return [
        _Worth(
            line,
            minor,
            minor
            + share
            + sum(one.amount_minor for one in named.get((line.sku_id, line.unit_price.minor), ())),
        )
        for line, minor, share in zip(there, wine, group, strict=True)
    ]


def _correction(charge: StaffCharge) -> ChargeEntry:
    return ChargeEntry(charge.kind, charge.amount_minor or 0, charge.reason)


def _discount(charge: StaffCharge, worth: Sequence[_Worth]) -> list[ChargeEntry]:
    scope = [one for one in worth if charge.sku_id in (None, one.line.sku_id)]
    prices = [one.wine_minor for one in scope]
    if charge.percent_bp is not None:
        whole = -rate_of(sum(prices), charge.percent_bp * 100)
        shares = share_minor(whole, prices) if sum(prices) > 0 else []
        parts = [max(share, -max(one.left_minor, 0)) for share, one in zip(shares, scope, strict=False)]
    else:
        amount = charge.amount_minor or 0
        weights = [max(one.left_minor, 0) for one in scope]
        if sum(weights) <= 0:
            return [ChargeEntry(charge.kind, amount, charge.reason, charge.sku_id)]
        parts = share_minor(amount, weights)
    return [
        ChargeEntry(
            charge.kind, part, charge.reason, one.line.sku_id, one.line.unit_price.minor, one.line.after
        )
        for part, one in zip(parts, scope, strict=False)
        if part
    ]


def overdrawn(
    lines: Sequence[QuoteLine], charges: Iterable[ChargeEntry], *, discount_bp: int
) -> list[QuoteLine]:
    """Lines whose discounts come to more than they cost, and lines that are gone with discounts still on them."""
    by_line: Mapping[Key, list[ChargeEntry]] = named_by_line(charges)
    return [
        line
        for line in lines
        if -sum(one.amount_minor for one in by_line.get((line.sku_id, line.unit_price.minor), ()))
        > most_minor(line.unit_price.minor, max(line.after, 0), discount_bp)
    ]
