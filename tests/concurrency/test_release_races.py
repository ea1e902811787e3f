"""Release day's races, on PostgreSQL with real threads. Each promise is shown to hold, and its control, the same race
with the guard taken away, is shown to break it: a test that can't fail proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.bank import bank_totals
from tests.concurrency.crowd import gather, invite, rebuild_wall, rush, without_wall
from tests.rooms.checkout.journey import customer_actor, item_of
from tests.world import World, build_world
from tirage.checkout import statements as checkout_statements
from tirage.checkout.operations import Placing, place_order, set_cart
from tirage.checkout.operations import placing as placing_operations
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer, Membership
from tirage.inventory import operations as inventory_operations
from tirage.inventory import statements as inventory_statements
from tirage.inventory.models import Hold, Stock
from tirage.inventory.operations import count_stock, sell_now
from tirage.offers.models import Offer
from tirage.orders.models import Order, OrderLine
from tirage.payments.models import Payment, PaymentMethod

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 12


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it."""
    return build_world(read_clock())


def take(customer: Customer, offer_item_id: int, pieces: int, now: datetime) -> int:
    """Holds and says how many it got."""
    outcome = set_cart(
        customer=customer, quantities={offer_item_id: pieces}, actor=customer_actor(customer), now=now
    )
    return pieces - sum(short.asked - short.got for short in outcome.shortages)


def check_out(world: World, customer: Customer, now: datetime) -> Placing:
    return place_order(**form_of(world, customer, now))


def form_of(world: World, customer: Customer, now: datetime) -> dict[str, Any]:
    """The checkout form as the customer would send it now."""
    page = load_offer_page(customer, now)
    assert page.cart is not None
    method = world.ground.reference
    quote = quote_checkout(page, country="US", state="NY", method_reference=method)
    return {
        "customer": customer,
        "attempt": page.cart.attempt,
        "address_reference": Address.objects.get(customer=customer).reference,
        "method_reference": method,
        "card_reference": PaymentMethod.objects.get(customer=customer).reference,
        "expected_total_minor": quote.total.minor,
        "adult_confirmed": True,
        "actor": customer_actor(customer),
        "now": now,
    }


def charged(order: Order) -> int:
    keys = [payment.idempotency_key for payment in order.payments.all()]
    totals = bank_totals()
    return sum(totals[key].minor for key in keys if key in totals)


# Last bottles


def race_for_last_bottles(world: World, bottles: int) -> list[int]:
    """Twice as many customers as there are bottles, each wanting one; what each got."""
    Stock.objects.filter(sku=world.cabernet).update(on_hand=bottles)
    item = world.item(world.estate_offer, world.cabernet)
    people = invite(world, max(2 * bottles, 4))
    results = rush([partial(take, person, item.pk, 1, world.now) for person in people])
    assert not [one for one in results.refusals if isinstance(one, DomainError)]
    return results.answers


@pytest.mark.parametrize("bottles", [1, 3, 6])
def test_the_last_bottles_are_held_once(shared: World, bottles: int) -> None:
    got = race_for_last_bottles(shared, bottles)
    assert sum(got) == bottles == shared.stock(shared.cabernet).held
    assert sum(Hold.objects.values_list("quantity", flat=True)) == bottles


def unlock_stock(monkeypatch: pytest.MonkeyPatch, crowd: int) -> None:
    """Reads the counters without locking them, all before any writes: the guard is gone."""
    meet = gather(crowd)
    locked = inventory_statements.lock_counters

    def unlocked(stock_ids: Any) -> Any:
        monkeypatch.setattr(inventory_statements, "for_update", lambda: "")
        read = locked(stock_ids)
        meet()
        return read

    monkeypatch.setattr(inventory_statements, "lock_counters", unlocked)


def test_without_the_lock_the_database_still_says_no(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    unlock_stock(monkeypatch, 6)
    race_for_last_bottles(shared, 3)
    assert shared.stock(shared.cabernet).held <= 3


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    without_wall("inventory_stock", "stock_never_promised_twice")
    yield
    rebuild_wall()


def test_control_without_lock_and_wall_they_are_held_twice(
    shared: World, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock_stock(monkeypatch, 6)
    assert sum(race_for_last_bottles(shared, 3)) > 3


def buy_outright(world: World, person: Customer, item_id: int) -> Placing | None:
    if not take(person, item_id, 1, world.now):
        return None
    return check_out(world, person, world.now)


def test_a_crowd_buys_exactly_what_there_is(shared: World) -> None:
    Stock.objects.filter(sku=shared.cabernet).update(on_hand=5)
    item = shared.item(shared.estate_offer, shared.cabernet)
    people = invite(shared, CROWD)
    results = rush([partial(buy_outright, shared, person, item.pk) for person in people])
    assert results.refusals == []
    placed = [one for one in results.answers if one and one.status == "placed"]
    assert len(placed) == 5 == shared.stock(shared.cabernet).sold
    assert all(charged(order) == order.owed_minor == order.paid_minor for order in Order.objects.all())
    fixed = Stock.objects.get(sku=shared.cabernet)
    fixed.movements.update(quantity=5)
    assert run_checks(read_clock()) == []


# One customer, many devices


def devices_check_out(world: World, count: int = 4) -> Any:
    """Ben's whole allowance in the cart, and the same button on several devices at once."""
    item = world.item(world.estate_offer, world.cabernet)
    take(world.ben, item.pk, 3, world.now)
    form = form_of(world, world.ben, world.now)
    return rush([partial(place_order, **form) for _ in range(count)])


def bottles_of_ben(world: World) -> int:
    return sum(OrderLine.objects.filter(order__customer=world.ben).values_list("quantity", flat=True))


def test_a_checkout_sent_several_times_is_one_order_and_one_charge(shared: World) -> None:
    results = devices_check_out(shared)
    assert results.refusals == [] and bottles_of_ben(shared) == 3
    order = Order.objects.get()
    assert {answer.order_reference for answer in results.answers} == {order.reference}
    assert Payment.objects.count() == 1 and charged(order) == order.paid_minor == order.owed_minor
    assert run_checks(read_clock()) == []


def unlock_carts(monkeypatch: pytest.MonkeyPatch, crowd: int) -> None:
    """Everybody has read the cart before anybody changes it, and nobody has locked it."""
    meet = gather(crowd)
    parties = checkout_statements.parties
    monkeypatch.setattr(checkout_statements, "for_update", lambda: "")

    def after_all_have_looked(**facts: Any) -> Any:
        meet()
        return parties(**facts)

    monkeypatch.setattr(checkout_statements, "parties", after_all_have_looked)


def test_without_the_carts_lock_its_holds_can_be_sold_once_only(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock_carts(monkeypatch, 4)
    devices_check_out(shared)
    assert bottles_of_ben(shared) == 3 and Order.objects.count() == 1


def test_control_without_lock_and_holds_the_allowance_is_exceeded(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock_carts(monkeypatch, 4)

    def promise_without_holds(page: Any, cart: Any, now: datetime) -> None:
        sell_now(quantities={line.item.stock_id: line.quantity for line in cart.lines})

    monkeypatch.setattr(placing_operations, "_promise_bottles", promise_without_holds)
    devices_check_out(shared)
    assert bottles_of_ben(shared) > 3 and Order.objects.count() > 1


def test_devices_that_fill_and_buy_at_once_never_exceed_the_allowance(shared: World) -> None:
    item = shared.item(shared.estate_offer, shared.cabernet)

    def device(pieces: int) -> None:
        for _ in range(4):
            try:
                take(shared.ben, item.pk, pieces, shared.now)
                check_out(shared, shared.ben, shared.now)
            except DomainError:
                continue

    results = rush([partial(device, 1 + number % 3) for number in range(6)])
    assert results.refusals == []
    assert 1 <= bottles_of_ben(shared) <= 3
    assert run_checks(read_clock()) == []


# A hold lapses while its customer checks out


def race_lapsing_hold(world: World) -> Any:
    """One magnum. Ben's hold ends; he checks out in the moment in which another takes the bottle."""
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    world.stock(world.magnum).movements.update(quantity=1)
    item = world.item(world.estate_offer, world.magnum)
    take(world.ben, item.pk, 1, world.now)
    late = world.now + timedelta(minutes=16)
    form = form_of(world, world.ben, late)
    others = invite(world, 5)
    acts: list[Callable[[], Any]] = [
        partial(place_order, **form),
        *(partial(take, other, item.pk, 1, late) for other in others),
    ]
    return rush(acts)


@pytest.mark.parametrize("round", range(4))
def test_a_lapsing_hold_goes_to_one_of_them(shared: World, round: int) -> None:
    results = race_lapsing_hold(shared)
    stock = shared.stock(shared.magnum)
    assert stock.sold + stock.held == 1
    assert all(isinstance(one, DomainError) and one.code == "hold_lost" for one in results.refusals)
    assert all(order.paid_minor == order.owed_minor == charged(order) for order in Order.objects.all())
    assert run_checks(read_clock()) == []


def taken_in_between(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The worst moment: Ben's lapsed hold was seen as his, then another takes the bottle, then he is to sell it."""
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    item = world.item(world.estate_offer, world.magnum)
    take(world.ben, item.pk, 1, world.now)
    late = world.now + timedelta(minutes=16)
    form, other = form_of(world, world.ben, late), invite(world, 1)[0]
    parties = checkout_statements.parties

    def another_is_faster(**facts: Any) -> Any:
        assert rush([partial(take, other, item.pk, 1, late)]).answers == [1]
        return parties(**facts)

    monkeypatch.setattr(checkout_statements, "parties", another_is_faster)
    return rush([partial(place_order, **form)])


def promised(world: World) -> int:
    """Magnums sold, and magnums in hold rows."""
    return world.stock(world.magnum).sold + sum(Hold.objects.values_list("quantity", flat=True))


def test_a_hold_taken_in_between_is_not_sold(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    results = taken_in_between(shared, monkeypatch)
    assert [getattr(one, "code", "") for one in results.refusals] == ["hold_lost"]
    assert promised(shared) == 1 and not Order.objects.exists() and not Payment.objects.exists()


def test_control_selling_without_its_own_hold_sells_anothers(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sell_unseen(*, holder: str, quantities: dict[int, int]) -> None:
        inventory_statements.shift({id: (-pieces, pieces) for id, pieces in quantities.items()})

    monkeypatch.setattr(placing_operations, "sell_held", sell_unseen)
    taken_in_between(shared, monkeypatch)
    assert promised(shared) == 2


# The offer closes, the group changes


def checkouts_around(world: World, change: Any) -> tuple[list[bool], int]:
    """Customers check out while ``change`` commits; for each that began after it: whether it went through."""
    item = world.item(world.estate_offer, world.cabernet)
    people = invite(world, CROWD)
    forms = []
    for person in people:
        take(person, item.pk, 1, world.now)
        forms.append(form_of(world, person, world.now))
    changed_at: list[datetime] = []

    def act() -> None:
        change(people)
        changed_at.append(read_clock())

    def one(form: dict[str, Any]) -> tuple[datetime, bool]:
        began = read_clock()
        try:
            return began, place_order(**form).status == "placed"
        except DomainError:
            return began, False

    half = len(forms) // 2
    first = rush([act, *(partial(one, form) for form in forms[:half])])
    second = rush([partial(one, form) for form in forms[half:]])
    assert not first.refusals and not second.refusals
    answers = [answer for answer in first.answers + second.answers if answer]
    return [placed for began, placed in answers if began > changed_at[0]], Order.objects.count()


def close_offer(world: World, people: list[Customer]) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now)


def change_group(world: World, people: list[Customer]) -> None:
    Membership.objects.filter(customer__in=people).update(group=world.welcome)


@pytest.mark.parametrize("change", [close_offer, change_group])
def test_nobody_checks_out_after_the_offer_closed_or_the_group_changed(shared: World, change: Any) -> None:
    later, _ = checkouts_around(shared, partial(change, shared))
    assert later and not any(later)
    assert all(charged(order) == order.paid_minor for order in Order.objects.all())
    assert run_checks(read_clock()) == []


def test_control_without_looking_again_a_closed_offer_still_sells(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing_operations, "refuse_closed", lambda page, status: None)
    later, _ = checkouts_around(shared, partial(close_offer, shared))
    assert any(later)


def test_control_with_the_group_as_it_was_the_old_offer_still_sells(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = shared.estate_offer.pk

    def as_it_was(customer_id: int, now: datetime) -> Any:
        return checkout_statements.offer_by_id(customer_id, old, now)

    monkeypatch.setattr(checkout_statements, "offer_of_customer", as_it_was)
    later, _ = checkouts_around(shared, partial(change_group, shared))
    assert any(later)


# Stock is corrected while carts hold it


def race_correction(world: World) -> Any:
    """Staff count four bottles, while ten customers take two each of what were twenty."""
    stock = world.stock(world.cabernet)
    Stock.objects.filter(pk=stock.pk).update(on_hand=20)
    stock.movements.update(quantity=20)
    item = world.item(world.estate_offer, world.cabernet)
    people = invite(world, 10)
    correction = partial(
        count_stock, sku_id=world.cabernet.pk, counted=4, release_holds=True, actor=world.staff, now=world.now
    )
    return rush([correction, *(partial(take, person, item.pk, 2, world.now) for person in people)])


@pytest.mark.parametrize("round", range(3))
def test_a_correction_downwards_leaves_nothing_promised_twice(shared: World, round: int) -> None:
    results = race_correction(shared)
    assert results.refusals == []
    stock = shared.stock(shared.cabernet)
    assert stock.on_hand == 4 and stock.sold + stock.held <= 4
    assert run_checks(read_clock()) == []


def test_those_whose_hold_was_let_go_lose_no_money(shared: World) -> None:
    item = shared.item(shared.estate_offer, shared.cabernet)
    people = invite(shared, 6)
    for person in people:
        take(person, item.pk, 2, shared.now)
    count_stock(sku_id=shared.cabernet.pk, counted=4, release_holds=True, actor=shared.staff, now=shared.now)
    results = rush([partial(check_out, shared, person, shared.now) for person in people])
    assert len(results.answers) == 2 and all(one.status == "placed" for one in results.answers)
    assert all(isinstance(one, DomainError) and one.code == "hold_lost" for one in results.refusals)
    assert shared.stock(shared.cabernet).sold == 4 and Payment.objects.count() == 2


def test_control_a_correction_without_guards_promises_bottles_that_are_gone(
    shared: World, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_operations, "_make_room", lambda *ignored, **more: None)
    unlock_stock(monkeypatch, 10)
    race_correction(shared)
    stock = shared.stock(shared.cabernet)
    assert stock.sold + stock.held > 4


def test_the_page_after_the_races_tells_the_truth(shared: World) -> None:
    race_for_last_bottles(shared, 3)
    page = load_offer_page(shared.ben, shared.now)
    assert item_of(page, "CAB23").available == 0 and item_of(page, "CAB23").back_at is not None
