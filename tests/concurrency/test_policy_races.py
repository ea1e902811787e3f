"""Two workers push one policy at the same moment: each step begins once. With its control, without the lock."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, invite, rush
from tests.concurrency.test_policy_kills import buy_one
from tests.rooms.wishes.granting import wished
from tests.rooms.wishes.policies import a_step, work, written
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.offers.models import CustomAllowance, Offer
from tirage.wishes.models import GrantRun, Policy, PolicyAct, Wish
from tirage.wishes.policies import acting, begin, continue_policy
from tirage.wishes.policies.planning import plan_step
from tirage.wishes.policies.running import next_step
from tirage.wishes.states import PolicyTrigger

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """Two of Estate took their one Chardonnay and wish for a Cabernet each; Premier's offer is over."""
    now = read_clock()
    world = build_world(now)
    Offer.objects.filter(pk=world.premier_offer.pk).update(closes_at=now)
    item = world.item(world.estate_offer, world.chardonnay)
    item.purchase_maximum = 1
    item.save()
    for person in invite(world, 2):
        buy_one(world, person, now)
        wished(world, person, world.estate_offer, world.cabernet, 1)
    return world


def begun(world: World) -> Policy:
    policy = written(
        world,
        a_step("raise", world.estate, maximum=1),
        a_step("open", world.premier, maximum=2),
        a_step("grant", world.estate),
        trigger=PolicyTrigger.HAND,
        offer_id=None,
        minds_offers=False,
    )
    return begin(policy=policy, actor=world.staff, now=read_clock())


def push(reference: str) -> None:
    """A worker's way through as much as can be done without the grant run's own worker."""
    policy = Policy.objects.select_related("release").get(reference=reference)
    while continue_policy(policy=policy, limit=1, now=read_clock()):
        pass


def pushed_by_two(policy: Policy, monkeypatch: pytest.MonkeyPatch, *, patience: float) -> list[Exception]:
    """Both have looked what a step would do before either writes it down, if the lock lets them."""
    meet = gather(2, patience)

    def planned(*facts: Any) -> Any:
        made = plan_step(*facts)
        meet()
        return made

    with monkeypatch.context() as patched:
        patched.setattr(acting, "plan_step", planned)
        return rush([partial(push, policy.reference)] * 2).refusals


def test_two_workers_at_one_policy_do_each_act_once(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = begun(shared)
    assert pushed_by_two(policy, monkeypatch, patience=0.5) == []
    policy = work(Policy.objects.select_related("release").get(), read_clock())
    assert policy.state == "finished" and GrantRun.objects.count() == 1
    assert list(CustomAllowance.objects.values_list("purchase_maximum", flat=True)) == [2, 2]
    assert Offer.objects.filter(release__name__endswith="second offer").count() == 1
    assert PolicyAct.objects.count() == 3 and not PolicyAct.objects.exclude(note="").exists()
    assert sorted(Wish.objects.values_list("granted", flat=True)) == [1, 1]
    assert run_checks(read_clock()) == []


def test_control_without_the_lock_both_begin_a_grant_run(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor with what comes next and touches the same row."""
    policy = begun(shared)
    policy.steps.exclude(kind="grant").delete()

    def go_on(policy: Policy, limit: int, now: Any) -> bool:
        step = next_step(policy)
        return step is not None and acting._begin_step(policy, step, now)

    monkeypatch.setattr(acting, "lock_row", lambda rows: rows.select_related("release").first())
    monkeypatch.setattr(acting, "_go_on", go_on)
    assert pushed_by_two(policy, monkeypatch, patience=10) == []
    assert GrantRun.objects.count() == 2
