"""Collecting what a change waits for: its pay link, a declined card tried again in time, and all that ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought, confirm, draft_of, held_for, key_of, pieces_on, snapshot
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.payments.owing import owe_more
from tests.rooms.payments.test_operations import save
from tests.world import World, save_test_card
from tirage.changes.collecting import (
    let_go,
    mail_link_again,
    pay_by_link,
    payable_minor,
    retry_collection,
    retry_due_collections,
)
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import drop_draft, edit_draft, lapse_drafts
from tirage.changes.states import SettleBy
from tirage.cli.doctor import run_checks
from tirage.core.actors import Actor
from tirage.core.errors import Conflict
from tirage.core.models import Event
from tirage.core.winery import current_winery
from tirage.fulfilment.operations import ship_order
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink, Payment, PaymentMethod
from tirage.payments.operations import ask_for_balance, charge_balance, reconcile_payments, state_of_link
from tirage.payments.states import LinkState


@pytest.fixture
def order(world: World) -> Order:
    """Ben's bottle."""
    return bought(world, world.ben, {"CAB23": 1})


def two_more(world: World, order: Order, actor: Actor | None = None) -> ChangeDraft:
    return draft_of(world, order, actor or world.staff, pieces={key_of(order, world.cabernet): 3})


def linked(world: World, order: Order) -> tuple[ChangeDraft, PayLink]:
    """Two bottles more, to be paid by a link."""
    draft = two_more(world, order)
    assert confirm(world, draft, world.staff, settle_by=SettleBy.LINK, payment_method=None).status == "link"
    return draft, PayLink.objects.select_related("order__customer").get()


def press(world: World, link: PayLink, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "card_reference": world.ben_card.reference,
        "expected_minor": link.amount_minor,
        "actor": customer_actor(world.ben),
        "now": world.now,
    }
    return pay_by_link(link=link, **(facts | changes))


def card_that(world: World, behaviour: Behaviour) -> PaymentMethod:
    return save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False)


def declined(world: World, order: Order, behaviour: Behaviour = Behaviour.INSUFFICIENT_FUNDS) -> ChangeDraft:
    """Staff confirm two bottles more by a card that is declined."""
    draft = two_more(world, order)
    assert confirm(world, draft, world.staff, payment_method=card_that(world, behaviour)).status == "declined"
    draft.refresh_from_db()
    return draft


def let_work(world: World) -> None:
    TestCard.objects.filter(customer_reference=world.ben.reference).update(behaviour="succeeds")


def mails(kind: str) -> int:
    return SentMail.objects.filter(kind=kind).count()


# By a link


def test_a_link_is_mailed_with_what_changes(world: World, order: Order) -> None:
    linked(world, order)
    mail = SentMail.objects.get(kind="pay_link_change")
    values = values_of(mail, current_winery())
    assert values["pay.what"] == f"the change of your order {order.reference}"
    rows = values["pay.lines"]
    assert ("Estate Cabernet Sauvignon 2023: 1 → 3", "$240.00") in rows.rows  # type: ignore[union-attr]
    assert rows.totals == [("To pay", values["pay.amount"])]  # type: ignore[union-attr]


def test_paying_the_link_makes_the_change(world: World, order: Order) -> None:
    draft, link = linked(world, order)
    assert payable_minor(link, world.now) == link.amount_minor and pieces_on(order) == {"CAB23": 1}
    assert press(world, link).status == "paid"
    draft.refresh_from_db()
    link.refresh_from_db()
    assert (draft.state, pieces_on(order)) == ("applied", {"CAB23": 3})
    assert state_of_link(link, world.now) is LinkState.PAID
    assert (mails("order_changed"), mails("payment_received")) == (1, 0), "one mail says both"
    order.refresh_from_db()
    assert order.balance_minor == 0 == charged_in_all() - order.owed_minor and run_checks(world.now) == []


def test_another_amount_than_was_seen_is_not_paid(world: World, order: Order) -> None:
    _, link = linked(world, order)
    before = snapshot(order)
    with pytest.raises(Conflict) as refused:
        press(world, link, expected_minor=1)
    assert refused.value.code == "amount_changed" and snapshot(order) == before


def test_a_declined_card_leaves_order_link_and_bottles(world: World, order: Order) -> None:
    draft, link = linked(world, order)
    card = card_that(world, Behaviour.CARD_DECLINED)
    assert press(world, link, card_reference=card.reference).status == "declined"
    draft.refresh_from_db()
    assert (draft.state, pieces_on(order), held_for(draft, world.now)) == ("waiting", {"CAB23": 1}, 2)
    assert Collection.objects.get().purpose == draft.reference and mails("charge_failed") == 0
    assert press(world, link).status == "paid"
    assert Collection.objects.get().state == "collected" and mails("order_changed") == 1


def test_a_bank_that_asks_by_a_link(world: World, order: Order) -> None:
    draft, link = linked(world, order)
    card = card_that(world, Behaviour.AUTHENTICATES_ALWAYS)
    assert press(world, link, card_reference=card.reference).status == "needs_customer"
    with pytest.raises(Conflict) as twice:
        press(world, link)
    assert twice.value.code == "at_bank"
    payment = Payment.objects.get(purpose=draft.reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=31))
    link.refresh_from_db()
    assert pieces_on(order) == {"CAB23": 3} and state_of_link(link, world.now) is LinkState.PAID


def test_a_change_that_is_taken_up_again_ends_its_link(world: World, order: Order) -> None:
    draft, link = linked(world, order)
    edit_draft(
        draft_reference=draft.reference,
        pieces={key_of(order, world.cabernet): 2},
        actor=world.staff,
        now=world.now,
    )
    link.refresh_from_db()
    assert state_of_link(link, world.now) is LinkState.REVOKED and payable_minor(link, world.now) == 0
    with pytest.raises(Conflict) as over:
        press(world, link)
    assert over.value.code == "link_over" and Payment.objects.filter(purpose=draft.reference).count() == 0


def test_a_dropped_change_ends_its_link(world: World, order: Order) -> None:
    draft, link = linked(world, order)
    drop_draft(draft_reference=draft.reference, actor=world.staff, now=world.now)
    link.refresh_from_db()
    assert state_of_link(link, world.now) is LinkState.REVOKED


# A declined card


def test_a_declined_change_is_collected_while_its_bottles_are_held(world: World, order: Order) -> None:
    draft = declined(world, order)
    collection = Collection.objects.get()
    assert (collection.purpose, collection.attempts) == (draft.reference, 1)
    assert collection.next_at == draft.expires_at - timedelta(hours=1), "once more before its bottles go back"
    link = PayLink.objects.get()
    assert (link.purpose, link.expires_at, mails("charge_failed")) == (draft.reference, draft.expires_at, 1)
    assert mails("pay_link_change") == 0


def test_the_plan_makes_the_change_when_the_card_works(world: World, order: Order) -> None:
    draft = declined(world, order)
    let_work(world)
    due = Collection.objects.get().next_at
    assert due is not None and retry_due_collections(now=due - timedelta(seconds=1)) == 0
    assert retry_due_collections(now=due) == 1
    draft.refresh_from_db()
    assert (draft.state, pieces_on(order)) == ("applied", {"CAB23": 3})
    assert Collection.objects.get().state == "collected" and PayLink.objects.get().used_at == due
    assert mails("order_changed") == 1 and run_checks(due) == []


def test_the_plan_ends_with_the_draft(world: World, order: Order) -> None:
    draft = declined(world, order)
    before = pieces_on(order)
    due = Collection.objects.get().next_at
    assert due is not None
    retry_due_collections(now=due)
    collection = Collection.objects.get()
    assert (collection.attempts, collection.next_at, collection.state) == (2, None, "open")
    lapse_drafts(now=draft.expires_at + timedelta(hours=2))
    collection.refresh_from_db()
    assert (collection.state, pieces_on(order)) == ("let_go", before)
    assert PayLink.objects.filter(revoked_at=None, used_at=None).count() == 0


def test_staff_try_again_at_a_press(world: World, order: Order) -> None:
    draft = declined(world, order)
    reference = Collection.objects.get().reference
    assert (
        retry_collection(collection_reference=reference, actor=world.staff, now=world.now).status
        == "declined"
    )
    assert Collection.objects.get().attempts == 2
    let_work(world)
    assert retry_collection(collection_reference=reference, actor=world.staff, now=world.now).status == "paid"
    assert pieces_on(order) == {"CAB23": 3}
    assert Payment.objects.filter(purpose=draft.reference).count() == 3 and run_checks(world.now) == []


def test_another_card_makes_the_change(world: World, order: Order) -> None:
    declined(world, order, Behaviour.STOLEN_CARD)
    assert Collection.objects.get().next_at is None and mails("card_needed") == 1
    save(world.ben, world.now)
    assert retry_due_collections(now=world.now) == 1
    assert pieces_on(order) == {"CAB23": 3} and Collection.objects.get().state == "collected"


def test_customers_who_saw_it_decide_themselves(world: World, order: Order) -> None:
    """What they wanted isn't owed: no mail, no link, and no card is tried later, not even a new one."""
    ben = customer_actor(world.ben)
    draft = draft_of(world, order, ben, gift_note="For you", method_reference=world.overnight.reference)
    card = card_that(world, Behaviour.INSUFFICIENT_FUNDS)
    assert confirm(world, draft, ben, payment_method=card).status == "declined"
    assert not Collection.objects.exists() and not PayLink.objects.exists() and mails("charge_failed") == 0
    let_work(world)
    save(world.ben, world.now)
    assert retry_due_collections(now=world.now + timedelta(hours=23)) == 0
    assert Payment.objects.filter(purpose=draft.reference).count() == 1 and run_checks(world.now) == []


def test_an_absent_customer_is_mailed_the_way_to_the_bank(world: World, order: Order) -> None:
    draft = two_more(world, order)
    card = card_that(world, Behaviour.AUTHENTICATES_ALWAYS)
    assert confirm(world, draft, world.staff, payment_method=card).status == "needs_customer"
    collection = Collection.objects.get()
    assert (collection.decline_code, mails("payment_needs_customer")) == ("authentication_required", 1)
    payment = Payment.objects.get(purpose=draft.reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=31))
    assert pieces_on(order) == {"CAB23": 3} and Collection.objects.get().state == "collected"


def test_nobody_retries_while_the_bank_is_silent(world: World, order: Order) -> None:
    draft = two_more(world, order)
    card = card_that(world, Behaviour.TIMES_OUT_CHARGED)
    assert confirm(world, draft, world.staff, payment_method=card).status == "unknown"
    assert not Collection.objects.exists()
    reconcile_payments(now=world.now + timedelta(minutes=1))
    assert pieces_on(order) == {"CAB23": 3} and not Collection.objects.exists()


def test_letting_go_drops_the_change_and_its_bottles(world: World, order: Order) -> None:
    draft = declined(world, order)
    let_go(
        collection_reference=Collection.objects.get().reference,
        reason="Changed their mind",
        actor=world.staff,
        now=world.now,
    )
    draft.refresh_from_db()
    assert (draft.state, held_for(draft, world.now), pieces_on(order)) == ("dropped", 0, {"CAB23": 1})
    assert Collection.objects.get().state == "let_go" and PayLink.objects.get().revoked_at == world.now
    assert "Changed their mind" in Event.objects.get(name="collection.let_go").text
    assert run_checks(world.now) == []


def test_nothing_is_let_go_while_the_bank_decides(world: World, order: Order) -> None:
    draft = two_more(world, order)
    card = card_that(world, Behaviour.AUTHENTICATES_ALWAYS)
    confirm(world, draft, world.staff, payment_method=card)
    with pytest.raises(Conflict) as refused:
        let_go(
            collection_reference=Collection.objects.get().reference,
            reason="Too slow",
            actor=world.staff,
            now=world.now,
        )
    assert refused.value.code == "already_paying" and Collection.objects.get().state == "open"


def test_the_link_is_mailed_again_as_long_as_the_change_lives(world: World, order: Order) -> None:
    draft = declined(world, order)
    link = PayLink.objects.get()
    again = mail_link_again(
        collection_reference=Collection.objects.get().reference, actor=world.staff, now=world.now
    )
    assert (again, mails("pay_link_change")) == (link, 1) and again.expires_at == draft.expires_at


def test_a_shipped_order_is_not_asked_for_its_change(world: World, order: Order) -> None:
    declined(world, order)
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert (
        Collection.objects.get().state == "let_go"
        and retry_due_collections(now=world.now + timedelta(days=2)) == 0
    )
    assert PayLink.objects.get().revoked_at is not None


# An order that owes something besides


def test_a_change_that_ends_the_balance_ends_its_asking(world: World) -> None:
    order = owe_more(bought(world, world.ben, {"CAB23": 2}), 50_00, world.now)
    ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    fewer = draft_of(world, order, world.staff, pieces={key_of(order, world.cabernet): 1})
    assert confirm(world, fewer, world.staff).status == "applied"
    order.refresh_from_db()
    assert order.balance_minor == 0 and Collection.objects.get().state == "let_go"
    assert PayLink.objects.get().revoked_at == world.now and run_checks(world.now) == []


def test_a_change_leaves_the_balance_to_be_collected(world: World, order: Order) -> None:
    owe_more(order, 50_00, world.now)
    asked = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    assert confirm(world, two_more(world, order), world.staff).status == "applied"
    order.refresh_from_db()
    asked.refresh_from_db()
    assert order.balance_minor == 50_00 and Collection.objects.get().state == "open"
    assert state_of_link(asked, world.now) is LinkState.LIVE


def test_the_balance_isnt_charged_while_money_for_a_change_moves(world: World, order: Order) -> None:
    owe_more(order, 50_00, world.now)
    silent = card_that(world, Behaviour.TIMES_OUT_CHARGED)
    draft = two_more(world, order)
    assert confirm(world, draft, world.staff, payment_method=silent).status == "unknown"
    facts: dict[str, Any] = {
        "card_reference": world.ben_card.reference,
        "return_url": "",
        "actor": world.staff,
    }
    with pytest.raises(Conflict) as refused:
        charge_balance(order_id=order.pk, now=world.now, **facts)
    assert refused.value.code == "already_paying"
    reconcile_payments(now=world.now + timedelta(minutes=1))
    assert charge_balance(order_id=order.pk, now=world.now, **facts).status == "paid"
    order.refresh_from_db()
    assert order.balance_minor == 0 and charged_in_all() == order.owed_minor and run_checks(world.now) == []


def test_balance_and_change_are_asked_for_side_by_side(world: World, order: Order) -> None:
    owe_more(order, 50_00, world.now)
    balance = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    draft = two_more(world, order)
    confirm(world, draft, world.staff, settle_by=SettleBy.LINK, payment_method=None)
    for link in PayLink.objects.select_related("order__customer").order_by("id"):
        assert press(world, link).status == "paid"
    order.refresh_from_db()
    balance.refresh_from_db()
    assert (order.balance_minor, pieces_on(order)) == (0, {"CAB23": 3})
    assert charged_in_all() == order.owed_minor and balance.used_at and run_checks(world.now) == []
