"""What customers do on release day: carts, checkouts, the bank's page, and processes that die on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import initialize, precondition, rule

from tests.property.release_bench import (
    CARD_ENDINGS,
    CARDS,
    DISCOUNTS,
    LIMITS,
    OPEN,
    PRICES,
    WORKING,
    Killed,
    ReleaseBench,
    people,
    picks,
    wines,
)
from tests.property.release_day import Bought
from tests.world import acting
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
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCharge
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import send_charge, settle_result


class Buying(ReleaseBench):
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

    @rule(name=people, usual=st.booleans())
    def take_all(self, name: str, usual: bool = False) -> None:
        """Takes the full allocation in one tap, or what the winery suggests."""
        facts: dict[str, Any] = {
            "customer": self.customer(name),
            "usual": usual,
            "actor": acting(self.customer(name)),
            "now": self.house.now,
        }
        asked = {wine: self.full(name, wine, usual) for wine in self.house.offered(name)}
        asked = {wine: pieces for wine, pieces in asked.items() if pieces}
        if refused := self.house.shut(name):
            return self.refused(refused, lambda: take_full_allocation(**facts))
        take_full_allocation(**facts)
        self.house.fill(name, asked)
        for wine, pieces in self.house.cart(name).items():
            assert pieces + self.house.bought(name, wine) <= self.house.limit(name, wine).maximum
        return None

    def full(self, name: str, wine: str, usual: bool) -> int:
        """What is in the cart already is never put back."""
        bought, limit = self.house.bought(name, wine), self.house.limit(name, wine)
        wanted = cap = limit.cap(bought)
        if usual:
            default = LIMITS[self.house.group[name], wine][3]
            wanted = min(max(limit.minimum - bought, default - bought, 0), cap)
            wanted -= wanted % limit.multiple
        return min(max(self.house.cart(name).get(wine, 0), wanted), cap)

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
        one.credit, one.group = credit, house.group[name]
        left = 100_00 - DISCOUNTS[house.group[name]]
        one.piece_minor = {wine: PRICES[wine] * left // 100_00 for wine in one.pieces}
        one.worth = {wine: one.piece_minor[wine] * pieces for wine, pieces in one.pieces.items()}
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

    @initialize(rush=st.lists(people, unique=True), use_credit=st.booleans())
    def rush(self, rush: list[str], use_credit: bool) -> None:
        """Some begin the day with an order, so that there is something to go on with."""
        for name in rush:
            self.buy(name, Behaviour.SUCCEEDS, use_credit)

    @rule(name=people, behaviour=st.sampled_from(WORKING), use_credit=st.booleans())
    def buy(self, name: str, behaviour: Behaviour, use_credit: bool) -> None:
        """The whole journey in two taps."""
        self.take_all(name)
        self.check_out(name, behaviour, use_credit)

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
