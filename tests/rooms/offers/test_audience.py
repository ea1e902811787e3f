"""Members and offered bottles of a release are those of its time."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from tests.world import World
from tirage.core.actors import system
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.customers.models import Customer, Membership, PastMembership, PastSuspension
from tirage.customers.operations import (
    add_to_group,
    continue_undo,
    move_customers,
    move_to_group,
    reinstate_customer,
    remove_from_group,
    suspend_customer,
)
from tirage.customers.states import MoveKind
from tirage.offers.audience import Audience, audiences
from tirage.offers.models import CustomAllowance, Offer
from tirage.offers.operations import activate_offer, deactivate_offer

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def of(offer: Offer, now: object) -> Audience:
    return audiences([offer], now)[offer.pk]  # type: ignore[arg-type]  # a moment


def after(world: World) -> object:
    return world.now + 10 * DAY


def test_who_moves_after_the_close_changes_nothing(world: World) -> None:
    """Estate offers ten bottles, Premier 26; Welcome nobody anything."""
    late = world.now + 10 * DAY
    before = audiences(list(Offer.objects.all()), late)
    assert before[world.estate_offer.pk] == Audience(1, 10, 3)
    assert before[world.premier_offer.pk] == Audience(1, 26, 4)
    assert before[world.welcome_offer.pk] == Audience(0, 0, 2)
    move_to_group(customer=world.ben, group=world.premier, actor=world.staff, now=late)
    remove_from_group(customer=world.ana, group=world.premier, actor=world.staff, now=late)
    add_to_group(customer=world.clara, group=world.welcome, actor=world.staff, now=late)
    suspend_customer(customer=world.ana, reason="Asked", actor=world.staff, now=late)
    reinstate_customer(customer=world.dora, actor=world.staff, now=late)
    assert audiences(list(Offer.objects.all()), late + HOUR) == before
    run = move_customers(
        customer_ids=list(Customer.objects.values_list("pk", flat=True)),
        group=world.welcome,
        kind=MoveKind.MOVE,
        actor=world.staff,
        now=late + HOUR,
    )
    assert audiences(list(Offer.objects.all()), late + 2 * HOUR) == before
    continue_undo(run=run, actor=world.staff, now=late + 2 * HOUR)
    assert audiences(list(Offer.objects.all()), late + 3 * HOUR) == before


def test_who_comes_and_goes_while_it_is_open_was_offered_it(world: World) -> None:
    move_to_group(customer=world.ben, group=world.premier, actor=world.staff, now=world.now)
    later = world.now + HOUR
    assert of(world.estate_offer, later).members == 1
    assert of(world.premier_offer, later).members == 2
    add_to_group(customer=world.clara, group=world.estate, actor=world.staff, now=later)
    assert of(world.estate_offer, later) == Audience(2, 20, 3)
    move_to_group(customer=world.ben, group=world.estate, actor=world.staff, now=later)
    assert of(world.estate_offer, later + HOUR) == Audience(2, 20, 3)


def test_an_offer_to_come_counts_who_would_see_it(world: World) -> None:
    Offer.objects.update(opens_at=world.now + DAY)
    for offer in (world.estate_offer, world.premier_offer):
        offer.refresh_from_db()
    move_to_group(customer=world.ben, group=world.premier, actor=world.staff, now=world.now)
    assert of(world.estate_offer, world.now + HOUR).members == 0
    assert of(world.premier_offer, world.now + HOUR).members == 2
    assert of(world.estate_offer, world.now + 3 * DAY).members == 0


def test_who_was_suspended_all_the_while_wasnt_offered_it(world: World) -> None:
    """Dora is in Estate, suspended since nobody knows when."""
    assert of(world.estate_offer, world.now).members == 1
    reinstate_customer(customer=world.dora, actor=world.staff, now=world.now)
    assert of(world.estate_offer, world.now + HOUR).members == 2
    suspend_customer(customer=world.dora, reason="Again", actor=world.staff, now=world.now + HOUR)
    assert of(world.estate_offer, after(world)).members == 2
    world.dora.refresh_from_db()
    assert world.dora.suspended_at == world.now + HOUR
    assert PastSuspension.objects.get().until == world.now


def test_an_offer_that_was_taken_back_keeps_its_audience(world: World) -> None:
    deactivate_offer(offer=world.estate_offer, actor=world.staff, now=world.now + HOUR)
    move_to_group(customer=world.ben, group=world.premier, actor=world.staff, now=world.now + 2 * HOUR)
    add_to_group(customer=world.clara, group=world.estate, actor=world.staff, now=world.now + 2 * HOUR)
    assert of(world.estate_offer, world.now + 3 * HOUR).members == 1
    activate_offer(offer=world.estate_offer, actor=world.staff, now=world.now + 3 * HOUR)
    assert of(world.estate_offer, world.now + 4 * HOUR).members == 2


def test_one_activated_late_counts_from_there(world: World) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(activated_at=world.now)
    move_to_group(
        customer=world.ben, group=world.premier, actor=world.staff, now=world.now - timedelta(minutes=30)
    )
    assert of(world.estate_offer, after(world)).members == 0


def test_own_allowances_count_for_members_of_that_time(world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet)
    for customer in (world.ben, world.clara, world.dora):
        CustomAllowance.objects.create(offer_item=item, customer=customer, purchase_maximum=9)
    assert of(world.estate_offer, after(world)) == Audience(1, 16, 3)
    move_to_group(customer=world.ben, group=world.premier, actor=world.staff, now=world.now + 9 * DAY)
    assert of(world.estate_offer, after(world)) == Audience(1, 16, 3)


def test_a_membership_that_ends_is_kept_whoever_ends_it(world: World) -> None:
    Membership.objects.filter(customer=world.ben).delete()
    assert PastMembership.objects.get().group == world.estate
    with pytest.raises(Membership.DoesNotExist):
        Membership.objects.get(customer=world.ben)


def test_all_offers_take_as_many_statements_as_one(world: World, django_assert_num_queries: object) -> None:
    suspend_customer(customer=world.ana, reason="Asked", actor=world.staff, now=world.now)
    for offers in ([world.estate_offer], list(Offer.objects.all())):
        with django_assert_num_queries(8):  # type: ignore[operator]  # the fixture
            audiences(offers, world.now)


def test_what_ended_before_is_taken_from_what_was_kept_of_it(world: World) -> None:
    """Bulk moves keep the groups of before; the activity names those that single moves ended."""
    history = import_module("tirage.customers.migrations.0006_membership_history")
    late = world.now + 10 * DAY
    before = audiences(list(Offer.objects.all()), late)
    move_customers(customer_ids=[world.ana.pk], group=world.welcome, actor=world.staff, now=late)
    move_to_group(customer=world.ben, group=world.premier, actor=world.staff, now=late)
    suspend_customer(customer=world.ana, reason="Asked", actor=world.staff, now=late)
    record_event(
        EventName.GROUP_MOVED,
        "group",
        world.premier.pk,
        text="moved to Premier from Estate and a group that is gone",
        customer_id=world.clara.pk,
        actor=system(),
        now=late,
    )
    kept = sorted(PastMembership.objects.values_list("customer__first_name", "group__name", "until"))
    PastMembership.objects.all().delete()
    Customer.objects.update(suspended_at=None)
    history.tell_the_past(apps, None)
    told = sorted(PastMembership.objects.values_list("customer__first_name", "group__name", "until"))
    assert told == [*kept, ("Clara", "Estate", late)]
    PastMembership.objects.filter(customer=world.clara).delete()
    assert audiences(list(Offer.objects.all()), late + HOUR) == before


def test_when_offers_were_active_is_taken_from_the_activity(world: World) -> None:
    history = import_module("tirage.offers.migrations.0002_membership_history")
    deactivate_offer(offer=world.estate_offer, actor=world.staff, now=world.now)
    activate_offer(offer=world.estate_offer, actor=world.staff, now=world.now + HOUR)
    deactivate_offer(offer=world.estate_offer, actor=world.staff, now=world.now + 2 * HOUR)
    Offer.objects.update(activated_at=None, deactivated_at=None)
    history.tell_when(apps, None)
    found = Offer.objects.get(pk=world.estate_offer.pk)
    assert (found.activated_at, found.deactivated_at) == (world.now + HOUR, world.now + 2 * HOUR)
    untouched = Offer.objects.get(pk=world.premier_offer.pk)
    assert (untouched.activated_at, untouched.deactivated_at) == (None, None)
