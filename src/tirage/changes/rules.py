"""An order change's arithmetic: what an order costs before and after, and what stands against it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final

from tirage.changes.states import Rates
from tirage.core.money import Money
from tirage.delivery.rules import Terms
from tirage.orders.rules import ShipTo
from tirage.orders.states import charge_words
from tirage.taxes.rules import TaxPart


class Keep(Enum):
    """Says "leave it as it is" where None has a meaning of its own."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


class Bottles(StrEnum):
    """What becomes of bottles whose money is given back."""

    #: They come back into stock, and the line is taken off the order.
    BACK = "back"
    #: They are the customer's all the same (corked, a courtesy): the line stays, a discount names it.
    KEPT = "kept"
    #: They are gone before the customer had them (broken): the line is taken off, nothing comes back.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class AddWine:
    """Pieces of a sku to add. ``at_today`` (staff) takes today's price, as a line of its own."""

    sku_id: int
    pieces: int
    at_today: bool = False


@dataclass(frozen=True, slots=True)
class StaffCharge:
    """A discount or a correction by staff, as on the ledger: negative lowers what is owed.

    Either ``amount_minor`` (not nought) or, for discounts only, ``percent_bp`` (1 to 10,000 hundredths of a percent
    off), of the wine ``sku_id`` or of all wine of the order as it is after the change.
    """

    kind: str
    reason: str
    amount_minor: int | None = None
    percent_bp: int | None = None
    sku_id: int | None = None


@dataclass(frozen=True, slots=True)
class OfflineMoney:
    """Money that staff say has come: ``kind`` is a ``payments.states.OfflineKind``."""

    kind: str
    note: str = ""


def line_key(sku_id: int, unit_price_minor: int) -> str:
    """The name of a line in forms: a wine at a price."""
    return f"{sku_id}-{unit_price_minor}"


@dataclass(frozen=True, slots=True)
class LineEntry:
    """Pieces of a sku that go on the ledger at a price; negative takes away."""

    sku_id: int
    offer_item_id: int | None
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class ChargeEntry:
    """An amount that goes on the ledger, as a difference."""

    kind: str
    amount_minor: int
    description: str
    #: The line that a discount is for, a wine at a price; none when it is for the whole order.
    sku_id: int | None = None
    unit_price_minor: int | None = None
    #: For how many of its pieces, as a difference too.
    pieces: int = 0
    #: Of a tax: what it is, what it is reckoned on, what of it is in the price already; differences too.
    tax: TaxPart | None = None
    base_minor: int = 0
    included_minor: int = 0


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The sums of an order at one moment, in minor units; ``discount`` is negative, ``other`` is duty,
    insurance and what else the team charges for.
    """

    wine: int
    discount: int
    shipping: int
    tax: int
    other: int

    @property
    def owed(self) -> int:
        return self.wine + self.discount + self.shipping + self.tax + self.other


@dataclass(frozen=True, slots=True)
class Sums:
    """The same as money, for people."""

    wine: Money
    discount: Money
    shipping: Money
    tax: Money
    other: Money
    owed: Money

    @classmethod
    def of(cls, reckoned: Reckoned, currency: str) -> Sums:
        return cls(
            Money(reckoned.wine, currency),
            Money(reckoned.discount, currency),
            Money(reckoned.shipping, currency),
            Money(reckoned.tax, currency),
            Money(reckoned.other, currency),
            Money(reckoned.owed, currency),
        )


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A wine at a price, before and after, in pieces. ``held`` of the added ones are kept for this draft now."""

    key: str
    sku_id: int
    offer_item_id: int | None
    stock_id: int | None
    code: str
    name: str
    format_name: str
    label_digest: str
    units: int
    #: Of one piece: all its bottles.
    millilitres: int
    equivalents_milli: int
    #: What a piece weighs, packed.
    grams: int
    unit_price: Money
    before: int
    after: int
    held: int = 0
    #: Nothing of it is there, and some is expected: sold en primeur.
    is_unbottled: bool = False

    @property
    def change(self) -> int:
        return self.after - self.before

    @property
    def amount_before(self) -> Money:
        return self.unit_price * self.before

    @property
    def amount_after(self) -> Money:
        return self.unit_price * self.after

    @property
    def difference(self) -> Money:
        return self.unit_price * self.change

    @property
    def title(self) -> str:
        """The wine's name, with its format where that isn't the plain bottle."""
        plain = self.units == 1 and self.millilitres == 750
        return self.name if plain else f"{self.name}, {self.format_name}"


@dataclass(frozen=True, slots=True)
class QuoteCharge:
    """One charge before and after; ``staff_charge_id`` names the draft's own row that staff may take away again."""

    kind: str
    description: str
    before: Money
    after: Money
    staff_charge_id: int | None = None

    @property
    def difference(self) -> Money:
        return self.after - self.before

    @property
    def words(self) -> str:
        """What it is for."""
        return charge_words(self.kind)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What changes besides wine and money; ``name`` is ``address``, ``method``, ``ship_on`` or ``gift_note``."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the change can't be made as it is. One that ``needs_override`` staff may set aside with a reason."""

    code: str
    text: str
    needs_override: bool = False
    #: The line or field that it is about, as forms name it; empty when it is about the whole.
    field: str = ""
    #: The same without what can be done about it, where that is offered beside it; else empty.
    why: str = ""


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """A way of delivery that reaches the place after the change, with the price it would have."""

    reference: str
    name: str
    description: str
    kind: str
    shipping: Money
    is_chosen: bool
    #: Whether customers may choose it, or staff only.
    is_public: bool
    #: Whether customers may have wine sent to a carrier's location instead.
    may_be_held: bool = False


@dataclass(frozen=True, slots=True)
class Addable:
    """A wine of the customer's own offer: how many more pieces the allowance and the stock would let come."""

    sku_id: int
    offer_item_id: int
    name: str
    format_name: str
    label_digest: str
    price: Money
    multiple: int
    most: int


@dataclass(frozen=True, slots=True)
class ChangeQuote:
    """A draft as it would be applied now: before and after side by side, and what stands against it.

    ``difference`` is what the order owes more (or, negative, less); ``settlement`` is the money that moves when it is
    confirmed: positive is to be paid, negative is given back. They differ where an order isn't fully paid or has paid
    too much. ``balance`` is what the order has open as it stands. ``number`` is the order's latest change now.
    """

    order_reference: str
    draft_reference: str
    number: int
    lines: tuple[QuoteLine, ...]
    charges: tuple[QuoteCharge, ...]
    fields: tuple[FieldChange, ...]
    before: Sums
    after: Sums
    difference: Money
    settlement: Money
    balance: Money
    rates: Rates
    #: True when today's delivery prices, taxes or discount differ from the order's own.
    rates_differ: bool
    #: What the order would come to by the other rates; none where they don't differ.
    owed_by_other_rates: Money | None
    #: What was reckoned how, where that isn't plain: rates taken from today, an order without its rates.
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    #: What others did to the order since the maker last looked, in words; empty when nothing.
    moved_on: tuple[str, ...]
    methods: tuple[MethodChoice, ...]
    addable: tuple[Addable, ...]
    #: Until when the bottles are held and the draft may be confirmed as it is.
    expires_at: datetime
    #: Whether that is when the customer's offer closes.
    ends_with_offer: bool
    is_live: bool
    overridden: bool
    #: What goes on the ledger when it is applied.
    new_lines: tuple[LineEntry, ...]
    new_charges: tuple[ChargeEntry, ...]
    terms: Terms | None
    method_id: int | None
    ship_to: ShipTo
    #: What is owed as the order stands and neither paid nor set aside.
    uncovered: Money
    #: Whether what is to be paid is less than a card can be charged, and store credit pays it.
    rest_by_credit: bool = False
    #: Whether the order's terms give what goes back as store credit only.
    credit_only: bool = False

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """Problems that nobody can set aside, and those that nobody has."""
        return tuple(one for one in self.problems if not (one.needs_override and self.overridden))

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.new_charges or any(line.change for line in self.lines))

    @property
    def can_confirm(self) -> bool:
        return not self.blocking and not self.moved_on and not self.is_empty

    @property
    def to_pay(self) -> Money:
        return Money(max(self.settlement.minor, 0), self.settlement.currency)

    @property
    def to_give_back(self) -> Money:
        return Money(max(-self.settlement.minor, 0), self.settlement.currency)
