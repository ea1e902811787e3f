"""From the rows of one order, of however many files, to a draft of it whose parts add up. Pure.

Rows may be lines, payments, shipments, refunds or the order's own columns, which many systems repeat on every line: of
those the first that says something counts. What gives something back is told by a negative count or total, by its kind,
or by naming the order that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from tirage.moving.drafts import Bottle, Charged, Draft, Line, Paid, Part, Person, Unfit
from tirage.moving.words import CANCELLED, GIVES_BACK, NEVER_PLACED, REFUNDED, bottle_of, plain
from tirage.orders.states import ChargeKind

Row = Mapping[str, Any]

#: Columns of an order's own, and what they are on ours.
_CHARGES = (
    ("shipping", ChargeKind.SHIPPING, ""),
    ("tax", ChargeKind.TAX, ""),
    ("handling", ChargeKind.PACKAGING, "Handling"),
    ("fee", ChargeKind.PACKAGING, "Fees"),
    ("tip", ChargeKind.PACKAGING, "Tip"),
)
SHIP_TO = (
    "recipient",
    "company",
    "line_1",
    "line_2",
    "city",
    "state",
    "postal_code",
    "country",
    "phone",
)
DIFFERENCE = "Difference in the former system"
LEFT_OPEN = "Left open in the former system"
NOT_NAMED = "Refund"


def assemble(number: str, rows: Sequence[Row], *, books_differences: bool = False) -> Draft:
    """Raises Unfit, in words, for what isn't an order or doesn't add up."""
    rows = [one for row in rows for one in _each(row)]
    sale = [row for row in rows if not _gives_back(row)]
    back = [row for row in rows if _gives_back(row)]
    if not sale:
        words = "It only gives something back, and no file has the order that it belongs to."
        raise Unfit(f"{words} Name that order's number in a column, or bring its file too.")
    status, paid_status = plain(_first(sale, "status")), plain(_first(sale, "payment_status"))
    if status in NEVER_PLACED:
        raise Unfit(f"It is “{status}” there: it never was an order.", left_out=True)
    at = _first(sale, "placed_at")
    if not at:
        raise Unfit("It has no date. Choose the column that says when it was placed.")
    placing = _placed(sale, at, books_differences)
    total, moved = placing.owed, _payments(rows, at)
    is_cancelled = bool({status, paid_status} & CANCELLED) or bool(_first(sale, "cancelled_at"))
    returned = None
    if is_cancelled or (not back and {status, paid_status} & REFUNDED):
        returned, is_cancelled = _all_back(placing, _first(sale, "cancelled_at") or at), True
    elif back or _sum(sale, "refunded"):
        returned = _returned(placing, sale, back, at)
    given_back = -returned.owed if returned else 0
    paid = moved or _presumed(total, given_back, at, returned, _first(sale, "payment_method"), is_cancelled)
    if is_cancelled and (left := sum(one.amount for one in paid)) > 0:
        paid.append(Paid(returned.at if returned else at, -left, paid[0].words))
    _refuse_unpaid_refund(paid)
    _settle(placing, sum(one.amount for one in paid) - (total - given_back))
    return Draft(
        number=number,
        person=_person(rows),
        placed_at=at,
        shipped_at=_first(sale, "shipped_at") or at,
        is_cancelled=is_cancelled,
        ship_to=_ship_to(sale),
        tracking=_first(sale, "tracking")[:80],
        gift_note=_first(sale, "gift_note")[:400],
        groups=tuple(part.strip() for part in _first(sale, "group").split(";") if part.strip()),
        placing=placing,
        returned=returned if returned and (returned.lines or returned.charges) else None,
        paid=paid,
        total=total,
        refunded=given_back,
        release=_first(sale, "release")[:120],
    )


def _each(row: Row) -> list[Row]:
    """A row, and behind it the lines that stand side by side in it."""
    if "items" not in row:
        return [row]
    own = {name: value for name, value in row.items() if name != "items"}
    back = {name: row[name] for name in ("refund_of", "own_number", "kind") if name in row}
    return [own, *({**back, **item} for item in row["items"])]


def _gives_back(row: Row) -> bool:
    is_payment = "paid" in row and "quantity" not in row and "total" not in row
    return not is_payment and (
        bool(row.get("refund_of"))
        or int(row.get("quantity", 0)) < 0
        or int(row.get("total", 0)) < 0
        or plain(row.get("kind", "")) in GIVES_BACK
    )


def _first(rows: Iterable[Row], name: str) -> str:
    return next((str(row[name]) for row in rows if row.get(name) not in (None, "")), "")


def _amount(rows: Iterable[Row], name: str) -> int | None:
    """An amount of the order's own: the first that is there; many systems repeat it on every line."""
    return next((int(row[name]) for row in rows if row.get(name) is not None), None)


def _sum(rows: Iterable[Row], name: str) -> int:
    return abs(_amount(rows, name) or 0)


# What it was placed with.


def _placed(sale: Sequence[Row], at: str, books_differences: bool) -> Part:
    lines = [line for row in sale for line in _lines(row)]
    charges = _charges(sale)
    total = _amount(sale, "total")
    part = Part(at, lines, charges)
    if total is None:
        return part
    fitting = _that_fits(lines, charges, total)
    if fitting is not None:
        return Part(at, lines, fitting)
    if not books_differences:
        raise Unfit(
            f"Its wines and charges come to {_say(part.owed)}, and its total is {_say(total)}. Choose the column"
            " that is missing, or book differences as a charge of their own."
        )
    kind = ChargeKind.PACKAGING if total > part.owed else ChargeKind.DISCOUNT
    part.charges.append(Charged(kind, total - part.owed, DIFFERENCE))
    return part


def _lines(row: Row) -> list[Line]:
    """A row's line; two of them where its total can't be split evenly."""
    quantity = abs(int(row.get("quantity", 0)))
    if not quantity or not (row.get("sku") or row.get("wine")):
        return []
    bottle, price, total = bottle_of(row), row.get("unit_price"), row.get("line_total")
    if price is not None:
        return [Line(bottle, quantity, abs(int(price)))]
    each, rest = divmod(abs(int(total or 0)), quantity)
    some = [Line(bottle, quantity - rest, each)] if quantity > rest else []
    return some + ([Line(bottle, rest, each + 1)] if rest else [])


def _charges(rows: Sequence[Row], *, are_own: bool = True) -> list[Charged]:
    """The order's own columns; for a refund within the order's rows, which repeat them, those of its lines alone."""
    found = []
    for name, kind, words in _CHARGES:
        amount = _amount(rows, name) if are_own else None
        if amount is None:
            amount = sum(int(row.get(f"line_{name}") or 0) for row in rows)
        if amount:
            found.append(Charged(kind, abs(amount), words))
    discount = _amount(rows, "discount") if are_own else None
    if discount is None:
        discount = sum(abs(int(row.get("line_discount") or 0)) for row in rows)
    if discount:
        found.append(Charged(ChargeKind.DISCOUNT, -abs(discount)))
    return found


def _that_fits(lines: Sequence[Line], charges: list[Charged], total: int) -> list[Charged] | None:
    """The charges with which it comes to its total: discounts, and taxes, may be in the prices already."""
    wine = sum(line.amount for line in lines)
    within = (ChargeKind.DISCOUNT, ChargeKind.TAX)
    for leave_discount, leave_tax in product((False, True), repeat=2):
        left = {kind for kind, leave in zip(within, (leave_discount, leave_tax), strict=True) if leave}
        kept = [one for one in charges if one.kind not in left]
        if wine + sum(one.amount for one in kept) == total:
            return kept
    return None


# What came back.


def _all_back(placing: Part, at: str) -> Part:
    return Part(
        at,
        [Line(line.bottle, -line.quantity, line.unit_minor) for line in placing.lines],
        [Charged(one.kind, -one.amount, one.words) for one in placing.charges],
    )


def _returned(placing: Part, sale: Sequence[Row], back: Sequence[Row], at: str) -> Part:
    """One part for all refunds of the order; what no wine or charge of them explains is a discount."""
    part = Part(_first(back, "placed_at") or _first(sale, "refunded_at") or at)
    given_back = 0
    for document in _documents(back).values():
        lines = [line for row in document for line in _lines(row)]
        total = next((abs(int(row["total"])) for row in document if _is_own_total(row)), None)
        charges = _charges(document, are_own=total is not None)
        given_back += _worth(lines, charges) if total is None else total
        part.lines += [_matched(line, placing) for line in lines]
        part.charges += [Charged(one.kind, -one.amount, one.words) for one in charges]
    if not back:
        given_back = _sum(sale, "refunded")
    _refuse_too_many(placing, part)
    if rest := -given_back - part.owed:
        part.charges.append(Charged(ChargeKind.DISCOUNT, rest, NOT_NAMED))
    return part


def _documents(back: Sequence[Row]) -> dict[str, list[Row]]:
    """Refunds by their own numbers: each repeats its totals on its rows."""
    found: dict[str, list[Row]] = {}
    for row in back:
        found.setdefault(str(row.get("own_number", "")), []).append(row)
    return found


def _is_own_total(row: Row) -> bool:
    """A row of the order's own file that takes a bottle off repeats the order's total, not the refund's."""
    return row.get("total") is not None and (int(row["total"]) < 0 or bool(row.get("refund_of")))


def _worth(lines: Sequence[Line], charges: Sequence[Charged]) -> int:
    return sum(line.amount for line in lines) + sum(one.amount for one in charges)


def _matched(line: Line, placing: Part) -> Line:
    """The line taken off at the price that it was sold for, where it names none that it was sold for."""
    sold = [one for one in placing.lines if _is_same(one.bottle, line.bottle)]
    if not sold:
        return Line(line.bottle, -line.quantity, line.unit_minor)
    one = next((one for one in sold if one.unit_minor == line.unit_minor), sold[0])
    return Line(one.bottle, -line.quantity, one.unit_minor)


def _is_same(one: Bottle, other: Bottle) -> bool:
    """By its code where both have one: a refund's row may name no more."""
    return one.code.casefold() == other.code.casefold() if one.code and other.code else one == other


def _refuse_too_many(placing: Part, part: Part) -> None:
    sold = _pieces(placing)
    for bottle, back in _pieces(part).items():
        if -back > sold.get(bottle, 0):
            name = bottle.name or bottle.code
            raise Unfit(f"{-back} of {name} came back, and {sold.get(bottle, 0)} of it were sold.")


def _pieces(part: Part) -> dict[Bottle, int]:
    found: dict[Bottle, int] = {}
    for line in part.lines:
        found[line.bottle] = found.get(line.bottle, 0) + line.quantity
    return found


# What was paid.


def _payments(rows: Sequence[Row], at: str) -> list[Paid]:
    """Rows that are nothing but payments count each; a column beside lines repeats one sum."""
    telling = [row for row in rows if row.get("paid")]
    alone = [row for row in telling if "quantity" not in row and "wine" not in row and "sku" not in row]
    found = []
    for row in alone or telling[:1]:
        amount = int(row["paid"])
        if plain(row.get("payment_kind", "")) in GIVES_BACK:
            amount = -abs(amount)
        words = str(row.get("payment_method") or "")[:200]
        found.append(Paid(str(row.get("paid_at") or row.get("placed_at") or at), amount, words))
    return sorted(found, key=lambda one: (one.amount < 0, one.at))


def _presumed(
    total: int, given_back: int, at: str, returned: Part | None, words: str, is_cancelled: bool
) -> list[Paid]:
    """Without a word of payments an order was paid as it was placed, and what came back was refunded then."""
    if is_cancelled:
        return []
    paid = [Paid(at, total, words[:200])] if total else []
    return paid + ([Paid(returned.at, -given_back, words[:200])] if returned and given_back else [])


def _refuse_unpaid_refund(paid: Sequence[Paid]) -> None:
    if sum(one.amount for one in paid) < 0:
        raise Unfit("More was refunded than was paid. Bring the file that has its payments too.")


def _settle(placing: Part, beyond: int) -> None:
    """What was paid beyond, or short of, what is owed was left open there: here nobody is asked for it."""
    if beyond:
        kind = ChargeKind.PACKAGING if beyond > 0 else ChargeKind.WAIVED
        placing.charges.append(Charged(kind, beyond, LEFT_OPEN))


# Whose it was, and where it went.


def _person(rows: Sequence[Row]) -> Person:
    email = _first(rows, "email").casefold()
    first, last = _first(rows, "first_name")[:80], _first(rows, "last_name")[:80]
    return Person(email, first, last, _first(rows, "phone")[:40])


def _ship_to(sale: Sequence[Row]) -> dict[str, str]:
    found = {name: _first(sale, f"ship_{name}") for name in SHIP_TO}
    if not found["recipient"]:
        names = (_first(sale, f"ship_{name}") for name in ("first_name", "last_name"))
        found["recipient"] = " ".join(part for part in names if part)
    return {name: text for name, text in found.items() if text}


def _say(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
