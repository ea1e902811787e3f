"""A gateway that never answers again: people say what they found at the bank, and nobody pays twice for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought, confirm, draft_of, pieces_on, snapshot
from tests.rooms.checkout.journey import buy, customer_actor
from tests.world import World, save_test_card
from tirage.changes.models import ChangeDraft
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.models import TestCharge
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Collection, Payment
from tirage.payments.operations import (
    reconcile_payments,
    refund_payment,
    say_outcome,
    void_payment,
)
from tirage.payments.operations.hearing import settle_told
from tirage.payments.protocol import GatewayTimeout

DAY = timedelta(days=1)


@pytest.fixture
def silence() -> Iterator[pytest.MonkeyPatch]:
    """The gateway doesn't answer when it is asked what became of something; ``undo`` ends it."""

    def silent(self: TestGateway, **asked: Any) -> None:
        raise GatewayTimeout("no answer")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TestGateway, "find", silent)
        patched.setattr(TestGateway, "fetch", silent)
        yield patched


def paying(world: World, behaviour: Behaviour) -> tuple[Order, ChangeDraft, Payment]:
    """Ben's paid bottle, and a change by staff for one more whose charge has no answer."""
    order = bought(world, world.ben, {"CAB23": 1})
    save_test_card(world.ben, world.now, behaviour=behaviour, last4="1007")
    draft = draft_of(world, order, world.staff, add={world.cabernet: 1})
    assert confirm(world, draft, world.staff).status == "unknown"
    return order, draft, Payment.objects.get(purpose=draft.reference)


def say(world: World, payment: Payment, *, arrived: bool, **changes: Any) -> Payment:
    facts = {"reason": "Their support says so", "actor": world.staff, "now": world.now + DAY, **changes}
    return say_outcome(payment_reference=payment.reference, arrived=arrived, **facts)


def test_it_never_arrived_frees_the_change_and_nothing_is_charged_by_itself(
    world: World, silence: pytest.MonkeyPatch
) -> None:
    order, draft, payment = paying(world, Behaviour.TIMES_OUT_LOST)
    assert reconcile_payments(now=world.now + DAY) == 1
    draft.refresh_from_db()
    assert draft.state == "paying", "silence alone decides nothing"
    said = say(world, payment, arrived=False)
    draft.refresh_from_db()
    assert (said.state, said.decline_code, draft.state) == ("voided", "said_unseen", "waiting")
    assert "support" not in draft.waiting_for and pieces_on(order) == {"CAB23": 1}
    collection = Collection.objects.get(purpose=draft.reference)
    assert collection.next_at is None and not SentMail.objects.filter(kind__contains="charge").exists()
    event = Event.objects.get(name="payment.answered")
    assert "never arrived (Their support says so)" in event.text and event.actor_label == world.staff.label


def test_it_arrived_makes_the_change(world: World, silence: pytest.MonkeyPatch) -> None:
    order, draft, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    assert say(world, payment, arrived=True).state == "settled"
    draft.refresh_from_db()
    order.refresh_from_db()
    assert (draft.state, pieces_on(order)) == ("applied", {"CAB23": 2})
    assert order.paid_minor == order.owed_minor == charged_in_all()
    silence.undo()
    assert run_checks(world.now + DAY) == []


def test_what_was_said_to_have_arrived_can_be_given_back_once_the_bank_answers(
    world: World, silence: pytest.MonkeyPatch
) -> None:
    order, _, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    say(world, payment, arrived=True)
    assert Payment.objects.get(pk=payment.pk).gateway_reference == ""
    silence.undo()
    refund = refund_payment(
        payment_reference=payment.reference,
        amount_minor=10_00,
        reason="Late",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert refund.state == "settled" and order.paid_minor == charged_in_all()


def test_money_that_the_bank_has_not_got_after_all_is_not_given_back(
    world: World, silence: pytest.MonkeyPatch
) -> None:
    _, _, payment = paying(world, Behaviour.TIMES_OUT_LOST)
    say(world, payment, arrived=True)
    silence.undo()
    refund = refund_payment(
        payment_reference=payment.reference,
        amount_minor=10_00,
        reason="Late",
        actor=world.staff,
        now=world.now,
    )
    assert refund.state == "declined" and "doesn't know this payment" in refund.message


def paid_otherwise(world: World, order: Order, draft: ChangeDraft) -> None:
    """The change that was freed is paid by another card, while the bank is still silent about the first."""
    save_test_card(world.ben, world.now, behaviour=Behaviour.SUCCEEDS, last4="4243")
    assert confirm(world, draft, world.staff, world.now + DAY).status == "applied"


def test_money_that_shows_up_after_all_goes_back_so_nobody_pays_twice(
    world: World, silence: pytest.MonkeyPatch
) -> None:
    order, draft, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    say(world, payment, arrived=False)
    paid_otherwise(world, order, draft)
    order.refresh_from_db()
    assert charged_in_all() > order.owed_minor
    silence.undo()
    for days in (9, 10):
        reconcile_payments(now=world.now + timedelta(days=days))
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == charged_in_all() and pieces_on(order) == {"CAB23": 2}
    assert Payment.objects.get(pk=payment.pk).state == "settled"
    assert run_checks(world.now + timedelta(days=10)) == []


def test_control_who_is_not_looked_for_pays_twice(world: World, silence: pytest.MonkeyPatch) -> None:
    order, draft, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    say(world, payment, arrived=False)
    paid_otherwise(world, order, draft)
    Payment.objects.filter(pk=payment.pk).update(decline_code="given_up")
    silence.undo()
    reconcile_payments(now=world.now + timedelta(days=9))
    order.refresh_from_db()
    assert charged_in_all() > order.owed_minor


def test_the_gateways_own_news_of_it_is_heard_too(world: World, silence: pytest.MonkeyPatch) -> None:
    order, draft, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    say(world, payment, arrived=False)
    paid_otherwise(world, order, draft)
    silence.undo()
    facts: dict[str, Any] = {
        "gateway": "test",
        "gateway_reference": "",
        "now": world.now + timedelta(days=60),
    }
    assert settle_told(idempotency_key=payment.idempotency_key, **facts) == 1
    reconcile_payments(now=world.now + timedelta(days=61))
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == charged_in_all()


def test_a_question_of_the_bank_that_nobody_waits_for_is_closed(
    world: World, silence: pytest.MonkeyPatch
) -> None:
    _, _, payment = paying(world, Behaviour.TIMES_OUT_AUTHENTICATES)
    say(world, payment, arrived=False)
    silence.undo()
    reconcile_payments(now=world.now + timedelta(days=2))
    charge = TestCharge.objects.get(idempotency_key=payment.idempotency_key)
    assert charge.state != "needs_customer" and Payment.objects.get(pk=payment.pk).state == "voided"
    assert not void_payment(payment_id=payment.pk, reason="x", actor=world.staff, now=world.now)


def test_the_banks_own_answer_counts(world: World) -> None:
    order, draft, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    with pytest.raises(Conflict) as refused:
        say(world, payment, arrived=False)
    draft.refresh_from_db()
    assert refused.value.code == "answered" and draft.state == "applied"
    assert Order.objects.get(pk=order.pk).paid_minor == charged_in_all()
    with pytest.raises(Conflict):
        say(world, payment, arrived=True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"reason": "  "}, "reason_missing"), ({"now_after": timedelta(hours=23)}, "too_early")],
)
def test_not_before_a_day_is_over_and_not_without_words(
    world: World, silence: pytest.MonkeyPatch, changes: dict[str, Any], code: str
) -> None:
    order, _, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    if after := changes.pop("now_after", None):
        changes["now"] = world.now + after
    before = snapshot(order)
    with pytest.raises(DomainError) as refused:
        say(world, payment, arrived=True, **changes)
    assert refused.value.code == code and snapshot(order) == before


def test_what_is_only_set_aside_can_not_be_said_to_have_arrived(
    world: World, silence: pytest.MonkeyPatch
) -> None:
    _, _, payment = paying(world, Behaviour.TIMES_OUT_CHARGED)
    Payment.objects.filter(pk=payment.pk).update(kind="authorise")
    with pytest.raises(DomainError) as refused:
        say(world, payment, arrived=True)
    assert refused.value.code == "only_set_aside"
    assert say(world, payment, arrived=False).state == "voided"


@pytest.mark.parametrize(("arrived", "state"), [(True, "placed"), (False, "abandoned")])
def test_a_checkout_ends_by_it_too(
    world: World, silence: pytest.MonkeyPatch, arrived: bool, state: str
) -> None:
    card = save_test_card(
        world.ben, world.now, behaviour=Behaviour.TIMES_OUT_CHARGED, last4="1007", is_default=False
    )
    buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    say(world, Payment.objects.get(), arrived=arrived)
    assert Order.objects.get().state == state
    silence.undo()
    reconcile_payments(now=world.now + timedelta(days=2))
    order = Order.objects.get()
    assert order.paid_minor == charged_in_all() == (order.owed_minor if arrived else 0)
    assert run_checks(world.now + timedelta(days=2)) == []


def test_a_stranger_is_not_found(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        say_outcome(
            payment_reference="PAY-NONE",
            arrived=True,
            reason="x",
            actor=customer_actor(world.ben),
            now=world.now,
        )
    assert refused.value.code == "not_found"
