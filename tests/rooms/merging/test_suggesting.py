"""Who is likely on the list twice, on both engines."""

from __future__ import annotations

from tests.world import World
from tirage.customers.models import Address
from tirage.customers.operations import create_customer
from tirage.merging.suggesting import find_likely_pairs

MAILBOX = "The same mailbox but for dots or a plus sign"


def added(world: World, email: str, first: str, last: str, phone: str = "", postal_code: str = "") -> None:
    customer = create_customer(
        email=email, first_name=first, last_name=last, phone=phone, actor=world.staff, now=world.now
    )
    if postal_code:
        Address.objects.create(
            customer=customer, recipient=customer.name, line1="1 Main", city="X", state="CA",
            postal_code=postal_code,
        )  # fmt: skip


def found() -> dict[tuple[str, str], tuple[str, ...]]:
    return {(pair.stays.email, pair.ends.email): pair.reasons for pair in find_likely_pairs()}


def test_alike_in_the_mailbox_the_telephone_or_the_place(world: World) -> None:
    assert found() == {}, "four people with one telephone aren't one person"
    added(world, "a.n.a+wine@example.com", "A.", "Alvarez")
    added(world, "ben.baker@other.example", "BEN", "baker", phone="+14155550100", postal_code="10012-0001")
    added(world, "ana@other.example", "Ana", "Chen")
    assert found() == {
        ("ana@example.com", "a.n.a+wine@example.com"): (MAILBOX,),
        ("ben@example.com", "ben.baker@other.example"): (
            "The same name and telephone",
            "The same name and ZIP code",
        ),
    }


def test_many_of_one_name_and_telephone_are_a_companys(world: World) -> None:
    for number in range(5):
        added(world, f"desk{number}@hotel.example", "Front", "Desk", phone="1")
    assert found() == {}
