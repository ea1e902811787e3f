"""What orders and their changes should come to, in plain Python: who has which bottles, and whose money is where.

It knows the rules of docs/order-changes.md and docs/payments.md and nothing of the database. What a change costs is
read off its page, as a person would; everything that follows from it is reckoned here. Quantities are pieces, money is
minor units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CART = timedelta(minutes=15)
STAFF = timedelta(hours=24)
LINK = timedelta(days=7)
WHILE_PAYING = timedelta(days=3650)
GRACE = timedelta(minutes=5)
AUTHENTICATION = timedelta(minutes=30)
LATE_ARRIVAL = timedelta(minutes=2)
LATE_SEARCH = timedelta(days=1)
OWN_REQUEST = timedelta(seconds=30)
KEPT_AFTER = timedelta(hours=1)
SET_ASIDE = timedelta(days=7)

#: A wine at a price.
Line = tuple[str, int]

OPEN = ("pending", "unknown", "needs_customer")
LIVE = ("open", "paying", "waiting")
#: What no bank is asked for.
AT_ONCE = ("credit", "offline", "gift")
#: To which states a payment may go from which.
STEPS = {
    "pending": ("unknown", "needs_customer", "settled", "declined", "voided"),
    "unknown": ("needs_customer", "settled", "declined", "voided"),
    "needs_customer": ("settled", "declined", "voided"),
    "voided": ("settled",),
}
#: What becomes of asking for a card's money: at the bank, and as far as we are told.
CARDS = {
    "succeeds": ("taken", "settled"),
    "card_declined": ("declined", "declined"),
    "insufficient_funds": ("declined", "declined"),
    "expired_card": ("declined", "declined"),
    "stolen_card": ("declined", "declined"),
    "authenticates_once": ("waiting", "needs_customer"),
    "authenticates_always": ("waiting", "needs_customer"),
    "times_out_charged": ("taken", "unknown"),
    "times_out_lost": ("nothing", "unknown"),
    "times_out_authenticates": ("waiting", "unknown"),
    "refund_declined": ("taken", "settled"),
    "refund_times_out": ("taken", "settled"),
}


@dataclass(eq=False)
class Refund:
    """Money on its way back; two of the same amount at the same moment are two.

    ``bank`` is nothing (it was never asked), moved or declined.
    """

    minor: int
    made_at: datetime
    bank: str = "nothing"
    state: str = "pending"


@dataclass(eq=False)
class Attempt:
    """One try to get money, to set it aside, or to take what was.

    ``card`` is how the card behaves, or ``credit``, ``offline`` or ``gift`` (of the house). ``bank`` is what the bank
    did: nothing, waiting, taken, declined, or gone (it let go of what was set aside).
    """

    row: int
    order: str
    kind: str
    minor: int
    made_at: datetime
    card: str
    purpose: str = ""
    parent: Attempt | None = None
    bank: str = "nothing"
    state: str = "pending"
    asked_at: datetime | None = None
    settled_at: datetime | None = None
    #: It was given up because the bank had never seen it.
    unseen: bool = False
    #: Nothing can be taken of it any more.
    released: bool = False
    refunds: list[Refund] = field(default_factory=list)

    @property
    def brought(self) -> int:
        return self.minor if self.state == "settled" and self.kind != "authorise" else 0

    def back(self, *states: str) -> int:
        return sum(refund.minor for refund in self.refunds if refund.state in states)

    @property
    def left(self) -> int:
        """What can still be given back of it."""
        return self.brought - self.back("settled", *OPEN)

    @property
    def at_bank(self) -> int:
        """What the bank should have of it, whether we know or not."""
        if self.card in AT_ONCE or self.kind == "authorise" or self.bank != "taken":
            return 0
        return self.minor - sum(refund.minor for refund in self.refunds if refund.bank == "moved")


@dataclass
class Hold:
    pieces: int
    until: datetime


@dataclass
class Order:
    customer: str
    lines: dict[Line, int]
    owed: int
    state: str = "placed"
    #: Its changes so far, the placing included.
    number: int = 1


@dataclass
class Draft:
    reference: str
    order: str
    maker: str
    base: int
    until: datetime
    #: Pieces to add or (negative) to take off.
    wanted: dict[Line, int] = field(default_factory=dict)
    state: str = "open"
    code: str = ""
    overridden: bool = False
    #: What it adds to what is owed, and the money that was agreed on.
    difference: int = 0
    confirmed: int | None = None
    closed_at: datetime | None = None
    #: Times that it was made, which is never more than one.
    made: int = 0

    def net(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for (wine, _), pieces in self.wanted.items():
            sums[wine] = sums.get(wine, 0) + pieces
        return {wine: pieces for wine, pieces in sums.items() if pieces}

    def adds(self) -> dict[str, int]:
        return {wine: pieces for wine, pieces in self.net().items() if pieces > 0}

    @property
    def by_customer(self) -> bool:
        return self.maker == "customer"


@dataclass
class Books:
    """The winery's books as they should be."""

    now: datetime
    on_hand: dict[str, int]
    #: (customer, wine) to the most that the customer may buy.
    allowed: dict[tuple[str, str], int]
    #: Whether a bottle that lapsed but wasn't tidied away is still there to be kept: (holder, wine).
    is_kept: Callable[[str, str], bool]
    at_shipment: bool = False
    orders: dict[str, Order] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    #: (holder, wine) to what a draft or a cart holds.
    holds: dict[tuple[str, str], Hold] = field(default_factory=dict)
    #: Store credit by customer.
    credit: dict[str, int] = field(default_factory=dict)
    #: Customers whose bank has seen them once, which is enough for some cards.
    seen: set[str] = field(default_factory=set)

    # Bottles

    def live(self, wine: str, but: str = "") -> int:
        return sum(
            hold.pieces
            for (holder, held), hold in self.holds.items()
            if held == wine and holder != but and hold.until > self.now
        )

    def firm(self, wine: str) -> int:
        """What is being paid for: no correction lets it go."""
        paying = {draft.reference for draft in self.drafts.values() if draft.state == "paying"}
        return sum(
            hold.pieces for (holder, held), hold in self.holds.items() if held == wine and holder in paying
        )

    def sold(self, wine: str) -> int:
        return sum(self.on_order(order, wine) for order in self.orders.values() if order.state == "placed")

    @staticmethod
    def on_order(order: Order, wine: str) -> int:
        return sum(pieces for (name, _), pieces in order.lines.items() if name == wine)

    def free_for(self, holder: str, wine: str) -> int:
        return self.on_hand[wine] - self.sold(wine) - self.live(wine, but=holder)

    def keep(self, holder: str, wine: str, pieces: int, until: datetime) -> None:
        self.holds.pop((holder, wine), None)
        if pieces:
            self.holds[holder, wine] = Hold(pieces, until)

    def can_hold(self, draft: Draft) -> bool:
        return all(self.free_for(draft.reference, wine) >= n for wine, n in draft.adds().items())

    def hold(self, draft: Draft, until: datetime) -> None:
        self.let_go(draft.reference)
        for wine, pieces in draft.adds().items():
            self.keep(draft.reference, wine, pieces, until)

    def let_go(self, holder: str) -> None:
        for key in [key for key in self.holds if key[0] == holder]:
            del self.holds[key]

    def fill_cart(self, holder: str, asked: dict[str, int], until: datetime) -> None:
        """A cart takes what there is."""
        for wine, pieces in asked.items():
            self.keep(holder, wine, min(pieces, max(self.free_for(holder, wine), 0)), until)

    def most_more(self, customer: str, wine: str, besides: str = "") -> int:
        """How many more the allowance lets the customer have, on whatever order."""
        mine = [reference for reference, order in self.orders.items() if order.customer == customer]
        bought = sum(
            self.on_order(self.orders[ref], wine)
            for ref in mine
            if self.orders[ref].state in ("placed", "shipped")
        )
        drafted = sum(
            draft.adds().get(wine, 0)
            for draft in self.drafts.values()
            if draft.order in mine and draft.reference != besides and self.counts(draft)
        )
        return max(self.allowed[customer, wine] - bought - drafted, 0)

    def counts(self, draft: Draft) -> bool:
        return draft.state == "paying" or (draft.state in LIVE and draft.until > self.now)

    # Money

    def of_order(self, order: str) -> Iterator[Attempt]:
        return (attempt for attempt in self.attempts.values() if attempt.order == order)

    def paid(self, order: str) -> int:
        return sum(attempt.brought - attempt.back("settled") for attempt in self.of_order(order))

    def under_way(self, order: str) -> int:
        return sum(attempt.back(*OPEN) for attempt in self.of_order(order))

    def is_set_aside(self, attempt: Attempt) -> bool:
        is_live = attempt.kind == "authorise" and attempt.state == "settled" and not attempt.released
        return is_live and attempt.asked_at is not None and attempt.asked_at + SET_ASIDE > self.now

    def set_aside(self, order: str) -> int:
        return sum(attempt.minor for attempt in self.of_order(order) if self.is_set_aside(attempt))

    def uncovered(self, order: str) -> int:
        """What is owed, and neither paid nor set aside."""
        kept = self.paid(order) - self.under_way(order)
        return self.orders[order].owed - kept - self.set_aside(order)

    def settlement(self, order: str, difference: int) -> int:
        """The money that moves when what is owed changes by so much."""
        if difference >= 0:
            return max(min(difference, self.uncovered(order) + difference), 0)
        kept = self.paid(order) - self.under_way(order)
        return -max(min(-difference, kept - self.orders[order].owed - difference), 0)

    def moving(self, order: str) -> bool:
        """Whether money of the order is on its way in."""
        return any(attempt.state in ("pending", "unknown") for attempt in self.of_order(order))

    def parts_of(self, order: str, minor: int) -> list[tuple[Attempt, int]]:
        """Of which payments so much goes back: the newest first, of each what is left."""
        parts = []
        for attempt in sorted(self.of_order(order), key=lambda one: -one.row):
            part = min(minor, attempt.left)
            if part > 0:
                parts.append((attempt, part))
                minor -= part
        return parts

    def why_not_back(self, order: str, minor: int, *, to_credit: bool, by_customer: bool = False) -> str:
        """A gift of the house never becomes money; customers have nothing given back by hand."""
        cards = {attempt.card for attempt, _ in self.parts_of(order, minor)}
        if "gift" in cards and (to_credit or by_customer):
            return "was_gift"
        return "by_hand" if "offline" in cards and by_customer and not to_credit else ""

    def start_refunds(self, order: str, minor: int, *, to_credit: bool = False) -> list[Refund]:
        """Money goes back; those that a bank is still to be asked for."""
        parts = self.parts_of(order, minor)
        return [one for paid, part in parts for one in self.start_refund(paid, part, to_credit=to_credit)]

    def send_away(self, attempt: Attempt, minor: int) -> None:
        """Money of a card that came and isn't owed goes back by itself."""
        if minor and attempt.brought and attempt.card not in AT_ONCE:
            self.start_refund(attempt, minor)

    def overpaid(self, order: str) -> int:
        """What was paid beyond what is owed, and isn't on its way back yet."""
        return max(self.paid(order) - self.orders[order].owed - self.under_way(order), 0)

    def start_refund(self, attempt: Attempt, minor: int, *, to_credit: bool = False) -> list[Refund]:
        refund = Refund(minor, self.now)
        attempt.refunds.append(refund)
        if to_credit or attempt.card == "credit":
            self.credit[self.orders[attempt.order].customer] += minor
        if to_credit or attempt.card in AT_ONCE:
            refund.state = "settled"
            return []
        return [refund]

    def send_refunds(self, refunds: list[Refund]) -> None:
        for attempt in self.attempts.values():
            for refund in attempt.refunds:
                if refund in refunds:
                    self.send_refund(attempt, refund)

    def send_refund(self, attempt: Attempt, refund: Refund) -> None:
        """Asks the bank; with the same key it says what it said."""
        is_first = refund.bank == "nothing"
        if is_first:
            refund.bank = "declined" if attempt.card == "refund_declined" else "moved"
        if refund.state not in ("pending", "unknown"):
            return
        if is_first and attempt.card == "refund_times_out":
            refund.state = "unknown"
        else:
            refund.state = "settled" if refund.bank == "moved" else "declined"

    def forgive(self, attempt: Attempt, minor: int, *, to_credit: bool = False) -> list[Refund]:
        """Staff give money back: what wasn't overpaid is no longer owed either."""
        order = self.orders[attempt.order]
        overpaid = self.overpaid(attempt.order)
        stored = self.start_refund(attempt, minor, to_credit=to_credit)
        if minor > overpaid:
            order.owed -= minor - overpaid
            order.number += 1
        return stored

    # Drafts

    def open_draft(self, draft: Draft) -> None:
        self.drafts[draft.reference] = draft

    def life_of(self, draft: Draft) -> datetime:
        return self.now + (CART if draft.by_customer and draft.adds() else STAFF)

    def open_attempts(self, draft: Draft) -> list[Attempt]:
        return [one for one in self.attempts.values() if one.purpose == draft.reference and one.state in OPEN]

    def after(self, draft: Draft) -> dict[Line, int]:
        """The order's lines as they would be."""
        lines = dict(self.orders[draft.order].lines)
        for line, pieces in draft.wanted.items():
            lines[line] = lines.get(line, 0) + pieces
        return lines

    def problems(self, draft: Draft) -> set[str]:
        """What stands against a draft that nobody has set aside, outside of money and delivery."""
        order, after = self.orders[draft.order], self.after(draft)
        found = {"line_too_short"} if any(pieces < 0 for pieces in after.values()) else set()
        if any(order.lines.values()) and not any(pieces > 0 for pieces in after.values()):
            found.add("nothing_left")
        return found | (set() if draft.overridden else self.beyond(draft))

    def beyond(self, draft: Draft) -> set[str]:
        customer = self.orders[draft.order].customer
        wines = draft.adds().items()
        is_beyond = any(n > self.most_more(customer, wine, draft.reference) for wine, n in wines)
        return {"beyond_allowance"} if is_beyond else set()

    def why_not_edit(self, draft: Draft) -> str:
        if draft.state != "open" and draft.state != "waiting":
            return "paying" if draft.state == "paying" else "closed"
        if self.open_attempts(draft):
            return "at_bank"
        return "" if self.orders[draft.order].state == "placed" else "not_changeable"

    def why_not_edited(self, draft: Draft, *, moves_wine: bool) -> str:
        """Why what an edit makes of the draft can't be kept."""
        if not self.can_hold(draft):
            return "not_enough"
        return next(iter(self.beyond(draft)), "") if draft.by_customer and moves_wine else ""

    def edited(self, draft: Draft, time_left: datetime | None) -> None:
        """The maker has looked: it builds on the order as it is."""
        draft.state, draft.code, draft.base = "open", "", self.orders[draft.order].number
        draft.until = time_left if time_left and draft.adds() else self.life_of(draft)
        self.hold(draft, draft.until)

    def time_left(self, draft: Draft) -> datetime | None:
        runs = draft.until > self.now and draft.code != "pay_link"
        return draft.until if runs and draft.adds() else None

    def why_not_confirm(self, draft: Draft, *, is_empty: bool, else_against: bool) -> str:
        """``else_against``: money or delivery problems that its page shows."""
        if code := self.why_not_edit(draft):
            return code
        others = (one for one in self.drafts.values() if one.order == draft.order and one is not draft)
        if any(other.state == "paying" for other in others):
            return "paying"
        if self.moving(draft.order):
            return "money_moving"
        if draft.base != self.orders[draft.order].number:
            return "order_moved_on"
        if is_empty:
            return "nothing_to_change"
        if else_against or self.problems(draft):
            return "not_confirmable"
        return "" if self.can_hold(draft) else "hold_lost"

    def agree(self, draft: Draft, difference: int) -> int:
        """What is paid or given back for it."""
        if draft.until <= self.now:
            draft.until = self.life_of(draft)
        draft.state, draft.code, draft.difference = "open", "", difference
        draft.confirmed = self.settlement(draft.order, difference)
        return draft.confirmed

    def send_link(self, draft: Draft) -> None:
        draft.state, draft.code, draft.until = "waiting", "pay_link", self.now + LINK
        self.hold(draft, draft.until)

    def pay(self, draft: Draft, attempt: Attempt) -> None:
        """Its payment is stored: nothing lapses until the outcome is known."""
        draft.state = "paying"
        self.hold(draft, self.now + WHILE_PAYING)

    def apply(self, draft: Draft) -> None:
        order = self.orders[draft.order]
        order.lines = self.after(draft)
        order.owed += draft.difference
        order.number += 1
        draft.made += 1
        draft.state, draft.code, draft.closed_at = "applied", "", self.now
        self.let_go(draft.reference)

    def let_wait(self, draft: Draft, code: str, at_least: timedelta) -> None:
        draft.state, draft.code = "waiting", code
        draft.until = max(draft.until, self.now + at_least)
        for (holder, wine), hold in list(self.holds.items()):
            if holder == draft.reference and (hold.until > self.now or self.is_kept(holder, wine)):
                hold.until = draft.until

    def end(self, draft: Draft, state: str) -> None:
        draft.state, draft.code, draft.closed_at = state, "", self.now
        self.let_go(draft.reference)

    def drop_all(self, order: str) -> None:
        for draft in self.drafts.values():
            if draft.order == order and draft.state in LIVE:
                self.end(draft, "dropped")

    # Banks

    def ask(self, attempt: Attempt) -> str:
        """Asks the bank for an attempt's money; what we are told."""
        attempt.asked_at = self.now
        if attempt.kind == "capture":
            return self.ask_to_take(attempt)
        attempt.bank, told = CARDS[attempt.card]
        if attempt.card == "authenticates_once" and self.orders[attempt.order].customer in self.seen:
            attempt.bank, told = CARDS["succeeds"]
        return told

    def answer(self, attempt: Attempt, *, approve: bool) -> None:
        """The customer on the bank's page."""
        attempt.bank = "taken" if approve else "declined"
        if approve and attempt.card == "authenticates_once":
            self.seen.add(self.orders[attempt.order].customer)

    def ask_to_take(self, capture: Attempt) -> str:
        held = capture.parent
        if held is None or held.asked_at is None:
            raise ValueError("a capture takes what was set aside")
        lapsed = held.asked_at + SET_ASIDE <= self.now
        taken = any(one is not capture and one.bank == "taken" for one in self.captures_of(held))
        capture.bank = "declined" if lapsed or taken or held.bank == "gone" else "taken"
        if capture.bank == "declined" and lapsed and not taken and capture.state in OPEN:
            held.released = True
        return "settled" if capture.bank == "taken" else "declined"

    def captures_of(self, held: Attempt) -> list[Attempt]:
        return [one for one in self.attempts.values() if one.kind == "capture" and one.parent is held]

    def settle(self, attempt: Attempt, to: str) -> None:
        """An outcome is known, by whatever road; the second time nothing happens."""
        if to not in STEPS.get(attempt.state, ()):
            return
        attempt.state = to
        if to == "settled":
            attempt.settled_at = self.now
            if attempt.kind == "capture" and attempt.parent:
                attempt.parent.released = True
        draft = self.drafts.get(attempt.purpose)
        if draft is None or attempt.kind == "capture":
            if to == "settled":
                self.send_away(attempt, min(self.overpaid(attempt.order), attempt.minor))
            return
        if to == "settled":
            self.use_money(draft, attempt)
        elif self.awaits(draft, attempt):
            if to == "needs_customer":
                self.let_wait(draft, "needs_customer", AUTHENTICATION + GRACE)
            elif to in ("declined", "voided"):
                self.let_wait(draft, to, GRACE)

    def awaits(self, draft: Draft, attempt: Attempt) -> bool:
        waits = draft.state == "paying" or (draft.state, draft.code) == ("waiting", "needs_customer")
        return waits and self.is_newest(draft, attempt)

    def is_newest(self, draft: Draft, attempt: Attempt) -> bool:
        rows = [one.row for one in self.attempts.values() if one.purpose == draft.reference]
        return attempt.row == max(rows)

    def use_money(self, draft: Draft, attempt: Attempt) -> None:
        """Money has come for a change: it makes it, or goes back."""
        if self.awaits(draft, attempt) and not self.why_not_apply(draft, attempt):
            self.apply(draft)
            return
        self.send_away(attempt, attempt.left)
        if draft.state in ("paying", "waiting") and self.is_newest(draft, attempt):
            self.let_wait(draft, "not_applied", GRACE)

    def why_not_apply(self, draft: Draft, attempt: Attempt) -> str:
        order = self.orders[draft.order]
        if order.state != "placed":
            return "not_changeable"
        if draft.base != order.number:
            return "order_moved_on"
        if draft.difference != attempt.minor and self.uncovered(draft.order) + draft.difference != 0:
            return "price_changed"
        if self.problems(draft):
            return "not_confirmable"
        return "" if self.can_hold(draft) else "hold_lost"

    def give_up(self, attempt: Attempt) -> None:
        """What waits for its customer at the bank is let go there, unless its money has moved."""
        if attempt.state != "needs_customer":
            return None
        if attempt.bank == "taken" and attempt.kind == "charge":
            return self.settle(attempt, "settled")
        attempt.bank = "gone" if attempt.bank == "taken" else "declined"
        return self.settle(attempt, "voided")

    def look_again(self, attempt: Attempt) -> None:
        """Somebody asks the bank what became of an open attempt."""
        if attempt.state not in OPEN:
            return
        age = self.now - attempt.made_at
        if attempt.bank == "nothing":
            if age >= LATE_ARRIVAL:
                attempt.unseen = True
                self.settle(attempt, "voided")
        elif attempt.bank == "waiting":
            self.settle(attempt, "needs_customer")
            if age >= AUTHENTICATION:
                self.give_up(attempt)
        else:
            self.settle(attempt, self.found(attempt))

    def found(self, attempt: Attempt) -> str:
        ended = attempt.asked_at is not None and attempt.asked_at + SET_ASIDE <= self.now
        taken = attempt.bank == "taken" and not (attempt.kind == "authorise" and ended)
        return "settled" if taken else "declined"

    def reconcile(self) -> None:
        """What a worker finds out each minute."""
        waiting = {"unknown": timedelta(0), "pending": OWN_REQUEST, "needs_customer": AUTHENTICATION}
        attempts = [one for one in self.attempts.values() if self.is_due(one, waiting)]
        refunds = [
            (one, back)
            for one in self.attempts.values()
            for back in one.refunds
            if self.is_due(back, waiting)
        ]
        for attempt in sorted(attempts, key=lambda one: (one.made_at, one.row)):
            self.look_again(attempt)
        for attempt, refund in refunds:
            self.send_refund(attempt, refund)
        self.find_late_arrivals()
        for attempt in self.attempts.values():
            if self.orders[attempt.order].state != "placed" or self.is_renewed(attempt):
                self.release(attempt)

    def is_due(self, one: Attempt | Refund, waiting: dict[str, timedelta]) -> bool:
        return one.state in waiting and self.now - one.made_at >= waiting[one.state]

    def find_late_arrivals(self) -> None:
        """Calls that were given up unseen and arrived after all."""
        late = [
            one
            for one in self.attempts.values()
            if one.state == "voided" and one.unseen and self.now - one.made_at < LATE_SEARCH
        ]
        for attempt in sorted(late, key=lambda one: (-one.made_at.timestamp(), -one.row)):
            taken_since = attempt.parent and any(
                one.state in (*OPEN, "settled") for one in self.captures_of(attempt.parent)
            )
            if attempt.bank == "taken" and not (attempt.kind == "capture" and taken_since):
                self.settle(attempt, self.found(attempt))

    def is_renewed(self, attempt: Attempt) -> bool:
        return any(
            one.parent is attempt and one.kind == "authorise" and one.state == "settled"
            for one in self.attempts.values()
        )

    def release(self, attempt: Attempt) -> None:
        """Lets go of what is set aside, unless it is being taken."""
        if attempt.kind != "authorise" or attempt.state != "settled" or attempt.released:
            return
        if any(one.state in (*OPEN, "settled") for one in self.captures_of(attempt)):
            return
        attempt.released = True
        if not any(one.bank == "taken" for one in self.captures_of(attempt)):
            attempt.bank = "gone"

    def let_strays_go(self) -> None:
        """What was set aside for a change that wasn't made, or after it was."""
        for attempt in self.attempts.values():
            draft = self.drafts.get(attempt.purpose)
            if draft is None or attempt.parent is not None or attempt.settled_at is None:
                continue
            made = draft.state == "applied" and draft.closed_at and draft.closed_at >= attempt.settled_at
            if not made:
                self.release(attempt)

    def lapse(self) -> None:
        for draft in self.drafts.values():
            is_over = draft.state in ("open", "waiting") and draft.until <= self.now - KEPT_AFTER
            if is_over and not self.open_attempts(draft):
                self.end(draft, "lapsed")

    def at_bank(self) -> int:
        return sum(attempt.at_bank for attempt in self.attempts.values())

    def aside_at_bank(self) -> int:
        """What the bank keeps set aside, lapsed or not, known to us or not."""
        return sum(
            attempt.minor
            for attempt in self.attempts.values()
            if attempt.kind == "authorise"
            and attempt.bank == "taken"
            and not any(one.bank == "taken" for one in self.captures_of(attempt))
        )
