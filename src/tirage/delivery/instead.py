"""What else can be done with wine that may not go to an address, in words."""

from __future__ import annotations

from collections.abc import Collection

from tirage.delivery.states import MethodKind

#: What other ways are, to whoever can't have wine sent home.
_INSTEAD = {
    MethodKind.HOLD: "have it held near you",
    MethodKind.PICKUP: "pick the wine up",
    MethodKind.STORAGE: "have it stored",
}


def ways_besides(kinds: Collection[MethodKind], *, held_helps: bool = False) -> list[str]:
    """What can be done with wine that may not go to an address, by the ways that there are.

    ``held_helps`` where what stands against the address doesn't stand against a carrier's counter in the same state.
    """
    ways = [kind for kind in _INSTEAD if kind in kinds and (held_helps or kind is not MethodKind.HOLD)]
    return [*(_INSTEAD[kind] for kind in ways), "send it to another address"]
