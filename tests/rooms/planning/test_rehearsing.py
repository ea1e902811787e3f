"""Rehearsals: gathered from the release, lived through by the worker, changed, stopped, kept within limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.core.errors import DomainError
from tirage.customers.models import Customer, Membership
from tirage.offers.models import CustomAllowance, Offer
from tirage.planning import rehearsing
from tirage.planning.gathering import gather_plan
from tirage.planning.models import Rehearsal
from tirage.planning.simulation.plan import MINUTE, Changes, Plan
from tirage.planning.tasks import rehearse


@pytest.fixture
def crowded(world: World) -> World:
    """Forty more people in Premier, who may take six of a hundred Cabernets each."""
    customers = Customer.objects.bulk_create(
        Customer(email=f"guest{number}@example.com", first_name="Guest", signed_up_at=world.now)
        for number in range(40)
    )
    Membership.objects.bulk_create(
        Membership(customer=one, group=world.premier, kind="allocation", since=world.now) for one in customers
    )
    return world


def begun(world: World, **options: Any) -> Rehearsal:
    return rehearsing.start_rehearsal(
        **{"release": world.release, "days": 100, "actor": world.staff, "now": world.now, **options}
    )


def finished(world: World, **options: Any) -> Rehearsal:
    made = begun(world, **options)
    rehearse.call(made.reference)
    made.refresh_from_db()
    return made


def test_the_plan_is_the_release_as_it_stands(crowded: World) -> None:
    world = crowded
    item = world.item(world.premier_offer, world.cabernet)
    CustomAllowance.objects.create(
        offer_item=item, customer=world.ana, purchase_minimum=2, purchase_maximum=12
    )
    plan = gather_plan(world.release, world.now)
    premier, estate = plan.groups
    assert (premier.name, premier.people, estate.name, estate.people) == ("Premier", 41, "Estate", 1)
    wines = [wine.name for wine in plan.wines]
    cabernet = wines.index(str(world.cabernet))
    assert (plan.wines[cabernet].stock, plan.cart) == (100, world.winery.cart_minutes * MINUTE)
    found = next(item for item in premier.items if item.wine == cabernet)
    assert (found.limits.maximum, found.limits.multiple, found.price_minor) == (6, 1, 120_00)
    assert [(own.people, own.limits) for own in premier.own] == [(1, {cabernet: (2, 12)})]
    assert premier.since - premier.opens == 60 * MINUTE
    assert Plan.from_json(plan.to_json()) == plan


def test_who_has_bought_is_done(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    plan = gather_plan(world.release, world.now)
    assert [group.name for group in plan.groups] == ["Premier"]
    assert next(wine.stock for wine in plan.wines if wine.sku == world.cabernet.pk) == 98


def test_nothing_to_rehearse_is_said(world: World) -> None:
    Offer.objects.update(closes_at=world.now)
    with pytest.raises(DomainError) as refused:
        begun(world)
    assert refused.value.code == "nothing_to_rehearse"


def test_a_rehearsal_is_lived_through_once_and_kept(crowded: World) -> None:
    made = finished(crowded)
    assert (made.state, made.done, made.days) == ("finished", 100, 100)
    assert made.figures is not None
    wines = {wine["name"]: wine for wine in made.figures["wines"]}
    assert wines[str(crowded.cabernet)]["stock"] == 100
    assert made.figures["groups"][0]["people"] == 41
    assert made.figures["money"][1] > 0
    before = made.figures
    rehearse.call(made.reference)
    made.refresh_from_db()
    assert made.figures == before


def test_the_same_again_comes_to_the_same(crowded: World) -> None:
    assert finished(crowded).figures == finished(crowded).figures


def test_a_what_if_meets_the_same_people_and_less_wine(crowded: World) -> None:
    first = finished(crowded)
    sku = crowded.cabernet.pk
    changes = Changes(stock={sku: 10}, maximums={(crowded.premier.pk, sku): 3}, opens={}, cart=None)
    made = rehearsing.start_what_if(
        beside=first, changes=changes, days=100, actor=crowded.staff, now=crowded.now
    )
    rehearse.call(made.reference)
    made.refresh_from_db()
    assert made.beside == first and first.figures and made.figures
    for before, after in zip(first.figures["wines"], made.figures["wines"], strict=True):
        if after["sku"] == sku:
            assert after["sells_out"] > before["sells_out"] and after["sold"][2] <= 10
        else:
            assert after["wanted"] == before["wanted"]
    with pytest.raises(DomainError) as refused:
        rehearsing.start_what_if(
            beside=first,
            changes=Changes(stock={}, maximums={}, opens={}),
            days=100,
            actor=crowded.staff,
            now=crowded.now,
        )
    assert refused.value.code == "nothing_changed"


def test_an_opening_after_the_close_is_refused(crowded: World) -> None:
    first = finished(crowded)
    late = Changes(stock={}, maximums={}, opens={crowded.premier.pk: first.plan["groups"][0]["closes"]})
    with pytest.raises(DomainError) as refused:
        rehearsing.start_what_if(beside=first, changes=late, days=100, actor=crowded.staff, now=crowded.now)
    assert refused.value.code == "not_a_window"


def test_who_stops_it_stops_it_between_two_portions(crowded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from tirage.planning.simulation import running

    made = begun(crowded)
    monkeypatch.setattr(running, "portion_of", lambda plan: 50)
    portions = running.simulate_portions

    def stopping(*args: Any, **options: Any) -> Any:
        for number, tally in enumerate(portions(*args, **options)):
            if number == 1:
                rehearsing.stop_rehearsal(rehearsal=made, now=crowded.now)
            yield tally

    monkeypatch.setattr(running, "simulate_portions", stopping)
    rehearse.call(made.reference)
    made.refresh_from_db()
    assert (made.state, made.done, made.figures) == ("stopped", 50, None)
    rehearse.call(made.reference)
    made.refresh_from_db()
    assert made.state == "stopped"


def test_limits_are_said(crowded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, code in (
        ("MOST_CELLS", 10_000, "too_much"),
        ("MOST_UNDER_WAY", 0, "too_many_under_way"),
        ("MOST_KEPT", 0, "too_many_kept"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(rehearsing, name, value)
            with pytest.raises(DomainError) as refused:
                begun(crowded)
        assert refused.value.code == code
    assert not Rehearsal.objects.exists()


def test_one_under_way_isnt_removed(crowded: World) -> None:
    made = begun(crowded)
    with pytest.raises(DomainError):
        rehearsing.remove_rehearsal(rehearsal=made)
    rehearsing.stop_rehearsal(rehearsal=made, now=crowded.now)
    rehearsing.remove_rehearsal(rehearsal=made)
    assert not Rehearsal.objects.exists()


def test_one_whose_worker_died_is_taken_up_again(crowded: World) -> None:
    made = begun(crowded)
    later = crowded.now + timedelta(minutes=2)
    from django_tasks_db.models import DBTaskResult

    DBTaskResult.objects.all().delete()
    assert rehearsing.sweep_stopped_rehearsals(now=later) == 1
    assert rehearsing.sweep_stopped_rehearsals(now=later) == 0
    rehearse.call(made.reference)
    made.refresh_from_db()
    assert made.state == "finished"
