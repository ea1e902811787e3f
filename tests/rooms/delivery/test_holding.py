"""Wine held at a carrier's location: an address of the book, under the law of its place, by ways of its carrier."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.changes.journey import bought, confirm, draft_of, quoted
from tests.rooms.checkout.journey import checkout_arguments, customer_actor, hold
from tests.rooms.delivery.holding import counter, held_by
from tests.rooms.delivery.limiting import law, limited
from tests.world import World
from tirage.checkout.operations import Placing, place_order
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.customers.models import Address, Customer
from tirage.customers.operations import remove_address, restore_address, save_address
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.locations import operations
from tirage.delivery.locations.differences import differences
from tirage.delivery.locations.operations import LocationValues, hold_for, location_values, save_location
from tirage.delivery.locations.queries import holding_carriers, nearest_locations
from tirage.delivery.models import Location, Method
from tirage.delivery.queries import ANYWHERE, quote_methods
from tirage.delivery.rules import Freight
from tirage.orders.models import Order
from tirage.orders.queries import order_charges

TYPED = LocationValues(
    "fedex", "", "Corner Pharmacy", "9 Main Street", "", "Napa", "ca", "94558", opening_hours="9 to 5"
)


def kept(world: World, customer: Customer, where: Location | LocationValues) -> Address:
    how: dict[str, Any] = {"location": where} if isinstance(where, Location) else {"typed": where}
    return hold_for(customer=customer, actor=customer_actor(customer), now=world.now, **how)


def bought_at(world: World, customer: Customer, at: Address, method: Method, pieces: int = 2) -> Placing:
    """The customer's order of Cabernet that goes to a location."""
    hold(customer, {"CAB23": pieces}, world.now)
    page = load_offer_page(customer, world.now)
    quote = quote_checkout(
        page,
        country=at.country,
        state=at.state,
        location=at.location,
        method_reference=method.reference,
    )
    asked = checkout_arguments(world, customer, world.now)
    asked |= {
        "address_reference": at.reference,
        "method_reference": method.reference,
        "expected_total_minor": quote.total.minor,
    }
    return place_order(**asked)


def names(world: World, location: str = "", state: str = "CA", **how: Any) -> list[str]:
    quotes = quote_methods(
        country="US",
        state=state,
        freight=Freight(3_000),
        free_shipping=False,
        location=location,
        now=world.now,
        **how,
    )
    return [one.name for one in quotes]


def test_a_location_is_reached_by_what_is_held_there_and_by_nothing_that_goes_to_a_door(world: World) -> None:
    before = names(world)
    held_by(world)
    at = counter()
    assert names(world) == before, "nothing new leads to a door"
    assert names(world, at.reference) == [world.pickup.name, "Held at FedEx"]
    assert names(world, ANYWHERE) == [world.pickup.name, "Held at FedEx"]
    assert names(world, at.reference, state="UT") == [world.pickup.name], "nobody sends wine to Utah"


def test_a_way_holds_at_locations_of_its_own_carrier(world: World) -> None:
    method = held_by(world, "ups")
    at = counter()
    assert "Held at FedEx" not in names(world, at.reference)
    Method.objects.filter(pk=method.pk).update(carrier="")
    assert "Held at FedEx" in names(world, at.reference), "any carrier's where none is said"
    Method.objects.filter(pk=method.pk).update(carrier="fedex", visibility="staff")
    assert "Held at FedEx" not in names(world, at.reference)
    assert "Held at FedEx" in names(world, at.reference, staff=True)
    Location.objects.update(is_active=False)
    assert "Held at FedEx" not in names(world, at.reference, staff=True), "a closed one takes none"


def test_an_order_goes_to_the_location_with_the_customers_name_taxed_there(world: World) -> None:
    method, at = held_by(world), counter("New York")
    home = kept(world, world.ana, at)
    placed = bought_at(world, world.ana, home, method)
    order = Order.objects.get(reference=placed.order_reference)
    assert placed.status == "placed" and order.location == at.reference
    assert order.address_lines[:3] == [world.ana.name, "FedEx Office New York", "12 Park Row"]
    assert (order.recipient, order.ship_state) == (world.ana.name, "NY")
    charges = {one.kind: one.amount.minor for one in order_charges(order)}
    wine = order.wine_minor
    assert charges["shipping"] == 15_00 and charges["tax"] == round((wine + 15_00) * 0.08)


def test_a_location_is_never_the_usual_address(world: World) -> None:
    at = kept(world, world.ana, counter())
    assert not at.is_default and Address.objects.get(pk=world.ana_home.pk).is_default
    actor = customer_actor(world.ana)
    with pytest.raises(DomainError, match="usual address"):
        save_address(
            customer=world.ana,
            address_reference=at.reference,
            values={},
            make_default=True,
            actor=actor,
            now=world.now,
        )
    assert Address.objects.get(pk=world.ana_home.pk).is_default, "refused as a whole"
    reference = world.ana_home.reference
    remove_address(customer=world.ana, address_reference=reference, actor=actor, now=world.now)
    assert not Address.objects.get(pk=at.pk).is_default, "nor when it is the last one"
    remove_address(customer=world.ana, address_reference=at.reference, actor=actor, now=world.now)
    back = restore_address(customer=world.ana, address_reference=at.reference, actor=actor, now=world.now)
    assert not back.is_default
    again = restore_address(customer=world.ana, address_reference=reference, actor=actor, now=world.now)
    assert again.is_default


def test_the_same_location_is_kept_once_and_one_whose_place_changes_is_an_address(world: World) -> None:
    at = counter()
    home = kept(world, world.ana, at)
    assert kept(world, world.ana, at).pk == home.pk

    def change(**values: str) -> Address:
        return save_address(
            customer=world.ana,
            address_reference=home.reference,
            values={
                **{name: getattr(home, name) for name in ("line1", "city", "state", "postal_code")},
                **values,
            },
            make_default=False,
            actor=customer_actor(world.ana),
            now=world.now,
        )

    assert change(phone="+17075550199").location == at.reference
    assert change(line1="1402 Trancas St").location == ""


def test_limits_of_an_address_dont_add_up_strangers_at_a_counter(world: World) -> None:
    method, at = held_by(world), counter()
    limited(world.california, 3, subject="address", period="year")
    assert bought_at(world, world.ana, kept(world, world.ana, at), method).status == "placed"
    ben = kept(world, world.ben, at)
    assert bought_at(world, world.ben, ben, method).status == "placed", "he is a stranger"
    order = Order.objects.get(customer=world.ben)
    draft = draft_of(world, order, customer_actor(world.ben), add={world.chardonnay: 2})
    words = [one.text for one in quoted(draft, customer_actor(world.ben), world.now).problems]
    assert any("at most 3 bottles to one address" in one for one in words), "his own add up"


def test_what_a_customer_types_counts_as_the_address_that_it_may_be(world: World) -> None:
    """Else whoever calls his home a counter would have as much as he likes."""
    method = held_by(world)
    limited(world.california, 3, subject="address", period="year")
    ana, ben = kept(world, world.ana, TYPED), kept(world, world.ben, TYPED)
    assert ana.location == ben.location and ana.location.startswith("LOT-"), "typed once"
    assert bought_at(world, world.ana, ana, method).status == "placed"
    with pytest.raises(DomainError, match="at most 3 bottles to one address"):
        bought_at(world, world.ben, ben, method)


def test_the_law_is_that_of_the_locations_place(world: World) -> None:
    """A dry ZIP at home is no reason against a counter elsewhere; a dry counter is."""
    method, at = held_by(world), counter()
    law(world.california, "dry_zips", words="94558")
    home = kept(world, world.ana, at)
    with pytest.raises(DomainError, match="No wine may be sent to this ZIP in California"):
        bought_at(world, world.ana, home, method)
    assert "No wine may be sent" in word_at_save(home, world.now)
    oregon = kept(world, world.ana, counter("Portland"))
    assert word_at_save(oregon, world.now) == ""
    assert bought_at(world, world.ana, oregon, method).status == "placed"


def test_an_order_is_changed_to_a_location_and_back_at_the_same_cent(world: World) -> None:
    method = held_by(world)
    order = bought(world, world.ana, {"CAB23": 2})
    owed, actor = order.owed_minor, customer_actor(world.ana)
    at = kept(world, world.ana, counter("Portland"))
    draft = draft_of(world, order, actor, address_reference=at.reference, method_reference=method.reference)
    assert confirm(world, draft, actor).status == "applied"
    order.refresh_from_db()
    assert order.location == at.location and order.method_id == method.pk and order.ship_state == "OR"
    back = draft_of(
        world,
        order,
        actor,
        address_reference=world.ana_home.reference,
        method_reference=world.ground.reference,
    )
    assert confirm(world, back, actor).status == "applied"
    order.refresh_from_db()
    assert (order.location, order.owed_minor, order.paid_minor) == ("", owed, owed)


def test_a_way_to_a_door_is_refused_at_a_counter_in_words(world: World) -> None:
    held_by(world)
    order = bought(world, world.ana, {"CAB23": 2})
    actor = customer_actor(world.ana)
    at = kept(world, world.ana, counter())
    draft = draft_of(world, order, actor, address_reference=at.reference)
    words = " ".join(one.text for one in quoted(draft, actor, world.now).problems)
    assert "Ground goes to a door, not to a carrier's location. Choose another way" in words


def test_the_nearest_come_first_and_none_from_far_away(world: World) -> None:
    napa, portland = counter(), counter("Portland")
    near = counter(code="CA2", name="A Pharmacy", postal_code="94559", line1="3 First Street")
    counter(code="CA3", name="Not listed", is_listed=False)
    found = nearest_locations(postal_code="94559", carriers={"fedex"})
    assert [one.location.pk for one in found] == [near.pk, napa.pk]
    assert found[0].distance == "in this ZIP" and found[1].distance.endswith("miles away")
    assert [one.location.pk for one in nearest_locations(postal_code="", state="OR", carriers={""})] == [
        portland.pk
    ]
    assert nearest_locations(postal_code="94559", carriers={"ups"}) == []
    assert holding_carriers(world.now) == set()
    held_by(world)
    assert holding_carriers(world.now) == {"fedex"}


def test_a_closed_location_is_refused(world: World) -> None:
    at = counter(is_active=False)
    with pytest.raises(DomainError, match="takes no parcels any more"):
        kept(world, world.ana, at)
    with pytest.raises(DomainError) as refused:
        kept(world, world.ana, LocationValues("own", "", "", "", "", "Napa", "CA", "94558"))
    assert {"carrier", "name", "line1"} <= set(refused.value.fields)


def test_the_list_is_kept_by_hand_and_by_file(world: World) -> None:
    staff: dict[str, Any] = {"actor": world.staff, "now": world.now}
    saved = save_location(values=TYPED, **staff)
    assert (saved.is_listed, saved.state) == (True, "CA")
    with pytest.raises(DomainError, match="can't be saved"):
        save_location(values=TYPED, **staff)
    seen = {"opening_hours": "9 to 5"}
    changed = LocationValues(**{**location_values_of(saved), "opening_hours": "8 to 8"})
    save_location(values=changed, location=saved, shown=location_values_of(saved), **staff)
    other = LocationValues(**{**location_values_of(saved), "opening_hours": "never"})
    with pytest.raises(Overtaken):
        save_location(values=other, location=saved, shown=location_values_of(saved) | seen, **staff)
    stands = location_values(Location.objects.get(pk=saved.pk))
    rows = [
        LocationValues(**{**location_values_of(saved), "name": "Pharmacy"}),
        location_values(counter_unsaved()),
    ]
    found = differences(rows)
    assert [one.stands for one in found] == [stands, None]
    stood = [one.stands for one in found]
    assert operations.take_over(rows=rows, stood=stood, **staff) == 2
    assert operations.take_over(rows=rows, stood=[one.values for one in differences(rows)], **staff) == 0
    with pytest.raises(DomainError, match="Nothing was taken over"):
        operations.take_over(rows=rows, stood=stood, **staff)


def location_values_of(found: Location) -> dict[str, Any]:
    fields = LocationValues.__dataclass_fields__
    return {name: getattr(found, name) for name in fields}


def counter_unsaved() -> Location:
    return Location(
        carrier="ups",
        code="U1",
        name="UPS Store",
        line1="1 A Street",
        city="Napa",
        state="CA",
        postal_code="94559",
    )
