"""Many declined cards tried again by the worker: each once, whatever dies, and what came of it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.payments.owing import OWED, card_that, owing_order
from tests.world import World
from tirage.changes.collecting import retry_one_of_many
from tirage.core.bulk import bulk_figures, continue_run, draft_run, start_run
from tirage.core.errors import DomainError
from tirage.core.models import BulkRun, Event
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.payments.models import Collection, Payment
from tirage.payments.operations import charge_balance


@pytest.fixture
def soft(world: World) -> Collection:
    """Ben's card had not enough on it; now it has."""
    order = owing_order(world, world.ben, world.now)
    card = card_that(world, world.ben, Behaviour.INSUFFICIENT_FUNDS)
    facts: dict[str, Any] = {"return_url": "", "actor": world.staff, "now": world.now}
    charge_balance(order_id=order.pk, card_reference=card.reference, **facts)
    TestCard.objects.filter(token=card.token).update(behaviour="succeeds")
    return Collection.objects.get(order=order)


def begun(world: World, *keys: str) -> BulkRun:
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now + timedelta(minutes=1)}
    run = draft_run(kind="retry_collections", keys=keys, **facts)
    return start_run(run=run, values={}, **facts)


def attempts(collection: Collection) -> list[str]:
    made = Payment.objects.filter(order=collection.order_id, amount_minor=OWED).order_by("id")
    return list(made.values_list("state", flat=True))


def test_what_is_owed_comes_in_the_name_of_who_pressed(world: World, soft: Collection) -> None:
    run = continue_run(run=begun(world, soft.reference), limit=9, now=world.now + timedelta(minutes=2))
    assert run.state == "finished" and bulk_figures(run).done == 1
    soft.refresh_from_db()
    assert soft.state == "collected" and attempts(soft) == ["declined", "settled"]
    assert Event.objects.filter(name="payment.settled").latest("id").actor_label == world.staff.label


def test_one_that_died_before_its_note_is_not_charged_again(world: World, soft: Collection) -> None:
    run, now = begun(world, soft.reference), world.now + timedelta(minutes=2)
    retry_one_of_many(key=soft.reference, since=run.made_at, actor=world.staff, now=now)
    charged = charged_in_all()
    run = continue_run(run=run, limit=9, now=now + timedelta(minutes=2))
    assert run.state == "finished" and bulk_figures(run).done == 1
    assert charged_in_all() == charged and attempts(soft) == ["declined", "settled"]


def test_a_declined_one_that_died_is_not_asked_again(world: World, soft: Collection) -> None:
    TestCard.objects.update(behaviour=Behaviour.INSUFFICIENT_FUNDS.value)
    run, now = begun(world, soft.reference), world.now + timedelta(minutes=2)
    with pytest.raises(DomainError, match="Not enough money on the card"):
        retry_one_of_many(key=soft.reference, since=run.made_at, actor=world.staff, now=now)
    run = continue_run(run=run, limit=9, now=now + timedelta(minutes=2))
    assert attempts(soft) == ["declined", "declined"]
    assert run.rows.get().reason == "Not enough money on the card"


def test_a_silent_bank_and_one_that_said_no_for_good_are_told_of(world: World, soft: Collection) -> None:
    TestCard.objects.update(behaviour="times_out_charged")
    now = world.now + timedelta(minutes=2)
    run = continue_run(run=begun(world, soft.reference), limit=9, now=now)
    assert "hasn't answered yet" in run.rows.get().reason
    Payment.objects.filter(state="unknown").update(state="declined")
    Collection.objects.update(decline_code="stolen_card")
    before = attempts(soft)
    with pytest.raises(DomainError, match="said no for good"):
        retry_one_of_many(key=soft.reference, since=now, actor=world.staff, now=now)
    assert attempts(soft) == before
