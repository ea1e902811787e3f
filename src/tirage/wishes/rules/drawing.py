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
    asks: Iterable[Ask],
    stock: Mapping[int, int],
    caps: Caps,
    seed: str,
    shares: Mapping[int, int],
    by_hand: Mapping[int, int] | None = None,
) -> str:
    """The draw as a document to publish: everything that it was made of, and its result. JSON, wishes by reference.

    ``shares`` are as drawn; ``by_hand`` has the pieces of those wishes that somebody gave others afterwards, which the
    document lists by themselves: the draw stays checkable.
    ``walls`` are what holds a wish (its wine, its customer, its household), by numbers without a meaning outside of it;
    ``room`` says how many pieces fit into each.
    """
    known: dict[str, dict[int | str, int]] = {}
    room: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    asks = sorted(asks, key=lambda ask: (ask.turn, ask.key))
    for ask in asks:
        walls = {_name(known, "wine", ask.sku): max(stock.get(ask.sku, 0), 0)}
        if caps.customer is not None:
            walls[_name(known, "customer", ask.customer)] = caps.customer
        if caps.household is not None and ask.household:
            walls[_name(known, "household", ask.household)] = caps.household
        room |= walls
        rows.append(
            {
                "wish": ask.reference,
                "asked": ask.pieces,
                "step": caps.step(ask),
                "weight": ask.weight,
                "walls": list(walls),
                "granted": shares.get(ask.key, 0),
            }
        )
    changed = [
        {"wish": ask.reference, "drawn": shares.get(ask.key, 0), "instead": (by_hand or {})[ask.key]}
        for ask in asks
        if ask.key in (by_hand or {})
    ]
    document = {
        "certificate": CERTIFICATE,
        "seed": seed,
        "room": room,
        "wishes": rows,
        "changed_by_hand": changed,
    }
    return json.dumps(document, indent=1) + "\n"


def _name(known: dict[str, dict[int | str, int]], kind: str, thing: int | str) -> str:
    """``customer 3``: the third that is named."""
    numbers = known.setdefault(kind, {})
    return f"{kind} {numbers.setdefault(thing, len(numbers) + 1)}"
