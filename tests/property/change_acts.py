"""What customers, the team and those who stop in the middle do to orders: drafts, their confirmations, their ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import precondition, rule

from tests.property.change_bench import CARDS, PRICES, WINES, ChangeBench, Killed
from tests.property.order_books import LIVE, OPEN, Attempt, Draft, Refund
from tirage.changes.collecting import pay_by_link
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    confirm_draft,
    drop_draft,
    edit_draft,
    finish_change_payment,
    give_up_change_payment,
    open_draft,
    outcomes,
    retry_draft,
)
from tirage.changes.rules import AddWine, OfflineMoney, StaffCharge
from tirage.changes.states import Rates, RefundTo, SettleBy
from tirage.core.actors import system
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCharge
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import live_pay_link, send_charge, send_refunds, settle_result

MOST_PICKS = 6
picks = st.integers(0, MOST_PICKS)
makers = st.sampled_from(("customer", "customer", "olive", "oscar"))
wines = st.sampled_from(tuple(WINES))
cards = st.sampled_from((*CARDS.values(), *[Behaviour.SUCCEEDS] * 4))
settlements = st.sampled_from((*SettleBy, SettleBy.CARD, SettleBy.CARD))
deaths = st.sampled_from(("", "", "", "before", "after"))
refunds_to = st.sampled_from((RefundTo.ORIGINAL, RefundTo.ORIGINAL, RefundTo.CREDIT))

#: Edits that anybody may make, and those of the team.
ANYBODYS: dict[str, dict[str, Any]] = {
    "gift": {"gift_note": "Many happy returns"},
    "overnight": {"method_reference": "overnight"},
    "pickup": {"method_reference": "pickup"},
    "day": {"requested_ship_on": timedelta(days=12)},
    "as it was": {"method_reference": "", "address_reference": ""},
    "only looks": {},
}
STAFFS: dict[str, dict[str, Any]] = {
    "5 % off": {"add_charges": [StaffCharge("discount", "A regular", percent_bp=500)]},
    "a third off the Cabernet": {"name": "cabernet", "percent_bp": 33_33},
    "50 off the magnum": {"name": "magnum", "amount_minor": -50_00},
    "12.50 off": {"add_charges": [StaffCharge("discount", "Late parcel", amount_minor=-12_50)]},
    "all off": {"add_charges": [StaffCharge("discount", "A gift", percent_bp=10_000)]},
    "less tax": {"add_charges": [StaffCharge("tax", "Wrong rate", amount_minor=-3_00)]},
    "a little dearer": {"add_charges": [StaffCharge("insurance", "Rounded", amount_minor=30)]},
    "insured": {"add_charges": [StaffCharge("insurance", "Insured", amount_minor=7_00)]},
    "today's rates": {"rates": Rates.AS_OF_TODAY},
    "set aside": {"override_reason": "An old friend"},
}
#: What is done to a draft: the name of a method below, and what it takes.
Edit = tuple[Any, ...]
edits: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(st.just("add_wine"), wines, st.integers(1, 3), st.booleans()),
    st.tuples(st.just("set_line"), picks, st.integers(0, 4)),
    st.tuples(st.just("edit_delivery"), st.sampled_from(tuple(ANYBODYS))),
    st.tuples(st.just("edit_address"), st.booleans()),
    st.tuples(st.just("edit_as_staff"), st.sampled_from(tuple(STAFFS))),
)
#: A change from its beginning to its confirmation.
CHANGE: dict[str, Any] = {
    "pick": picks,
    "edits": st.lists(edits, min_size=1, max_size=2),
    "settle_by": settlements,
    "behaviour": cards,
    "to": refunds_to,
    "dies": deaths,
}


class ChangeActs(ChangeBench):
    # Putting together

    def begin(self, order: str, maker: str) -> Draft | None:
        """Opens the maker's draft of an order."""
        actor, books = self.actor_of(maker, order), self.books
        if books.orders[order].state != "placed":
            self.refused(
                "not_changeable", lambda: open_draft(order_reference=order, actor=actor, now=books.now)
            )
            return None
        reference = open_draft(order_reference=order, actor=actor, now=books.now).reference
        mine = [one for one in books.drafts.values() if (one.order, one.maker) == (order, maker)]
        live = [one.reference for one in mine if one.state in ("open", "paying", "waiting")]
        if live:
            assert live == [reference]
        else:
            number = books.orders[order].number
            books.open_draft(Draft(reference, order, maker, number, books.now + timedelta(hours=24)))
        return books.drafts[reference]

    def edit(
        self,
        draft: Draft,
        wanted: dict[tuple[str, int], int] | None = None,
        overridden: bool = False,
        **facts: Any,
    ) -> None:
        """Edits a draft; ``wanted`` is what its differences become when wine is moved."""
        books, actor = self.books, self.draft_actor(draft)
        before, time_left = (draft.wanted, draft.until), books.time_left(draft)

        def act() -> None:
            edit_draft(draft_reference=draft.reference, actor=actor, now=books.now, **facts)

        if code := books.why_not_edit(draft):
            return self.refused(code, act)
        if wanted is not None:
            draft.wanted = {line: pieces for line, pieces in wanted.items() if pieces}
        if code := books.why_not_edited(draft, moves_wine=wanted is not None):
            self.refused(code, act)
            draft.wanted, draft.until = before
            return None
        act()
        draft.overridden = draft.overridden or overridden
        return books.edited(draft, time_left)

    @rule(pick=picks, maker=makers, edits=st.lists(edits, min_size=1, max_size=3))
    def prepare(self, pick: int, maker: str, edits: list[Edit]) -> None:
        """Somebody puts a change together, step by step."""
        self.put_together(pick, maker, edits)

    def put_together(self, pick: int, maker: str, edits: list[Edit]) -> Draft | None:
        order = self.pick_order(pick, "placed") if pick < MOST_PICKS else self.pick_order(pick)
        draft = self.begin(order, maker) if order else None
        for kind, *details in edits if draft else ():
            getattr(self, kind)(draft, *details)
        return draft

    @rule(**CHANGE)
    def a_customer_changes(self, **facts: Any) -> None:
        self.change(maker="customer", **facts)

    @rule(**CHANGE)
    def olive_changes(self, **facts: Any) -> None:
        self.change(maker="olive", **facts)

    @rule(**CHANGE)
    def oscar_changes(self, **facts: Any) -> None:
        self.change(maker="oscar", **facts)

    def change(
        self,
        pick: int,
        maker: str,
        edits: list[Edit],
        settle_by: SettleBy,
        behaviour: Behaviour,
        to: RefundTo,
        dies: str,
    ) -> None:
        """Somebody puts a change together and confirms it at once."""
        draft = self.put_together(pick, maker, edits)
        if draft:
            self.confirm(draft, settle_by, behaviour, to, dies=dies)

    def add_wine(self, draft: Draft, wine: str, pieces: int, at_today: bool) -> None:
        """More of a wine, at the order's price or (the team may choose) at today's."""
        at_today = at_today and not draft.by_customer
        lines = self.books.orders[draft.order].lines
        known = [
            line for line in (*(line for line in lines if lines[line]), *draft.wanted) if line[0] == wine
        ]
        line = known[0] if known and not at_today else (wine, PRICES[wine][1])
        wanted = {**draft.wanted, line: draft.wanted.get(line, 0) + pieces}
        self.edit(draft, wanted, add=[AddWine(self.sku(wine).pk, pieces, at_today)])

    def set_line(self, draft: Draft, line: int, pieces: int) -> None:
        """A line of the order, or of the draft, should have so many pieces."""
        lines = {line: n for line, n in self.books.orders[draft.order].lines.items() if n}
        choice = [*lines, *(one for one in draft.wanted if one not in lines)]
        chosen = choice[line % len(choice)]
        wanted = {**draft.wanted, chosen: pieces - lines.get(chosen, 0)}
        self.edit(draft, wanted, pieces={self.key(chosen): pieces})

    def edit_delivery(self, draft: Draft, what: str) -> None:
        facts = dict(ANYBODYS[what])
        if method := facts.get("method_reference"):
            facts["method_reference"] = getattr(self.world, method).reference
        if "requested_ship_on" in facts:
            facts["requested_ship_on"] = (self.books.now + facts["requested_ship_on"]).date()
        self.edit(draft, **facts)

    def edit_address(self, draft: Draft, home: bool) -> None:
        """Ana has two addresses, in two states."""
        if self.books.orders[draft.order].customer == "ana":
            address = self.world.ana_home if home else self.world.ana_brooklyn
            self.edit(draft, address_reference=address.reference)

    def edit_as_staff(self, draft: Draft, what: str) -> None:
        facts = dict(STAFFS[what])
        if wine := facts.pop("name", ""):
            charge = StaffCharge("discount", f"Off the {wine}", sku_id=self.sku(wine).pk, **facts)
            facts = {"add_charges": [charge]}
        if not draft.by_customer:
            self.edit(draft, overridden=what == "set aside", **facts)

    @precondition(lambda self: self.books.drafts)
    @rule(pick=picks, by=makers)
    def drop(self, pick: int, by: str) -> None:
        """Lets a draft go: its maker, or the team."""
        draft = self.pick_draft(pick, *LIVE) if pick < MOST_PICKS else self.pick_draft(pick)
        if draft is None:
            return None
        maker = "customer" if draft.by_customer and by == "customer" else "olive"
        actor, books = self.actor_of(maker, draft.order), self.books

        def act() -> None:
            drop_draft(draft_reference=draft.reference, actor=actor, now=books.now)

        if draft.state in ("applied", "lapsed", "paying"):
            return self.refused("paying" if draft.state == "paying" else "closed", act)
        at_bank = books.open_attempts(draft)
        act()
        if draft.state != "dropped":
            books.end(draft, "dropped")
        for attempt in at_bank:
            books.give_up(attempt)
        return None

    # Confirming

    def confirm(
        self,
        draft: Draft,
        settle_by: SettleBy,
        behaviour: Behaviour,
        refund_to: RefundTo,
        *,
        dies: str = "",
        offline: str = "cheque",
    ) -> None:
        """Confirms what its page says now; ``dies`` before or after the bank is asked."""
        books, quote = self.books, self.quote(draft)
        difference = quote.difference.minor
        elses = {one.code for one in quote.blocking} - books.problems(draft)
        facts: dict[str, Any] = {
            "draft_reference": draft.reference,
            "expected_difference_minor": difference,
            "expected_settlement_minor": quote.settlement.minor,
            "settle_by": settle_by,
            "payment_method": self.card(draft.order, behaviour),
            "refund_to": refund_to,
            "offline": OfflineMoney(offline, "No. 1207"),
            "actor": self.draft_actor(draft),
            "now": books.now,
        }
        if quote.rest_by_credit and settle_by in (SettleBy.CARD, SettleBy.LINK):
            settle_by = SettleBy.CREDIT
        code = books.why_not_confirm(draft, is_empty=quote.is_empty, else_against=bool(elses))
        customer = books.orders[draft.order].customer
        if not code and quote.settlement.minor > 0:
            if settle_by in (SettleBy.LINK, SettleBy.OFFLINE) and draft.by_customer:
                code = "not_allowed"
            elif settle_by is SettleBy.CREDIT and books.credit[customer] < quote.settlement.minor:
                code = "credit_too_low"
        elif not code:
            to_credit, back = refund_to is RefundTo.CREDIT, -quote.settlement.minor
            code = books.why_not_back(draft.order, back, to_credit=to_credit, by_customer=draft.by_customer)
        if code:
            return self.refused(code, lambda: confirm_draft(**facts))
        settlement = books.agree(draft, difference)
        if settlement <= 0:
            return self.make_at_once(draft, facts, refund_to, dies)
        if settle_by is SettleBy.LINK:
            assert confirm_draft(**facts).status == "link"
            return books.send_link(draft)
        if settle_by is SettleBy.CARD:
            return self.pay(draft, lambda: confirm_draft(**facts), dies)
        assert confirm_draft(**facts).status == "applied"
        if settle_by is SettleBy.CREDIT:
            books.credit[customer] -= settlement
        draft.state = "paying"
        self.notice_payments()
        return None

    def make_at_once(self, draft: Draft, facts: dict[str, Any], refund_to: RefundTo, dies: str) -> None:
        """Nothing to pay: the change is made, and what is overpaid by it goes back."""
        books, back = self.books, -(draft.confirmed or 0)
        with Dying(outcomes, "send_refunds", dies) as stored:
            status = self.survive(lambda: confirm_draft(**facts).status)
        books.apply(draft)
        refunds = books.start_refunds(draft.order, back, to_credit=refund_to is RefundTo.CREDIT)
        assert status == (None if dies else "applied")
        if dies != "before":
            books.send_refunds(refunds)
        self.asleep += [partial(self.send_late, real, refunds) for real in stored]

    def send_late(self, real: list[Payment], refunds: list[Refund]) -> None:
        """It was only paused: it gives back after all."""
        send_refunds(real, system(), self.books.now)
        self.books.send_refunds(refunds)

    def pay(self, draft: Draft, act: Callable[[], Any], dies: str = "", paid: str = "applied") -> None:
        """A card is asked for the draft's money; ``paid`` is how its success is told."""
        books = self.books
        with Dying(outcomes, "send_charge", dies) as stored:
            done = self.survive(act)
        [attempt] = self.notice_payments()
        kind = "authorise" if books.at_shipment else "charge"
        assert (attempt.kind, attempt.minor, attempt.purpose) == (kind, draft.confirmed, draft.reference)
        books.pay(draft, attempt)
        if dies != "before":
            told = books.ask(attempt)
            if not dies:
                books.settle(attempt, told)
                self.send_strays_back(attempt, draft)
                assert done.status == (paid if told == "settled" else told)
        self.asleep += [partial(self.wake, attempt, started) for started in stored]

    def wake(self, attempt: Attempt, started: Any) -> None:
        """It was not dead, only paused: it asks the bank after all, however late."""
        result = send_charge(started, return_url="/orders/")
        told = self.books.ask(attempt)
        settle_result(payment_id=started.id, result=result, actor=system(), now=self.books.now)
        self.books.settle(attempt, told)

    def send_strays_back(self, attempt: Attempt, draft: Draft) -> None:
        """Who looks at a payment whose change wasn't made sends its money back at once."""
        if draft.state != "applied":
            self.books.send_refunds([refund for refund in attempt.refunds if refund.state == "pending"])

    def survive(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Killed:
            return None

    @rule(
        pick=picks,
        settle_by=settlements,
        behaviour=cards,
        to=refunds_to,
        offline=st.sampled_from(("cheque", "comp")),
    )
    def confirm_one(
        self, pick: int, settle_by: SettleBy, behaviour: Behaviour, to: RefundTo, offline: str
    ) -> None:
        draft = self.pick_draft(pick, *LIVE) if pick < MOST_PICKS else self.pick_draft(pick)
        if draft:
            self.confirm(draft, settle_by, behaviour, to, offline=offline)

    def why_not_pay(self, draft: Draft) -> str:
        """Why a waiting draft can't be paid as it was agreed on."""
        quote = self.quote(draft)
        elses = {one.code for one in quote.blocking} - self.books.problems(draft)
        code = self.books.why_not_confirm(draft, is_empty=quote.is_empty, else_against=bool(elses))
        return code or ("" if 0 < quote.settlement.minor == draft.confirmed else "price_changed")

    @precondition(lambda self: self.is_any_draft("waiting"))
    @rule(pick=picks, behaviour=cards, dies=deaths)
    def pay_the_link(self, pick: int, behaviour: Behaviour, dies: str) -> None:
        """The customer pays by the link in the mail."""
        books = self.books
        draft = self.pick_draft(pick, "waiting")
        link = self.link_of(draft) if draft else None
        if draft is None or link is None:
            return None
        assert link.amount_minor == draft.confirmed
        card = self.card(draft.order, behaviour)

        def act() -> Any:
            return pay_by_link(
                link=link,
                card_reference=card.reference,
                expected_minor=link.amount_minor,
                actor=self.actor_of("customer", draft.order),
                now=books.now,
            )

        if code := self.why_not_pay(draft):
            return self.refused(code, act)
        books.agree(draft, self.quote(draft).difference.minor)
        return self.pay(draft, act, dies, paid="paid")

    def link_of(self, draft: Draft) -> PayLink | None:
        order_id = ChangeDraft.objects.values_list("order_id", flat=True).get(reference=draft.reference)
        return live_pay_link(order_id=order_id, purpose=draft.reference, now=self.books.now)

    @precondition(lambda self: self.is_any_draft("waiting"))
    @rule(pick=picks, behaviour=cards)
    def retry(self, pick: int, behaviour: Behaviour) -> None:
        """The team presses the button."""
        draft = self.pick_draft(pick, "waiting") or self.pick_draft(pick, "open")
        if draft is None:
            return None
        facts: dict[str, Any] = {"draft_reference": draft.reference, **self.by_staff}
        card = self.card(draft.order, behaviour)

        def act() -> Any:
            return retry_draft(payment_method=card, **facts)

        if draft.state == "open":
            return self.refused("not_waiting", act)
        if code := self.why_not_pay(draft):
            return self.refused(code, act)
        self.books.agree(draft, self.quote(draft).difference.minor)
        return self.pay(draft, act)

    # At the bank

    @precondition(lambda self: any(one.state in OPEN for one in self.books.attempts.values()))
    @rule(pick=picks, gives_up=st.booleans())
    def look_at_the_bank(self, pick: int, gives_up: bool) -> None:
        """Back from the bank, or looking again; or leaves its page for another card."""
        found = self.pick_attempt(pick, lambda one: one.purpose in self.books.drafts and one.state in OPEN)
        if found is None:
            return
        reference, attempt = found
        actor = self.actor_of("customer", attempt.order)
        look, learn = (
            (give_up_change_payment, self.books.give_up)
            if gives_up
            else (finish_change_payment, self.books.look_again)
        )
        look(payment_reference=reference, actor=actor, now=self.books.now)
        learn(attempt)
        self.send_strays_back(attempt, self.books.drafts[attempt.purpose])

    @precondition(lambda self: any(one.bank == "waiting" for one in self.books.attempts.values()))
    @rule(pick=picks, approve=st.booleans())
    def answer_the_bank(self, pick: int, approve: bool) -> None:
        found = self.pick_attempt(pick, lambda one: one.bank == "waiting" and one.state in OPEN)
        if found:
            reference, attempt = found
            charge = TestCharge.objects.get(idempotency_key=reference)
            assert answer_authentication(
                gateway_reference=charge.gateway_reference, approve=approve, now=self.books.now
            )
            self.books.answer(attempt, approve=approve)


class Dying:
    """Inside, the process dies where ``module`` calls ``name``: before it does (``stored`` is what it would have done
    it with) or after."""

    def __init__(self, module: Any, name: str, dies: str) -> None:
        self.patch = pytest.MonkeyPatch()
        self.stored: list[Any] = []
        if dies:
            real = getattr(module, name)

            def killed(first: Any, *rest: Any, **facts: Any) -> None:
                if dies == "before":
                    self.stored.append(first)
                else:
                    real(first, *rest, **facts)
                raise Killed

            self.patch.setattr(module, name, killed)

    def __enter__(self) -> list[Any]:
        return self.stored

    def __exit__(self, *error: object) -> None:
        self.patch.undo()
