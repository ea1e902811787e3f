"""Putting customers of the small world, and others, where a test wants them."""

from __future__ import annotations

from typing import Any

from tests.world import World
from tirage.customers.models import Customer
from tirage.insights.models import Placement
from tirage.places import find_zip


def settle_at(world: World, customer: Customer, code: str, *, spent: int = 0, **changes: Any) -> Placement:
    """The customer lives at this ZIP and ever spent so many cents."""
    place = find_zip(code)
    assert place is not None
    Customer.objects.filter(pk=customer.pk).update(lifetime_minor=spent)
    facts: dict[str, Any] = {
        "country": "US",
        "state": place.state,
        "zip_code": place.zip,
        "county": place.county_fips,
        "metro": place.cbsa,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "precision": "zip",
        "coverage": "placed",
        "reason": "",
        "placed_at": world.now,
    }
    placed, _ = Placement.objects.update_or_create(customer=customer, defaults={**facts, **changes})
    return placed


def neighbour(
    world: World, name: str, code: str, *, spent: int = 0, agreed: bool = True, **changes: Any
) -> Customer:
    """Somebody more, who agreed to mail."""
    made = Customer.objects.create(
        email=f"{name.lower()}@example.com",
        first_name=name,
        last_name="Neighbor",
        signed_up_at=world.now,
        marketing_consent_at=world.now if agreed else None,
    )
    settle_at(world, made, code, spent=spent, **changes)
    return made


def seattle(world: World) -> dict[str, Customer]:
    """Eight people around Seattle, one in Olympia, one in New York."""
    homes = {
        "Ada": ("98101", 900_00),
        "Bo": ("98101", 400_00),
        "Cy": ("98004", 2_500_00),
        "Di": ("98004", 1_200_00),
        "Ed": ("98052", 800_00),
        "Flo": ("98033", 600_00),
        "Gus": ("98040", 0),
        "Hal": ("98501", 3_000_00),
        "Ida": ("10013", 5_000_00),
    }
    return {name: neighbour(world, name, code, spent=spent) for name, (code, spent) in homes.items()}
