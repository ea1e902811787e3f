"""What is less than a card can be charged ($0.50): store credit, let go, or kept; nobody is asked for another card."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought, confirm, draft_of, quoted
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.rooms.payments.owing import owing_order
from tests.rooms.payments.shipment import charge_at_shipment
from tests.world import World
from tirage.catalog.models import Sku
from tirage.changes.rules import StaffCharge
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict
from tirage.core.models import Event, Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.fulfilment.operations import ship_order
from tirage.offers.models import OfferItem
from tirage.orders.models import Order, OrderCharge
from tirage.orders.operations import cancel_order, credit_order
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.operations import ask_for_balance, charge_balance, give_credit


def keep_rests() -> None:
    Winery.objects.update(small_rests="keep")
    forget_winery()


def give(world: World, minor: int, customer: Customer | None = None) -> None:
    facts: dict[str, Any] = {"reason": "A test", "actor": world.staff, "now": world.now}
    give_credit(customer=customer or world.ben, amount=Money(minor, "USD"), **facts)


def credit_of(customer: Customer) -> int:
    return Customer.objects.values_list("credit_minor", flat=True).get(pk=customer.pk)


def waived(order: Order) -> list[int]:
    return list(OrderCharge.objects.filter(order=order, kind="waived").values_list("amount_minor", flat=True))


def dearer(world: World, order: Order, minor: int) -> Any:
    """A change that costs so much more."""
    insured = StaffCharge("insurance", "Insured", amount_minor=minor)
    return draft_of(world, order, world.staff, add_charges=[insured])


# A change of an order


def test_a_change_that_costs_too_little_is_made_and_the_rest_let_go(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    draft = dearer(world, order, 49)
    quote = quoted(draft, world.staff, world.now)
    assert quote.settlement.minor == quote.difference.minor == 0 and quote.can_confirm
    assert quote.notes == ("$0.49 is less than a card can be charged at once ($0.50): it is let go.",)
    assert confirm(world, draft, world.staff).status == "applied"
    order.refresh_from_db()
    assert waived(order) == [-49] and order.owed_minor == order.paid_minor == charged_in_all() == 289_44
    assert run_checks(world.now) == []
    cancel_order(
        order_reference=order.reference, restock=True, reason="Test", actor=world.staff, now=world.now
    )
    assert sum(waived(order)) == 0
    assert {one.check.name for one in run_checks(world.now)} == set()


def test_store_credit_pays_it_where_there_is_enough(world: World) -> None:
    give(world, 1_00)
    order = bought(world, world.ben, {"CAB23": 2})
    draft = dearer(world, order, 30)
    assert quoted(draft, world.staff, world.now).notes[0].endswith("it is paid from the store credit.")
    assert confirm(world, draft, world.staff).status == "applied"
    order.refresh_from_db()
    assert (credit_of(world.ben), order.balance_minor, order.paid_minor) == (70, 0, 289_74)
    assert waived(order) == [] and run_checks(world.now) == []


def test_kept_rests_are_paid_with_the_next_payment(world: World) -> None:
    keep_rests()
    order = bought(world, world.ben, {"CAB23": 2})
    assert confirm(world, dearer(world, order, 30), world.staff).status == "applied"
    order.refresh_from_db()
    assert order.balance_minor == 30 and waived(order) == []
    draft = dearer(world, order, 5_00)
    assert quoted(draft, world.staff, world.now).settlement.minor == 5_30
    assert confirm(world, draft, world.staff).status == "applied"
    order.refresh_from_db()
    assert order.balance_minor == 0 and order.paid_minor == charged_in_all() == 294_74
    assert run_checks(world.now) == []


def test_half_a_dollar_is_charged(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    assert confirm(world, dearer(world, order, 50), world.staff).status == "applied"
    assert charged_in_all() == 289_94 and waived(order) == []


# A balance


def pay(world: World, order: Order, **changes: Any) -> str:
    """Asks Ben's card for the balance; the words of the refusal."""
    facts: dict[str, Any] = {"order_id": order.pk, "card_reference": world.ben_card.reference}
    with pytest.raises(Conflict) as refused:
        charge_balance(**facts, return_url="", actor=world.staff, now=world.now, **changes)
    assert refused.value.code == "too_small" and "another card" not in refused.value.message
    order.refresh_from_db()
    return str(refused.value.message)


def test_a_balance_too_small_to_charge_is_let_go_and_collected_no_more(world: World) -> None:
    order = owing_order(world, world.ben, world.now, minor=60)
    link = ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    credit_order(order=order, amount_minor=30, reason="A courtesy", actor=world.staff, now=world.now)
    words = pay(world, order)
    assert words == (
        "$0.30 is less than a card can be charged at once ($0.50). It was let go, so nothing is left to pay."
    )
    assert order.balance_minor == 0 and waived(order) == [-30]
    assert Collection.objects.get().state == "let_go" and PayLink.objects.get(pk=link.pk).revoked_at
    told = Event.objects.filter(name="order.changed").latest("id").text
    assert told == "let go of $0.30, which is less than a card can be charged"
    assert run_checks(world.now) == []


def test_a_balance_is_paid_from_store_credit_first(world: World) -> None:
    order = owing_order(world, world.ben, world.now, minor=30)
    give(world, 30)
    assert pay(world, order).endswith("paid from the store credit, so nothing is left to pay.")
    assert (order.balance_minor, credit_of(world.ben), waived(order)) == (0, 0, [])
    assert run_checks(world.now) == []


def test_a_kept_balance_stays_and_no_link_asks_for_it(world: World) -> None:
    keep_rests()
    order = owing_order(world, world.ben, world.now, minor=30)
    assert pay(world, order).endswith("It stays open on the order and is paid with its next payment.")
    with pytest.raises(Conflict, match="stays open"):
        ask_for_balance(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert order.balance_minor == 30 and not PayLink.objects.exists() and not Collection.objects.exists()


# The checkout


def place(world: World, customer: Customer, pieces: dict[str, int], to_pay: int) -> Order:
    hold(customer, pieces, world.now)
    facts = checkout_arguments(world, customer, world.now, use_credit=True, expected_total_minor=to_pay)
    placed = place_order(**facts)
    assert placed.status == "placed"
    assert run_checks(world.now) == []
    return Order.objects.get(reference=placed.order_reference)


def test_credit_leaves_the_card_what_it_can_be_charged(world: World) -> None:
    give(world, 289_14)
    order = place(world, world.ben, {"CAB23": 2}, to_pay=50)
    assert credit_of(world.ben) == 20 and charged_in_all() == 50
    assert order.balance_minor == 0 and waived(order) == []


@pytest.mark.parametrize(("keeps", "charges", "open_minor"), [(False, [-29], 0), (True, [], 29)])
def test_an_order_too_small_to_charge_is_placed(
    world: World, keeps: bool, charges: list[int], open_minor: int
) -> None:
    """Ana: 0.30 less 10 %, 7.25 % tax, free delivery."""
    Sku.objects.filter(pk=world.cabernet.pk).update(price_minor=30)
    OfferItem.objects.update(purchase_minimum=0, price_minor=None)
    if keeps:
        keep_rests()
    order = place(world, world.ana, {"CAB23": 1}, to_pay=29)
    assert (order.state, waived(order), order.balance_minor) == ("placed", charges, open_minor)
    assert not Payment.objects.exists()


# What was set aside


def test_so_little_is_not_captured_and_the_order_ships(world: World) -> None:
    charge_at_shipment()
    order = bought(world, world.ben, {"CAB23": 2})
    credit_order(
        order=order, amount_minor=order.owed_minor - 20, reason="Late", actor=world.staff, now=world.now
    )
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert (order.state, waived(order), order.balance_minor) == ("shipped", [-20], 0)
    assert not Payment.objects.filter(kind="capture").exists()
    assert Payment.objects.get(kind="authorise").released_at and run_checks(world.now) == []
