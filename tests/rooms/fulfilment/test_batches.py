"""Batches: who is left out and why, what is frozen stays as it is, is recalled, printed, and leaves money first."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.rooms.changes.journey import customer_actor, draft_of
from tests.rooms.checkout.journey import buy
from tests.rooms.fulfilment.packed import bare_order, frozen_batch
from tests.rooms.payments.shipment import set_aside, taken_at_the_bank
from tests.world import World
from tirage.changes.operations import open_draft
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.fulfilment.models import ChangeAsked, PackRow
from tirage.fulfilment.operations import continue_shipping, hand_over, runs, ship_order
from tirage.fulfilment.packing.asking import answer_change, ask_change
from tirage.fulfilment.packing.choosing import draft_batch, preview_batch
from tirage.fulfilment.packing.freezing import dissolve_batch, recall_order
from tirage.fulfilment.states import AskState, Hindrance
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order


def bought(world: World, customer: Any = None) -> Order:
    placing = buy(world, customer or world.ben, {"CAB23": 2}, world.now)
    return Order.objects.get(reference=placing.order_reference)


def refusal(act: Any) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_a_preview_says_who_is_left_out_and_why(world: World) -> None:
    today = local_time(world.now).date()
    fits = bare_order(world, world.ana)
    bare_order(world, world.ana, state="shipped", shipped_at=world.now)
    bare_order(world, world.ana, awaits_compliance=True)
    bare_order(world, world.ana, requested_ship_on=today + timedelta(days=1))
    bare_order(world, world.ana, owed_minor=1_00)
    asked = bare_order(world, world.ana)
    ChangeAsked.objects.create(order=asked, words="One more.", asked_at=world.now)
    changing = bought(world)
    draft_of(world, changing, world.staff, add={world.cabernet: 1})
    frozen_batch(world, [bare_order(world, world.ana)])
    ids = list(Order.objects.values_list("pk", flat=True))
    found = preview_batch(draft_batch(order_ids=ids, actor=world.staff, now=world.now), world.now)
    assert found.fits == 1 and found.by_method == {"Ground": 1}
    assert found.by_hindrance == {
        Hindrance.NOT_PLACED: 1,
        Hindrance.IN_COMPLIANCE: 1,
        Hindrance.LATER: 1,
        Hindrance.UNPAID: 1,
        Hindrance.ASKED: 1,
        Hindrance.CHANGING: 1,
        Hindrance.IN_A_BATCH: 1,
    }
    assert fits.pk not in {one.order.pk for one in found.left_out}


def test_what_is_packed_is_changed_by_nobody_until_it_is_recalled(world: World) -> None:
    order = bought(world)
    batch = frozen_batch(world, [order])
    order.refresh_from_db()
    assert (batch.state, order.packed_in) == ("frozen", batch.reference)
    assert Event.objects.get(name="order.packed").text == f"put the order into the batch {batch.name}"
    facts: dict[str, Any] = {"order_reference": order.reference, "actor": world.staff, "now": world.now}
    assert refusal(partial(open_draft, **facts)) == "packed"
    assert refusal(partial(cancel_order, restock=True, reason="No more", **facts)) == "packed"
    assert refusal(partial(ship_order, **facts)) == "packed"
    assert refusal(partial(recall_order, reason=" ", **facts)) == "reason_missing"
    recall_order(reason="A bottle is broken", **facts)
    row = PackRow.objects.get(batch=batch)
    assert (row.state, row.reason) == ("recalled", "A bottle is broken")
    assert open_draft(**facts).state == "open"
    assert refusal(partial(recall_order, reason="Again", **facts)) == "not_packed"
    assert run_checks(world.now) == []


def test_a_dissolved_batch_lets_all_go(world: World) -> None:
    order = bought(world)
    batch = frozen_batch(world, [order])
    dissolve_batch(batch=batch, actor=world.staff, now=world.now)
    order.refresh_from_db()
    batch.refresh_from_db()
    assert (batch.state, order.packed_in) == ("dissolved", "")
    assert frozen_batch(world, [order]).rows.get().state == "packed"
    assert refusal(partial(dissolve_batch, batch=batch, actor=world.staff, now=world.now)) == "frozen_already"


def test_it_leaves_money_first_and_who_is_refused_leaves_the_batch(world: World) -> None:
    good = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    bad = set_aside(world, world.ana, {"CAB23": 1}, world.now)
    batch = frozen_batch(world, [good, bad])
    Order.objects.filter(pk=bad.pk).update(awaits_compliance=True)
    run = hand_over(batch=batch, tell_customers=False, actor=world.staff, now=world.now)
    run = continue_shipping(run=run, limit=10, actor=world.staff, now=world.now)
    batch.refresh_from_db()
    assert (run.state, batch.state) == ("finished", "done")
    rows = {row.order_id: row for row in batch.rows.all()}
    assert rows[good.pk].state == "gone" and rows[bad.pk].state == "recalled"
    assert "compliance" in rows[bad.pk].reason
    assert list(
        Order.objects.filter(pk__in=[good.pk, bad.pk]).order_by("pk").values_list("state", "packed_in")
    ) == [
        ("shipped", ""),
        ("placed", ""),
    ]
    assert taken_at_the_bank()
    assert run_checks(world.now) == []


def test_what_was_recalled_does_not_leave_with_its_batch(world: World) -> None:
    first, second = bought(world), bought(world, world.ana)
    batch = frozen_batch(world, [first, second])
    run = hand_over(batch=batch, tell_customers=False, actor=world.staff, now=world.now)
    recall_order(order_reference=second.reference, reason="Wrong wine", actor=world.staff, now=world.now)
    run = continue_shipping(run=run, limit=10, actor=world.staff, now=world.now)
    assert list(Order.objects.order_by("pk").values_list("state", flat=True)) == ["shipped", "placed"]
    assert batch.rows.get(order=second).reason == "Wrong wine" and run.state == "finished"


def test_a_worker_that_dies_while_a_batch_leaves_loses_no_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the order that has left and the word about it: the next one finds it gone, and ends the batch."""
    batch = frozen_batch(world, [bought(world)])
    run = hand_over(batch=batch, tell_customers=False, actor=world.staff, now=world.now)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(runs, "note_left", die)
        with pytest.raises(KeyboardInterrupt):
            continue_shipping(run=run, limit=5, actor=world.staff, now=world.now)
    assert Order.objects.get().state == "shipped" and batch.rows.get().state == "packed"
    assert run_checks(world.now) == []
    run = continue_shipping(run=run, limit=5, actor=world.staff, now=world.now)
    batch.refresh_from_db()
    assert (run.state, batch.state, batch.rows.get().state) == ("finished", "done", "gone")
    assert run_checks(world.now) == []


def test_customers_ask_once_and_are_answered_by_mail(world: World) -> None:
    order = bought(world)
    ask = partial(ask_change, order_reference=order.reference, now=world.now)
    ben = customer_actor(world.ben)
    assert refusal(partial(ask, words="A magnum", actor=ben)) == "not_packed"
    batch = frozen_batch(world, [order])
    assert refusal(partial(ask, words=" ", actor=ben)) == "words_missing"
    assert refusal(partial(ask, words="A magnum", actor=customer_actor(world.ana))) == "not_found"
    asked = ask(words="A magnum instead", actor=ben)
    assert refusal(partial(ask, words="Two magnums", actor=ben)) == "asked_already"
    answer = partial(answer_change, asked=asked, actor=world.staff, now=world.now)
    assert refusal(partial(answer, state=AskState.DECLINED, answer="", recall=False)) == "words_missing"
    answer(state=AskState.DONE, answer="", recall=True)
    order.refresh_from_db()
    assert order.packed_in == "" and batch.rows.get().reason == "Its customer asked for a change."
    assert refusal(partial(answer, state=AskState.DONE, answer="", recall=False)) == "answered_already"
    mail = SentMail.objects.get(kind="change_answered")
    assert mail.customer == world.ben and mail.data["asked_id"] == asked.pk


def test_who_asks_for_too_much_or_nothing_is_told(world: World) -> None:
    make = partial(draft_batch, actor=world.staff, now=world.now)
    assert refusal(partial(make, order_ids=[])) == "nothing_chosen"
    assert refusal(partial(make, order_ids=list(range(1, 5_002)))) == "too_many"
