"""ShipCompliant as it stands in for itself, and an order of Ben's that goes to New York."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.compliance.sovos import ShipCompliantThere, connected
from tests.rooms.compliance.journey import bought
from tests.world import World
from tirage.orders.models import Order


@pytest.fixture
def there(world: World, settings: Any) -> Iterator[ShipCompliantThere]:
    with connected(ShipCompliantThere(), settings) as one:
        yield one


@pytest.fixture
def order(world: World, there: ShipCompliantThere) -> Order:
    return bought(world)
