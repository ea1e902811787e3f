"""A change whose bank says no, wants the customer, or answers late or never: made as a whole, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.bank import charged_in_all
from tests.rooms.changes.journey import (
    bought,
    card_that,
    confirm,
    customer_actor,
    draft_of,
    held_for,
    one_more,
    pieces_on,
    snapshot,
    state_of,
    whole,
)
from tests.rooms.changes.test_drafting import refusal
from tests.rooms.checkout.journey import hold as fill_cart
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    drop_draft,
    edit_draft,
    finish_change_payment,
    give_up_change_payment,
    lapse_drafts,
    outcomes,
    pay_draft,
    retry_draft,
)
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.models import Event
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.inventory.operations import count_stock, release_holds
from tirage.inventory.queries import stock_figures
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import Payment
from tirage.payments.operations import (
    lock_payments_of,
    reconcile_payments,
    refund_payment,
    send_charge,
    send_refunds,
    settle_result,
    start_refunds,
)

# The bank says no, later, or nothing


def test_a_declined_card_leaves_the_order_as_it_was_and_the_draft_waits(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, before = one_more(world, order), whole(order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.INSUFFICIENT_FUNDS))
    assert done.status == "declined" and done.message
    assert whole(order) == before
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_code) == ("waiting", "insufficient_funds") and draft.waiting_for
    assert held_for(draft, world.now) == 1 and draft.expires_at == world.now + timedelta(minutes=15)
    hold = Hold.objects.get(holder=draft.reference)
    assert hold.expires_at == draft.expires_at, "the bottles are held to their normal end again"
    assert run_checks(world.now) == []
    again = retry_draft(
        draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
    )
    assert again.status == "applied" and charged_in_all() == 289_44 + 129_60
    assert run_checks(world.now) == []


def test_a_retry_takes_the_same_card_and_may_be_declined_again(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.CARD_DECLINED))
    again = retry_draft(draft_reference=draft.reference, actor=system("Retry plan"), now=world.now)
    assert again.status == "declined" and Payment.objects.filter(purpose=draft.reference).count() == 2
    assert state_of(draft) == "waiting" and run_checks(world.now) == []


def test_a_waiting_draft_is_let_go_or_changed(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.CARD_DECLINED))
    edit_draft(draft_reference=draft.reference, gift_note="Hello", actor=ben, now=world.now)
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_for, draft.confirmed_minor) == ("open", "", None)
    assert (
        refusal(
            lambda: retry_draft(
                draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
            )
        )
        == "not_waiting"
    )
    drop_draft(draft_reference=draft.reference, actor=ben, now=world.now)
    assert world.stock(world.cabernet).held == 0 and run_checks(world.now) == []


def test_a_bank_that_wants_the_customer_gets_them(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, before = one_more(world, order), whole(order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    assert done.status == "needs_customer" and done.action_url
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_code) == ("waiting", "needs_customer") and whole(order) == before
    assert held_for(draft, world.now + timedelta(minutes=34)) == 1, "the bottles outlast the bank's page"
    for act in (
        lambda: edit_draft(draft_reference=draft.reference, actor=ben, now=world.now),
        lambda: confirm(world, draft, ben),
        lambda: retry_draft(draft_reference=draft.reference, actor=ben, now=world.now),
    ):
        assert refusal(act) == "at_bank"
    asked = finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert (asked.status, asked.action_url) == ("needs_customer", done.action_url)
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    back = finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert back.status == "applied" and pieces_on(order) == {"CAB23": 3}
    assert run_checks(world.now) == []


def test_giving_the_bank_up_leaves_the_draft_for_another_card(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    gone = give_up_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert gone.status == "declined" and state_of(draft) == "waiting"
    assert (
        pay_draft(
            draft_reference=draft.reference, payment_method=world.ben_card, actor=ben, now=world.now
        ).status
        == "applied"
    )
    assert (
        refusal(
            lambda: finish_change_payment(
                payment_reference=done.payment_reference, actor=customer_actor(world.ana), now=world.now
            )
        )
        == "not_found"
    )
    assert run_checks(world.now) == []


def test_letting_go_of_a_draft_at_the_bank_gives_the_payment_up(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    drop_draft(draft_reference=draft.reference, actor=ben, now=world.now)
    assert Payment.objects.get(reference=done.payment_reference).state == "voided"
    assert state_of(draft) == "dropped" and run_checks(world.now) == []


@pytest.mark.parametrize(
    ("behaviour", "ends"), [(Behaviour.TIMES_OUT_CHARGED, "applied"), (Behaviour.TIMES_OUT_LOST, "waiting")]
)
def test_an_unknown_outcome_is_found_out_and_nothing_else_happens_meanwhile(
    world: World, behaviour: Behaviour, ends: str
) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, before = one_more(world, order), whole(order)
    done = confirm(world, draft, ben, payment_method=card_that(world, behaviour))
    assert (done.status, state_of(draft)) == ("unknown", "paying") and whole(order) == before
    assert held_for(draft, world.now + timedelta(days=2)) == 1, "held while the bank is silent"
    _nothing_else_happens(world, order, draft)
    assert run_checks(world.now) == []
    later = world.now + timedelta(minutes=3)
    reconcile_payments(now=later)
    assert state_of(draft) == ends
    assert (
        charged_in_all()
        == Order.objects.get().paid_minor
        == (289_44 + 129_60 if ends == "applied" else 289_44)
    )
    if ends == "waiting":
        draft.refresh_from_db()
        assert Hold.objects.get(holder=draft.reference).expires_at == draft.expires_at >= later
    assert run_checks(later) == []


def _nothing_else_happens(world: World, order: Order, draft: ChangeDraft) -> None:
    """While a change is being paid, everything else that touches the order is refused in words."""
    other = Actor(ActorKind.STAFF, 99, "Ingrid")
    mine = draft_of(world, order, other, gift_note="Hello")
    paid = Payment.objects.filter(purpose="", kind="charge").get()
    act: dict[str, Any] = {"actor": world.staff, "now": world.now}
    acts = {
        "confirm": lambda: confirm(world, mine, other),
        "cancel": lambda: cancel_order(order_reference=order.reference, restock=True, reason="No", **act),
        "refund": lambda: refund_payment(
            payment_reference=paid.reference, amount_minor=1_00, reason="Late", **act
        ),
        "edit": lambda: edit_draft(
            draft_reference=draft.reference, actor=customer_actor(world.ben), now=world.now
        ),
        "drop": lambda: drop_draft(draft_reference=draft.reference, actor=world.staff, now=world.now),
    }
    before = snapshot(order)
    assert {name: refusal(one) for name, one in acts.items()} == dict.fromkeys(acts, "paying")
    assert snapshot(order) == before
    drop_draft(draft_reference=mine.reference, actor=other, now=world.now)


def test_a_draft_that_is_paying_does_not_lapse(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.TIMES_OUT_CHARGED))
    assert lapse_drafts(now=world.now + timedelta(days=2)) == 0 and state_of(draft) == "paying"


# Money that comes too late


def test_money_for_a_change_that_was_let_go_goes_back_by_itself(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    drop_draft(draft_reference=draft.reference, actor=ben, now=world.now)
    payment.refresh_from_db()
    assert payment.state == "settled" and state_of(draft) == "dropped"
    reconcile_payments(now=world.now + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.owed_minor == order.paid_minor == 289_44 == charged_in_all()
    assert Event.objects.get(name="change.not_applied").subject_id == order.pk
    assert run_checks(world.now) == []


def test_money_that_comes_after_the_order_changed_goes_back_at_once(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    confirm(world, draft_of(world, order, world.staff, gift_note="Hello"), world.staff)
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    back = finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    assert back.status == "declined" and "goes back" in back.message
    draft.refresh_from_db()
    assert (draft.state, draft.waiting_code) == ("waiting", "not_applied") and pieces_on(order) == {
        "CAB23": 2
    }
    order.refresh_from_db()
    assert order.balance_minor == 0 and charged_in_all() == 289_44 and run_checks(world.now) == []


def test_money_for_an_order_that_owed_something_goes_back_all_the_same(world: World) -> None:
    """What the order owed before it owes afterwards: a stray payment isn't taken for something else."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    done = confirm(world, draft, ben, payment_method=card_that(world, Behaviour.AUTHENTICATES_ALWAYS))
    confirm(world, draft_of(world, order, world.staff, gift_note="Hello"), world.staff)
    facts: dict[str, Any] = {"lowers_owed": False, "reason": "Charged back", "actor": world.staff}
    with transaction.atomic():
        charged_back = start_refunds(lock_payments_of(order.pk), 100_00, now=world.now, **facts)
    send_refunds(charged_back, world.staff, world.now)
    assert Order.objects.get().balance_minor == 100_00
    payment = Payment.objects.get(reference=done.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    finish_change_payment(payment_reference=done.payment_reference, actor=ben, now=world.now)
    order.refresh_from_db()
    assert (order.owed_minor, order.balance_minor) == (289_44, 100_00)
    assert charged_in_all() == 189_44 and run_checks(world.now) == []


def test_a_payment_given_up_unseen_that_arrives_after_another_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try stands still before the bank, is given up, the second pays; then the first arrives after all."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    paused: list[Any] = []

    def pause(started: Any, *, return_url: str) -> Any:
        paused.append(started)
        raise RuntimeError("stands still")

    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "send_charge", pause)
        with pytest.raises(RuntimeError):
            confirm(world, draft, ben)
    later = world.now + timedelta(minutes=3)
    reconcile_payments(now=later)
    assert state_of(draft) == "waiting"
    assert retry_draft(draft_reference=draft.reference, actor=ben, now=later).status == "applied"
    result = send_charge(paused[0], return_url="/orders/")
    settle_result(payment_id=paused[0].id, result=result, actor=system(), now=later)
    reconcile_payments(now=later + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == 289_44 + 129_60 == charged_in_all()
    assert run_checks(later) == []


def test_a_payment_given_up_unseen_that_arrives_before_another_leaves_that_to_pay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try was given up, the second is on its way: what comes late goes back, and the second still counts."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft, later = one_more(world, order), world.now + timedelta(minutes=3)
    paused: list[Any] = []

    def pause(started: Any, *, return_url: str) -> Any:
        paused.append(started)
        raise RuntimeError("stands still")

    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "send_charge", pause)
        with pytest.raises(RuntimeError):
            confirm(world, draft, ben)
        reconcile_payments(now=later)
        with pytest.raises(RuntimeError):
            retry_draft(draft_reference=draft.reference, actor=ben, now=later)
    for started in paused:
        assert state_of(draft) == "paying"
        result = send_charge(started, return_url="/orders/")
        settle_result(payment_id=started.id, result=result, actor=system(), now=later)
    assert state_of(draft) == "applied"
    reconcile_payments(now=later + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == 289_44 + 129_60 == charged_in_all()
    assert run_checks(later) == []


def test_bottles_that_are_being_paid_for_are_let_go_by_no_correction(world: World) -> None:
    """Two are on Ben's order, one is being paid for; Ana had one in her cart before."""
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    fill_cart(world.ana, {"CAB23": 1}, world.now)
    draft, carts = one_more(world, order), Hold.objects.filter(holder__startswith="CRT")
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.TIMES_OUT_CHARGED))
    facts: dict[str, Any] = {"sku_id": world.cabernet.pk, "actor": world.staff, "now": world.now}
    assert refusal(lambda: count_stock(counted=2, release_holds=True, **facts)) == "below_held"
    assert held_for(draft, world.now) == 1 == carts.count()
    count_stock(counted=3, release_holds=True, **facts)
    assert held_for(draft, world.now) == 1 and not carts.exists()
    assert stock_figures([world.cabernet.pk], world.now)[world.cabernet.pk].back_at is None
    assert run_checks(world.now) == []
    reconcile_payments(now=world.now + timedelta(minutes=1))
    assert state_of(draft) == "applied" and pieces_on(order) == {"CAB23": 3}


def test_bottles_that_vanished_while_paying_give_the_money_back(world: World) -> None:
    order, ben = bought(world, world.ben, {"CAB23": 2}), customer_actor(world.ben)
    draft = one_more(world, order)
    confirm(world, draft, ben, payment_method=card_that(world, Behaviour.TIMES_OUT_CHARGED))
    release_holds(holder=draft.reference)
    count_stock(sku_id=world.cabernet.pk, counted=2, actor=world.staff, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=1))
    assert state_of(draft) == "waiting" and pieces_on(order) == {"CAB23": 2}
    reconcile_payments(now=world.now + timedelta(minutes=2))
    order.refresh_from_db()
    assert order.balance_minor == 0 and charged_in_all() == 289_44 and run_checks(world.now) == []
