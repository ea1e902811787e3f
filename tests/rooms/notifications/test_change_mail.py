"""The mails about changed and cancelled orders and money given back: what moved, what the money did, who is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail as outbox

from tests.rooms.changes.journey import bought, confirm, customer_actor, draft_of, key_of
from tests.rooms.payments.shipment import set_aside
from tests.world import World
from tirage.changes.operations import cancel_order, quote_line_refund, refund_lines
from tirage.changes.rules import Bottles, OfflineMoney, StaffCharge
from tirage.changes.states import RefundTo, SettleBy
from tirage.core.actors import Actor
from tirage.core.money import Money
from tirage.notifications import sending
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import give_credit, refund_payment, refund_to_credit


@pytest.fixture
def order(world: World) -> Order:
    """Ben's two bottles of Cabernet, sent to New York."""
    return bought(world, world.ben, {"CAB23": 2})


def body_of(world: World, kind: str) -> str:
    """What the customer reads in the one mail of this kind."""
    queued = SentMail.objects.get(kind=kind)
    assert sending.send_one(queued.pk, world.now) is None
    message = outbox.outbox[-1]
    assert message.to == ["ben@example.com"]
    return f"{message.subject}\n{message.body}"


def change(world: World, order: Order, actor: Actor, pieces: int | None = None, **more: Any) -> str:
    """What the mail says after the order's Cabernet was changed to so many pieces."""
    how = {name: more.pop(name) for name in ("settle_by", "refund_to", "offline") if name in more}
    wanted = {} if pieces is None else {key_of(order, world.cabernet): pieces}
    draft = draft_of(world, order, actor, pieces=wanted, **more)
    assert confirm(world, draft, actor, **how).status == "applied"
    return body_of(world, "order_changed")


def test_a_customer_reads_what_was_added_and_charged(world: World, order: Order) -> None:
    words = change(world, order, customer_actor(world.ben), 3)
    order.refresh_from_db()
    assert words.startswith(f"Your order {order.reference} is changed\n")
    assert "Your order is changed as you asked:" in words
    assert "Added: 1 × Estate Cabernet Sauvignon 2023, 750 ml: $120.00" in words
    assert "3 × Estate Cabernet Sauvignon 2023, 750 ml: $360.00" in words
    assert f"Total: ${order.owed_minor / 100:.2f}" in words
    assert "were charged to Visa ending in 4242." in words


def test_the_team_changed_it(world: World, order: Order) -> None:
    offline = OfflineMoney("transfer", "seen today")
    words = change(world, order, world.staff, 3, settle_by=SettleBy.OFFLINE, offline=offline)
    assert "We have changed your order:" in words and "were paid by a bank transfer." in words


def test_what_the_team_set_aside_stays_in_the_house(world: World, order: Order) -> None:
    words = change(world, order, world.staff, gift_note="Cheers", override_reason="An old friend")
    assert "Gift note: Cheers" in words and "old friend" not in words


def test_money_back_to_the_card(world: World, order: Order) -> None:
    words = change(world, order, customer_actor(world.ben), 1)
    assert "Taken off: 1 × Estate Cabernet Sauvignon 2023, 750 ml: −$120.00" in words
    assert "go back to Visa ending in 4242. Your bank may take a few days to show it." in words


def test_money_back_as_store_credit(world: World, order: Order) -> None:
    words = change(world, order, customer_actor(world.ben), 1, refund_to=RefundTo.CREDIT)
    assert "are in your store credit now." in words


def test_paid_from_store_credit(world: World, order: Order) -> None:
    give_credit(
        customer=world.ben, amount=Money(500_00, "USD"), reason="Corked", actor=world.staff, now=world.now
    )
    words = change(world, order, customer_actor(world.ben), 3, settle_by=SettleBy.CREDIT)
    assert "were paid from your store credit." in words


def test_another_address_and_no_money(world: World, order: Order) -> None:
    words = change(world, order, customer_actor(world.ben), gift_note="For Clara")
    assert "Gift note: For Clara" in words and "Difference" not in words and "charged" not in words


def test_a_discount_says_why(world: World, order: Order) -> None:
    off = StaffCharge("discount", "Your birthday", amount_minor=-20_00)
    words = change(world, order, world.staff, add_charges=[off])
    assert "Your birthday: −$20.00" in words and "go back to Visa" in words


def test_what_is_set_aside(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    words = change(world, order, customer_actor(world.ben), 3)
    assert "are set aside on Visa ending in 4242, and taken when the wine ships." in words


def test_less_than_was_set_aside(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    words = change(world, order, customer_actor(world.ben), 1)
    assert "That much less is taken when the wine ships." in words


def cancel(world: World, order: Order, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "restock": True,
        "refund_to": RefundTo.ORIGINAL,
        "mail": True,
        "words": "Moves away",
    }
    cancel_order(
        order_reference=order.reference,
        reason="The customer asked",
        actor=world.staff,
        now=world.now,
        **(facts | changes),
    )


def test_a_cancelled_order_is_told_with_its_money(world: World, order: Order) -> None:
    paid = order.paid_minor
    cancel(world, order)
    words = body_of(world, "order_cancelled")
    assert words.startswith(f"Your order {order.reference} is canceled\n")
    assert "2 × Estate Cabernet Sauvignon 2023, 750 ml: $240.00" in words
    assert f"${paid / 100:.2f} go back to Visa ending in 4242." in words
    assert "Moves away" not in words, "the team's words are the team's"


def test_what_was_set_aside_for_a_cancelled_order_is_let_go(world: World) -> None:
    cancel(world, set_aside(world, world.ben, {"CAB23": 2}, world.now))
    assert "what was set aside on your card is let go." in body_of(world, "order_cancelled")


def test_staff_may_cancel_without_a_mail(world: World, order: Order) -> None:
    cancel(world, order, mail=False)
    assert not SentMail.objects.filter(kind="order_cancelled").exists()


def test_money_that_is_kept_for_now_is_not_spoken_of(world: World, order: Order) -> None:
    cancel(world, order, refund_to=None)
    words = body_of(world, "order_cancelled")
    assert "go back" not in words and "$240.00" in words


# Money given back


def refunded(world: World, order: Order, cents: int = 20_00, mail: bool = True) -> Payment:
    charge = Payment.objects.get(order=order, kind="charge")
    return refund_payment(
        payment_reference=charge.reference,
        amount_minor=cents,
        reason="Broken cork",
        mail=mail,
        actor=world.staff,
        now=world.now,
    )


def test_goodwill_is_told_and_its_reason_stays_in_the_house(world: World, order: Order) -> None:
    refunded(world, order)
    words = body_of(world, "money_given_back")
    assert words.startswith(f"$20.00 of your order {order.reference} refunded\n")
    assert "$20.00 go back to Visa ending in 4242. Your bank may take a few days to show it." in words
    assert "Broken cork" not in words and "Difference" not in words


def test_nobody_is_told_of_money_where_staff_don_t_say_so(world: World, order: Order) -> None:
    refunded(world, order, mail=False)
    charge = Payment.objects.get(order=order, kind="charge")
    facts: dict[str, Any] = {"reason": "Corked", "actor": world.staff, "now": world.now}
    refund_to_credit(payment_id=charge.pk, amount=Money(5_00, "USD"), **facts)
    assert not SentMail.objects.filter(kind="money_given_back").exists()


def test_money_given_back_as_store_credit_is_told(world: World, order: Order) -> None:
    charge = Payment.objects.get(order=order, kind="charge")
    facts: dict[str, Any] = {"reason": "Corked", "mail": True, "actor": world.staff, "now": world.now}
    refund_to_credit(payment_id=charge.pk, amount=Money(5_00, "USD"), **facts)
    assert "$5.00 are in your store credit now." in body_of(world, "money_given_back")


def test_money_for_wines_is_told_with_its_wines(world: World, order: Order) -> None:
    pieces = {key_of(order, world.cabernet): 1}
    back = quote_line_refund(order=order, pieces=pieces, bottles=Bottles.BACK)
    refund_lines(
        order_reference=order.reference,
        pieces=pieces,
        bottles=Bottles.BACK,
        expected_minor=back.total.minor,
        reason="Corked",
        mail=True,
        actor=world.staff,
        now=world.now,
    )
    words = body_of(world, "money_given_back")
    assert f"{back.to_give_back} of your order" in words
    assert "Taken off: 1 × Estate Cabernet Sauvignon 2023, 750 ml: −$120.00" in words
    assert f"Difference: −{back.total}" in words and "Corked" not in words


def test_money_that_the_bank_refuses_to_give_back_is_not_promised(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Payment.objects.filter(order=order).update(gateway_reference="missing-at-the-gateway")
    assert refunded(world, order).state == "declined"
    queued = SentMail.objects.get(kind="money_given_back")
    before = len(outbox.outbox)
    sending.send_one(queued.pk, world.now)
    assert len(outbox.outbox) == before
