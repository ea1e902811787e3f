"""Pay links: one at a time, signed, ended by the clock, by a new one or by being paid; and good for a few tries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.payments.owing import OWED, owe_more, owing_order
from tests.world import World, save_test_card
from tirage.changes.collecting import pay_by_link, payable_minor
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCharge
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import (
    card_link_url,
    count_card_try,
    count_try,
    find_card_link,
    find_pay_link,
    live_pay_link,
    make_pay_link,
    open_payment,
    pay_link_url,
    reconcile_payments,
    revoke_pay_links,
    state_of_link,
    take_offline_payment,
)
from tirage.payments.operations import links as link_operations
from tirage.payments.states import LinkState, OfflineKind


def link_for(world: World, order: Order, minor: int = OWED, **changes: Any) -> PayLink:
    facts: dict[str, Any] = {
        "purpose": "",
        "amount": Money(minor, "USD"),
        "actor": world.staff,
        "now": world.now,
    }
    return make_pay_link(order_id=order.pk, **(facts | changes))


def token_of(link: PayLink) -> str:
    return pay_link_url(link).rstrip("/").rpartition("/")[2]


def pay(world: World, link: PayLink, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "card_reference": world.ben_card.reference,
        "expected_minor": link.amount_minor,
        "actor": customer_actor(world.ben),
        "now": world.now,
    }
    return pay_by_link(link=link, **(facts | changes))


def in_cash(world: World, order: Order, minor: int) -> None:
    take_offline_payment(
        order_reference=order.reference,
        amount_minor=minor,
        offline_kind=OfflineKind.CASH,
        note="",
        actor=world.staff,
        now=world.now,
    )


@pytest.fixture
def order(world: World) -> Order:
    """Ben's, with something left to pay."""
    return owing_order(world, world.ben, world.now)


def test_a_link_lasts_as_long_as_the_winery_says_and_is_mailed(world: World, order: Order) -> None:
    link = link_for(world, order)
    assert link.expires_at == world.now + timedelta(days=7)
    mail = SentMail.objects.get(kind="pay_link_balance")
    assert mail.customer_id == world.ben.pk and mail.data == {"pay_link_id": link.pk, "order_id": order.pk}
    assert Event.objects.get(name="pay_link.made").customer_id == world.ben.pk
    assert state_of_link(link, world.now + timedelta(days=7, seconds=-1)) is LinkState.LIVE
    assert state_of_link(link, world.now + timedelta(days=7)) is LinkState.EXPIRED


def test_a_link_to_copy_is_not_mailed(world: World, order: Order) -> None:
    link_for(world, order, mail=False)
    assert not SentMail.objects.filter(kind__startswith="pay_link").exists()


def test_a_new_link_ends_the_one_before(world: World, order: Order) -> None:
    first, second = link_for(world, order), link_for(world, order)
    first.refresh_from_db()
    assert state_of_link(first, world.now) is LinkState.REVOKED
    assert live_pay_link(order_id=order.pk, purpose="", now=world.now) == second


def test_nothing_is_asked_for_nothing(world: World, order: Order) -> None:
    with pytest.raises(DomainError) as refused:
        link_for(world, order, 0)
    assert refused.value.code == "nothing_due" and not PayLink.objects.exists()


def test_only_an_address_of_ours_is_found(world: World, order: Order) -> None:
    link = link_for(world, order)
    assert find_pay_link(token=token_of(link)) == link
    other = signing.Signer(salt="another", sep=".").sign(link.reference)
    guesses = [
        link.reference,
        f"{link.reference}.",
        token_of(link)[:-1],
        token_of(link) + "A",
        other,
        "",
        ".",
    ]
    assert [find_pay_link(token=guess) for guess in guesses] == [None] * len(guesses)
    swapped = token_of(link).replace(link.reference, "LNK-23456789")
    assert find_pay_link(token=swapped) is None


def test_paying_uses_the_link_up_and_thanks_once(world: World, order: Order) -> None:
    link = link_for(world, order)
    assert pay(world, link).status == "paid"
    link.refresh_from_db()
    order.refresh_from_db()
    assert link.used_at == world.now and order.balance_minor == 0
    paid = Payment.objects.get(amount_minor=OWED)
    assert (paid.state, paid.purpose) == ("settled", "")
    assert SentMail.objects.get(kind="payment_received").data == {"payment_id": paid.pk}
    with pytest.raises(Conflict) as again:
        pay(world, link)
    assert again.value.code == "link_over" and Payment.objects.filter(amount_minor=OWED).count() == 1
    assert run_checks(world.now) == []


def test_at_most_the_balance_is_paid(world: World, order: Order) -> None:
    link = link_for(world, order)
    in_cash(world, order, 20_00)
    link = PayLink.objects.select_related("order__customer").get(pk=link.pk)
    assert payable_minor(link, world.now) == 30_00
    with pytest.raises(Conflict) as seen_before:
        pay(world, link, expected_minor=OWED)
    assert seen_before.value.code == "amount_changed"
    assert pay(world, link, expected_minor=30_00).status == "paid"
    order.refresh_from_db()
    assert order.balance_minor == 0 and run_checks(world.now) == []


def test_never_more_than_the_link_asks_for(world: World, order: Order) -> None:
    link = link_for(world, order)
    owe_more(order, 70_00, world.now)
    link = PayLink.objects.select_related("order__customer").get(pk=link.pk)
    assert payable_minor(link, world.now) == OWED
    assert pay(world, link).status == "paid"
    order.refresh_from_db()
    assert order.balance_minor == 70_00


def test_paid_otherwise_the_link_is_used_up_too(world: World, order: Order) -> None:
    link = link_for(world, order)
    in_cash(world, order, OWED)
    link.refresh_from_db()
    assert state_of_link(link, world.now) is LinkState.PAID


@pytest.mark.parametrize("state", ["cancelled", "abandoned", "pending"])
def test_an_order_that_isnt_running_owes_nothing(world: World, order: Order, state: str) -> None:
    link = link_for(world, order)
    Order.objects.filter(pk=order.pk).update(state=state)
    with pytest.raises(Conflict) as refused:
        pay(world, link)
    assert refused.value.code == "nothing_due" and not Payment.objects.filter(amount_minor=OWED).exists()


def test_a_revoked_or_expired_link_pays_nothing(world: World, order: Order) -> None:
    link = link_for(world, order)
    with pytest.raises(Conflict):
        pay(world, link, now=world.now + timedelta(days=8))
    revoke_pay_links(order_id=order.pk, purpose="", now=world.now)
    link.refresh_from_db()
    with pytest.raises(Conflict):
        pay(world, link)
    assert not Payment.objects.filter(amount_minor=OWED).exists()


def test_a_neighbours_or_a_removed_card_pays_nothing(world: World, order: Order) -> None:
    link = link_for(world, order)
    world.ben_card.removed_at = world.now
    world.ben_card.save()
    for card in (world.ana_card.reference, world.ben_card.reference, ""):
        with pytest.raises(DomainError) as refused:
            pay(world, link, card_reference=card)
        assert refused.value.code == "card_missing"
    assert not Payment.objects.filter(amount_minor=OWED).exists()


def test_a_declined_card_leaves_link_and_order_and_opens_a_collection(world: World, order: Order) -> None:
    card = save_test_card(world.ben, world.now, behaviour=Behaviour.INSUFFICIENT_FUNDS, last4="9995")
    link = link_for(world, order)
    answer = pay(world, link, card_reference=card.reference)
    assert answer.status == "declined" and "funds" in answer.message
    link.refresh_from_db()
    order.refresh_from_db()
    assert state_of_link(link, world.now) is LinkState.LIVE and order.balance_minor == OWED
    collection = order.collections.get()
    assert (collection.attempts, collection.decline_code) == (1, "insufficient_funds")
    assert not SentMail.objects.filter(kind="charge_failed").exists(), "the customer has seen it"
    assert pay(world, link).status == "paid"
    collection.refresh_from_db()
    assert (collection.state, collection.closed_at) == ("collected", world.now)
    assert SentMail.objects.filter(kind="payment_received").count() == 1


def test_nobody_pays_while_an_answer_is_missing(world: World, order: Order) -> None:
    card = save_test_card(world.ben, world.now, behaviour=Behaviour.TIMES_OUT_CHARGED, last4="1007")
    link = link_for(world, order)
    assert pay(world, link, card_reference=card.reference).status == "unknown"
    with pytest.raises(Conflict) as twice:
        pay(world, link)
    assert twice.value.code == "already_paying" and open_payment(order_id=order.pk, purpose="") is not None
    reconcile_payments(now=world.now + timedelta(minutes=1))
    link.refresh_from_db()
    order.refresh_from_db()
    assert state_of_link(link, world.now) is LinkState.PAID and order.balance_minor == 0
    assert run_checks(world.now) == []


def test_a_bank_that_asks_sends_back_to_the_links_page(world: World, order: Order) -> None:
    card = save_test_card(world.ben, world.now, behaviour=Behaviour.AUTHENTICATES_ALWAYS, last4="3184")
    link = link_for(world, order)
    answer = pay(world, link, card_reference=card.reference)
    assert answer.status == "needs_customer" and answer.action_url
    assert not SentMail.objects.filter(kind="payment_needs_customer").exists(), "the customer is there"
    payment = Payment.objects.get(amount_minor=OWED)
    charge = TestCharge.objects.get(gateway_reference=payment.gateway_reference)
    assert charge.return_url == pay_link_url(link)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=31))
    link.refresh_from_db()
    assert state_of_link(link, world.now) is LinkState.PAID


def test_a_link_is_good_for_a_few_tries_an_hour(world: World, order: Order) -> None:
    link, actor = link_for(world, order), customer_actor(world.ben)
    for _ in range(link_operations.TRIES):
        count_try(link=link, actor=actor, now=world.now)
    with pytest.raises(Conflict) as refused:
        count_try(link=link, actor=actor, now=world.now)
    assert refused.value.code == "too_many_tries"
    assert Event.objects.filter(name="pay_link.tried").count() == link_operations.TRIES
    count_try(link=link, actor=actor, now=world.now + timedelta(hours=1, seconds=1))
    count_try(link=link_for(world, order), actor=actor, now=world.now)


# Links to replace a card


def card_token(world: World) -> str:
    return card_link_url(world.ben, world.now).rstrip("/").rpartition("/")[2]


def test_a_card_link_names_its_customer_for_some_days(world: World) -> None:
    token = card_token(world)
    found = find_card_link(token=token, now=world.now)
    assert found is not None and found.customer == world.ben and found.is_live
    later = find_card_link(token=token, now=world.now + timedelta(days=7))
    assert later is not None and not later.is_live


def test_signing_out_everywhere_or_suspending_ends_card_links(world: World) -> None:
    token = card_token(world)
    world.ben.session_epoch += 1
    world.ben.save()
    assert find_card_link(token=token, now=world.now) is None
    fresh = card_token(world)
    world.ben.status = "suspended"
    world.ben.save()
    assert find_card_link(token=fresh, now=world.now) is None


def test_a_card_link_is_no_pay_link_and_cant_be_altered(world: World, order: Order) -> None:
    token = card_token(world)
    assert find_pay_link(token=token) is None and find_card_link(token=token[:-1], now=world.now) is None
    assert find_card_link(token=token_of(link_for(world, order)), now=world.now) is None


def test_cards_are_tried_a_few_times_an_hour_by_a_card_link(world: World) -> None:
    actor = customer_actor(world.ben)
    for _ in range(link_operations.TRIES):
        count_card_try(customer=world.ben, actor=actor, now=world.now)
    with pytest.raises(Conflict):
        count_card_try(customer=world.ben, actor=actor, now=world.now)
    count_card_try(customer=world.ana, actor=actor, now=world.now)
