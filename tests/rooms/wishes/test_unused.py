"""Unused bottles: who may take what, what they did with it, what is left for certain, and what can be given on."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rooms.changes.journey import bought
from tests.rooms.wishes.granting import wished
from tests.world import World, acting
from tirage.checkout.operations import set_cart
from tirage.customers.models import Customer, Group, Membership, PastMembership, PastSuspension
from tirage.offers.models import CustomAllowance, Offer
from tirage.wishes.reallocation.rules import Counted
from tirage.wishes.reallocation.statements import Narrowed, count_people, unused_people
from tirage.wishes.reallocation.unused import Unused, unused_of


def counted(unused: Unused, offer: Offer, code: str) -> Counted:
    return next(row.counted for row in unused.rows if row.offer == offer and row.sku.code == code)


def close(*offers: Offer, world: World) -> None:
    Offer.objects.filter(pk__in=[offer.pk for offer in offers]).update(closes_at=world.now)


def put(world: World, customer: Customer, offer: Offer, pieces: dict[str, int]) -> None:
    """Into the cart, by wine."""
    quantities = {item.pk: pieces[item.sku.code] for item in offer.items.all() if item.sku.code in pieces}
    set_cart(customer=customer, quantities=quantities, actor=acting(customer), now=world.now)


def test_what_is_entitled_is_taken_held_or_left(world: World) -> None:
    bought(world, world.ben, {"CAB23": 2})
    put(world, world.ana, world.premier_offer, {"CAB23": 4, "MAGNUM": 0})
    unused = unused_of(world.release, world.now)
    estate, premier = (counted(unused, offer, "CAB23") for offer in (world.estate_offer, world.premier_offer))
    assert estate == Counted(people=1, entitled=3, taken=2, open=1, people_left=1), (
        "suspended Dora has nothing"
    )
    assert premier == Counted(people=1, entitled=6, held=4, open=2, people_left=1)
    wine = next(wine for wine in unused.wines if wine.sku == world.cabernet)
    assert (wine.counted.entitled, wine.free, wine.to_give) == (9, 94, 0), (
        "what may still be taken isn't given on"
    )
    assert unused_of(world.release, world.now, as_if_over=True).to_give[world.cabernet.pk] == 3
    lapsed = unused_of(world.release, world.now + timedelta(days=1))
    assert counted(lapsed, world.premier_offer, "CAB23").open == 6, "a cart that lapsed keeps nothing"


def test_a_window_that_is_over_leaves_it_for_certain(world: World) -> None:
    bought(world, world.ben, {"CAB23": 2})
    close(world.estate_offer, world=world)
    unused = unused_of(world.release, world.now)
    assert counted(unused, world.estate_offer, "CAB23").certain == 1
    assert counted(unused, world.premier_offer, "CAB23").open == 6
    assert unused.to_give == {world.cabernet.pk: 1, world.magnum.pk: 1, world.chardonnay.pk: 6}
    world.stock(world.magnum).__class__.objects.filter(sku=world.magnum).update(on_hand=0)
    assert world.magnum.pk not in unused_of(world.release, world.now).to_give, "never above what is there"


def test_what_a_test_group_is_offered_is_nobodys(world: World) -> None:
    close(world.estate_offer, world=world)
    assert unused_of(world.release, world.now).to_give[world.cabernet.pk] == 3
    Group.objects.filter(pk=world.estate.pk).update(is_test=True)
    unused = unused_of(world.release, world.now)
    assert {row.offer.pk for row in unused.rows} == {world.premier_offer.pk}
    assert not any(unused.to_give.values())


def test_wishes_granted_beyond_the_maximum_are_given_already(world: World) -> None:
    bought(world, world.ben, {"CAB23": 3})
    Membership.objects.filter(customer=world.dora).update(since=world.now - timedelta(days=9))
    world.dora.status = "active"
    world.dora.save()
    close(world.estate_offer, world=world)
    assert unused_of(world.release, world.now).to_give[world.cabernet.pk] == 3
    from tirage.orders.models import OrderLine

    OrderLine.objects.filter(order__customer=world.ben).update(quantity=5)
    unused = unused_of(world.release, world.now)
    assert counted(unused, world.estate_offer, "CAB23").beyond == 2
    assert unused.to_give[world.cabernet.pk] == 1


def test_own_allowances_count_in_place_of_the_groups(world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet)
    CustomAllowance.objects.create(customer=world.ben, offer_item=item, purchase_maximum=10)
    assert counted(unused_of(world.release, world.now), world.estate_offer, "CAB23").entitled == 10


def test_who_changed_groups_counts_once_where_they_are_now(world: World) -> None:
    bought(world, world.ben, {"CAB23": 2})
    Membership.objects.filter(customer=world.ben).update(group=world.premier, since=world.now)
    PastMembership.objects.create(
        customer=world.ben, group=world.estate, since=world.now - timedelta(days=200), until=world.now
    )
    unused = unused_of(world.release, world.now)
    assert [row.offer for row in unused.rows if row.counted.people and row.sku == world.cabernet] == [
        world.premier_offer
    ]
    assert counted(unused, world.premier_offer, "CAB23").open == 6 + 4
    Membership.objects.filter(customer=world.ben).delete()
    PastMembership.objects.update(until=world.now - timedelta(minutes=1))
    left = counted(unused_of(world.release, world.now), world.estate_offer, "CAB23")
    assert (left.certain, left.open) == (1, 0), "who left every group can't take the rest any more"


def test_who_came_late_or_was_away_all_the_while_was_offered_nothing(world: World) -> None:
    close(world.estate_offer, world=world)
    later = world.now + timedelta(days=1)
    Membership.objects.create(
        customer=world.clara, group=world.estate, kind="allocation", since=world.now + timedelta(hours=1)
    )
    PastSuspension.objects.create(
        customer=world.ben, since=world.now - timedelta(days=1), until=world.now + timedelta(hours=1)
    )
    assert [row for row in unused_of(world.release, later).rows if row.offer == world.estate_offer] == []


def test_drafts_count_nothing_and_deactivated_offers_are_over(world: World) -> None:
    Offer.objects.filter(pk=world.premier_offer.pk).update(is_active=False, deactivated_at=None)
    Offer.objects.filter(pk=world.estate_offer.pk).update(is_active=False, deactivated_at=world.now)
    unused = unused_of(world.release, world.now)
    assert {row.offer.pk for row in unused.rows if row.counted.people} == {world.estate_offer.pk}
    assert counted(unused, world.estate_offer, "CAB23").certain == 3


def test_the_people_behind_it_add_up_to_it(world: World) -> None:
    bought(world, world.ben, {"CAB23": 2})
    wished(world, world.ben, world.estate_offer, world.cabernet, 1)
    everybody = unused_people(world.release.pk, Narrowed(), world.now)
    assert [(row["first_name"], row["unused"]) for row in everybody] == [("Ana", 22), ("Ben", 8)]
    assert sum(row["unused"] for row in everybody) == unused_of(world.release, world.now).total.left
    for narrowed, names in (
        (Narrowed(sku_id=world.cabernet.pk), ["Ana", "Ben"]),
        (Narrowed(sku_id=world.cabernet.pk, bought=True), ["Ben"]),
        (Narrowed(bought=False), ["Ana"]),
        (Narrowed(offer_id=world.estate_offer.pk), ["Ben"]),
        (Narrowed(at_least=9), ["Ana"]),
        (Narrowed(goes_on=False), []),
        (Narrowed(words=["alvarez", "ana"]), ["Ana"]),
        (Narrowed(words=["100%_!"]), []),
    ):
        rows = unused_people(world.release.pk, narrowed, world.now)
        assert [row["first_name"] for row in rows] == names, narrowed
        assert count_people(world.release.pk, narrowed, world.now)["people"] == len(names)
    second = unused_people(world.release.pk, Narrowed(), world.now, start=1, most=1)
    assert [row["first_name"] for row in second] == ["Ben"]


def test_many_customers_are_no_more_statements(world: World) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as sent:
            unused_of(world.release, world.now)
        return len(sent)

    before = asked()
    for number in range(5):
        customer = Customer.objects.create(
            email=f"{number}@example.com", first_name="N", last_name=str(number), signed_up_at=world.now
        )
        Membership.objects.create(
            customer=customer, group=world.estate, kind="allocation", since=world.now - timedelta(days=5)
        )
    assert asked() == before == 9


@pytest.mark.parametrize("seed", range(4))
def test_the_statement_says_what_the_rules_say(world: World, seed: int) -> None:
    """Chance carts, orders, allowances and windows, counted again one by one."""
    chance = random.Random(seed)
    offers = {world.ana: world.premier_offer, world.ben: world.estate_offer}
    for customer, offer in offers.items():
        wanted = {
            item.sku.code: chance.randrange(0, item.purchase_maximum + 1, item.multiple)
            for item in offer.items.select_related("sku")
        }
        if any(wanted.values()) and chance.random() < 0.7:
            bought(world, customer, {code: pieces for code, pieces in wanted.items() if pieces})
        for item in offer.items.all():
            if chance.random() < 0.4:
                CustomAllowance.objects.create(
                    customer=customer, offer_item=item, purchase_maximum=item.multiple * chance.randint(0, 5)
                )
    if seed % 2:
        close(world.premier_offer, world=world)
    expected: dict[tuple[int, str], Any] = {}
    for customer, offer in offers.items():
        for item in offer.items.select_related("sku"):
            own = CustomAllowance.objects.filter(customer=customer, offer_item=item).first()
            most = own.purchase_maximum if own else item.purchase_maximum
            had = sum(
                line.quantity
                for order in customer.orders.all()
                for line in order.lines.all()
                if line.sku_id == item.sku_id
            )
            expected[offer.pk, item.sku.code] = (most, min(had, most), max(had - most, 0), max(most - had, 0))
    found = {
        (row.offer.pk, row.sku.code): (
            row.counted.entitled,
            row.counted.taken,
            row.counted.beyond,
            row.counted.left,
        )
        for row in unused_of(world.release, world.now).rows
        if row.counted.people
    }
    assert found == expected
