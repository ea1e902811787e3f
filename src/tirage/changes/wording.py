"""A change as the activity tells it: after the actor's name, without a full stop."""

from __future__ import annotations

from collections.abc import Sequence

from tirage.changes.rules import ChangeQuote, QuoteLine
from tirage.core.money import Money

_FIELDS = {
    "address": "sends it to {after}",
    "method": "delivery is now {after}",
    "ship_on": "asked for {after} to ship on",
    "gift_note": "changed the gift note",
}
_NO_DAY = "took back the day to ship on"


def say_change(quote: ChangeQuote, paid_words: str, override_reason: str = "") -> str:
    """``added 2 × Estate Cabernet 2023; 190.00 USD charged to Visa 4242``."""
    parts = [_pieces("added", quote.lines, 1), _pieces("took off", quote.lines, -1), *_fields(quote)]
    parts += [
        f"{charge.kind} {charge.difference} ({charge.description})"
        for charge in quote.charges
        if charge.staff_charge_id is not None and charge.difference
    ]
    parts += [f"set aside what stood against it ({override_reason})"] if override_reason else []
    said = "; ".join(part for part in [*parts, paid_words] if part)
    return said or "changed the order"


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
    return f"{amount} given back" + (" as store credit" if to_credit else "")
