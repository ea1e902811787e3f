"""Money to collect: what opens it, the plan, the mails, and everything that ends it. Of an order's balance; changes
have their own file beside theirs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from tests.bank import charged_in_all
from tests.rooms.checkout.journey import buy
from tests.rooms.payments.owing import OWED, card_that, owe_more, owing_order
from tests.rooms.payments.test_operations import save
from tests.world import World
from tirage.changes.collecting import (
    close_unowed_collections,
    let_go,
    retry_collection,
    retry_due_collections,
)
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.reactions import react
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.operations import (
    ask_for_balance,
    charge_balance,
    reconcile_payments,
    refund_payment,
    remove_card,
)

DAY = timedelta(days=1)


def fail(world: World, order: Order, behaviour: Behaviour, now: datetime | None = None) -> Collection:
    """Staff charge the balance to a card of this behaviour, while the customer isn't there."""
    card = card_that(world, order.customer, behaviour)
    charge_balance(
        order_id=order.pk,
        card_reference=card.reference,
        return_url="",
        actor=world.staff,
        now=now or world.now,
    )
    return Collection.objects.get()


def tried(order: Order) -> list[tuple[str, int]]:
    """Every attempt at the balance: state and amount."""
    found = Payment.objects.filter(order=order).order_by("id")
    return [(payment.state, payment.amount_minor) for payment in found[1:]]


def mails(kind: str) -> int:
    return SentMail.objects.filter(kind=kind).count()


@pytest.fixture
def order(world: World) -> Order:
    """Ben's, with something left to pay."""
    return owing_order(world, world.ben, world.now)


def let_work(customer: Customer) -> None:
    """The customer's bank has become friendlier."""
    TestCard.objects.filter(customer_reference=customer.reference).update(behaviour="succeeds")


# What opens it


def test_a_soft_no_is_planned_and_mailed(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    assert (collection.amount_minor, collection.attempts, collection.next_at) == (OWED, 1, world.now + DAY)
    assert (collection.decline_code, collection.purpose) == ("insufficient_funds", "")
    link = PayLink.objects.get()
    assert link.amount_minor == OWED and mails("pay_link_balance") == 0, (
        "the link is in the mail about the failure"
    )
    mail = SentMail.objects.get(kind="charge_failed")
    assert mail.data == {"collection_id": collection.pk, "pay_link_id": link.pk}
    opened = Event.objects.get(name="collection.opened")
    assert opened.text == "noted $50.00 to collect: not enough money on the card"


def test_a_hard_no_waits_for_another_card(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.STOLEN_CARD)
    assert collection.next_at is None and (mails("card_needed"), mails("charge_failed")) == (1, 0)
    assert retry_due_collections(now=world.now + 30 * DAY) == 0 and len(tried(order)) == 1


def test_a_bank_that_wants_an_absent_customer_has_the_customer_mailed(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.AUTHENTICATES_ALWAYS)
    assert (collection.decline_code, collection.next_at) == ("authentication_required", None)
    assert mails("payment_needs_customer") == 1
    reconcile_payments(now=world.now + timedelta(minutes=31))
    collection.refresh_from_db()
    assert Payment.objects.last().state == "voided" and collection.state == "open"  # type: ignore[union-attr]
    assert mails("payment_needs_customer") == 1, "told once"


def test_a_yes_at_the_bank_collects(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.AUTHENTICATES_ALWAYS)
    reference = Payment.objects.order_by("id").last().gateway_reference  # type: ignore[union-attr]
    answer_authentication(gateway_reference=reference, approve=True, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=31))
    collection.refresh_from_db()
    assert collection.state == "collected"


@pytest.mark.parametrize("behaviour", [Behaviour.CARD_DECLINED, Behaviour.TIMES_OUT_LOST])
def test_a_checkout_that_fails_is_nothing_to_collect(world: World, behaviour: Behaviour) -> None:
    card = card_that(world, world.ben, behaviour)
    buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    reconcile_payments(now=world.now + timedelta(minutes=5))
    assert Order.objects.get().state == "abandoned" and not Collection.objects.exists()


def test_a_refund_that_fails_is_nothing_to_collect(world: World) -> None:
    card = card_that(world, world.ben, Behaviour.REFUND_DECLINED)
    buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    refund_payment(
        payment_reference=Payment.objects.get().reference,
        amount_minor=1_00,
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )
    assert not Collection.objects.exists()


# The plan


def test_the_plan_to_its_end(world: World, order: Order) -> None:
    """Five attempts at growing intervals, each a payment of its own and each mailed; then a person must help."""
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    at = world.now
    for attempt, days in enumerate((1, 3, 5, 7), start=2):
        assert retry_due_collections(now=at + days * DAY - timedelta(seconds=1)) == 0
        at += days * DAY
        assert retry_due_collections(now=at) == 1
        collection.refresh_from_db()
        assert collection.attempts == attempt
    assert collection.next_at is None and retry_due_collections(now=at + 90 * DAY) == 0
    assert tried(order) == [("declined", OWED)] * 5 and mails("charge_failed") == 5
    keys = Payment.objects.values_list("idempotency_key", flat=True)
    assert len(set(keys)) == 6 and run_checks(at) == []


def test_the_plan_collects(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    let_work(world.ben)
    assert retry_due_collections(now=world.now + DAY) == 1
    collection.refresh_from_db()
    order.refresh_from_db()
    assert (collection.state, order.balance_minor, mails("payment_received")) == ("collected", 0, 1)
    assert retry_due_collections(now=world.now + 2 * DAY) == 0
    assert charged_in_all() == order.owed_minor and run_checks(world.now + DAY) == []


def test_while_an_attempt_is_open_there_is_no_second(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    TestCard.objects.filter(token=collection.payment_method.token).update(behaviour="times_out_charged")  # type: ignore[union-attr]
    later = world.now + DAY
    assert retry_due_collections(now=later) == 1
    for minutes in range(3):
        assert retry_due_collections(now=later + timedelta(minutes=minutes)) == 0
    with pytest.raises(Conflict) as refused:
        retry_collection(collection_reference=collection.reference, actor=world.staff, now=later)
    assert refused.value.code == "already_paying" and len(tried(order)) == 2
    reconcile_payments(now=later + timedelta(minutes=5))
    collection.refresh_from_db()
    assert collection.state == "collected" and charged_in_all() == Order.objects.get().owed_minor


def test_an_attempt_that_reached_no_bank_is_repeated_within_the_hour_and_not_mailed(
    world: World, order: Order
) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    TestCard.objects.filter(token=collection.payment_method.token).update(behaviour="times_out_lost")  # type: ignore[union-attr]
    retry_due_collections(now=world.now + DAY)
    reconcile_payments(now=world.now + DAY + timedelta(minutes=3))
    collection.refresh_from_db()
    assert collection.decline_code == "never_seen" and mails("charge_failed") == 1
    assert collection.next_at == world.now + DAY + timedelta(minutes=63)


def test_the_last_word_of_the_bank_counts_a_soft_no_may_turn_hard(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    TestCard.objects.filter(token=collection.payment_method.token).update(behaviour="stolen_card")  # type: ignore[union-attr]
    retry_due_collections(now=world.now + DAY)
    collection.refresh_from_db()
    assert (collection.attempts, collection.next_at) == (2, None) and mails("card_needed") == 1


def test_what_cant_be_tried_waits_for_a_person_with_the_reason(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    for card in world.ben.payment_methods.all():
        remove_card(customer=world.ben, card_reference=card.reference, actor=world.staff, now=world.now)
    assert retry_due_collections(now=world.now + DAY) == 0
    collection.refresh_from_db()
    assert (collection.state, collection.next_at, collection.decline_code) == ("open", None, "card_missing")


def test_the_mail_says_when_it_is_tried_again_and_leads_to_both_pages(world: World, order: Order) -> None:
    fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    values = values_of(SentMail.objects.get(kind="charge_failed"), current_winery())
    assert values["payment.next"] == "We try again on Wednesday, October 7, 2026. You can also pay now:"
    assert values["pay.what"] == f"your order {order.reference}" and values["pay.amount"] == "$50.00"
    assert "/pay/LNK-" in values["pay.link"].href and "/card/" in values["card.link"].href  # type: ignore[union-attr]


# Another card


def test_a_new_card_is_used_at_once(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.STOLEN_CARD)
    card = save(world.ben, world.now)
    collection.refresh_from_db()
    assert (collection.payment_method_id, collection.next_at) == (card.pk, world.now)
    assert retry_due_collections(now=world.now) == 1
    collection.refresh_from_db()
    assert collection.state == "collected"


def test_a_new_card_has_the_whole_plan_before_it(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.STOLEN_CARD)
    card = save(world.ben, world.now)
    TestCard.objects.filter(token=card.token).update(behaviour="insufficient_funds")
    retry_due_collections(now=world.now)
    collection.refresh_from_db()
    assert (collection.attempts, collection.next_at) == (1, world.now + DAY)


def test_a_card_refused_for_good_is_not_tried_again_when_a_later_one_is_gone(
    world: World, order: Order
) -> None:
    """A stolen card, then one that was typed, declined and not kept: what is left is the stolen one."""
    collection = fail(world, order, Behaviour.STOLEN_CARD)
    remove_card(customer=world.ben, card_reference=world.ben_card.reference, actor=world.staff, now=world.now)
    typed = save(world.ben, world.now)
    TestCard.objects.filter(token=typed.token).update(behaviour="insufficient_funds")
    retry_due_collections(now=world.now)
    remove_card(customer=world.ben, card_reference=typed.reference, actor=world.staff, now=world.now)
    assert retry_due_collections(now=world.now + DAY) == 0
    collection.refresh_from_db()
    assert (collection.decline_code, collection.next_at) == ("card_missing", None)
    assert [state for state, _ in tried(order)] == ["declined"] * 2


def test_a_neighbours_new_card_changes_nothing(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.STOLEN_CARD)
    save(world.ana, world.now)
    collection.refresh_from_db()
    assert collection.next_at is None


@pytest.mark.parametrize(
    ("behaviour", "tried"), [(Behaviour.EXPIRED_CARD, True), (Behaviour.STOLEN_CARD, False)]
)
def test_a_card_that_its_bank_renewed_is_tried_if_it_was_too_old(
    world: World, order: Order, behaviour: Behaviour, tried: bool
) -> None:
    card = fail(world, order, behaviour).payment_method
    assert card is not None
    let_work(world.ben)
    facts = {"brand": "Visa", "last4": "0001", "exp_month": 1, "exp_year": 2040}
    with transaction.atomic():
        react("gateway.card_renewed", gateway="test", token=card.token, **facts, now=world.now)
    assert retry_due_collections(now=world.now) == tried
    assert Collection.objects.get().state == ("collected" if tried else "open")


# Asked for by staff


def test_asking_for_a_balance_puts_it_on_the_list_and_mails_a_link(world: World, order: Order) -> None:
    link = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    collection = Collection.objects.get()
    assert (collection.amount_minor, collection.attempts, collection.next_at) == (OWED, 0, None)
    assert link.amount_minor == OWED and mails("pay_link_balance") == 1
    again = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    assert again == link and mails("pay_link_balance") == 2 and Collection.objects.count() == 1
    copied = ask_for_balance(order_reference=order.reference, mail=False, actor=world.staff, now=world.now)
    assert copied == link and mails("pay_link_balance") == 2
    save(world.ben, world.now)
    assert retry_due_collections(now=world.now + DAY) == 0, "nobody said that a card may be charged"


def test_asking_again_after_the_balance_grew_asks_for_all_of_it(world: World, order: Order) -> None:
    first = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    owe_more(order, 30_00, world.now)
    second = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    first.refresh_from_db()
    assert second.amount_minor == OWED + 30_00 == Collection.objects.get().amount_minor
    assert first.revoked_at == world.now


def test_nothing_is_asked_of_an_order_that_owes_nothing(world: World) -> None:
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    with pytest.raises(Conflict) as refused:
        ask_for_balance(order_reference=placing.order_reference, actor=world.staff, now=world.now)
    assert refused.value.code == "nothing_due" and not PayLink.objects.exists()
    with pytest.raises(DomainError):
        ask_for_balance(order_reference="ORD-NOWHERE2", actor=world.staff, now=world.now)


# What ends it


def test_a_cancelled_order_is_no_longer_collected(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    cancel_order(
        order_reference=order.reference, restock=True, reason="Asked", actor=world.staff, now=world.now
    )
    collection.refresh_from_db()
    assert (collection.state, collection.closed_at) == ("let_go", world.now)
    assert PayLink.objects.get().revoked_at == world.now
    assert retry_due_collections(now=world.now + DAY) == 0 and tried(order) == [("declined", OWED)]


def test_what_nobody_owes_any_more_is_let_go_by_the_schedule(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    Order.objects.filter(pk=order.pk).update(owed_minor=order.paid_minor)
    assert close_unowed_collections(now=world.now) == 1
    collection.refresh_from_db()
    assert collection.state == "let_go" and PayLink.objects.get().revoked_at == world.now


def test_let_go_with_a_reason_ends_plan_and_link_and_keeps_the_debt(world: World, order: Order) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    let_go(collection_reference=collection.reference, reason="A friend", actor=world.staff, now=world.now)
    collection.refresh_from_db()
    order.refresh_from_db()
    assert (collection.state, collection.next_at, order.balance_minor) == ("let_go", None, OWED)
    assert "A friend" in Event.objects.get(name="collection.let_go").text
    assert PayLink.objects.get().revoked_at == world.now
    with pytest.raises(Conflict) as twice:
        let_go(collection_reference=collection.reference, reason="Again", actor=world.staff, now=world.now)
    with pytest.raises(Conflict):
        retry_collection(collection_reference=collection.reference, actor=world.staff, now=world.now)
    assert twice.value.code == "not_open" and len(tried(order)) == 1


@pytest.mark.parametrize(
    ("reference", "reason", "code"), [("", " ", "reason_missing"), ("COL-X", "So", "not_found")]
)
def test_nothing_is_let_go_without_reason_or_collection(
    world: World, order: Order, reference: str, reason: str, code: str
) -> None:
    collection = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    with pytest.raises(DomainError) as refused:
        let_go(
            collection_reference=reference or collection.reference,
            reason=reason,
            actor=world.staff,
            now=world.now,
        )
    assert refused.value.code == code and Collection.objects.get().state == "open"


def test_after_the_end_a_new_failure_opens_anew(world: World, order: Order) -> None:
    first = fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    let_work(world.ben)
    retry_due_collections(now=world.now + DAY)
    owe_more(order, 30_00, world.now + 2 * DAY)
    TestCard.objects.filter(customer_reference=world.ben.reference).update(behaviour="insufficient_funds")
    charge_balance(
        order_id=order.pk,
        card_reference=first.payment_method.reference,  # type: ignore[union-attr]
        return_url="",
        actor=world.staff,
        now=world.now + 2 * DAY,
    )
    second = Collection.objects.get(state="open")
    assert (second.amount_minor, second.attempts) == (30_00, 1) and second.pk != first.pk


def test_closing_leaves_what_is_owed(world: World, order: Order) -> None:
    fail(world, order, Behaviour.INSUFFICIENT_FUNDS)
    assert close_unowed_collections(now=world.now) == 0 and Collection.objects.get().state == "open"
