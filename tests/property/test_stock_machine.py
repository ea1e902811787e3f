"""Release day by chance: three customers, three scarce wines, staff and a bank, and a clock that moves.

After every step the house's books (the database) are compared with plain ones (``release_day.House``), and the doctor
finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.bank import bank_totals
from tests.property.release_day import Bought, House, Limit
from tests.world import World, acting, save_test_card
from tirage.checkout.models import Cart
from tirage.checkout.operations import (
    empty_cart,
    finish_payment,
    give_up_payment,
    place_order,
    retake_cart,
    set_cart,
    take_full_allocation,
)
from tirage.checkout.operations import placing as placing_operations
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.customers.models import Customer, Group
from tirage.customers.operations.groups import add_to_group, move_to_group, remove_from_group
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCharge
from tirage.inventory.models import Hold, Movement, Stock
from tirage.inventory.operations import count_stock, move_stock, sweep_lapsed_holds
from tirage.inventory.queries import stock_figures
from tirage.inventory.states import MovementReason
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import (
    give_credit,
    reconcile_payments,
    refund_payment,
    refund_to_credit,
    send_charge,
    settle_result,
)

PEOPLE = ("ana", "ben", "clara")
WINES = {"cabernet": 7, "magnum": 2, "chardonnay": 10}
#: Group and wine to minimum, maximum, multiple and default.
LIMITS = {
    ("premier", "cabernet"): (0, 6, 1, 3),
    ("premier", "magnum"): (0, 2, 1, 0),
    ("premier", "chardonnay"): (0, 12, 3, 6),
    ("estate", "cabernet"): (2, 3, 1, 0),
    ("estate", "magnum"): (0, 1, 1, 0),
    ("estate", "chardonnay"): (0, 6, 1, 6),
}
#: What becomes of a charge with each card: at the bank, and as far as we know.
CARDS = {
    Behaviour.SUCCEEDS: ("taken", "settled"),
    Behaviour.CARD_DECLINED: ("declined", "declined"),
    Behaviour.AUTHENTICATES_ALWAYS: ("waiting", "needs_customer"),
    Behaviour.TIMES_OUT_CHARGED: ("taken", "unknown"),
    Behaviour.TIMES_OUT_LOST: ("nothing", "unknown"),
    Behaviour.TIMES_OUT_AUTHENTICATES: ("waiting", "unknown"),
    Behaviour.REFUND_DECLINED: ("taken", "settled"),
    Behaviour.REFUND_TIMES_OUT: ("taken", "settled"),
}
CARD_ENDINGS = {behaviour: f"{number:04d}" for number, behaviour in enumerate(CARDS)}
#: Cards whose charge goes through at once, for checkouts that die on the way.
WORKING = (Behaviour.SUCCEEDS, Behaviour.REFUND_DECLINED, Behaviour.REFUND_TIMES_OUT)
OPEN = ("pending", "unknown", "needs_customer")
#: True of minutes, not of hours without a worker; ``end_of_hour`` looks at them.
ONLY_WITH_A_WORKER = {"payments_are_not_forgotten", "abandoned_orders_keep_no_money"}

people = st.sampled_from(PEOPLE)
wines = st.sampled_from(tuple(WINES))
picks = st.integers(0, 20)


class Killed(Exception):
    """The process died here."""


class ReleaseDay(RuleBasedStateMachine):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.books = transaction.atomic()
        # The example is rolled back as a test case is, and like a test case's it is nobody's own transaction.
        vars(self.books)["_from_testcase"] = True
        self.books.__enter__()
        self.world = world
        self.house = House(
            now=world.now,
            on_hand=dict(WINES),
            limits={key: Limit(*limit[:3]) for key, limit in LIMITS.items()},
            group={"ana": "premier", "ben": "estate", "clara": "estate"},
        )
        #: Charges that were stored and never sent, by order.
        self.unsent: dict[str, Any] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.books.__exit__(None, None, None)

    # Names

    def customer(self, name: str) -> Customer:
        return cast(Customer, getattr(self.world, name))

    def sku_id(self, wine: str) -> int:
        return int(getattr(self.world, wine).pk)

    def group(self, name: str) -> Group:
        return cast(Group, getattr(self.world, name))

    def item_id(self, group: str, wine: str) -> int:
        offer: Offer = getattr(self.world, f"{group}_offer")
        return OfferItem.objects.get(offer=offer, sku_id=self.sku_id(wine)).pk

    def payment(self, reference: str) -> Payment:
        """The order's card payment."""
        return Payment.objects.get(order__reference=reference, kind="charge", gateway="test")

    def pick(self, pick: int, *states: str) -> str | None:
        fitting = [
            ref for ref, one in self.house.orders.items() if one.state in states or one.payment in states
        ]
        return fitting[pick % len(fitting)] if fitting else None

    def refused(self, expected: str, act: Callable[[], object]) -> None:
        """The act is refused for this reason."""
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == expected

    # Customers

    def change_cart(self, name: str, asked: dict[str, int], act: Callable[[], object]) -> None:
        house = self.house
        refused = house.shut(name) or (
            "beyond_allowance"
            if any(house.refusal(name, wine, pieces) for wine, pieces in asked.items())
            else None
        )
        if refused:
            return self.refused(refused, act)
        act()
        house.fill(name, asked)
        for wine, pieces in house.cart(name).items():
            assert pieces + house.bought(name, wine) <= house.limit(name, wine).maximum
        return None

    @rule(name=people, wine=wines, pieces=st.integers(0, 7))
    def fill(self, name: str, wine: str, pieces: int) -> None:
        """Sets one wine of the cart."""
        group = self.house.group[name] or "premier"
        facts: dict[str, Any] = {
            "customer": self.customer(name),
            "actor": acting(self.customer(name)),
            "now": self.house.now,
        }
        item = self.item_id(group, wine)
        self.change_cart(name, {wine: pieces}, lambda: set_cart(quantities={item: pieces}, **facts))

    @rule(name=people)
    def take_all(self, name: str) -> None:
        """Takes the full allocation in one tap."""
        facts: dict[str, Any] = {
            "customer": self.customer(name),
            "actor": acting(self.customer(name)),
            "now": self.house.now,
        }
        asked = {wine: self.full(name, wine) for wine in self.house.offered(name)}
        asked = {wine: pieces for wine, pieces in asked.items() if pieces}
        if refused := self.house.shut(name):
            return self.refused(refused, lambda: take_full_allocation(**facts))
        take_full_allocation(**facts)
        self.house.fill(name, asked)
        for wine, pieces in self.house.cart(name).items():
            assert pieces + self.house.bought(name, wine) <= self.house.limit(name, wine).maximum
        return None

    def full(self, name: str, wine: str) -> int:
        cap = self.house.limit(name, wine).cap(self.house.bought(name, wine))
        default = LIMITS[self.house.group[name], wine][3]
        return min(max(self.house.cart(name).get(wine, 0), default or cap), cap)

    @rule(name=people)
    def retake(self, name: str) -> None:
        """Holds the lines of the cart again."""
        facts: dict[str, Any] = {
            "customer": self.customer(name),
            "actor": acting(self.customer(name)),
            "now": self.house.now,
        }
        self.change_cart(name, {}, lambda: retake_cart(**facts))

    @rule(name=people)
    def empty(self, name: str) -> None:
        facts: dict[str, Any] = {
            "customer": self.customer(name),
            "actor": acting(self.customer(name)),
            "now": self.house.now,
        }
        if not self.house.group[name]:
            return empty_cart(**facts)
        if self.house.waiting_order(name):
            return self.refused("checkout_under_way", lambda: empty_cart(**facts))
        empty_cart(**facts)
        self.house.clear(name)
        return self.house.let_go(name)

    def form(self, name: str, behaviour: Behaviour) -> dict[str, Any]:
        """The checkout form as the customer sees it now."""
        customer, pickup = self.customer(name), self.world.pickup.reference
        page = load_offer_page(customer, self.house.now)
        total = 0
        if page.cart and page.cart.lines:
            quote = quote_checkout(page, country="", state="", method_reference=pickup)
            total = quote.total.minor
        cart = Cart.objects.filter(customer=customer).first()
        card = PaymentMethod.objects.get(customer=customer, last4=CARD_ENDINGS[behaviour])
        return {
            "customer": customer,
            "attempt": cart.attempt if cart else 1,
            "address_reference": "",
            "method_reference": pickup,
            "card_reference": card.reference,
            "expected_total_minor": total,
            "adult_confirmed": True,
            "actor": acting(customer),
            "now": self.house.now,
        }

    def place(
        self, name: str, behaviour: Behaviour, bank: str, payment: str, use_credit: bool = False
    ) -> None:
        """Checks out; the model is told what the bank does and what we know of it."""
        form, house = self.form(name, behaviour), self.house
        total = form["expected_total_minor"]
        credit = min(house.credit.get(name, 0), total) if use_credit else 0
        form |= {"expected_total_minor": total - credit, "use_credit": use_credit}
        if waiting := house.waiting_order(name):
            if not house.group[name]:
                return self.refused("cart_empty", lambda: place_order(**form))
            assert place_order(**form).order_reference == waiting
            return None
        if problem := house.can_place(name):
            knows = house.group[name] and Cart.objects.filter(customer=form["customer"]).exists()
            codes = {"closed": "offer_closed" if knows else "cart_empty", "empty": "cart_empty"}
            return self.refused(codes.get(problem, problem), lambda: place_order(**form))
        try:
            status = place_order(**form).status
        except Killed:
            status = ""
        reference = Order.objects.filter(customer=form["customer"]).latest("id").reference
        one = Bought(name, house.cart(name), total - credit, house.now, bank, "pending", owed=total)
        one.credit = credit
        if not one.charge:
            one.bank, payment = "nothing", "settled"
        one.sticky = behaviour is Behaviour.REFUND_DECLINED
        one.refunds_time_out = behaviour is Behaviour.REFUND_TIMES_OUT
        house.order(reference, one)
        house.settle(reference, payment)
        expected = {
            "settled": "placed",
            "declined": "declined",
            "needs_customer": "needs_customer",
            "pending": "",
        }
        assert status == expected.get(payment, "unknown")
        for wine in one.pieces:
            assert house.bought(name, wine) <= house.limit(name, wine).maximum or one.state == "abandoned"
        return None

    @rule(name=people, behaviour=st.sampled_from(tuple(CARDS)), use_credit=st.booleans())
    def check_out(self, name: str, behaviour: Behaviour, use_credit: bool) -> None:
        self.place(name, behaviour, *CARDS[behaviour], use_credit)

    @rule(name=people, behaviour=st.sampled_from(WORKING), is_sent=st.booleans(), use_credit=st.booleans())
    def check_out_and_die(self, name: str, behaviour: Behaviour, is_sent: bool, use_credit: bool) -> None:
        """The process is killed before or after the bank is asked."""
        stored: list[Any] = []

        def killed(started: Any, *, return_url: str) -> None:
            if is_sent:
                send_charge(started, return_url=return_url)
            else:
                stored.append(started)
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(placing_operations, "send_charge", killed)
            self.place(name, behaviour, "taken" if is_sent else "nothing", "pending", use_credit)
        for started in stored:
            self.unsent[started.description] = started

    @precondition(lambda self: self.unsent)
    @rule(pick=picks)
    def wake_up(self, pick: int) -> None:
        """It was not dead, only paused: it asks the bank after all, however late."""
        reference = sorted(self.unsent)[pick % len(self.unsent)]
        started = self.unsent.pop(reference)
        result = send_charge(started, return_url="/orders/")
        assert settle_result(payment_id=started.id, result=result, actor=self.world.staff, now=self.house.now)
        self.house.orders[reference].bank = "taken"
        self.house.settle(reference, "settled")

    @rule(pick=picks, approve=st.booleans())
    def answer_the_bank(self, pick: int, approve: bool) -> None:
        waiting = [ref for ref, one in self.house.orders.items() if one.bank == "waiting"]
        if waiting:
            reference = waiting[pick % len(waiting)]
            charge = TestCharge.objects.get(idempotency_key=self.payment(reference).idempotency_key)
            assert answer_authentication(
                gateway_reference=charge.gateway_reference, approve=approve, now=self.house.now
            )
            self.house.orders[reference].bank = "taken" if approve else "declined"

    @rule(pick=picks)
    def come_back(self, pick: int) -> None:
        """Back from the bank, or looking again."""
        if reference := self.pick(pick, *OPEN):
            self.ask(finish_payment, reference)
            if self.house.orders[reference].payment in OPEN:
                self.house.look_again(reference)

    @rule(pick=picks)
    def give_up(self, pick: int) -> None:
        """Leaves the bank's page for another card."""
        if reference := self.pick(pick, *OPEN):
            one = self.house.orders[reference]
            self.ask(give_up_payment, reference)
            if one.payment == "needs_customer":
                self.house.settle(reference, "settled" if one.bank == "taken" else "voided")
                one.bank = "taken" if one.bank == "taken" else "declined"

    def ask(self, act: Callable[..., object], reference: str) -> None:
        customer = self.customer(self.house.orders[reference].customer)
        payment = self.payment(reference).reference
        act(customer=customer, payment_reference=payment, actor=acting(customer), now=self.house.now)

    # The clock and the worker

    @rule(minutes=st.sampled_from((1, 4, 11, 16)))
    def wait(self, minutes: int) -> None:
        self.house.now += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        sweep_lapsed_holds(now=self.house.now)
        assert not Hold.objects.filter(expires_at__lte=self.house.now).exists()

    @rule()
    def reconcile(self) -> None:
        reconcile_payments(now=self.house.now)
        self.house.reconcile()

    @rule()
    def end_of_hour(self) -> None:
        """The worker has had its time: nothing is open, and no abandoned order keeps what could be given back."""
        for minutes in (31, 1, 1):
            self.house.now += timedelta(minutes=minutes)
            self.reconcile()
        assert not Payment.objects.filter(state__in=OPEN).exists()
        kept = Order.objects.filter(state="abandoned", paid_minor__gt=0)
        assert all(self.house.orders[order.reference].refused_refund for order in kept)
        if not kept:
            assert run_checks(self.house.now) == []

    # Staff

    @rule(pick=picks, restock=st.booleans())
    def cancel(self, pick: int, restock: bool) -> None:
        if reference := self.pick(pick, "placed"):
            cancel_order(
                order_reference=reference,
                restock=restock,
                reason="Moved away",
                actor=self.world.staff,
                now=self.house.now,
            )
            self.house.cancel(reference, restock)

    @rule(pick=picks, share=st.sampled_from((1, 2, 3)))
    def refund(self, pick: int, share: int) -> None:
        """All, a half or a third of what is left; then one cent too much."""
        reference = self.refundable(pick)
        if reference is None:
            return
        one = self.house.orders[reference]
        left = one.card_left
        facts: dict[str, Any] = {"reason": "Corked", "actor": self.world.staff, "now": self.house.now}
        paid = self.payment(reference).reference
        self.refused(
            "too_much", lambda: refund_payment(payment_reference=paid, amount_minor=left + 1, **facts)
        )
        if left // share:
            refund_payment(payment_reference=paid, amount_minor=left // share, **facts)
            self.house.refund(one, left // share)

    def refundable(self, pick: int) -> str | None:
        """An order with a card payment that staff may give back."""
        fitting = [
            ref
            for ref, one in self.house.orders.items()
            if one.state in ("placed", "cancelled") and one.charge and one.payment == "settled"
        ]
        return fitting[pick % len(fitting)] if fitting else None

    @rule(name=people, minor=st.sampled_from((-30_00, 5_00, 90_00, 2_000_00)))
    def give_or_take_credit(self, name: str, minor: int) -> None:
        present = self.house.credit.get(name, 0)
        facts: dict[str, Any] = {
            "customer": self.customer(name),
            "amount": Money(minor, "USD"),
            "reason": "Corked",
            "actor": self.world.staff,
            "now": self.house.now,
        }
        if present + minor < 0:
            return self.refused("credit_too_low", lambda: give_credit(**facts))
        assert give_credit(**facts) == present + minor
        self.house.credit[name] = present + minor
        return None

    @rule(pick=picks, of_card=st.booleans(), share=st.sampled_from((1, 2)))
    def refund_as_credit(self, pick: int, of_card: bool, share: int) -> None:
        """All or a half of what is left of one payment, card's or credit's, becomes store credit."""
        house = self.house
        fitting = {
            ref: one.card_left if of_card else one.credit
            for ref, one in house.orders.items()
            if one.state in ("placed", "cancelled") and one.payment == "settled"
        }
        fitting = {ref: left for ref, left in fitting.items() if left // share > 0}
        if not fitting:
            return
        reference = sorted(fitting)[pick % len(fitting)]
        minor = fitting[reference] // share
        gateway = "test" if of_card else "credit"
        paid = Payment.objects.get(order__reference=reference, kind="charge", gateway=gateway)
        refund_to_credit(
            payment_id=paid.pk,
            amount=Money(minor, "USD"),
            reason="Corked",
            actor=self.world.staff,
            now=house.now,
        )
        house.refund_to_credit(house.orders[reference], minor, of_card=of_card)

    @rule(wine=wines, pieces=st.integers(-6, 4).filter(bool), let_go=st.booleans())
    def move_bottles(self, wine: str, pieces: int, let_go: bool) -> None:
        self.correct(
            wine,
            self.house.on_hand[wine] + pieces,
            let_go,
            lambda facts: move_stock(quantity=pieces, reason=MovementReason.BREAKAGE, **facts),
        )

    @rule(wine=wines, counted=st.integers(0, 9), let_go=st.booleans())
    def count_bottles(self, wine: str, counted: int, let_go: bool) -> None:
        if counted != self.house.on_hand[wine]:
            self.correct(wine, counted, let_go, lambda facts: count_stock(counted=counted, **facts))

    def correct(self, wine: str, left: int, let_go: bool, act: Callable[[dict[str, Any]], object]) -> None:
        """Staff make it ``left`` bottles on hand; the newest holds go first, and only as many as must."""
        house, sku_id = self.house, self.sku_id(wine)
        facts: dict[str, Any] = {
            "sku_id": sku_id,
            "release_holds": let_go,
            "actor": self.world.staff,
            "now": house.now,
        }
        if left < house.sold(wine):
            return self.refused("below_sold", lambda: act(facts))
        if left < house.sold(wine) + house.live(wine) and not let_go:
            return self.refused("below_held", lambda: act(facts))
        fitted = left >= house.sold(wine) + house.live(wine)
        act(facts)
        house.on_hand[wine] = left
        kept = dict(Hold.objects.filter(stock__sku_id=sku_id).values_list("holder", "expires_at"))
        holders = dict(Cart.objects.values_list("customer__first_name", "reference"))
        live = {
            who: hold for (who, held), hold in house.holds.items() if held == wine and hold.until > house.now
        }
        gone = {who: hold for who, hold in live.items() if holders[who.capitalize()] not in kept}
        assert not (fitted and gone), "nobody's hold goes where there is room"
        stays = [hold.until for who, hold in live.items() if who not in gone]
        assert not gone or max(stays, default=house.now) <= min(hold.until for hold in gone.values())
        for who in gone:
            del house.holds[who, wine]
        return None

    @rule(name=people, wine=wines, maximum=st.integers(0, 8))
    def allow(self, name: str, wine: str, maximum: int) -> None:
        """Gives one customer an allowance of their own, up or down."""
        if group := self.house.group[name]:
            CustomAllowance.objects.update_or_create(
                offer_item_id=self.item_id(group, wine),
                customer=self.customer(name),
                defaults={"purchase_minimum": 0, "purchase_maximum": maximum},
            )
            self.house.own_maximum[name, group, wine] = maximum

    @rule(group=st.sampled_from(("premier", "estate")))
    def close_or_open(self, group: str) -> None:
        closes = self.house.now + timedelta(days=7) if group in self.house.closed else self.house.now
        Offer.objects.filter(pk=getattr(self.world, f"{group}_offer").pk).update(closes_at=closes)
        self.house.closed ^= {group}

    @rule(name=people, group=st.sampled_from(("premier", "estate", "")))
    def change_group(self, name: str, group: str) -> None:
        present = self.house.group[name]
        facts: dict[str, Any] = {
            "customer": self.customer(name),
            "actor": self.world.staff,
            "now": self.house.now,
        }
        if present and group:
            move_to_group(group=self.group(group), **facts)
        elif group:
            add_to_group(group=self.group(group), **facts)
        elif present:
            remove_from_group(group=self.group(present), **facts)
        self.house.group[name] = group

    # After every step

    @invariant()
    def bottles_agree(self) -> None:
        figures = stock_figures([self.sku_id(wine) for wine in WINES], self.house.now)
        for wine in WINES:
            there = figures[self.sku_id(wine)]
            assert (there.on_hand, there.sold, there.held) == (
                self.house.on_hand[wine],
                self.house.sold(wine),
                self.house.live(wine),
            )
            assert there.available >= 0

    @invariant()
    def pages_tell_the_truth(self) -> None:
        house = self.house
        names = {self.sku_id(wine): wine for wine in WINES}
        for name in PEOPLE:
            page = load_offer_page(self.customer(name), house.now)
            assert bool(page.items) == bool(house.group[name])
            for item in page.items:
                wine = names[item.sku_id]
                hold = house.holds.get((name, wine))
                assert item.free == house.free_for(name, wine)
                assert item.in_cart == house.cart(name).get(wine, 0)
                assert item.bought == house.bought(name, wine)
                assert item.is_held == (hold is not None and hold.until > house.now)

    @invariant()
    def money_agrees(self) -> None:
        totals = bank_totals()
        assert sum(amount.minor for amount in totals.values()) == self.house.at_bank()
        for order in Order.objects.prefetch_related("payments"):
            one = self.house.orders[order.reference]
            assert (order.state, order.paid_minor, order.owed_minor) == (one.state, one.paid, one.owed)
            taken = sum(
                totals[p.idempotency_key].minor for p in order.payments.all() if p.idempotency_key in totals
            )
            if not any(payment.state in OPEN for payment in order.payments.all()):
                assert taken == one.card

    @invariant()
    def credit_agrees(self) -> None:
        for name in PEOPLE:
            customer = Customer.objects.get(pk=self.customer(name).pk)
            assert customer.credit_minor == self.house.credit.get(name, 0) >= 0

    @invariant()
    def the_doctor_finds_nothing(self) -> None:
        found = {finding.check.name for finding in run_checks(self.house.now)}
        assert found <= ONLY_WITH_A_WORKER


@pytest.fixture
def scarce(world: World) -> World:
    """The world with three scarce wines, Clara in Estate, and a card of every kind for each."""
    world.premier_offer.items.filter(sku=world.syrah_pack).delete()
    add_to_group(customer=world.clara, group=world.estate, actor=world.staff, now=world.now)
    for wine, pieces in WINES.items():
        Stock.objects.filter(sku=getattr(world, wine)).update(on_hand=pieces)
        Movement.objects.filter(stock__sku=getattr(world, wine)).update(quantity=pieces)
    for (group, wine), (minimum, maximum, multiple, default) in LIMITS.items():
        OfferItem.objects.filter(offer=getattr(world, f"{group}_offer"), sku=getattr(world, wine)).update(
            purchase_minimum=minimum, purchase_maximum=maximum, multiple=multiple, default_quantity=default
        )
    for name in PEOPLE:
        for behaviour in CARDS:
            save_test_card(
                getattr(world, name),
                world.now,
                behaviour=behaviour,
                last4=CARD_ENDINGS[behaviour],
                is_default=False,
            )
    return world


@pytest.mark.chance
def test_a_release_day_by_chance(scarce: World) -> None:
    thorough = settings().max_examples > 100
    tried = settings(
        max_examples=150 if thorough else 10,
        stateful_step_count=40 if thorough else 30,
        suppress_health_check=list(HealthCheck),
    )

    class ThisDay(ReleaseDay):
        def __init__(self) -> None:
            super().__init__(scarce)

    run_state_machine_as_test(ThisDay, settings=tried)
    connection.check_constraints()
