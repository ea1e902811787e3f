"""What a forecast rests on and what it says, in words."""

from __future__ import annotations

from tirage.core.texts import say_count
from tirage.planning.forecasting import Basis


def say_basis(basis: Basis) -> str:
    """Such as "from 3 past releases, 412 customers"; where history is thin, what stands in for it."""
    if basis.own:
        return (
            f"from {say_count(basis.own, 'past release', 'past releases')}, "
            f"{say_count(basis.customers, 'customer', 'customers')}"
        )
    if basis.wine and basis.group:
        return "new to this group: from what it takes of other wines, and what others take of this one"
    if basis.wine:
        return "this group has no past yet: from what others take of this wine"
    if basis.group:
        return "a new wine: from what this group takes of others"
    if basis.releases:
        return "no past of its own: from what the whole winery's offers take"
    return "no past release: a guess, as wide as it is honest"


def is_thin(basis: Basis) -> bool:
    """Whether less than two releases speak for it."""
    return basis.own < 2
