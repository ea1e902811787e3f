"""What a choice costs: delivery and tax by today's tables, duty by the strength of the wine, each line explained.

The order change that asks for it is prepared for real, by the program itself, and thrown away again where somebody
only looks: so what is shown is what is charged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import edit_draft, open_draft
from tirage.changes.queries import quote_draft
from tirage.changes.rules import ChangeQuote, ChargeEntry, MethodChoice, StaffCharge
from tirage.core.errors import DomainError
from tirage.core.money import Money, exponent, say_money, share_minor
from tirage.core.texts import say_count
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Address
from tirage.delivery.models import Method
from tirage.delivery.reach import say_place
from tirage.delivery.states import MethodKind
from tirage.futures.settlement_models import Settlement
from tirage.futures.settling.asking import HAND
from tirage.futures.settling.storage import CASE, DAY
from tirage.futures.settling.storing import StorageLine, storage_until, term_on
from tirage.orders.models import Order
from tirage.orders.queries import order_charges, order_lines
from tirage.orders.states import ChargeKind
from tirage.taxes.duties.queries import dutiable_wines, duty_rows
from tirage.taxes.duties.rules import DutyLine, DutyUnknown, duties_on
from tirage.taxes.duties.words import explain_duty, say_unknown


@dataclass(frozen=True, slots=True)
class Choice:
    """Where the wine goes: an address of the customer's and a way, or a way alone that needs none.

    With ``warehouse`` it is transferred under bond to the customer's ``account`` there, by no way of delivery.
    """

    method_reference: str = ""
    address_reference: str = ""
    warehouse: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One figure that is asked for, and how it came about, in words."""

    name: str
    minor: int
    how: str = ""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a choice costs. ``to_pay`` is charged with it; ``later`` is what of the price is still to come by its plan.

    ``problem`` says why it can't be chosen as it is, and what to do.
    """

    lines: tuple[CostLine, ...]
    difference: Money
    to_pay: Money
    later: Money
    problem: str = ""
    #: The ways that customers may choose from there.
    ways: tuple[MethodChoice, ...] = ()

    @property
    def kept(self) -> list[dict[str, Any]]:
        """As the settlement keeps them."""
        return [asdict(line) for line in self.lines]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The order change that asks for a choice, how each of its own charges came about, by the charge's description,
    and the storage that it asks for.
    """

    draft: ChangeDraft
    explained: dict[str, str]
    storage: tuple[StorageLine, ...] = ()


def look_at(settlement: Settlement, choice: Choice, now: datetime) -> Costs:
    """What it would cost now; nothing is kept. Locks the order for a moment."""
    with transaction.atomic():
        try:
            found = costs_of(prepare(settlement, choice, now), now)
        except DomainError as refused:
            nothing = Money(0, settlement.order.currency)
            found = Costs((), nothing, nothing, nothing, problem=refused.message)
        transaction.set_rollback(True)
    return found


def prepare(settlement: Settlement, choice: Choice, now: datetime) -> Prepared:
    """The order change that asks for a choice, put together but not confirmed; inside the caller's transaction.

    Locks the order. Raises DomainError ``duty_unknown``, ``no_transfer`` and what ``edit_draft`` does.
    """
    order = settlement.order
    draft = open_draft(order_reference=order.reference, actor=HAND, now=now)
    storage = storage_until(settlement, local_time(now).date() - DAY)
    own = [*_transfer(order, choice, now)] if choice.warehouse else [*_duties(order, choice, now)]
    own += [_Own(ChargeKind.STORAGE, line.name, line.stored.minor, f"{line.how}.") for line in storage]
    draft = edit_draft(
        draft_reference=draft.reference,
        address_reference=choice.address_reference or None,
        method_reference=choice.method_reference or None,
        add_charges=[StaffCharge(one.kind.value, one.name, one.minor) for one in own if one.minor],
        reason=f"Settlement {settlement.reference}",
        actor=HAND,
        now=now,
    )
    return Prepared(draft, {one.name: one.how for one in own}, tuple(storage))


@dataclass(frozen=True, slots=True)
class _Own:
    """A charge that only settlements know, and how it came about."""

    kind: ChargeKind
    name: str
    minor: int
    how: str


def _duties(order: Order, choice: Choice, now: datetime) -> list[_Own]:
    return [
        _Own(ChargeKind.DUTY, _description(line), line.minor, f"{explain_duty(line)}.")
        for line in duties(order, choice, now)
        if line.minor
    ]


def _transfer(order: Order, choice: Choice, now: datetime) -> list[_Own]:
    """Handling by the case, of a case that isn't full as of a full one; under bond there is no duty and no tax."""
    term = term_on(local_time(now).date())
    if term is None or not term.transfers:
        raise DomainError("no_transfer", "Wine isn’t transferred under bond. Choose where it is delivered.")
    if not choice.account:
        words = "Write the number of your account there."
        raise DomainError("no_transfer", words, {"account": words})
    if order.method_id:
        raise DomainError("no_transfer", "This order has its way of delivery already. Write to us.")
    bottles = sum(_equivalents(order).values())
    cases = -(-bottles // (CASE * 1000))
    fee = cases * term.transfer_minor
    most = term.transfer_most_minor
    minor = fee if most is None else min(fee, most)
    each = say_money(Money(term.transfer_minor, order.currency), current_winery().locale)
    how = f"{say_count(cases, 'case', 'cases')} at {each}{', at most' if minor < fee else ''}."
    return [_Own(ChargeKind.PACKAGING, f"Transfer under bond to {choice.warehouse}", minor, how)]


def _equivalents(order: Order) -> dict[int, int]:
    """By sku id, in thousandths of a bottle of 750 ml."""
    pieces: dict[int, int] = defaultdict(int)
    for line in order_lines(order):
        pieces[line.sku_id] += line.quantity
    skus = Sku.objects.in_bulk(pieces)
    return {sku_id: count * skus[sku_id].equivalents_milli for sku_id, count in pieces.items()}


def _description(line: DutyLine) -> str:
    return f"{line.row.name}, {line.wine.name}"[:160]


def duties(order: Order, choice: Choice, now: datetime) -> tuple[DutyLine, ...]:
    """The duty where the wine is handed to its owner; nothing where the table says nothing."""
    country, state = _destination(order, choice)
    rows = duty_rows(country, state, local_time(now).date())
    if not rows:
        return ()
    pieces: dict[int, int] = defaultdict(int)
    price: dict[int, int] = defaultdict(int)
    for line in order_lines(order):
        pieces[line.sku_id] += line.quantity
        price[line.sku_id] += line.amount.minor
    try:
        wines = dutiable_wines(pieces, _after_discounts(order, price))
        return duties_on(wines, rows, decimals=exponent(order.currency))
    except DutyUnknown as unknown:
        raise DomainError("duty_unknown", say_unknown(unknown, say_place(country, state))) from None


def _after_discounts(order: Order, price: dict[int, int]) -> dict[int, int]:
    """What was paid for each wine: discounts belong to all of them, in proportion, to the cent."""
    discount = sum(one.amount.minor for one in order_charges(order) if one.kind == ChargeKind.DISCOUNT)
    weights = [max(minor, 0) for minor in price.values()]
    if not discount or not sum(weights):
        return price
    off = share_minor(discount, weights)
    return {sku_id: minor + less for (sku_id, minor), less in zip(price.items(), off, strict=True)}


def _destination(order: Order, choice: Choice) -> tuple[str, str]:
    """Where its owner has it: at the address, or where it is handed over."""
    method = Method.objects.select_related("handover").filter(reference=choice.method_reference).first()
    if method and method.handover and not MethodKind(method.kind).is_sent:
        return method.handover.country, method.handover.state
    own = Address.objects.filter(reference=choice.address_reference, customer=order.customer_id)
    address = own.first()
    return (address.country, address.state) if address else ("", "")


def costs_of(prepared: Prepared, now: datetime) -> Costs:
    """What a prepared change asks for, line by line."""
    quote, order = quote_draft(prepared.draft, now), prepared.draft.order
    lines = tuple(
        CostLine(
            _name(entry),
            entry.amount_minor,
            prepared.explained.get(entry.description) or _how(entry, order.currency),
        )
        for entry in quote.new_charges
        if entry.amount_minor
    )
    later = Money(order.later_minor, order.currency)
    ways = tuple(way for way in quote.methods if way.is_public)
    return Costs(lines, quote.difference, quote.to_pay, later, _problem(quote), ways)


def _name(entry: ChargeEntry) -> str:
    where = f" ({entry.tax.jurisdiction})" if entry.tax and entry.tax.jurisdiction else ""
    return f"{entry.description}{where}"


def _how(entry: ChargeEntry, currency: str) -> str:
    """``8.625 % of $1,234.00``: how a tax came about; of delivery its method's name says enough."""
    if not entry.tax or not entry.tax.rate_ppm:
        return ""
    base = say_money(Money(entry.base_minor, currency), current_winery().locale)
    source = f" Source: {entry.tax.source}." if entry.tax.source else ""
    return f"{entry.tax.rate_ppm / 10_000:g} % of {base}.{source}"


def _problem(quote: ChangeQuote) -> str:
    return " ".join(problem.text for problem in quote.blocking)
