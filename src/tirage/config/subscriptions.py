"""What follows from what, the whole table on one page: event name → reactions, run in this order inside the
transaction of the act. See ``core/reactions.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SUBSCRIPTIONS: Mapping[str, Sequence[str]] = {
    "sku.saved": ("tirage.inventory.reactions.open_stock",),
}
