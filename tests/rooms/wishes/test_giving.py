"""Unused bottles to chosen customers: what it comes to, given once, never above the stock, taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.changes.journey import bought
from tests.world import World, acting
from tirage.checkout.operations import set_cart
from tirage.core.bulk import continue_run, draft_run
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import BulkRun
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.inventory.models import Stock
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.values import NothingToSay
from tirage.offers.models import CustomAllowance, Offer
from tirage.wishes.reallocation.giving import (
    free_to_give,
    give_one_of_many,
    plan_giving,
    start_giving,
    start_taking_back,
)
from tirage.wishes.reallocation.models import Gift, Reallocation
from tirage.wishes.reallocation.unused import unused_of


def drafted(world: World, *customers: Customer) -> BulkRun:
    keys = [customer.reference for customer in customers]
    return draft_run(kind="give_bottles", keys=keys, actor=world.staff, now=world.now)


def started(world: World, *customers: Customer, pieces: int = 2, **changes: Any) -> Reallocation:
    return start_giving(
        run=drafted(world, *customers),
        release=world.release,
        sku=changes.pop("sku", world.magnum),
        pieces=pieces,
        tells=True,
        words="Thank you for ten years.",
        actor=world.staff,
        now=world.now,
    )


def worked(world: World) -> BulkRun:
    run = BulkRun.objects.latest("pk")
    return continue_run(run=run, limit=50, now=world.now)


def maximum(customer: Customer) -> int | None:
    return (
        CustomAllowance.objects.filter(customer=customer).values_list("purchase_maximum", flat=True).first()
    )


def test_it_is_said_beforehand_who_gets_what(world: World) -> None:
    people = [world.ana, world.ben, world.clara, world.dora]
    plan = plan_giving(customers=people, release=world.release, sku=world.chardonnay, pieces=2, now=world.now)
    assert [(one.before, one.after, one.refusal) for one in plan.receivers] == [
        (12, 12, "In their offer this wine comes in 3s."),
        (6, 8, ""),
        (0, 0, "Has no open offer with this wine."),
        (6, 6, "The account is suspended."),
    ]
    assert (plan.wanted, plan.free, plan.is_short) == (2, 60, False)


def test_each_may_take_more_and_reads_it_in_a_mail(world: World) -> None:
    made = started(world, world.ana, world.ben, world.dora)
    run = worked(world)
    assert (maximum(world.ana), maximum(world.ben), maximum(world.dora)) == (4, 3, None)
    assert run.rows.get(key=world.dora.reference).reason == "The account is suspended."
    assert unused_of(world.release, world.now).wines[1].waiting == 4
    mails = SentMail.objects.filter(kind="bottles_given")
    assert mails.count() == 2
    said = values_of(mails.get(customer=world.ben), current_winery())
    assert (said["gift.pieces"], said["gift.words"]) == ("2", "Thank you for ten years.")
    set_cart(
        customer=world.ben,
        quantities={world.item(world.estate_offer, world.magnum).pk: 3},
        actor=acting(world.ben),
        now=world.now,
    )
    assert free_to_give(world.magnum.pk, world.now) == 1, "six, three in a cart, two waiting for Ana"
    assert made.gifts.count() == 2


def test_nobody_is_given_twice_however_often_the_worker_tries(world: World) -> None:
    made = started(world, world.ben)
    run = worked(world)
    for _ in range(2):
        give_one_of_many(
            key=world.ben.reference, since=run.made_at, actor=world.staff, now=world.now, **run.values
        )
    assert maximum(world.ben) == 3 and made.gifts.count() == 1
    assert SentMail.objects.filter(kind="bottles_given").count() == 1


def test_never_more_than_there_is(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=3)
    with pytest.raises(DomainError, match="That would be 4 pieces, and 3 are free"):
        started(world, world.ana, world.ben)
    started(world, world.ana, world.ben, pieces=1)
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    run = worked(world)
    assert sorted(run.rows.values_list("reason", flat=True)) == ["", "Only 0 are free that nobody was given."]
    with pytest.raises(DomainError, match="0 are free"):
        started(world, world.ana, pieces=1)
    with pytest.raises(DomainError, match="None of them"):
        started(world, world.clara)


def test_a_run_begins_once(world: World) -> None:
    run = drafted(world, world.ben)
    facts: dict[str, Any] = {"release": world.release, "sku": world.magnum, "pieces": 1, "tells": False}
    start_giving(run=run, words="", actor=world.staff, now=world.now, **facts)
    with pytest.raises(Conflict, match="begun already"):
        start_giving(run=run, words="", actor=world.staff, now=world.now, **facts)


def test_what_nobody_bought_is_taken_back(world: World) -> None:
    made = started(world, world.ana, world.ben)
    worked(world)
    bought(world, world.ana, {"CAB23-MAG": 3})
    start_taking_back(reallocation=made, actor=world.staff, now=world.now)
    run = worked(world)
    assert (maximum(world.ana), maximum(world.ben)) == (4, None)
    assert run.rows.get(key=world.ana.reference).reason == "Has 3 of it already, bought or in the cart."
    made.refresh_from_db()
    assert made.undone_at is None and Gift.objects.filter(taken_back_at=None).count() == 1
    mail = SentMail.objects.get(kind="bottles_given", customer=world.ben)
    with pytest.raises(NothingToSay):
        values_of(mail, current_winery())
    Gift.objects.filter(customer=world.ana).update(taken_back_at=world.now)
    with pytest.raises(Conflict, match="Nobody has anything"):
        start_taking_back(reallocation=made, actor=world.staff, now=world.now)


def test_an_allowance_of_their_own_stays_as_it_was(world: World) -> None:
    item = world.item(world.estate_offer, world.magnum)
    CustomAllowance.objects.create(customer=world.ben, offer_item=item, purchase_maximum=5, wish_maximum=1)
    made = started(world, world.ben, pieces=1)
    worked(world)
    assert maximum(world.ben) == 6
    start_taking_back(reallocation=made, actor=world.staff, now=world.now)
    worked(world)
    own = CustomAllowance.objects.get()
    assert (own.purchase_maximum, own.wish_maximum) == (5, 1)
    made.refresh_from_db()
    assert made.undone_at == world.now


def test_gifts_of_an_offer_that_is_over_wait_for_nobody(world: World) -> None:
    started(world, world.ben)
    worked(world)
    later = world.now + timedelta(days=1)
    Offer.objects.update(closes_at=later)
    assert free_to_give(world.magnum.pk, later) == 6
