"""SIGKILL of the worker at random points of a policy: whatever it was doing is done once, and all of it."""

from __future__ import annotations

import os
import random
import signal
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace

import pytest

from tests.concurrency.crowd import invite
from tests.concurrency.test_grant_kills import dying_at, in_a_child
from tests.concurrency.test_kills import after_restart
from tests.rooms.checkout.journey import customer_actor, hold
from tests.rooms.wishes.granting import wished
from tests.rooms.wishes.policies import a_step, work, written
from tests.world import World, build_world
from tirage.checkout.operations import place_order
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.inventory.models import Hold
from tirage.offers.models import CustomAllowance, Offer
from tirage.orders.models import Order, OrderLine
from tirage.wishes.granting import look_after_granted_orders
from tirage.wishes.models import GrantRun, Policy, PolicyAct, Wish
from tirage.wishes.policies import acting, begin, undo
from tirage.wishes.states import PolicyTrigger

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, KILLS = 6, 25
SEED = os.environ.get("TIRAGE_SEED", "policies")


@pytest.fixture
def shared(transactional_db: None) -> World:
    """Six of Estate, who took all of the Chardonnay that their open offer has for them, and wish for a Cabernet each;
    Premier's offer is over."""
    now = read_clock()
    world = build_world(now)
    Offer.objects.filter(pk=world.premier_offer.pk).update(closes_at=now - timedelta(minutes=1))
    item = world.item(world.estate_offer, world.chardonnay)
    item.purchase_maximum = 1
    item.save()
    for person in invite(world, PEOPLE):
        buy_one(world, person, now)
        wished(world, person, world.estate_offer, world.cabernet, 1)
    return world


def buy_one(world: World, person: Customer, now: datetime) -> None:
    """A Chardonnay, paid."""
    hold(person, {"CHA24": 1}, now)
    page = load_offer_page(person, now)
    quote = quote_checkout(page, country="US", state="NY", method_reference=world.ground.reference)
    placed = place_order(
        customer=person,
        attempt=1,
        address_reference=person.addresses.get().reference,
        method_reference=world.ground.reference,
        card_reference=person.payment_methods.get().reference,
        expected_total_minor=quote.total.minor,
        adult_confirmed=True,
        actor=customer_actor(person),
        now=now,
    )
    assert placed.status == "placed", placed


def begun(world: World, now: datetime) -> Policy:
    """A bottle for each wish, one more for each who took all, and the rest to Premier."""
    policy = written(
        world,
        a_step("grant", world.estate),
        a_step("raise", world.estate, maximum=1),
        a_step("open", world.premier, maximum=2),
        trigger=PolicyTrigger.HAND,
        offer_id=None,
        reserve=10,
        minds_offers=False,
    )
    return begin(policy=policy, actor=world.staff, now=now)


def go_on(reference: str) -> None:
    """What the worker does with whatever it finds."""
    work(Policy.objects.select_related("release").get(reference=reference), read_clock(), limit=1)


def test_killed_at_random_points_each_act_is_done_once(shared: World) -> None:
    chance, killed = random.Random(SEED), 0
    print(f"TIRAGE_SEED={SEED}")
    policy = begun(shared, read_clock())
    while killed < KILLS:
        died = in_a_child(dying_at(chance.randint(1, 90), partial(go_on, policy.reference)))
        after_restart()
        look_after_granted_orders(now=read_clock())
        policy.refresh_from_db()
        if died != signal.SIGKILL or policy.state != "running":
            break
        killed += 1
    go_on(policy.reference)
    after_restart()
    look_after_granted_orders(now=read_clock())
    go_on(policy.reference)
    policy.refresh_from_db()
    assert killed > 3 and policy.state == "finished", (killed, policy.state, policy.needs)
    assert GrantRun.objects.count() == 1
    assert sorted(Wish.objects.values_list("granted", flat=True)) == [1] * PEOPLE
    cabernets = OrderLine.objects.filter(sku=shared.cabernet, order__state="placed")
    assert sum(cabernets.values_list("quantity", flat=True)) == PEOPLE
    assert list(CustomAllowance.objects.values_list("purchase_maximum", flat=True)) == [2] * PEOPLE
    assert Offer.objects.filter(release__name__endswith="second offer").count() == 1
    assert all(order.balance_minor == 0 for order in Order.objects.filter(state="placed"))
    kept = dict(Hold.objects.filter(holder=policy.reference).values_list("stock__sku__code", "quantity"))
    assert kept == {"CAB23": 10, "CAB23-MAG": 6, "CHA24": 10, "SYR23-3": 10}
    assert run_checks(read_clock()) == []
    undo(policy=policy, actor=shared.staff, now=read_clock())
    for _ in range(5):
        in_a_child(dying_at(chance.randint(1, 60), partial(go_on, policy.reference)))
        after_restart()
    go_on(policy.reference)
    policy.refresh_from_db()
    assert policy.state == "undone" and not CustomAllowance.objects.exists() and not Hold.objects.exists()
    assert not PolicyAct.objects.filter(undone_at__isnull=True).exists()
    assert run_checks(read_clock()) == []


def test_control_without_one_transaction_a_step_whose_worker_died_is_lost(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = begun(shared, read_clock())

    def die(*ignored: object, **more: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(acting, "start_granting", die)
        patched.setattr(acting, "transaction", SimpleNamespace(atomic=nullcontext))
        patched.setattr(acting, "lock_row", lambda rows: rows.first())
        assert in_a_child(partial(go_on, policy.reference)) == signal.SIGKILL
    after_restart()
    go_on(policy.reference)
    policy.refresh_from_db()
    assert policy.state == "running" and not Wish.objects.filter(granted__gt=0).exists()
