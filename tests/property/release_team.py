"""What the worker and the team do on release day: time passes, money goes back, bottles are counted, rules move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from tests.property.release_bench import OPEN, people, picks, wines
from tests.property.release_buying import Buying
from tirage.checkout.models import Cart
from tirage.cli.doctor import run_checks
from tirage.core.money import Money
from tirage.customers.operations.groups import add_to_group, move_to_group, remove_from_group
from tirage.inventory.models import Hold
from tirage.inventory.operations import count_stock, move_stock, sweep_lapsed_holds
from tirage.inventory.states import MovementReason
from tirage.offers.models import CustomAllowance, Offer
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import Payment
from tirage.payments.operations import (
    give_credit,
    reconcile_payments,
    refund_payment,
    refund_to_credit,
)


class Running(Buying):
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
