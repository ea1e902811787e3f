"""What else can be done with wine that may not go to an address, in words."""

from __future__ import annotations

from collections.abc import Collection

from tirage.delivery.states import MethodKind

#: What other ways are, to whoever can't have wine sent home.
_INSTEAD = {MethodKind.PICKUP: "pick the wine up", MethodKind.STORAGE: "have it stored"}


def ways_besides(kinds: Collection[MethodKind]) -> list[str]:
    """What can be done with wine that may not go to an address, by the ways that there are."""
    return [*(words for kind, words in _INSTEAD.items() if kind in kinds), "send it to another address"]
