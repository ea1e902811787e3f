"""The wines of many orders at a glance, for their list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tirage.core.sql import fetch_all
from tirage.storefront.offer.wines import label_url

#: Wines that are named of an order; the others are counted.
_NAMED, _PICTURES = 2, 3


@dataclass(frozen=True, slots=True)
class Glance:
    """``2 × Estate Cabernet 2023, 1 × Syrah 2022 and 3 more wines``, with some of their labels."""

    words: str
    labels: list[str]


def glances_of(order_ids: Sequence[int]) -> dict[int, Glance]:
    """By order; one statement, none without orders."""
    if not order_ids:
        return {}
    marks = ", ".join(["%s"] * len(order_ids))
    rows = fetch_all(
        f"""
        SELECT l.order_id, k.name, b.digest, sum(l.quantity) AS pieces FROM orders_orderline l
        JOIN catalog_sku k ON k.id = l.sku_id JOIN catalog_vintage v ON v.id = k.vintage_id
        LEFT JOIN catalog_label b ON b.id = v.label_id WHERE l.order_id IN ({marks})
        GROUP BY l.order_id, k.id, k.name, b.digest HAVING sum(l.quantity) > 0
        ORDER BY l.order_id, sum(l.quantity * l.unit_price_minor) DESC, k.id
        """,  # noqa: S608  # placeholders only
        list(order_ids),
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows:
        wine = (f"{int(row['pieces'])} × {row['name']}", row["digest"] or "")
        found.setdefault(row["order_id"], []).append(wine)
    return {id: _glance(wines) for id, wines in found.items()}


def _glance(wines: Sequence[tuple[str, str]]) -> Glance:
    words = ", ".join(name for name, _ in wines[:_NAMED])
    if rest := len(wines) - _NAMED if len(wines) > _NAMED else 0:
        words += f" and {rest} more {'wine' if rest == 1 else 'wines'}"
    digests = list(dict.fromkeys(digest for _, digest in wines if digest))
    return Glance(words, [label_url(digest) for digest in digests[:_PICTURES]])
