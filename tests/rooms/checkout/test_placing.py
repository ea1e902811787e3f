"""The checkout: what is charged is what was shown, and a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.bank import charged_in_all
from tests.rooms.checkout.journey import buy, checkout_arguments, customer_actor, hold
from tests.world import World, save_test_card
from tirage.checkout.models import Cart, CartLine
from tirage.checkout.operations import finish_payment, give_up_payment, place_order, set_cart
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.models import Winery
from tirage.core.winery import current_winery, forget_winery
from tirage.customers.models import Address, Customer, Membership
from tirage.delivery.models import Destination
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Stock
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.orders.models import Order, OrderChange
from tirage.orders.operations import cancel_order
from tirage.orders.queries import order_charges, order_lines
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payments, refund_payment

LATER = timedelta(minutes=3)


def sound(world: World) -> bool:
    return run_checks(world.now) == []


def test_the_price_shown_is_the_price_charged(world: World) -> None:
    placing = buy(world, world.ana, {"CAB23": 2, "CHA24": 3}, world.now)
    order = Order.objects.get(reference=placing.order_reference)
    assert (placing.status, order.state, order.balance_minor) == ("placed", "placed", 0)
    charges = {charge.kind: charge.amount.minor for charge in order_charges(order)}
    wine = 2 * 120_00 + 3 * 65_00
    assert charges["discount"] == -wine // 10 and "shipping" not in charges
    assert order.owed_minor == wine + sum(charges.values()) == order.paid_minor == charged_in_all()
    assert [(line.code, line.quantity) for line in order_lines(order)] == [("CAB23", 2), ("CHA24", 3)]


def test_placing_is_the_first_change_and_keeps_the_group(world: World) -> None:
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    order = Order.objects.get(reference=placing.order_reference)
    change = OrderChange.objects.get(order=order)
    assert (change.number, change.kind, change.difference_minor) == (1, "placing", order.owed_minor)
    assert order.group == world.estate and order.offer == world.estate_offer
    world.ben.refresh_from_db()
    assert (world.ben.orders_count, world.ben.lifetime_minor) == (1, 240_00)
    assert SentMail.objects.filter(customer=world.ben, kind="order_receipt").count() == 1 and sound(world)


def test_bottles_go_from_held_to_sold(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    stock = world.stock(world.cabernet)
    assert (stock.sold, stock.held, stock.on_hand) == (2, 0, 100)
    assert not CartLine.objects.exists() and Cart.objects.get().attempt == 2


def test_the_allowance_counts_what_was_bought(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    with pytest.raises(DomainError, match="you have bought 2 already"):
        hold(world.ben, {"CAB23": 2}, world.now)
    assert buy(world, world.ben, {"CAB23": 1}, world.now).status == "placed" and sound(world)


def test_the_same_form_twice_is_one_order(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now)
    first, second = place_order(**form), place_order(**form)
    assert first.order_reference == second.order_reference and second.status == "placed"
    assert (
        Order.objects.count() == Payment.objects.count() == 1
        and charged_in_all() == Order.objects.get().paid_minor
    )


def with_card(world: World, behaviour: Behaviour) -> dict[str, Any]:
    card = save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False)
    return {"card_reference": card.reference}


def test_declined_keeps_cart_and_bottles(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now, **with_card(world, Behaviour.CARD_DECLINED))
    placing = place_order(**form)
    assert placing.status == "declined" and placing.message
    page = load_offer_page(world.ben, world.now)
    assert (
        page.cart is not None
        and page.cart.fully_held
        and page.cart.expires_at == world.now + timedelta(minutes=15)
    )
    assert Order.objects.get().state == "abandoned" and world.stock(world.cabernet).sold == 0
    with pytest.raises(DomainError) as refused:
        place_order(**form)
    assert refused.value.code == "cart_moved_on"
    again = place_order(**checkout_arguments(world, world.ben, world.now))
    assert again.status == "placed" and charged_in_all() == Order.objects.get(state="placed").paid_minor
    assert sound(world)


def test_declined_late_leaves_time_for_another_card(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    late = world.now + timedelta(minutes=14, seconds=59)
    place_order(**checkout_arguments(world, world.ben, late, **with_card(world, Behaviour.CARD_DECLINED)))
    page = load_offer_page(world.ben, late + timedelta(minutes=4))
    assert page.cart is not None and page.cart.is_live


def test_the_bank_wants_to_see_the_customer(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now, **with_card(world, Behaviour.AUTHENTICATES_ALWAYS))
    placing = place_order(**form)
    assert placing.status == "needs_customer" and placing.action_url
    assert world.stock(world.cabernet).sold == 2, "the bottles wait for the customer"
    with pytest.raises(DomainError, match="being paid"):
        hold(world.ben, {"CAB23": 1}, world.now)
    payment = Payment.objects.get()
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    back = finish_payment(
        customer=world.ben,
        payment_reference=payment.reference,
        actor=customer_actor(world.ben),
        now=world.now,
    )
    assert back.status == "placed" and Order.objects.get().state == "placed" and sound(world)


def test_giving_up_at_the_bank_returns_to_the_cart(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    place_order(
        **checkout_arguments(world, world.ben, world.now, **with_card(world, Behaviour.AUTHENTICATES_ALWAYS))
    )
    actor = customer_actor(world.ben)
    reference = Payment.objects.get().reference
    back = give_up_payment(customer=world.ben, payment_reference=reference, actor=actor, now=world.now)
    assert back.status == "declined" and Payment.objects.get().state == "voided"
    page = load_offer_page(world.ben, world.now)
    assert page.cart is not None and page.cart.fully_held and charged_in_all() == 0 and sound(world)


def test_a_neighbours_payment_is_not_found(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    place_order(
        **checkout_arguments(world, world.ben, world.now, **with_card(world, Behaviour.AUTHENTICATES_ALWAYS))
    )
    reference = Payment.objects.get().reference
    for act in (finish_payment, give_up_payment):
        with pytest.raises(DomainError) as refused:
            act(
                customer=world.ana,
                payment_reference=reference,
                actor=customer_actor(world.ana),
                now=world.now,
            )
        assert refused.value.code == "not_found"
    assert Payment.objects.get().state == "needs_customer"


@pytest.mark.parametrize(
    ("behaviour", "state", "charged"),
    [(Behaviour.TIMES_OUT_CHARGED, "placed", True), (Behaviour.TIMES_OUT_LOST, "abandoned", False)],
)
def test_an_unknown_outcome_is_found_out(
    world: World, behaviour: Behaviour, state: str, charged: bool
) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    placing = place_order(**checkout_arguments(world, world.ben, world.now, **with_card(world, behaviour)))
    assert placing.status == "unknown" and world.stock(world.cabernet).sold == 2
    for _ in range(2):
        reconcile_payments(now=world.now + LATER)
    order = Order.objects.get()
    assert order.state == state and (charged_in_all() > 0) == charged and order.paid_minor == charged_in_all()
    assert world.stock(world.cabernet).sold == (2 if charged else 0) and sound(world)


def test_an_early_look_does_not_give_up_on_a_late_answer(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    place_order(
        **checkout_arguments(world, world.ben, world.now, **with_card(world, Behaviour.TIMES_OUT_LOST))
    )
    reconcile_payments(now=world.now + timedelta(seconds=40))
    assert Payment.objects.get().state == "unknown" and Order.objects.get().state == "pending"


def close(world: World) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now)


def move(world: World) -> None:
    Membership.objects.filter(customer=world.ben).update(group=world.premier)


def forbid(world: World) -> None:
    Destination.objects.filter(pk=world.new_york.pk).update(is_open=False)


def suspend(world: World) -> None:
    Customer.objects.filter(pk=world.ben.pk).update(status="suspended")


def dearer(world: World) -> None:
    world.estate_offer.items.update(price_minor=130_00)


def smaller(world: World) -> None:
    world.estate_offer.items.update(purchase_maximum=1)


def ruled(world: World) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=6)


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        (close, "offer_closed"),
        (move, "cart_empty"),
        (forbid, "not_deliverable"),
        (suspend, "suspended"),
        (dearer, "price_changed"),
        (smaller, "beyond_allowance"),
        (ruled, "rules_not_met"),
    ],
)
def test_what_changed_meanwhile_refuses_and_changes_nothing(
    world: World, meanwhile: Callable[[World], None], code: str
) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now)
    meanwhile(world)
    with pytest.raises(DomainError) as refused:
        place_order(**form)
    assert refused.value.code == code
    assert not Order.objects.exists() and not Payment.objects.exists() and charged_in_all() == 0
    assert world.stock(world.cabernet).held == 2 and Cart.objects.get().pending_order is None


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("card_reference", "", "card_missing"),
        ("address_reference", "", "not_deliverable"),
        ("method_reference", "MTH-NOWHERE2", "not_deliverable"),
        ("birth_date", date(2010, 1, 1), "too_young"),
        ("expected_total_minor", 1, "price_changed"),
        ("attempt", 7, "cart_moved_on"),
    ],
)
def test_an_incomplete_form_is_refused(world: World, field: str, value: Any, code: str) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    form = {**checkout_arguments(world, world.ben, world.now), field: value}
    with pytest.raises(DomainError) as refused:
        place_order(**form)
    assert refused.value.code == code and not Order.objects.exists()


@pytest.mark.parametrize("owned", ["address_reference", "card_reference"])
def test_a_neighbours_card_and_address_are_not_found(world: World, owned: str) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    stolen = {"address_reference": world.ana_home.reference, "card_reference": world.ana_card.reference}
    form = {**checkout_arguments(world, world.ben, world.now), owned: stolen[owned]}
    with pytest.raises(DomainError) as refused:
        place_order(**form)
    assert refused.value.code in ("address_missing", "card_missing") and not Order.objects.exists()


def test_adults_confirm_once(world: World) -> None:
    Customer.objects.filter(pk=world.ben.pk).update(adult_confirmed_at=None)
    hold(world.ben, {"CAB23": 2}, world.now)
    with pytest.raises(DomainError, match="21 or older"):
        place_order(**checkout_arguments(world, world.ben, world.now, adult_confirmed=False))
    born = date(1980, 2, 3)
    assert place_order(**checkout_arguments(world, world.ben, world.now, birth_date=born)).status == "placed"
    world.ben.refresh_from_db()
    assert world.ben.adult_confirmed_at == world.now and world.ben.birth_date == born


@pytest.mark.parametrize("says", [None, date(1980, 2, 3)])
def test_nobody_known_to_be_too_young_buys_whatever_is_ticked(world: World, says: date | None) -> None:
    Customer.objects.filter(pk=world.ben.pk).update(birth_date=date(world.now.year - 20, 1, 1))
    hold(world.ben, {"CAB23": 2}, world.now)
    for confirmed_at in (world.now, None):
        Customer.objects.filter(pk=world.ben.pk).update(adult_confirmed_at=confirmed_at)
        with pytest.raises(DomainError) as refused:
            place_order(**checkout_arguments(world, world.ben, world.now, birth_date=says))
        assert refused.value.code == "too_young" and not Order.objects.exists()


def test_a_date_that_was_refused_at_the_checkout_is_remembered(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    with pytest.raises(DomainError):
        place_order(**checkout_arguments(world, world.ben, world.now, birth_date=date(2010, 1, 1)))
    with pytest.raises(DomainError) as refused:
        place_order(**checkout_arguments(world, world.ben, world.now))
    assert refused.value.code == "too_young" and not Order.objects.exists()


def test_the_law_of_the_place_counts_where_it_wants_more_years(world: World) -> None:
    """A winery that sells from 18 on: for New York that has to be 21, so the date of birth is asked for, and kept."""
    Winery.objects.update(legal_age=18)
    forget_winery()
    Customer.objects.filter(pk=world.ben.pk).update(birth_date=None)
    hold(world.ben, {"CAB23": 2}, world.now)
    for born, code in (
        (None, "birth_date_missing"),
        (date(world.now.year - 20, 1, 1), "too_young"),
        (date(1980, 2, 3), "too_young"),
    ):
        with pytest.raises(DomainError) as refused:
            place_order(**checkout_arguments(world, world.ben, world.now, birth_date=born))
        assert refused.value.code == code and not Order.objects.exists()
    world.ben.refresh_from_db()
    assert world.ben.adult_confirmed_at is not None
    Customer.objects.filter(pk=world.ben.pk).update(birth_date=None)
    asked = checkout_arguments(world, world.ben, world.now, birth_date=date(1980, 2, 3))
    assert place_order(**asked).status == "placed"
    world.ben.refresh_from_db()
    assert world.ben.birth_date == date(1980, 2, 3)


def test_wine_goes_to_no_recipient_who_is_known_to_be_too_young(world: World) -> None:
    Address.objects.filter(pk=world.ben_home.pk).update(birth_date=date(world.now.year - 20, 1, 1))
    hold(world.ben, {"CAB23": 2}, world.now)
    with pytest.raises(DomainError) as refused:
        place_order(**checkout_arguments(world, world.ben, world.now))
    assert refused.value.code == "recipient_too_young" and not Order.objects.exists()


def test_pickup_needs_no_address(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    pickup = {"method_reference": world.pickup.reference}
    placing = place_order(**checkout_arguments(world, world.ben, world.now, **pickup))
    order = Order.objects.get(reference=placing.order_reference)
    assert (order.line1, order.recipient, order.method) == ("", "Ben Baker", world.pickup)


def test_staff_only_methods_are_not_for_customers(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    form = {**checkout_arguments(world, world.ben, world.now), "method_reference": world.van.reference}
    with pytest.raises(DomainError, match="no longer offered"):
        place_order(**form)


def test_a_gift_costs_nothing_and_needs_no_card(world: World) -> None:
    world.estate_offer.items.update(price_minor=0)
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(
        world, world.ben, world.now, method_reference=world.pickup.reference, card_reference=""
    )
    assert form["expected_total_minor"] == 0
    assert place_order(**form).status == "placed"
    assert not Payment.objects.exists() and Order.objects.get().state == "placed" and sound(world)


def test_a_lapsed_hold_is_taken_again_if_the_bottles_are_there(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    hold(world.ben, {"CAB23-MAG": 1}, world.now)
    late = world.now + timedelta(minutes=16)
    assert place_order(**checkout_arguments(world, world.ben, late)).status == "placed"


def test_a_lapsed_hold_that_somebody_took_is_lost(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    hold(world.ben, {"CAB23-MAG": 1}, world.now)
    late = world.now + timedelta(minutes=16)
    form = checkout_arguments(world, world.ben, late)
    hold(world.ana, {"CAB23-MAG": 1}, late)
    with pytest.raises(DomainError) as refused:
        place_order(**form)
    assert (
        refused.value.code == "hold_lost"
        and not Order.objects.exists()
        and world.stock(world.magnum).sold == 0
    )


def test_cancel_brings_bottles_back_and_refund_gives_the_money(world: World) -> None:
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    order = cancel_order(
        order_reference=placing.order_reference,
        restock=True,
        reason="Moved away",
        actor=world.staff,
        now=world.now,
    )
    assert (order.state, order.owed_minor) == ("cancelled", 0) and order.balance_minor == -order.paid_minor
    payment = Payment.objects.get()
    refund_payment(
        payment_reference=payment.reference,
        amount_minor=payment.amount_minor,
        reason="Cancelled",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert order.balance_minor == 0 and charged_in_all() == 0 and world.stock(world.cabernet).sold == 0
    world.ben.refresh_from_db()
    assert (world.ben.orders_count, world.ben.lifetime_minor, world.ben.last_order_at) == (0, 0, None)
    assert sound(world)


def test_cancel_without_restock_writes_the_bottles_off(world: World) -> None:
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    cancel_order(
        order_reference=placing.order_reference,
        restock=False,
        reason="Broken",
        actor=world.staff,
        now=world.now,
    )
    stock = world.stock(world.cabernet)
    assert (stock.on_hand, stock.sold) == (98, 0) and sound(world)


def test_never_more_back_than_was_paid(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    payment = Payment.objects.get()

    def refund(minor: int) -> Payment:
        return refund_payment(
            payment_reference=payment.reference,
            amount_minor=minor,
            reason="Corked",
            actor=world.staff,
            now=world.now,
        )

    refund(100_00)
    with pytest.raises(DomainError) as refused:
        refund(payment.amount_minor - 100_00 + 1)
    assert refused.value.code == "too_much" and Payment.objects.filter(kind="refund").count() == 1
    refund(payment.amount_minor - 100_00)
    assert charged_in_all() == 0 and Order.objects.get().paid_minor == 0 and sound(world)


def test_a_goodwill_refund_is_not_asked_for_again(world: World) -> None:
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    payment = Payment.objects.get()
    refund_payment(
        payment_reference=payment.reference,
        amount_minor=30_00,
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )
    order = Order.objects.get(reference=placing.order_reference)
    assert order.balance_minor == 0 and order.owed_minor == payment.amount_minor - 30_00
    change = OrderChange.objects.get(order=order, number=2)
    assert (change.kind, change.reason, change.difference_minor) == ("refund", "Corked", -30_00)
    world.ben.refresh_from_db()
    assert world.ben.lifetime_minor == 240_00 - 30_00 and sound(world)


def test_cancelling_after_a_goodwill_refund_gives_back_the_rest(world: World) -> None:
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    payment = Payment.objects.get()
    act: dict[str, Any] = {"actor": world.staff, "now": world.now}
    refund_payment(payment_reference=payment.reference, amount_minor=30_00, reason="Corked", **act)
    cancel_order(order_reference=placing.order_reference, restock=True, reason="Moved away", **act)
    rest = payment.amount_minor - 30_00
    refund_payment(payment_reference=payment.reference, amount_minor=rest, reason="Cancelled", **act)
    order = Order.objects.get()
    assert (order.owed_minor, order.paid_minor) == (0, 0) and charged_in_all() == 0 and sound(world)


def test_checkout_stays_within_its_statements(world: World) -> None:
    hold(world.ben, {"CAB23": 2, "CHA24": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now)
    with CaptureQueriesContext(connection) as captured:
        place_order(**form)
    work = [one for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]]
    assert len(work) <= (19 if connection.vendor == "postgresql" else 25), len(work)


def test_hold_stays_within_its_statements(world: World) -> None:
    items = {world.item(world.estate_offer, sku).pk: 2 for sku in (world.cabernet, world.chardonnay)}
    current_winery()
    with CaptureQueriesContext(connection) as captured:
        set_cart(customer=world.ben, quantities=items, actor=customer_actor(world.ben), now=world.now)
    work = [one for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]]
    #: One more is the customer's own row, read by every page.
    assert len(work) <= (7 if connection.vendor == "postgresql" else 8), len(work)
