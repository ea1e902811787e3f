"""What a release day should come to, in plain Python: who has which bottles, who has paid what.

It knows the rules of the story and nothing of the database. Quantities are pieces, money is minor units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

CART = timedelta(minutes=15)
GRACE = timedelta(minutes=5)
AUTHENTICATION = timedelta(minutes=30)
LATE_ARRIVAL = timedelta(minutes=2)

#: (customer, wine)
Key = tuple[str, str]


@dataclass(frozen=True)
class Limit:
    minimum: int
    maximum: int
    multiple: int

    def cap(self, bought: int) -> int:
        left = max(self.maximum - bought, 0)
        return left - left % self.multiple


@dataclass
class Bought:
    """An order with its one card payment, if it needs one, and what store credit paid of it.

    ``bank`` is what the bank did: nothing, waiting, taken or declined.
    """

    customer: str
    pieces: dict[str, int]
    charge: int
    made_at: datetime
    bank: str
    payment: str
    owed: int
    #: Whose offer it was bought from.
    group: str = ""
    state: str = "pending"
    #: What the card has brought, less what went back to it.
    card: int = 0
    #: What store credit has brought, less what went back to it.
    credit: int = 0
    #: What the card brought and went back as store credit.
    as_credit: int = 0
    refund_open: int = 0
    #: The bank takes no refund for this card.
    sticky: bool = False
    #: It declined one already.
    refused_refund: bool = False
    refunds_time_out: bool = False
    #: What a piece of each wine was sold for, and all of them, less the group's discount; what of it went back by name.
    piece_minor: dict[str, int] = field(default_factory=dict)
    worth: dict[str, int] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    #: What was taken off each wine by name, by its words: how much, for how many pieces.
    named: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def make_cheaper(self, wine: str, words: str, minor: int) -> None:
        """A discount that names a wine, for so many pieces as there are, or for those that the words name."""
        minor_before, covered = self.named.setdefault(wine, {}).get(words, (0, 0))
        pieces = int(words.removeprefix("kept ")) if words.startswith("kept ") else self.pieces[wine]
        self.named[wine][words] = (minor_before + minor, covered + pieces)

    def take_off(self, wine: str, pieces: int, piece_minor: int) -> int:
        """So many pieces go; the most that they are still worth. Their part of what was taken off goes with them."""
        there = self.pieces[wine]
        left = there - pieces
        stays = {}
        for words, (minor, pieces_named) in self.named.get(wine, {}).items():
            covered = max(min(pieces_named, there), 1)
            stays[words] = (minor * min(left, covered) // covered, min(left, covered))
        excess = sum(minor for minor, _ in stays.values()) - left * piece_minor
        for words, (minor, covered) in stays.items():
            goes = min(max(excess, 0), minor)
            stays[words] = (minor - goes, covered)
            excess -= goes
        gone = sum(minor for minor, _ in self.named.get(wine, {}).values()) - sum(
            n for n, _ in stays.values()
        )
        self.named[wine], self.pieces[wine] = stays, left
        return pieces * piece_minor - gone

    @property
    def paid(self) -> int:
        return self.card + self.credit - self.as_credit

    @property
    def card_left(self) -> int:
        """What of the card's payment can still be given back."""
        return self.card - self.refund_open - self.as_credit


@dataclass
class Hold:
    pieces: int
    until: datetime


@dataclass
class House:
    """The winery's books as they should be."""

    now: datetime
    on_hand: dict[str, int]
    #: (group, wine) to what a member may take.
    limits: dict[Key, Limit]
    group: dict[str, str]
    own_maximum: dict[tuple[str, str, str], int] = field(default_factory=dict)
    #: (customer, group of the offer, wine) to pieces in the cart.
    lines: dict[tuple[str, str, str], int] = field(default_factory=dict)
    holds: dict[Key, Hold] = field(default_factory=dict)
    cart_until: dict[str, datetime | None] = field(default_factory=dict)
    orders: dict[str, Bought] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    #: Store credit by customer.
    credit: dict[str, int] = field(default_factory=dict)

    # What is

    def live(self, wine: str, but: str = "") -> int:
        return sum(
            hold.pieces
            for (customer, held), hold in self.holds.items()
            if held == wine and customer != but and hold.until > self.now
        )

    def sold(self, wine: str) -> int:
        return sum(
            one.pieces.get(wine, 0) for one in self.orders.values() if one.state in ("pending", "placed")
        )

    def free_for(self, customer: str, wine: str) -> int:
        return self.on_hand[wine] - self.sold(wine) - self.live(wine, but=customer)

    def bought(self, customer: str, wine: str) -> int:
        mine = (one for one in self.orders.values() if one.customer == customer)
        return sum(one.pieces.get(wine, 0) for one in mine if one.state in ("pending", "placed"))

    def offered(self, customer: str) -> list[str]:
        group = self.group[customer]
        return [wine for offered, wine in self.limits if offered == group]

    def limit(self, customer: str, wine: str) -> Limit:
        group = self.group[customer]
        limit = self.limits[group, wine]
        own = self.own_maximum.get((customer, group, wine))
        return limit if own is None else Limit(0, own, limit.multiple)

    def cart(self, customer: str) -> dict[str, int]:
        """The lines that the customer's present offer shows."""
        group = self.group[customer]
        return {
            wine: self.lines[customer, group, wine]
            for wine in self.offered(customer)
            if (customer, group, wine) in self.lines
        }

    def waiting_order(self, customer: str) -> str | None:
        mine = (
            ref for ref, one in self.orders.items() if one.customer == customer and one.state == "pending"
        )
        return next(mine, None)

    def shut(self, customer: str) -> str | None:
        """Why the customer can't change a cart at all."""
        if not self.group[customer] or self.group[customer] in self.closed:
            return "offer_closed"
        return "checkout_under_way" if self.waiting_order(customer) else None

    def refusal(self, customer: str, wine: str, pieces: int) -> bool:
        limit, bought = self.limit(customer, wine), self.bought(customer, wine)
        if pieces > limit.cap(bought) or pieces % limit.multiple:
            return True
        return 0 < pieces + bought < limit.minimum and pieces > 0

    # What happens

    def fill(self, customer: str, asked: dict[str, int]) -> None:
        """A cart change that no rule refuses: holds what there is."""
        until = self.cart_until.get(customer)
        until = until if until and until > self.now else self.now + CART
        present = {
            wine: min(pieces, self.limit(customer, wine).cap(self.bought(customer, wine)))
            for wine, pieces in self.cart(customer).items()
        }
        got = {wine: self._had(customer, wine, pieces) for wine, pieces in {**present, **asked}.items()}
        for wine, pieces in got.items():
            self._put(customer, wine, pieces, until)
        self.cart_until[customer] = until if any(got.values()) else None

    def _had(self, customer: str, wine: str, pieces: int) -> int:
        limit = self.limit(customer, wine)
        had = min(pieces, max(self.free_for(customer, wine), 0))
        had -= had % limit.multiple
        return had if had >= limit.minimum - self.bought(customer, wine) else 0

    def _put(self, customer: str, wine: str, pieces: int, until: datetime) -> None:
        line = (customer, self.group[customer], wine)
        self.lines.pop(line, None)
        self.holds.pop((customer, wine), None)
        if pieces:
            self.lines[line] = pieces
            self.holds[customer, wine] = Hold(pieces, until)

    def clear(self, customer: str) -> None:
        for line in [line for line in self.lines if line[0] == customer]:
            del self.lines[line]
        self.cart_until[customer] = None

    def let_go(self, customer: str) -> None:
        for key in [key for key in self.holds if key[0] == customer]:
            del self.holds[key]

    def can_place(self, customer: str) -> str | None:
        """Why the cart can't be ordered now."""
        if not self.group[customer] or self.group[customer] in self.closed:
            return "closed"
        cart = self.cart(customer)
        if not cart:
            return "empty"
        if any(self.refusal(customer, wine, pieces) for wine, pieces in cart.items()):
            return "beyond_allowance"
        return (
            "hold_lost"
            if any(self.free_for(customer, wine) < pieces for wine, pieces in cart.items())
            else None
        )

    def order(self, reference: str, one: Bought) -> None:
        self.orders[reference] = one
        self.credit[one.customer] = self.credit.get(one.customer, 0) - one.credit
        for wine in one.pieces:
            self.holds.pop((one.customer, wine), None)

    def settle(self, reference: str, payment: str) -> None:
        """The payment's outcome is known."""
        one = self.orders[reference]
        one.payment = payment
        if payment == "settled":
            one.card += one.charge
            if one.state == "pending":
                one.state = "placed"
                self.clear(one.customer)
        elif payment in ("declined", "voided") and one.state == "pending":
            one.state = "abandoned"
            self.credit[one.customer] += one.credit
            one.credit = 0
            until = max(self.cart_until.get(one.customer) or self.now, self.now + GRACE)
            if one.group in self.closed:
                until = self.now
            self.cart_until[one.customer] = until
            for wine, pieces in one.pieces.items():
                self.holds[one.customer, wine] = Hold(pieces, until)

    def look_again(self, reference: str) -> None:
        """Somebody asks the bank what became of an open payment."""
        one = self.orders[reference]
        age = self.now - one.made_at
        if one.bank == "nothing":
            if age >= LATE_ARRIVAL:
                self.settle(reference, "voided")
        elif one.bank == "waiting":
            one.payment = "needs_customer"
            if age >= AUTHENTICATION:
                one.bank = "declined"
                self.settle(reference, "voided")
        else:
            self.settle(reference, "settled" if one.bank == "taken" else "declined")

    def reconcile(self) -> None:
        for reference, one in self.orders.items():
            age = self.now - one.made_at
            due = {
                "unknown": timedelta(0),
                "pending": timedelta(seconds=30),
                "needs_customer": AUTHENTICATION,
            }
            if one.payment in due and age >= due[one.payment]:
                self.look_again(reference)
            one.card -= one.refund_open
            one.refund_open = 0
        for one in self.orders.values():
            if one.state == "abandoned" and one.paid and not one.refused_refund:
                self.give_back(one, one.paid)

    def refund(self, one: Bought, minor: int) -> None:
        """Staff give a card's money back."""
        self.let_go_of(one, minor)
        self.give_back(one, minor)

    def refund_to_credit(self, one: Bought, minor: int, *, of_card: bool) -> None:
        """Staff give back as store credit, what a card or what store credit has paid."""
        self.let_go_of(one, minor)
        self.credit[one.customer] += minor
        if of_card:
            one.as_credit += minor
        else:
            one.credit -= minor

    def owes_less(self, one: Bought, minor: int, *, to_credit: bool) -> int:
        """An order owes so much less; what is overpaid by it goes back, the newest payment (store credit) first."""
        one.owed -= minor
        back = max(min(minor, one.paid - one.refund_open - one.owed), 0)
        of_credit = min(back, one.credit)
        of_card = min(back - of_credit, one.card_left)
        one.credit -= of_credit
        self.credit[one.customer] += of_credit
        if to_credit:
            one.as_credit += of_card
            self.credit[one.customer] += of_card
        elif of_card:
            self.give_back(one, of_card)
        return back

    def let_go_of(self, one: Bought, minor: int) -> None:
        """What is given back and isn't overpaid already is no longer owed."""
        overpaid = max(one.paid - one.owed - one.refund_open, 0)
        one.owed -= max(minor - overpaid, 0)

    def give_back(self, one: Bought, minor: int) -> None:
        if one.sticky:
            one.refused_refund = True
        elif one.refunds_time_out:
            one.refund_open += minor
        else:
            one.card -= minor

    def cancel(self, reference: str, restock: bool) -> None:
        one = self.orders[reference]
        one.state, one.owed = "cancelled", 0
        if not restock:
            for wine, pieces in one.pieces.items():
                self.on_hand[wine] -= pieces

    def at_bank(self) -> int:
        """What the bank should have in all: taken, less given back (answered or not)."""
        return sum(one.card - one.refund_open for one in self.orders.values()) + sum(
            one.charge for one in self.orders.values() if one.bank == "taken" and one.payment != "settled"
        )
