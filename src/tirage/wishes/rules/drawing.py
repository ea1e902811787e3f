"""The weighted draw: a line of wishes that a seed decides, and that anybody can check who knows the seed.

A wish's number comes from SHA-256 of the seed and the wish's reference: ``-log(u) / weight``, with ``u`` in (0, 1). The
lowest number is first. So the chance to be first is the weight over the sum of weights, and so on among those who are
left (Efraimidis and Spirakis, *Weighted random sampling with a reservoir*, 2006).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import inf, log
from typing import Any

from tirage.wishes.rules.asks import Ask, Caps

#: Version of the certificate.
CERTIFICATE = 1


def draw_number(seed: str, reference: str, weight: int) -> float:
    """Where a wish stands in the line of this seed, the lowest first; a weight of nought stands last."""
    first = int.from_bytes(sha256(f"{seed}:{reference}".encode()).digest()[:8], "big")
    return -log((first + 0.5) / 2**64) / weight if weight > 0 else inf


def draw_order(asks: Iterable[Ask], seed: str) -> list[Ask]:
    """The line that the seed makes of the wishes; wishes without odds come last, in the order they were in."""
    return sorted(asks, key=lambda ask: draw_number(seed, ask.reference, ask.weight))


def certificate(
    asks: Iterable[Ask], stock: Mapping[int, int], caps: Caps, seed: str, shares: Mapping[int, int]
) -> str:
    """The draw as a document to publish: everything that it was made of, and its result. JSON, wishes by reference.

    Customers, households and wines are numbers without a meaning outside of it.
    """
    customers: dict[int, int] = {}
    households: dict[str, int] = {}
    wines: dict[int, int] = {}
    rows: list[dict[str, Any]] = [
        {
            "wish": ask.reference,
            "wine": _number(wines, ask.sku),
            "customer": _number(customers, ask.customer),
            "household": _number(households, ask.household) if ask.household else 0,
            "asked": ask.pieces,
            "step": caps.step(ask),
            "weight": ask.weight,
            "granted": shares.get(ask.key, 0),
        }
        for ask in sorted(asks, key=lambda ask: (ask.turn, ask.key))
    ]
    document = {
        "certificate": CERTIFICATE,
        "seed": seed,
        "bottles": {str(number): max(stock.get(sku, 0), 0) for sku, number in wines.items()},
        "most_per_customer": caps.customer,
        "most_per_household": caps.household,
        "wishes": rows,
    }
    return json.dumps(document, indent=1) + "\n"


def _number(known: dict[Any, int], thing: Any) -> int:
    return known.setdefault(thing, len(known) + 1)
