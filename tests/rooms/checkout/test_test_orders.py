"""Test orders: the whole way of a real one, with nothing moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.rooms.changes.journey import confirm, draft_of, key_of, pieces_on, quoted
from tests.rooms.checkout.journey import buy, checkout_arguments, customer_actor, hold, item_of
from tests.rooms.checkout.testing import ASKS, DECLINED, WORKS, give_test_card, make_test, tried, try_out
from tests.world import World
from tirage.changes.operations import cancel_own_order, quote_cancel
from tirage.changes.operations.cancelling import cancel_order
from tirage.changes.operations.trying import remove_tests, restore_tests
from tirage.changes.queries import live_drafts
from tirage.changes.states import RefundTo, SettleBy
from tirage.checkout.models import CartLine
from tirage.checkout.operations import finish_payment, give_up_payment, place_order
from tirage.checkout.operations.setting_aside import SetAside, set_bottles_aside
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer, Group
from tirage.customers.operations import save_group
from tirage.fulfilment.operations import ship_order
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.inventory.models import Hold, Movement, Stock
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.offers.models import Offer
from tirage.orders.models import CancelReason, Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.states import TRIAL
from tirage.wishes.models import Wish


def stocks() -> list[Any]:
    return list(Stock.objects.order_by("pk").values_list("sku", "on_hand", "sold", "held"))


@pytest.fixture
def still(world: World) -> Any:
    """Estate is a test group; afterwards no bottle has moved, and the ledgers are sound."""
    make_test(world.estate)
    before, movements = stocks(), Movement.objects.count()
    yield world
    assert stocks() == before and Movement.objects.count() == movements and not Hold.objects.exists()
    assert run_checks(world.now) == []
    world.ben.refresh_from_db()
    assert (world.ben.orders_count, world.ben.lifetime_minor, world.ben.credit_minor) == (0, 0, 0)


def test_a_test_order_is_placed_and_takes_nothing(still: World) -> None:
    order = tried(still, still.ben, {"CAB23": 2})
    assert (order.state, order.is_test, order.step) == ("test", True, OrderState.PLACED)
    payment = Payment.objects.get()
    assert (payment.gateway, payment.state, payment.amount_minor) == (TRIAL, "settled", order.owed_minor)
    assert SentMail.objects.filter(customer=still.ben, kind="order_receipt").count() == 1
    assert not CartLine.objects.exists()


def test_the_page_behaves_as_a_real_one(still: World) -> None:
    hold(still.ben, {"CAB23": 2}, still.now)
    page = load_offer_page(still.ben, still.now)
    assert page.is_test and page.cart is not None and page.cart.is_live and page.cart.fully_held
    assert item_of(page, "CAB23").in_cart == 2
    tried(still, still.ben, {"CAB23": 2})
    assert item_of(load_offer_page(still.ben, still.now), "CAB23").bought == 2
    with pytest.raises(DomainError, match="you have bought 2 already"):
        hold(still.ben, {"CAB23": 2}, still.now)


def test_no_more_than_there_is(still: World) -> None:
    Stock.objects.filter(sku=still.cabernet).update(held=0, sold=0)
    scarce = still.stock(still.cabernet)
    taken = scarce.on_hand - 1
    Stock.objects.filter(pk=scarce.pk).update(sold=taken)
    outcome = hold(still.ben, {"CAB23": 2}, still.now)
    assert [one.got for one in outcome.shortages] == [1]
    Stock.objects.filter(pk=scarce.pk).update(sold=0)


def test_a_declined_card_voids_it_and_keeps_the_cart(still: World) -> None:
    assert try_out(still, still.ben, {"CAB23": 2}, DECLINED).status == "declined"
    assert Order.objects.get().state == "test_void"
    page = load_offer_page(still.ben, still.now)
    assert page.cart is not None and page.cart.pieces == 2 and page.cart.fully_held


def test_the_bank_asks(still: World) -> None:
    placed = try_out(still, still.ben, {"CAB23": 2}, ASKS)
    assert placed.status == "needs_customer" and Order.objects.get().state == "trying"
    facts: dict[str, Any] = {"customer": still.ben, "actor": customer_actor(still.ben), "now": still.now}
    payment = Payment.objects.get()
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=still.now)
    assert finish_payment(payment_reference=payment.reference, **facts).status == "placed"
    assert Order.objects.get().state == "test"


def test_giving_up_at_the_bank(still: World) -> None:
    placed = try_out(still, still.ben, {"CAB23": 2}, ASKS)
    facts: dict[str, Any] = {"customer": still.ben, "actor": customer_actor(still.ben), "now": still.now}
    give_up_payment(payment_reference=placed.payment_reference, **facts)
    assert Order.objects.get().state == "test_void"


def test_saved_cards_and_store_credit_are_never_asked(still: World) -> None:
    Customer.objects.filter(pk=still.ben.pk).update(credit_minor=0)
    hold(still.ben, {"CAB23": 2}, still.now)
    with pytest.raises(DomainError, match="no longer saved"):
        place_order(**checkout_arguments(still, still.ben, still.now))
    assert not Payment.objects.exists() and not Order.objects.exists()


def test_a_test_card_is_on_no_list_and_pays_nothing_real(world: World) -> None:
    card = give_test_card(world.ana, WORKS, world.now)
    assert not card.kept and not card.is_default
    hold(world.ana, {"CAB23": 2}, world.now)
    with pytest.raises(DomainError, match="no longer saved"):
        place_order(**checkout_arguments(world, world.ana, world.now, card_reference=card.reference))
    assert not Order.objects.exists()


def test_more_and_less_by_the_customer(still: World) -> None:
    order, ben = tried(still, still.ben, {"CAB23": 1, "CHA24": 2}), customer_actor(still.ben)
    draft = draft_of(still, order, ben, add={still.cabernet: 1})
    assert not quoted(draft, ben, still.now).blocking
    card = PaymentMethod.objects.get(gateway=TRIAL)
    assert confirm(still, draft, ben, payment_method=card).status == "applied"
    assert pieces_on(order)["CAB23"] == 2
    draft = draft_of(still, order, ben, pieces={key_of(order, still.cabernet): 0})
    assert confirm(still, draft, ben).status == "applied"
    order.refresh_from_db()
    assert order.state == "test" and order.balance_minor == 0
    assert {payment.gateway for payment in Payment.objects.all()} == {TRIAL}


def test_the_team_changes_it_with_its_test_card_only(still: World) -> None:
    order = tried(still, still.ben, {"CAB23": 1})
    draft = draft_of(still, order, still.staff, add={still.cabernet: 1})
    for way in (SettleBy.LINK, SettleBy.CREDIT):
        with pytest.raises(DomainError):
            confirm(still, draft, still.staff, settle_by=way)
    with pytest.raises(DomainError, match="no longer saved"):
        confirm(still, draft, still.staff, payment_method=still.ben_card)
    card = PaymentMethod.objects.get(gateway=TRIAL)
    assert confirm(still, draft, still.staff, payment_method=card).status == "applied"


def test_it_is_cancelled_by_its_customer(still: World) -> None:
    Winery.objects.update(customers_cancel_orders=True)
    forget_winery()
    order = tried(still, still.ben, {"CAB23": 2})
    quote = quote_cancel(order, still.now)
    facts: dict[str, Any] = {
        "order_reference": order.reference,
        "expected_number": quote.number,
        "expected_minor": quote.to_give_back.minor,
        "actor": customer_actor(still.ben),
        "now": still.now,
    }
    with pytest.raises(DomainError, match="no store credit"):
        cancel_own_order(refund_to=RefundTo.CREDIT, **facts)
    cancel_own_order(refund_to=RefundTo.ORIGINAL, **facts)
    order.refresh_from_db()
    assert (order.state, order.owed_minor, order.paid_minor) == ("test_off", 0, 0)


def test_bottles_that_are_not_back_are_not_written_off(still: World) -> None:
    order = tried(still, still.ben, {"CAB23": 2})
    reason = CancelReason.objects.create(name="Tried enough")
    cancel_order(
        order_reference=order.reference,
        restock=False,
        refund_to=RefundTo.ORIGINAL,
        reason=reason.name,
        actor=still.staff,
        now=still.now,
    )
    order.refresh_from_db()
    assert order.state == "test_off"


@pytest.mark.parametrize("when", ["at_order", "at_shipment"])
def test_it_ships_without_bottles(still: World, when: str) -> None:
    Winery.objects.update(charge_when=when)
    forget_winery()
    order = tried(still, still.ben, {"CAB23": 2})
    ship_order(order_reference=order.reference, tracking="1Z999", actor=still.staff, now=still.now)
    order.refresh_from_db()
    assert (order.state, order.tracking, order.balance_minor) == ("test_sent", "1Z999", 0)
    with pytest.raises(Conflict, match="shipped already"):
        ship_order(order_reference=order.reference, actor=still.staff, now=still.now)


def test_the_same_form_twice_is_one_test_order(still: World) -> None:
    hold(still.ben, {"CAB23": 2}, still.now)
    card = give_test_card(still.ben, WORKS, still.now)
    facts = checkout_arguments(still, still.ben, still.now, card_reference=card.reference)
    assert place_order(**facts).order_reference == place_order(**facts).order_reference
    assert Order.objects.count() == 1


def test_real_orders_of_a_tester_stay_real(world: World, unmoved: Callable[..., Any]) -> None:
    real = buy(world, world.ben, {"CAB23": 2}, world.now)
    make_test(world.estate)
    assert item_of(load_offer_page(world.ben, world.now), "CAB23").bought == 0
    order = Order.objects.get(reference=real.order_reference)
    draft = draft_of(world, order, customer_actor(world.ben), add={world.cabernet: 1})
    assert world.stock(world.cabernet).held == 1
    assert confirm(world, draft, customer_actor(world.ben)).status == "applied"
    assert world.stock(world.cabernet).sold == 3 and run_checks(world.now) == []


@pytest.fixture
def unmoved() -> Callable[..., Any]:
    return stocks


def test_the_group_that_became_another_refuses_the_old_page(world: World) -> None:
    from tirage.checkout.meanwhile import checkout_shown
    from tirage.checkout.queries import priced_of, quote_checkout

    hold(world.ben, {"CAB23": 2}, world.now)
    page = load_offer_page(world.ben, world.now)
    quote = quote_checkout(page, country="US", state="NY", method_reference=world.ground.reference)
    shown = checkout_shown(page, priced_of(page, quote, quote.total * 0, quote.total))
    make_test(world.estate)
    card = give_test_card(world.ben, WORKS, world.now)
    facts = checkout_arguments(world, world.ben, world.now, card_reference=card.reference, shown=shown)
    with pytest.raises(Conflict, match="test order now"):
        place_order(**facts)
    Group.objects.filter(pk=world.estate.pk).update(is_test=False)
    assert not Order.objects.exists()


def test_a_group_with_bottles_in_carts_changes_sides_for_nobody(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    with pytest.raises(DomainError, match="bottles of this group in the cart"):
        save(world, is_test=True)
    assert not Group.objects.get(pk=world.estate.pk).is_test
    later = world.now + timedelta(hours=1)
    assert save(world, is_test=True, now=later).is_test
    hold(world.ben, {"CAB23": 2}, later)
    with pytest.raises(DomainError, match="Wait until that is over"):
        save(world, is_test=False, now=later)


def test_a_group_that_is_being_paid_by_stays(world: World) -> None:
    make_test(world.estate)
    try_out(world, world.ben, {"CAB23": 2}, ASKS)
    with pytest.raises(DomainError, match="is paying"):
        save(world, is_test=False, now=world.now + timedelta(days=1))


def test_wishes_that_wait_are_answered_first(world: World) -> None:
    Wish.objects.create(
        customer=world.ben,
        offer_item=world.item(world.estate_offer, world.cabernet),
        kind="request",
        asked=2,
        made_at=world.now,
        changed_at=world.now,
    )
    with pytest.raises(DomainError, match="open wishes"):
        save(world, is_test=True)
    Wish.objects.update(state="declined")
    assert save(world, is_test=True).is_test


def test_orders_stay_what_they_were(world: World) -> None:
    real = buy(world, world.ben, {"CAB23": 1}, world.now).order_reference
    save(world, is_test=True)
    trial = tried(world, world.ben, {"CAB23": 1}).reference
    save(world, is_test=False)
    states = dict(Order.objects.values_list("reference", "state"))
    assert states == {real: "placed", trial: "test"}
    assert item_of(load_offer_page(world.ben, world.now), "CAB23").bought == 1
    assert world.stock(world.cabernet).sold == 1 and run_checks(world.now) == []


def save(world: World, *, is_test: bool, now: datetime | None = None) -> Group:
    group = Group.objects.get(pk=world.estate.pk)
    return save_group(
        group=group,
        name=group.name,
        kind=group.kind,
        rank=group.rank,
        is_test=is_test,
        actor=world.staff,
        now=now or world.now,
    )


def test_they_are_removed_in_one_act_and_come_back(still: World) -> None:
    order = tried(still, still.ben, {"CAB23": 2})
    draft_of(still, order, customer_actor(still.ben), pieces={key_of(order, still.cabernet): 1})
    facts: dict[str, Any] = {"actor": still.staff, "now": still.now}
    assert remove_tests(release=still.release, **facts) == 1
    order.refresh_from_db()
    assert order.removed_at == still.now and not live_drafts(order.pk)
    assert item_of(load_offer_page(still.ben, still.now), "CAB23").bought == 0
    assert tried(still, still.ben, {"CAB23": 3}).state == "test"
    with pytest.raises(DomainError, match="back already"):
        restore_tests(release=still.release, removed_at=still.now + timedelta(minutes=1), **facts)
    assert restore_tests(release=still.release, removed_at=still.now, **facts) == 1
    assert item_of(load_offer_page(still.ben, still.now), "CAB23").bought == 5


def test_what_is_being_paid_isnt_removed_nor_is_what_is_real(still: World) -> None:
    try_out(still, still.ben, {"CAB23": 1}, ASKS)
    with pytest.raises(DomainError, match="no test orders that can be removed"):
        remove_tests(release=still.release, actor=still.staff, now=still.now)
    assert not Order.objects.filter(removed_at__isnull=False).exists()


def test_mails_say_that_it_is_a_test(still: World, mailoutbox: list[Any]) -> None:
    order = tried(still, still.ben, {"CAB23": 2})
    ship_order(order_reference=order.reference, actor=still.staff, now=still.now)
    for mail in SentMail.objects.order_by("pk"):
        send_one(mail.pk, still.now)
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        assert mail.subject.startswith("Test: ")
        assert mail.body.startswith("Test order: no wine and no money moves.")
        html = str(mail.alternatives[0][0])
        assert html.index("no wine and no money moves") < html.rindex(order.reference)


def test_mails_of_real_orders_dont(world: World, mailoutbox: list[Any]) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    send_one(SentMail.objects.get().pk, world.now)
    (mail,) = mailoutbox
    assert "Test" not in mail.subject and "no money moves" not in mail.body


def test_nothing_is_granted_or_set_aside_from_a_test_offer(still: World) -> None:
    wine = SetAside(still.item(still.estate_offer, still.cabernet), 1, 120_00)
    offer = Offer.objects.get(pk=still.estate_offer.pk)
    with pytest.raises(DomainError, match="test group"):
        set_bottles_aside(
            customer=still.ben,
            offer=offer,
            wines=[wine],
            kept_until=still.now + timedelta(days=1),
            remind_at=None,
            now=still.now,
        )
