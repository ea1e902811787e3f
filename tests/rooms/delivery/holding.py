"""A way of holding wine at a carrier's locations, for tests of who asks for it."""

from __future__ import annotations

from typing import Any

from tests.world import World
from tirage.delivery.models import Location, Method, Rate, RateTable, Zone


def held_by(world: World, carrier: str = "fedex", price_minor: int = 15_00, **facts: Any) -> Method:
    """A method that is held at locations of a carrier, into both zones for one price a parcel of 12."""
    method = Method.objects.create(
        **{"name": "Held at FedEx", "kind": "hold", "carrier": carrier, "position": 5, **facts}
    )
    table = RateTable.objects.create(method=method)
    for zone in (world.west, world.east):
        _price(table, zone, price_minor)
    return method


def _price(table: RateTable, zone: Zone, price_minor: int) -> None:
    Rate.objects.create(table=table, zone=zone, up_to_milli=12_000, price_minor=price_minor)


def counter(where: str = "Napa", **facts: Any) -> Location:
    """A location of the winery's list, in Napa unless another city is named."""
    places = {
        "Napa": ("1400 Trancas Street", "CA", "94558"),
        "Portland": ("700 SW 3rd Avenue", "OR", "97204"),
        "New York": ("12 Park Row", "NY", "10038"),
    }
    line1, state, postal_code = places[where]
    return Location.objects.create(
        **{
            "carrier": "fedex",
            "code": f"{state}1",
            "name": f"FedEx Office {where}",
            "line1": line1,
            "city": where,
            "state": state,
            "postal_code": postal_code,
            "opening_hours": "Monday to Saturday, 9 to 7",
            "is_listed": True,
            **facts,
        }
    )
