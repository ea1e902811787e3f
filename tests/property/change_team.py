"""What the team does to orders: gives money back, cancels, ships, counts, and what is done in the office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import precondition, rule

from tests.property.change_acts import ChangeActs, Dying, cards, deaths, picks, refunds_to, wines
from tests.property.change_bench import WINES
from tests.property.order_books import OPEN, Attempt
from tirage.changes.operations import (
    cancel_order,
    cancel_own_order,
    cancelling,
    quote_cancel,
    quote_line_refund,
    refund_lines,
    returning,
)
from tirage.changes.rules import Bottles
from tirage.changes.states import RefundTo
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.fulfilment.operations import ship_order
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.inventory.models import Hold
from tirage.inventory.operations import count_stock
from tirage.orders.models import Order as RealOrder
from tirage.payments.models import Payment
from tirage.payments.operations import (
    capturing,
    charge_balance,
    give_credit,
    refund_payment,
    refund_to_credit,
    refunding,
    settle_result,
    take_offline_payment,
)
from tirage.payments.states import OfflineKind


class TeamActs(ChangeActs):
    def give(self, name: str, minor: int) -> None:
        if minor:
            money = Money(minor, "USD")
            give_credit(customer=self.customer(name), amount=money, reason="Corked", **self.by_staff)
            self.books.credit[name] += minor

    @rule(pick=picks, minor=st.sampled_from((1, 15_00, 0)), to=refunds_to, dies=deaths)
    def give_back(self, pick: int, minor: int, to: RefundTo, dies: str) -> None:
        """Goodwill: a part of a payment or (nought) all that is left of it; and one cent too much."""
        books = self.books
        found = self.pick_attempt(pick, lambda one: one.brought > 0)
        if found is None:
            return None
        reference, attempt = found
        act = partial(self.refund, reference, to)
        if any(one.state == "paying" for one in books.drafts.values() if one.order == attempt.order):
            return self.refused("paying", partial(act, 1))
        if attempt.card == "gift" and to is RefundTo.CREDIT:
            return self.refused("was_gift", partial(act, 1))
        self.refused("too_much", partial(act, attempt.left + 1))
        minor = min(minor or attempt.left, attempt.left)
        if not minor:
            return None
        to_credit = to is RefundTo.CREDIT
        with Dying(refunding, "send_refunds", "" if to_credit else dies) as stored:
            self.survive(partial(act, minor))
        refunds = books.forgive(attempt, minor, to_credit=to_credit)
        if dies != "before":
            books.send_refunds(refunds)
        self.asleep += [partial(self.send_late, real, refunds) for real in stored]
        return None

    def refund(self, reference: str, to: RefundTo, minor: int) -> None:
        facts: dict[str, Any] = {"reason": "A kindness", **self.by_staff}
        if to is RefundTo.CREDIT:
            payment = Payment.objects.get(reference=reference)
            refund_to_credit(payment_id=payment.pk, amount=Money(minor, "USD"), **facts)
        else:
            refund_payment(payment_reference=reference, amount_minor=minor, **facts)

    @rule(
        pick=picks,
        line=picks,
        pieces=st.integers(1, 3),
        bottles=st.sampled_from(tuple(Bottles)),
        to=refunds_to,
        dies=deaths,
    )
    def give_back_for_wine(
        self, pick: int, line: int, pieces: int, bottles: Bottles, to: RefundTo, dies: str
    ) -> None:
        """Money back for bottles of a line, which come back, are kept, or are gone."""
        books, reference = self.books, self.pick_order(pick)
        if reference is None:
            return None
        order = books.orders[reference]
        lines = [one for one, count in order.lines.items() if count] or [("cabernet", 120_00)]
        chosen = lines[line % len(lines)]
        asked = {self.key(chosen): pieces}
        quote = quote_line_refund(
            order=RealOrder.objects.get(reference=reference), pieces=asked, bottles=bottles
        )
        self.check_refusal(
            order.state, pieces, sum(order.lines.values()), order.lines.get(chosen, 0), bottles, quote
        )
        act = partial(
            refund_lines,
            order_reference=reference,
            pieces=asked,
            bottles=bottles,
            expected_minor=quote.total.minor,
            refund_to=to,
            reason="Corked",
            **self.by_staff,
        )
        back, to_credit = quote.to_give_back.minor, to is RefundTo.CREDIT
        refused = "not_refundable" if quote.refused else ""
        refused = refused or books.why_not_back(reference, back, to_credit=to_credit)
        if code := self.why_not_touch(reference) or refused:
            return self.refused(code, act)
        assert back == -books.settlement(reference, -quote.total.minor)
        with Dying(returning, "send_refunds", dies) as stored:
            self.survive(act)
        self.take_off(reference, chosen, pieces, bottles)
        order.owed -= quote.total.minor
        order.number += 1
        refunds = books.start_refunds(reference, back, to_credit=to is RefundTo.CREDIT)
        if dies != "before":
            books.send_refunds(refunds)
        self.asleep += [partial(self.send_late, real, refunds) for real in stored]
        return None

    def check_refusal(
        self, state: str, pieces: int, all_pieces: int, there: int, bottles: Bottles, quote: Any
    ) -> None:
        is_all = pieces == all_pieces and bottles is not Bottles.KEPT and state == "placed"
        should = state not in ("placed", "shipped") or pieces > there or is_all
        assert bool(quote.refused) == should
        assert quote.total.minor >= 0 or quote.refused

    def take_off(self, reference: str, line: tuple[str, int], pieces: int, bottles: Bottles) -> None:
        order, wine = self.books.orders[reference], line[0]
        if bottles is Bottles.KEPT:
            return
        order.lines[line] -= pieces
        if order.state == "shipped":
            self.books.on_hand[wine] += pieces if bottles is Bottles.BACK else 0
        elif bottles is Bottles.GONE:
            self.books.on_hand[wine] -= pieces

    def why_not_touch(self, reference: str) -> str:
        """Nothing else happens to an order while one of its changes is being paid, or other money comes in."""
        drafts = [one for one in self.books.drafts.values() if one.order == reference]
        if any(one.state == "paying" for one in drafts):
            return "paying"
        return "money_moving" if self.books.moving(reference) else ""

    @precondition(lambda self: self.age > 12)
    @rule(
        pick=picks,
        ships=st.booleans(),
        restock=st.booleans(),
        to=st.sampled_from((None, *RefundTo)),
        dies=deaths,
    )
    def end_an_order(self, pick: int, ships: bool, restock: bool, to: RefundTo | None, dies: str) -> None:
        """Ships it (without its money, if ``restock``) or cancels it."""
        if ships:
            self.ship(pick, restock, dies)
        else:
            self.cancel(pick, restock, to, dies)

    def cancel(self, pick: int, restock: bool, to: RefundTo | None, dies: str) -> None:
        """The whole order, by the team; bottles and money are chosen for themselves."""
        books, reference = self.books, self.pick_order(pick)
        if reference is None:
            return None
        act = partial(
            cancel_order,
            order_reference=reference,
            restock=restock,
            refund_to=to,
            reason="The customer asked",
            **self.by_staff,
        )
        refused = "" if books.orders[reference].state == "placed" else "not_cancellable"
        paid = books.paid(reference)
        refused = refused or books.why_not_back(reference, paid, to_credit=to is RefundTo.CREDIT)
        if code := self.why_not_touch(reference) or refused:
            return self.refused(code, act)
        return self.see_it_cancelled(reference, act, restock, to, dies)

    @precondition(lambda self: self.age > 12)
    @rule(pick=picks, to=refunds_to, dies=deaths)
    def cancel_as_customer(self, pick: int, to: RefundTo, dies: str) -> None:
        """The whole order, by its customer: all of it comes back."""
        books, reference = self.books, self.pick_order(pick)
        if reference is None:
            return None
        paid = books.paid(reference)
        seen = quote_cancel(RealOrder.objects.get(reference=reference), books.now)
        act = partial(
            cancel_own_order,
            order_reference=reference,
            expected_number=seen.number,
            expected_minor=seen.to_give_back.minor,
            refund_to=to,
            actor=self.actor_of("customer", reference),
            now=books.now,
        )
        to_credit = to is RefundTo.CREDIT
        by_hand = books.why_not_back(reference, paid, to_credit=to_credit, by_customer=True)
        is_placed = books.orders[reference].state == "placed"
        if code := by_hand or self.why_not_touch(reference) or ("" if is_placed else "not_cancellable"):
            return self.refused(code, act)
        return self.see_it_cancelled(reference, act, True, to, dies)

    def see_it_cancelled(
        self, reference: str, act: Callable[[], Any], restock: bool, to: RefundTo | None, dies: str
    ) -> None:
        """Nothing stands against it: the books follow."""
        books, order = self.books, self.books.orders[reference]
        paid = books.paid(reference)
        with Dying(cancelling, "send_refunds", dies) as stored:
            self.survive(act)
        if not restock:
            for wine in WINES:
                books.on_hand[wine] -= books.on_order(order, wine)
        order.state, order.owed, order.lines = "cancelled", 0, {}
        order.number += 1
        books.drop_all(reference)
        refunds = books.start_refunds(reference, paid, to_credit=to is RefundTo.CREDIT) if to else []
        if dies != "before":
            books.send_refunds(refunds)
        self.asleep += [partial(self.send_late, real, refunds) for real in stored]
        if not dies:
            for attempt in books.of_order(reference):
                books.give_up(attempt)
            for attempt in books.of_order(reference):
                books.release(attempt)

    def ship(self, pick: int, anyway: bool, dies: str) -> None:
        """What is set aside is taken, the newest first, then the order leaves."""
        books, reference = self.books, self.pick_order(pick)
        if reference is None:
            return None
        order = books.orders[reference]
        reason = "An old friend" if anyway else ""
        act = partial(ship_order, order_reference=reference, unpaid_reason=reason, **self.by_staff)
        drafts = [one for one in books.drafts.values() if one.order == reference]
        if order.state != "placed":
            return self.refused("not_shippable", act)
        if any(one.state == "paying" for one in drafts):
            return self.refused("paying", act)
        due = order.owed - books.paid(reference)
        if not anyway and due - books.set_aside(reference) > 0 and due > 0:
            return self.refused("money_missing", act)
        return self.take_and_leave(reference, act, anyway, dies)

    def take_and_leave(self, reference: str, act: Callable[[], Any], anyway: bool, dies: str) -> None:
        books, order = self.books, self.books.orders[reference]
        code: str | None = None
        with Dying(capturing, "_send_capture", dies) as stored:
            try:
                self.survive(act)
            except DomainError as refused:
                code = refused.code
        captures = [one for one in self.notice_payments() if one.kind == "capture"]
        self.asleep += [partial(self.take_late, captures[-1], started) for started in stored]
        for capture in captures:
            if dies != "before":
                told = books.ask(capture)
                if not dies:
                    books.settle(capture, told)
        open_still = any(one.kind == "capture" and one.state in OPEN for one in books.of_order(reference))
        due = order.owed - books.paid(reference)
        if dies and captures:
            return
        if open_still:
            assert code == "money_open"
            return
        assert code == (None if due <= 0 or anyway else "money_missing")
        if due <= 0 and self.has_aside(reference):
            for attempt in books.of_order(reference):
                books.release(attempt)
        if code is None:
            self.leave(reference)

    def has_aside(self, reference: str) -> bool:
        return any(
            one.kind == "authorise" and one.state == "settled" and not one.released
            for one in self.books.of_order(reference)
        )

    def leave(self, reference: str) -> None:
        books, order = self.books, self.books.orders[reference]
        for wine in WINES:
            books.on_hand[wine] -= books.on_order(order, wine)
        order.state = "shipped"
        books.drop_all(reference)

    def take_late(self, capture: Attempt, started: Any) -> None:
        """It was only paused: it takes what was set aside after all."""
        result = capturing._send_capture(started)
        told = self.books.ask(capture)
        settle_result(payment_id=started.id, result=result, actor=self.world.staff, now=self.books.now)
        self.books.settle(capture, told)

    @rule(wine=wines, counted=st.integers(0, 12), let_go=st.booleans())
    def count_bottles(self, wine: str, counted: int, let_go: bool) -> None:
        """So many are really there; the newest holds go first where there is no room for all."""
        books = self.books
        act = partial(
            count_stock, sku_id=self.sku(wine).pk, counted=counted, release_holds=let_go, **self.by_staff
        )
        if counted == books.on_hand[wine]:
            return None
        if counted < books.sold(wine):
            return self.refused("below_sold", act)
        if counted < books.sold(wine) + (books.firm(wine) if let_go else books.live(wine)):
            return self.refused("below_held", act)
        act()
        books.on_hand[wine] = counted
        kept = set(Hold.objects.filter(stock__sku=self.sku(wine)).values_list("holder", flat=True))
        live = [key for key, hold in books.holds.items() if key[1] == wine and hold.until > books.now]
        names = {"clara": self.clara_cart()}
        gone = [key for key in live if names.get(key[0], key[0]) not in kept]
        fitted = counted >= books.sold(wine) + books.live(wine)
        assert not (fitted and gone), "nobody's hold goes where there is room"
        for key in gone:
            del books.holds[key]
        return None

    def clara_cart(self) -> str:
        return str(self.world.clara.carts.values_list("reference", flat=True).first() or "")

    @rule(
        what=st.sampled_from(("give_credit", "record_a_cheque", "charge_what_is_owed", "change_the_setting")),
        pick=picks,
        behaviour=cards,
        at_shipment=st.booleans(),
    )
    def do_office_work(self, what: str, pick: int, behaviour: Behaviour, at_shipment: bool) -> None:
        reference = self.pick_order(pick)
        if what == "change_the_setting":
            self.set_charging(at_shipment=at_shipment)
        elif reference and what == "give_credit":
            self.give(self.books.orders[reference].customer, 30_00 * pick)
        elif reference and what == "record_a_cheque":
            self.record_a_cheque(reference, 20_00 * (pick % 2))
        elif reference:
            self.charge_what_is_owed(reference, behaviour)

    def record_a_cheque(self, reference: str, minor: int) -> None:
        """A cheque for (a part of) what is still to be paid."""
        books = self.books
        order = books.orders[reference]
        coming = sum(
            one.minor for one in books.of_order(reference) if one.kind != "authorise" and one.state in OPEN
        )
        left = order.owed - books.paid(reference) - coming
        act = partial(
            take_offline_payment,
            order_reference=reference,
            offline_kind=OfflineKind.CHEQUE,
            note="No. 7",
            **self.by_staff,
        )
        if order.state not in ("placed", "shipped"):
            return self.refused("not_payable", partial(act, amount_minor=1))
        self.refused("too_much", partial(act, amount_minor=max(left, 0) + 1))
        if left > 0:
            act(amount_minor=min(minor or left, left))
            self.notice_payments()
        return None

    def charge_what_is_owed(self, reference: str, behaviour: Behaviour) -> None:
        books = self.books
        order = RealOrder.objects.get(reference=reference)
        act = partial(
            charge_balance,
            order_id=order.pk,
            card_reference=self.card(reference, behaviour).reference,
            return_url="/orders/",
            **self.by_staff,
        )
        due = self.due(reference)
        if due <= 0:
            return self.refused("nothing_due", act)
        if books.moving(reference) or any(
            not one.purpose and one.state == "needs_customer" for one in books.of_order(reference)
        ):
            return self.refused("already_paying", act)
        status = act().status
        [attempt] = self.notice_payments()
        assert attempt.minor == due
        assert status == {"settled": "paid"}.get(attempt.state, attempt.state)
        return None

    def due(self, reference: str) -> int:
        """Owed, and not set aside for another day at least."""
        books, order = self.books, self.books.orders[reference]
        if order.state not in ("placed", "shipped"):
            return 0
        aside = sum(
            one.minor
            for one in books.of_order(reference)
            if books.is_set_aside(one) and one.asked_at and one.asked_at + timedelta(days=6) > books.now
        )
        due = order.owed - books.paid(reference)
        return max(due - aside, 0) if due > 0 else 0
