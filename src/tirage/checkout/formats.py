"""Wine of one lot that is sold in several formats: what is free of one is free of all. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import gcd
from typing import Any


def with_formats(items: Sequence[dict[str, Any]], lots: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of an offer's wines with what could be drawn from other formats among what there is of each."""
    more = drawable(lots)
    return [item | {"supply": item["supply"] + more.get(item["sku_id"], 0)} for item in items]


def drawable(lots: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Pieces that each sku could have of its lots' other formats, as ``futures.formats.drawing`` would draw them."""
    families: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for lot in lots:
        families[lot["family"]].append(lot)
    found: dict[int, int] = defaultdict(int)
    for family in families.values():
        for target in family:
            found[target["sku_id"]] += sum(
                _gives(source, target) for source in family if source is not target
            )
    return found


def _gives(source: Mapping[str, Any], target: Mapping[str, Any]) -> int:
    common = gcd(source["size"], target["size"])
    free = min(source["free"], source["expected"] - max(source["committed"], source["arrived"]))
    return int(max(free, 0) // (target["size"] // common) * (source["size"] // common))
