"""A change as the activity tells it: after the actor's name, without a full stop."""

from __future__ import annotations

from collections.abc import Sequence

from tirage.changes.rules import ChangeQuote, QuoteLine
from tirage.core.money import Money
from tirage.orders.states import ChargeKind, charge_words

_FIELDS = {
    "address": "changed the address to {after}",
    "method": "changed the delivery to {after}",
    "ship_on": "asked to ship on {after}",
    "gift_note": "changed the gift note",
}
#: An activity's sentence ends here; what the money did is never cut off.
_LONGEST = 500
_NO_DAY = "took back the day to ship on"


def say_change(
    quote: ChangeQuote, paid_words: str, override_reason: str = "", *, is_new: bool = False
) -> str:
    """``added 2 × Estate Cabernet 2023; $190.00 charged to Visa 4242``; of a new order what was ordered."""
    parts = [_pieces("added", quote.lines, 1), _pieces("took off", quote.lines, -1), *_fields(quote)]
    if is_new:
        parts = [_pieces("placed the order for the customer:", quote.lines, 1)]
    parts += [
        _staff_charge(charge.kind, charge.difference, charge.description)
        for charge in quote.charges
        if charge.staff_charge_id is not None and charge.difference
    ]
    parts += [f"set aside what stood against it ({override_reason})"] if override_reason else []
    did = _cut(
        "; ".join(part for part in parts if part) or "changed the order", _LONGEST - len(paid_words) - 2
    )
    return f"{did}; {paid_words}" if paid_words else did


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 2].rsplit(' ', 1)[0]} …"


def _staff_charge(kind: str, difference: Money, reason: str) -> str:
    """``gave $54.00 off (Scratched label)``, ``charged $5.00 less for shipping (Late)``."""
    if kind == ChargeKind.DISCOUNT and difference.minor < 0:
        return f"gave {-difference} off ({reason})"
    amount = Money(abs(difference.minor), difference.currency)
    return (
        f"charged {amount} {'more' if difference.minor > 0 else 'less'} for {charge_words(kind)} ({reason})"
    )


def _pieces(verb: str, lines: Sequence[QuoteLine], sign: int) -> str:
    wines = [f"{abs(line.change)} × {line.title}" for line in lines if line.change * sign > 0]
    return f"{verb} {', '.join(wines)}" if wines else ""


def _fields(quote: ChangeQuote) -> list[str]:
    return [
        _NO_DAY
        if field.name == "ship_on" and field.after == "none"
        else _FIELDS[field.name].format(after=field.after)
        for field in quote.fields
    ]


def say_given_back(amount: Money, *, to_credit: bool) -> str:
    return f"{amount} refunded" + (" as store credit" if to_credit else "")
