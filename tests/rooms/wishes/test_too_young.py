"""Nobody who is known to be too young asks for wine; what was asked may be taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.world import World, acting
from tirage.core.errors import DomainError
from tirage.wishes.models import Wish
from tirage.wishes.operations import set_wish


def test_no_wish_of_somebody_known_to_be_too_young(world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet).pk
    facts: dict[str, Any] = {
        "customer": world.ben,
        "offer_item_id": item,
        "agreed": True,
        "actor": acting(world.ben),
        "now": world.now,
    }
    set_wish(**facts, quantity=1)
    world.ben.birth_date = date(world.now.year - 20, 1, 1)
    world.ben.save()
    with pytest.raises(DomainError) as refused:
        set_wish(**facts, quantity=2)
    assert refused.value.code == "too_young" and Wish.objects.get().asked == 1
    set_wish(**facts, quantity=0)
    assert Wish.objects.get().state == "withdrawn"
