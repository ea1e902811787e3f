"""No more wine goes to a place than its law lets: asked by the checkout, by changes and by grants, before the money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, pieces_on, quoted, snapshot
from tests.rooms.checkout.journey import buy, checkout_arguments, customer_actor, hold
from tests.rooms.delivery.limiting import limited
from tests.rooms.wishes.granting import line_of, shared, told, wished, worked
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import refund_lines
from tirage.changes.operations.returning import quote_line_refund
from tirage.changes.rules import Bottles
from tirage.checkout.operations import place_order
from tirage.checkout.queries import CheckoutQuote, load_offer_page, quote_checkout
from tirage.checkout.volumes import Parcel, parts_of
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.winery import local_time
from tirage.customers.models import Address, Customer
from tirage.delivery.limits.operations import year_day
from tirage.delivery.models import Destination, VolumeLimit
from tirage.fulfilment.operations import ship_order
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.orders.rules import ShipTo
from tirage.wishes.granting import grant_wish
from tirage.wishes.models import Wish


def refused(world: World, customer: Customer, wanted: dict[str, int], **changes: Any) -> str:
    """What the checkout says when it refuses for the volume; nothing is promised or charged by it."""
    orders, charged = Order.objects.count(), charged_in_all()
    with pytest.raises(DomainError) as beyond:
        buy(world, customer, wanted, changes.pop("now", world.now), **changes)
    assert (
        beyond.value.code == "beyond_volume_limit" and beyond.value.fields["method"] == beyond.value.message
    )
    assert (Order.objects.count(), charged_in_all()) == (orders, charged)
    return beyond.value.message


def bought_in_brooklyn(world: World, bottles: int) -> str:
    """What becomes of Ana's order of Cabernets to New York."""
    hold(world.ana, {"CAB23": bottles}, world.now)
    page = load_offer_page(world.ana, world.now)
    total = quote_checkout(page, country="US", state="NY", method_reference=world.ground.reference).total
    form = checkout_arguments(
        world,
        world.ana,
        world.now,
        address_reference=world.ana_brooklyn.reference,
        expected_total_minor=total.minor,
    )
    return place_order(**form).status


def quote(world: World, customer: Customer, address: Address) -> CheckoutQuote:
    page = load_offer_page(customer, world.now)
    assert page.cart
    parcel = Parcel(customer.pk, page.cart.millilitres, parts_of(address), world.now)
    return quote_checkout(page, country=address.country, state=address.state, proposes=True, parcel=parcel)


def test_the_checkout_says_how_many_fit_before_the_button(world: World) -> None:
    limited(world.new_york, 4)
    bought(world, world.ben, {"CAB23": 1})
    hold(world.ben, {"CAB23": 2, "CHA24": 2}, world.now)
    told = quote(world, world.ben, world.ben_home)
    assert told.chosen is None and told.beyond == world.ground.reference and told.methods
    assert "3 bottles of 750 ml more can go there. Take 1 bottle fewer" in told.problem
    said = refused(world, world.ben, {"CAB23": 2, "CHA24": 2})
    assert said == told.problem
    assert buy(world, world.ben, {"CAB23": 2, "CHA24": 1}, world.now).status == "placed", "the last three"


def test_a_magnum_is_two_bottles_and_a_pickup_none(world: World) -> None:
    limited(world.new_york, 3)
    refused(world, world.ben, {"CAB23-MAG": 1, "CAB23": 2})
    arguments = checkout_arguments(world, world.ben, world.now, method_reference=world.pickup.reference)
    assert place_order(**arguments).status == "placed", "what is picked up doesn't go there"
    assert buy(world, world.ben, {"CAB23": 1, "CHA24": 2}, world.now).status == "placed"


def test_what_counts_is_of_the_period_the_person_and_the_place(world: World) -> None:
    limited(world.new_york, 2)
    order = bought(world, world.ben, {"CAB23": 2})
    refused(world, world.ben, {"CHA24": 1})
    assert bought_in_brooklyn(world, 2) == "placed", "another person"
    Order.objects.filter(pk=order.pk).update(made_at=world.now - timedelta(days=40))
    assert buy(world, world.ben, {"CHA24": 2}, world.now).status == "placed", "another month"


def test_a_household_is_one_buyer_however_its_address_is_spelled(world: World) -> None:
    limited(world.new_york, 3, "household")
    Address.objects.filter(pk=world.ana_brooklyn.pk).update(
        line1="3 PRINCE ST.", city="New York", postal_code="10012-1234"
    )
    bought(world, world.ben, {"CAB23": 2})
    said = refused(world, world.ana, {"CAB23": 2}, address_reference=world.ana_brooklyn.reference)
    assert "for one household" in said and "1 bottle of 750 ml more" in said


def test_who_lives_together_is_one_household_wherever_it_goes(world: World) -> None:
    limited(world.new_york, 3, "household")
    Address.objects.filter(pk=world.ana_home.pk).update(
        line1="3 Prince Street", city="New York", state="NY", postal_code="10012"
    )
    bought(world, world.ben, {"CAB23": 2})
    refused(world, world.ana, {"CAB23": 2}, address_reference=world.ana_brooklyn.reference)


def test_of_an_address_what_goes_there_counts(world: World) -> None:
    limited(world.new_york, 3, "address")
    bought(world, world.ben, {"CAB23": 2})
    assert bought_in_brooklyn(world, 3) == "placed"
    refused(world, world.ben, {"CHA24": 2})


def test_what_is_cancelled_or_taken_off_makes_room_and_what_left_does_not(world: World) -> None:
    limited(world.new_york, 3)
    first = bought(world, world.ben, {"CAB23": 3})
    confirm(
        world, draft_of(world, first, world.staff, pieces={key_of(first, world.cabernet): 2}), world.staff
    )
    second = bought(world, world.ben, {"CHA24": 1})
    cancel_order(
        order_reference=second.reference, restock=True, reason="Asked", actor=world.staff, now=world.now
    )
    assert buy(world, world.ben, {"CHA24": 1}, world.now).status == "placed"
    ship_order(order_reference=first.reference, actor=world.staff, now=world.now)
    refused(world, world.ben, {"CHA24": 1})


def test_what_came_back_after_it_left_makes_room_and_what_was_given_for_it_does_not(world: World) -> None:
    limited(world.new_york, 3)
    order = bought(world, world.ben, {"CAB23": 3})
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    back = {key_of(order, world.cabernet): 1}
    for bottles in (Bottles.KEPT, Bottles.BACK):
        refused(world, world.ben, {"CHA24": 1})
        refund_lines(
            order_reference=order.reference,
            pieces=back,
            bottles=bottles,
            expected_minor=quote_line_refund(order=order, pieces=back, bottles=bottles).total.minor,
            reason="Asked",
            actor=world.staff,
            now=world.now,
        )
    assert buy(world, world.ben, {"CHA24": 1}, world.now).status == "placed"


def test_of_the_winery_everybodys_orders_count_and_changes_being_paid(world: World) -> None:
    begins = local_time(world.now).date() - timedelta(days=1)
    limited(world.new_york, 5, "winery", "permit_year", year_begins=year_day(begins.month, begins.day))
    old = bought(world, world.ben, {"CAB23": 1})
    Order.objects.filter(pk=old.pk).update(made_at=world.now - timedelta(days=3))
    order = bought(world, world.ben, {"CAB23": 1})
    assert bought_in_brooklyn(world, 2) == "placed"
    assert "2 bottles of 750 ml more" in refused(world, world.ben, {"CHA24": 3})
    draft = draft_of(world, order, world.staff, add={world.cabernet: 1})
    ChangeDraft.objects.filter(pk=draft.pk).update(state="paying")
    assert "1 bottle of 750 ml more" in refused(world, world.ben, {"CHA24": 2})


def test_a_limit_of_a_country_counts_what_goes_to_any_of_its_states(world: World) -> None:
    country = Destination.objects.create(country="US", name="United States", zone=world.west, is_open=True)
    order = bought(world, world.ben, {"CAB23": 2})
    world.new_york.delete()
    limited(country, 3)
    Order.objects.filter(pk=order.pk).update(ship_state="ME")
    said = refused(world, world.ben, {"CHA24": 2})
    assert "1 bottle of 750 ml more can go there" in said
    arguments = checkout_arguments(world, world.ben, world.now, method_reference=world.pickup.reference)
    assert place_order(**arguments).status == "placed"
    assert "1 bottle of 750 ml more" in refused(world, world.ben, {"CHA24": 2}), "a pickup goes nowhere"


def test_a_change_is_held_to_it_for_customers_and_staff(world: World) -> None:
    limited(world.new_york, 3)
    order = bought(world, world.ben, {"CAB23": 2})
    for actor in (customer_actor(world.ben), world.staff):
        draft = draft_of(world, order, actor, add={world.chardonnay: 2})
        (problem,) = quoted(draft, actor, world.now).blocking
        assert (
            problem.code == "beyond_volume_limit"
            and problem.field.startswith(f"pieces-{world.chardonnay.pk}-")
            and "1 bottle of 750 ml more can go there" in problem.text
        )
        before = snapshot(order)
        with pytest.raises(DomainError, match="New York takes at most 3 bottles"):
            confirm(world, draft, actor)
        assert snapshot(order) == before
    ChangeDraft.objects.all().delete()
    confirm(world, draft_of(world, order, world.staff, add={world.cabernet: 1}), world.staff)
    assert pieces_on(order) == {"CAB23": 3}


def test_a_change_of_address_brings_all_of_the_order(world: World) -> None:
    limited(world.oregon, 2)
    order = bought(world, world.ben, {"CAB23": 3})
    to = ShipTo("Ben Baker", line1="1 Main Street", city="Portland", state="OR", postal_code="97209")
    (problem,) = quoted(draft_of(world, order, world.staff, ship_to=to), world.staff, world.now).blocking
    assert (problem.code, problem.field) == ("beyond_volume_limit", "address")
    fewer = draft_of(world, order, world.staff, ship_to=to, pieces={key_of(order, world.cabernet): 2})
    assert quoted(fewer, world.staff, world.now).blocking == ()
    confirm(world, fewer, world.staff)
    assert run_checks(world.now) == []


def test_what_was_sold_before_the_law_stays_and_may_become_less(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 3})
    limited(world.new_york, 1)
    note = draft_of(world, order, world.staff, gift_note="Happy birthday")
    assert quoted(note, world.staff, world.now).blocking == ()
    faster = draft_of(world, order, world.staff, method_reference=world.overnight.reference)
    assert quoted(faster, world.staff, world.now).blocking == (), "it goes where it went"
    less = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 2})
    assert quoted(less, world.staff, world.now).blocking == ()


def test_a_change_that_is_being_paid_counts_already(world: World) -> None:
    limited(world.new_york, 3)
    order = bought(world, world.ben, {"CAB23": 1})
    draft = draft_of(world, order, world.staff, add={world.cabernet: 2})
    ChangeDraft.objects.filter(pk=draft.pk).update(state="paying")
    refused(world, world.ben, {"CHA24": 1})


@pytest.fixture
def wish(world: World) -> Wish:
    return wished(world, world.ben, world.estate_offer, world.cabernet, 3)


def test_a_wish_beyond_the_limit_is_left_out_with_the_reason(world: World, wish: Wish) -> None:
    limited(world.new_york, 4)
    bought(world, world.ben, {"CAB23": 2})
    run = shared(world, {world.cabernet: 6})
    line = line_of(run, wish)
    assert line.pieces == 0 and line.left_out.startswith("New York takes at most 4 bottles")
    with pytest.raises(DomainError, match="2 bottles of 750 ml more can go there"):
        grant_wish(wish=wish, pieces=3, actor=world.staff, now=world.now)
    line = grant_wish(wish=wish, pieces=2, actor=world.staff, now=world.now)
    assert (line.outcome, line.given) == ("granted", 2), "a part of it fits"


def test_what_became_too_much_since_it_was_shared_out_is_refused(world: World, wish: Wish) -> None:
    bought(world, world.ben, {"CAB23": 2})
    run = shared(world, {world.cabernet: 6})
    limited(world.new_york, 4)
    before = charged_in_all()
    assert told(worked(world, run)) == {"Ben": ("refused", 0)} and charged_in_all() == before
    assert "New York takes at most 4 bottles" in line_of(run, wish).reason
    assert not ChangeDraft.objects.filter(state="open").exists() and run_checks(world.now) == []


def test_an_order_of_granted_bottles_is_held_to_it_too(world: World, wish: Wish) -> None:
    run = shared(world, {world.cabernet: 6})
    limited(world.new_york, 2)
    assert told(worked(world, run)) == {"Ben": ("refused", 0)} and not Order.objects.exists()
    assert "New York takes at most 2 bottles" in line_of(run, wish).reason


def test_requests_are_left_out_and_not_set_aside(world: World) -> None:
    wish = wished(world, world.ben, world.estate_offer, world.cabernet, 3, kind="request", agreed_at=None)
    run = shared(world, {world.cabernet: 6})
    limited(world.new_york, 2)
    assert told(worked(world, run)) == {"Ben": ("refused", 0)}
    assert line_of(shared(world, {world.cabernet: 6}), wish).left_out.startswith("New York takes at most 2")


def test_of_several_wishes_of_one_customer_the_older_come_first(world: World, wish: Wish) -> None:
    limited(world.new_york, 4)
    later = wished(
        world, world.ben, world.estate_offer, world.chardonnay, 2, made_at=world.now + timedelta(minutes=1)
    )
    run = shared(world, {world.cabernet: 6, world.chardonnay: 6})
    assert line_of(run, wish).left_out == "" and line_of(run, later).left_out
    assert VolumeLimit.objects.count() == 1
