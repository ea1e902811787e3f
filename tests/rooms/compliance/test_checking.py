"""Orders wait until the service has said that they may ship; changes ask again, and no failure loses an order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.compliance.serving import Trouble
from tests.compliance.sovos import ShipCompliantThere
from tests.rooms.changes.journey import confirm, customer_actor, draft_of, key_of
from tests.rooms.compliance.journey import (
    ask,
    bought,
    history,
    latest,
    passed,
    shipped,
    tell,
    waiting_jobs,
)
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.compliance import asking
from tirage.compliance.asking import HOLD, look_after_compliance
from tirage.compliance.following import follow_order, void_with_order
from tirage.compliance.states import wait_after
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.fulfilment.models import ShipRow
from tirage.fulfilment.operations import continue_shipping, draft_shipping, start_shipping
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, credit_order

SOON = timedelta(minutes=1)


def refused_code(world: World, order: Order) -> str:
    with pytest.raises(DomainError) as refused:
        shipped(world, order)
    order.refresh_from_db()
    assert order.state == "placed"
    return refused.value.code


def test_an_order_waits_until_it_passed_then_it_ships(
    world: World, there: ShipCompliantThere, order: Order
) -> None:
    assert order.awaits_compliance and waiting_jobs("ask") == 1
    assert refused_code(world, order) == "awaits_compliance"
    passed(order, world.now)
    check = latest(order)
    assert (check.state, check.number, check.service) == ("passed", 1, "sovos") and check.answer
    assert check.asked["items"] == [[2, "Estate Cabernet Sauvignon 2023, 750 ml"]]
    assert there.pieces_of(order.reference) == {"CAB23": 2}
    assert Event.objects.get(name="compliance.passed").text == "lets the order ship"
    assert shipped(world, order).state == "shipped" and run_checks(world.now) == []


def test_a_refused_order_is_placed_paid_and_stays(
    world: World, there: ShipCompliantThere, order: Order
) -> None:
    there.closed = {"NY"}
    assert ask(order, world.now) and order.awaits_compliance
    assert (order.state, order.balance_minor) == ("placed", 0)
    check = latest(order)
    assert (check.state, check.reasons) == (
        "refused",
        ["Wine may not be shipped to consumers in NY."],
    )
    assert refused_code(world, order) == "awaits_compliance"
    assert "doesn’t let the order ship: Wine may not" in Event.objects.get(name="compliance.refused").text
    assert not ask(order, world.now + timedelta(days=3)), "who refused isn't asked again by itself"
    assert look_after_compliance(now=world.now + timedelta(days=3)) == 0


def test_many_at_once_leave_what_waits(world: World, there: ShipCompliantThere, order: Order) -> None:
    run = draft_shipping(order_ids=[order.pk], actor=world.staff, now=world.now)
    run = start_shipping(run=run, tell_customers=False, actor=world.staff, now=world.now)
    continue_shipping(run=run, limit=9, actor=world.staff, now=world.now)
    row = ShipRow.objects.get()
    assert row.outcome == "refused" and row.reason.startswith("This order waits in compliance")


@pytest.mark.parametrize(
    "trouble", [Trouble.CUT, Trouble.CUT_AFTER, Trouble.HALF, Trouble.PAGE, 500, 429, 401]
)
def test_a_failing_service_never_loses_an_order(
    world: World, there: ShipCompliantThere, order: Order, trouble: Any
) -> None:
    there.troubles = [trouble, trouble]
    assert ask(order, world.now)
    assert order.awaits_compliance
    check = latest(order)
    assert (check.state, check.tries) == ("unanswered", 1) and check.problem.endswith(".")
    assert check.retry_at == world.now + SOON
    assert not ask(order, world.now), "it is left alone for a while"
    assert look_after_compliance(now=world.now) == 0
    later = world.now + SOON
    assert look_after_compliance(now=later) <= 1  # its first job may still wait
    assert ask(order, later) and latest(order).retry_at == later + wait_after(2)
    assert Event.objects.filter(name="compliance.unanswered").count() == 1, "said once"
    passed(order, later + wait_after(2))
    assert history(order) == [(1, "passed")]


def test_who_is_asked_to_wait_waits_so_long(world: World, there: ShipCompliantThere, order: Order) -> None:
    there.troubles, there.retry_after = [429], "3600"
    ask(order, world.now)
    assert latest(order).retry_at == world.now + timedelta(hours=1)


def test_a_change_asks_again_and_the_answer_before_counts_no_more(
    world: World, there: ShipCompliantThere, order: Order
) -> None:
    passed(order, world.now)
    ben = customer_actor(world.ben)
    confirm(world, draft_of(world, order, ben, add={world.cabernet: 1}), ben)
    order.refresh_from_db()
    assert order.awaits_compliance and refused_code(world, order) == "awaits_compliance"
    passed(order, world.now)
    assert history(order) == [(1, "replaced"), (2, "passed")]
    assert there.pieces_of(order.reference) == {"CAB23": 3} and run_checks(world.now) == []


def test_money_given_back_asks_nobody(world: World, there: ShipCompliantThere, order: Order) -> None:
    passed(order, world.now)
    credit_order(order=order, amount_minor=5_00, reason="Corked", actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert not order.awaits_compliance


def test_an_answer_about_another_order_says_nothing(
    world: World, there: ShipCompliantThere, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer takes a bottle off while the service is being asked."""
    ben = customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    really = asking._ask

    def changed_meanwhile(question: Any) -> Any:
        said = really(question)
        monkeypatch.setattr(asking, "_ask", really)
        confirm(world, draft, ben)
        return said

    monkeypatch.setattr(asking, "_ask", changed_meanwhile)
    ask(order, world.now)
    assert order.awaits_compliance and history(order) == [(1, "replaced")]
    passed(order, world.now)
    assert there.pieces_of(order.reference) == {"CAB23": 1}


def test_control_without_comparing_it_would_ship(
    world: World, there: ShipCompliantThere, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "fingerprint_of", lambda order: "the same")
    ask(order, world.now)
    assert not order.awaits_compliance


def test_a_pickup_is_nobodys_business(world: World, there: ShipCompliantThere) -> None:
    order = bought(world, method_reference=world.pickup.reference)
    assert not order.awaits_compliance and not ask(order, world.now)
    assert shipped(world, order).state == "shipped" and there.calls == []


def test_what_is_picked_up_after_all_is_called_off_there(
    world: World, there: ShipCompliantThere, order: Order
) -> None:
    passed(order, world.now)
    draft = draft_of(world, order, world.staff, method_reference=world.pickup.reference)
    confirm(world, draft, world.staff)
    order.refresh_from_db()
    assert not order.awaits_compliance and history(order) == [(1, "voided")]
    assert tell(order, world.now) and there.state_of(order.reference) == "none"


def test_a_canceled_order_is_called_off_there(world: World, there: ShipCompliantThere, order: Order) -> None:
    passed(order, world.now)
    cancel_order(
        order_reference=order.reference, restock=True, reason="Asked", actor=world.staff, now=world.now
    )
    check = latest(order)
    assert (check.state, check.duty) == ("voided", "void") and waiting_jobs("tell") == 1
    assert tell(order, world.now) and there.state_of(order.reference) == "none"
    assert Event.objects.get(name="compliance.told").text == "forgot the order"
    assert not tell(order, world.now), "once"


def test_an_order_that_waits_may_be_canceled_and_nobody_is_told_of_what_was_never_asked(
    world: World, there: ShipCompliantThere, order: Order
) -> None:
    cancel_order(
        order_reference=order.reference, restock=True, reason="Asked", actor=world.staff, now=world.now
    )
    order.refresh_from_db()
    assert not order.awaits_compliance and not ask(order, world.now) and there.calls == []


def test_called_off_while_it_is_asked_it_is_forgotten_after_that(
    world: World, there: ShipCompliantThere, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = asking._ask

    def canceled_meanwhile(question: Any) -> Any:
        cancel_order(
            order_reference=order.reference, restock=True, reason="Asked", actor=world.staff, now=world.now
        )
        assert not tell(order, world.now), "what is said last holds there: it waits for the question's end"
        return really(question)

    monkeypatch.setattr(asking, "_ask", canceled_meanwhile)
    ask(order, world.now)
    assert there.state_of(order.reference) == "kept" and not order.awaits_compliance
    assert tell(order, world.now) and there.state_of(order.reference) == "none"


def test_what_has_shipped_is_told_with_its_number(
    world: World, there: ShipCompliantThere, order: Order
) -> None:
    passed(order, world.now)
    shipped(world, order, tracking="771234")
    check = latest(order)
    assert (check.state, check.duty) == ("committed", "commit") and waiting_jobs("tell") == 1
    there.troubles = [503]
    assert not tell(order, world.now) and latest(order).problem == "Sovos ShipCompliant gave no answer."
    assert not tell(order, world.now), "it is left alone for a while"
    look_after_compliance(now=world.now + SOON)
    assert waiting_jobs("tell") == 2
    assert tell(order, world.now + SOON) and there.state_of(order.reference) == "committed"
    shipment = there.orders[order.reference]["shipments"][0]
    assert shipment["packages"] == [{"trackingNumber": "771234"}]
    assert there.orders[order.reference]["salesTaxCollected"] > 0
    check.refresh_from_db()
    assert (check.duty, check.told_at) == ("", world.now + SOON)


def test_a_worker_that_died_is_taken_up_when_its_time_is_over(
    world: World, there: ShipCompliantThere, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(question: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(asking, "_ask", died)
        with pytest.raises(KeyboardInterrupt):
            ask(order, world.now)
    order.refresh_from_db()
    assert order.awaits_compliance and not ask(order, world.now)
    assert ask(order, world.now + HOLD) and not order.awaits_compliance


def test_orders_of_before_a_service_was_connected_are_asked_about_and_wait(
    world: World, settings: Any
) -> None:
    order = bought(world)
    assert not order.awaits_compliance
    from tests.compliance.sovos import connected

    with connected(ShipCompliantThere(), settings):
        assert refused_code(world, order) == "awaits_compliance", "nobody has asked yet"
        assert look_after_compliance(now=world.now) == 1
        passed(order, world.now)
        assert shipped(world, order).state == "shipped"


def test_without_a_service_placing_and_changing_costs_nothing(world: World) -> None:
    order = bought(world)
    with CaptureQueriesContext(connection) as sent:
        follow_order(order_id=order.pk)
    assert len(sent) == 0 and not order.awaits_compliance
    assert look_after_compliance(now=world.now) == 0


def test_a_test_order_is_never_asked_about(world: World, there: ShipCompliantThere, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state="test", awaits_compliance=False)
    follow_order(order_id=order.pk)
    order.refresh_from_db()
    assert not order.awaits_compliance and not ask(order, world.now)


def test_called_off_without_a_check_nothing_happens(world: World) -> None:
    void_with_order(order_id=bought(world).pk, actor=world.staff, now=world.now)
