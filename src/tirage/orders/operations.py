"""Orders from their start to their end, outside of money."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.references import insert_with_reference
from tirage.core.texts import fitting
from tirage.delivery.rules import Terms
from tirage.inventory.models import Stock
from tirage.inventory.operations import move_stock, return_sold, sell_held
from tirage.inventory.statements import lock_counters_by_sku
from tirage.inventory.states import MovementReason
from tirage.offers.states import ReleaseKind
from tirage.orders import statements
from tirage.orders.models import Order, OrderChange
from tirage.orders.packed import refuse_packed
from tirage.orders.queries import charges_by_line, order_lines, stock_promised
from tirage.orders.rules import GIFT_NOTE_LENGTH, LedgerLine, ShipTo, owed, pieces_by_sku
from tirage.orders.statements import NewCharge, NewLine
from tirage.orders.states import (
    ORDER_STEPS,
    PROMISING,
    TEST_AT,
    ChangeKind,
    Channel,
    ChargeKind,
    OrderState,
    is_test,
    step_of,
)
from tirage.taxes.rules import TaxPart

#: What a rest that was let go is called on the order.
TOO_SMALL = "Too small to charge"
#: What a canceled order keeps of what was paid for it.
CANCELLATION_FEE = "Cancellation fee"


@dataclass(frozen=True, slots=True)
class StartedOrder:
    id: int
    reference: str
    owed_minor: int


def start_order(
    *,
    customer_id: int,
    release_id: int | None,
    offer_id: int | None,
    group_id: int | None,
    channel: Channel,
    currency: str,
    method_id: int | None,
    ship_to: ShipTo,
    gift_note: str,
    terms: Terms | None = None,
    lines: Sequence[NewLine],
    charges: Sequence[NewCharge],
    state: OrderState = OrderState.PENDING,
    actor: Actor,
    now: datetime,
) -> StartedOrder:
    """Writes a pending order with its placing as change number 1; the caller promises the bottles.

    Inside the caller's transaction. Charges of nought are left out. ``state`` is that of a fee, which isn't placed,
    or of a test order, for which nobody promises any.
    """
    kept = [charge for charge in charges if charge.counts]
    entries = [LedgerLine(line.sku_id, line.quantity, line.unit_price_minor) for line in lines]
    owed_minor = owed(entries, (charge.amount_minor for charge in kept))
    values = [
        customer_id,
        release_id,
        offer_id,
        group_id,
        state.value,
        channel.value,
        currency,
        now,
        None if step_of(state) is OrderState.PENDING else now,
        method_id,
        ship_to.recipient,
        ship_to.company,
        ship_to.line1,
        ship_to.line2,
        ship_to.city,
        ship_to.state,
        ship_to.postal_code,
        ship_to.country,
        ship_to.phone,
        ship_to.location,
        fitting(gift_note, GIFT_NOTE_LENGTH, "gift_note"),
        json.dumps(terms.as_json()) if terms else None,
        "",
        owed_minor,
        0,
    ]
    insert = partial(
        statements.insert_order,
        kind=ChangeKind.PLACING.value,
        at=now,
        actor_label=actor.label[:200],
        lines=lines,
        charges=kept,
    )
    order_id, reference = insert_with_reference("ORD", lambda drawn: insert([drawn, *values]))
    return StartedOrder(order_id, reference, owed_minor)


class Booked(NamedTuple):
    """What booking money on an order found."""

    #: The money has placed the order.
    places: bool
    #: Why a person should look at the order; empty when nobody has to.
    attention: str = ""


def book_payment(
    *, order_id: int, paid_minor: int, reaction: str = "order.placed", actor: Actor, now: datetime
) -> Booked:
    """Books money that has moved (negative for a refund); a pending order is placed by it. Locks the order.

    When the order was placed now it reacts with ``reaction``. Inside the caller's transaction.
    """
    placed = statements.place_paid(order_id, paid_minor, now) if paid_minor >= 0 else None
    if placed is None:
        return book_without_placing(order_id=order_id, paid_minor=paid_minor)
    customer_id = placed["customer_id"]
    record_event(
        EventName.ORDER_PLACED,
        "order",
        order_id,
        text="placed a test order" if is_test(placed["state"]) else "placed the order",
        customer_id=customer_id,
        data={"reference": placed["reference"], "paid_minor": placed["paid_minor"]},
        actor=actor,
        now=now,
    )
    react(reaction, order_id=order_id, customer_id=customer_id, now=now)
    if not is_test(placed["state"]):
        statements.count_order(customer_id, order_id, now)
        is_future = placed["release_kind"] == ReleaseKind.EN_PRIMEUR
        react("order.touched" if is_future else "order.touched_in_bottle", order_id=order_id)
    return Booked(places=True)


def book_without_placing(*, order_id: int, paid_minor: int) -> Booked:
    """Books money (negative for a refund) that places no order by itself, such as store credit for a part of it.

    Inside the caller's transaction. Locks the order.
    """
    attention = statements.add_paid(order_id, paid_minor)
    react("order.touched", order_id=order_id)
    return Booked(places=False, attention=attention)


def advance_order(
    *,
    order_id: int,
    to: OrderState,
    only: OrderState | None = None,
    shipped_at: datetime | None = None,
    tracking: str = "",
) -> bool:
    """Takes an order one legal step further; False when somebody else was faster. The only writer of the state,
    but for ``taking.place_begun``.

    ``only`` is the one state that it may come from. Both are a real order's; a test order takes the same step among its
    own.
    """
    left = {"shipped_at": shipped_at, "tracking": tracking, "packed_in": ""} if shipped_at else {}
    steps = [(to, only)]
    if to in TEST_AT and (only is None or only in TEST_AT):
        steps.append((TEST_AT[to], only and TEST_AT[only]))
    ends = {
        state.value: end
        for end, begin in steps
        for state, allowed in ORDER_STEPS.items()
        if end in allowed and begin in (None, state)
    }
    whens = [When(state=state, then=Value(end.value)) for state, end in ends.items()]
    return bool(
        Order.objects.filter(pk=order_id, state__in=list(ends)).update(
            state=Case(*whens, default=F("state")), **left
        )
    )


def flag_order(*, order_id: int, words: str, actor: Actor, now: datetime) -> None:
    """Notes why a person should look at an order; newer words replace older ones.

    Inside the caller's transaction. Locks the order. Records ``order.flagged``.
    """
    Order.objects.filter(pk=order_id).update(attention=words[:300])
    record_event(
        EventName.ORDER_FLAGGED,
        "order",
        order_id,
        text=f"asked somebody to look at the order: {words}",
        actor=actor,
        now=now,
    )


def clear_attention(*, order_reference: str, actor: Actor, now: datetime) -> bool:
    """Notes that a person has looked at a flagged order; False when it wasn't flagged any more.

    Locks the order. Records ``order.attended``. Raises DomainError ``not_found``.
    """
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference))
        if order is None:
            raise DomainError("not_found", "There is no such order.")
        if not order.attention:
            return False
        Order.objects.filter(pk=order.pk).update(attention="")
        text = f"saw to it: {order.attention}"
        record_event(EventName.ORDER_ATTENDED, "order", order.pk, text=text, actor=actor, now=now)
    return True


def cancel_order(
    *,
    order_reference: str,
    restock: bool,
    reason: str,
    text: str = "",
    fee_minor: int = 0,
    actor: Actor,
    now: datetime,
) -> Order:
    """Cancels a placed order: what is owed becomes nought, or the fee that its terms ask for, and the bottles come back
    if ``restock``.

    Money is given back separately (``payments.refund_payment``): the order's balance then says how much.
    Without ``restock`` the bottles leave the cellar's books as ``other``. ``text`` is the activity's sentence, where it
    isn't just the reason. Locks order, drafts of changes, stock.
    Reacts with ``order.cancelling``, which may refuse. Raises DomainError ``not_found``, ``reason_missing``, Conflict
    ``not_cancellable``, ``packed``, and what the reactions raise (``paying``).
    """
    if not reason.strip():
        raise DomainError(
            "reason_missing", gettext("Say why the order is canceled."), {"reason": "Write a few words."}
        )
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference))
        if order is None:
            raise DomainError("not_found", "There is no such order.")
        refuse_packed(order)
        if not advance_order(order_id=order.pk, to=OrderState.CANCELLED):
            raise Conflict(
                "not_cancellable",
                gettext("This order is %s; it can't be canceled any more.") % gettext(order.step),
            )
        react("order.cancelling", order_id=order.pk, actor=actor, now=now)
        promised = stock_promised(order.pk)
        change = _reverse_ledger(order, fee_minor, reason, actor, now)
        return_sold(quantities=promised)
        if not restock:
            _write_off(promised, order, actor, now)
        statements.recount_order(order.pk)
        statements.recount_customer(order.customer_id)
        react("order.touched", order_id=order.pk)
        record_event(
            EventName.ORDER_CANCELLED,
            "order",
            order.pk,
            text=f"{text or gettext('canceled the order (%s)') % reason}; " + _say_bottles(order, restock),
            data={"restock": restock, "difference_minor": change.difference_minor},
            customer_id=order.customer_id,
            actor=actor,
            now=now,
        )
    order.refresh_from_db()
    return order


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Where, how and when an order goes from now on."""

    method_id: int | None
    ship_to: ShipTo
    requested_ship_on: date | None
    gift_note: str


def apply_change(
    *,
    order: Order,
    kind: ChangeKind = ChangeKind.CHANGE,
    lines: Sequence[NewLine],
    charges: Sequence[NewCharge],
    delivery: NewDelivery | None = None,
    terms: Terms | None = None,
    details: Mapping[str, Sequence[str]] | None = None,
    holder: str = "",
    reason: str,
    text: str,
    event: EventName = EventName.ORDER_CHANGED,
    actor: Actor,
    now: datetime,
) -> OrderChange:
    """Enters one change of an order that promises bottles: lines, charges, delivery, what it owes, and its bottles.

    What is added was held by ``holder``, exactly; what is taken off comes back to everybody. ``details`` says in words
    what else changed, ``text`` is the activity's sentence. Inside the caller's transaction, with the order locked;
    locks the stock, then the customer. Records ``event``. Raises Conflict ``hold_lost``, ``packed`` where bottles or
    delivery of an order in a frozen batch would change, and ``more_than_was_paid`` where a line's discounts would come
    to more than the line.
    """
    if lines or delivery:
        refuse_packed(order)
    kept = [charge for charge in charges if charge.counts]
    entries = [LedgerLine(line.sku_id, line.quantity, line.unit_price_minor) for line in lines]
    difference = owed(entries, (charge.amount_minor for charge in kept))
    change = _next_change(order, kind, difference, reason, details, actor, now)
    statements.insert_entries(order.pk, change.pk, lines, kept)
    _refuse_overdrawn(order, lines, kept)
    if delivery or terms:
        _write_delivery(order, delivery, terms)
    if order.state in PROMISING:
        move_promises(holder=holder, pieces=pieces_by_sku(entries))
    statements.recount_order(order.pk, owed_minor=difference)
    statements.recount_customer(order.customer_id)
    react("order.touched", order_id=order.pk)
    record_event(
        event,
        "order",
        order.pk,
        text=text,
        data={"number": change.number, "difference_minor": difference},
        customer_id=order.customer_id,
        actor=actor,
        now=now,
    )
    return change


def _refuse_overdrawn(order: Order, lines: Sequence[NewLine], charges: Sequence[NewCharge]) -> None:
    """The ledger's own wall: whoever enters it, no line gives back more than was paid for it."""
    touched = any(line.quantity < 0 for line in lines) or any(charge.sku_id is not None for charge in charges)
    if touched and statements.overdrawn_lines(order.pk):
        raise Conflict(
            "more_than_was_paid",
            "More would go back for a wine than was paid for it. Look at the order again.",
        )


def move_promises(*, holder: str, pieces: Mapping[int, int]) -> None:
    """Turns what ``holder`` holds into promises and gives promised pieces back, by sku id. Locks all stock at once."""
    stocks = lock_counters_by_sku(pieces)
    by_stock = {stocks[sku_id].stock_id: count for sku_id, count in pieces.items()}
    more = {id: count for id, count in by_stock.items() if count > 0}
    less = {id: -count for id, count in by_stock.items() if count < 0}
    if more:
        sell_held(holder=holder, quantities=more)
    if less:
        return_sold(quantities=less)


def _next_change(
    order: Order,
    kind: ChangeKind,
    difference_minor: int,
    reason: str,
    details: Mapping[str, Sequence[str]] | None,
    actor: Actor,
    now: datetime,
) -> OrderChange:
    columns: dict[str, Any] = {
        "kind": kind.value,
        "at": now,
        "actor_label": actor.label[:200],
        "reason": reason[:300],
        "difference_minor": difference_minor,
        "details": {name: list(words) for name, words in (details or {}).items()},
    }
    change_id, number = statements.insert_change(order.pk, **columns)
    return OrderChange(pk=change_id, order=order, number=number, **columns)


def _write_delivery(order: Order, delivery: NewDelivery | None, terms: Terms | None) -> None:
    columns: dict[str, Any] = {}
    if terms:
        columns["terms"] = terms.as_json()
    if delivery:
        to = delivery.ship_to
        columns |= {
            "method_id": delivery.method_id,
            "recipient": to.recipient,
            "company": to.company,
            "line1": to.line1,
            "line2": to.line2,
            "city": to.city,
            "ship_state": to.state,
            "postal_code": to.postal_code,
            "country": to.country,
            "phone": to.phone,
            "location": to.location,
            "requested_ship_on": delivery.requested_ship_on,
            "gift_note": fitting(delivery.gift_note, GIFT_NOTE_LENGTH, "gift_note"),
        }
    Order.objects.filter(pk=order.pk).update(**columns)


def credit_order(*, order: Order, amount_minor: int, reason: str, actor: Actor, now: datetime) -> OrderChange:
    """Lowers what an order owes by ``amount_minor`` without touching its bottles (a corked bottle, a late parcel).

    Inside the caller's transaction, with the order locked. Written as a discount with its reason.
    """
    change = _next_change(order, ChangeKind.REFUND, -amount_minor, reason, None, actor, now)
    charge = NewCharge(ChargeKind.DISCOUNT.value, -amount_minor, reason[:160])
    statements.insert_entries(order.pk, change.pk, [], [charge])
    Order.objects.filter(pk=order.pk).update(owed_minor=F("owed_minor") - amount_minor)
    statements.recount_order(order.pk)
    statements.recount_customer(order.customer_id)
    react("order.touched", order_id=order.pk)
    return change


def waive_rest(*, order: Order, amount_minor: int, actor: Actor, now: datetime) -> OrderChange:
    """Lets go of ``amount_minor`` that an order owes and no card can be charged, as a charge of its own.

    Inside the caller's transaction, with the order locked. Records ``order.changed``, reacts with ``rest.waived``.
    """
    change = _next_change(order, ChangeKind.REFUND, -amount_minor, TOO_SMALL, None, actor, now)
    charge = NewCharge(ChargeKind.WAIVED.value, -amount_minor, TOO_SMALL)
    statements.insert_entries(order.pk, change.pk, [], [charge])
    Order.objects.filter(pk=order.pk).update(owed_minor=F("owed_minor") - amount_minor)
    record_event(
        EventName.ORDER_CHANGED,
        "order",
        order.pk,
        text=f"let go of {Money(amount_minor, order.currency)}, which is less than a card can be charged",
        data={"number": change.number, "difference_minor": -amount_minor},
        customer_id=order.customer_id,
        actor=actor,
        now=now,
    )
    react("rest.waived", order_id=order.pk, now=now)
    return change


def _reverse_ledger(order: Order, fee_minor: int, reason: str, actor: Actor, now: datetime) -> OrderChange:
    """Adds the entries that bring the order to nought, or to its fee, as one numbered change."""
    lines = [NewLine(line.sku_id, None, -line.quantity, line.unit_price.minor) for line in order_lines(order)]
    charges = [
        NewCharge(
            row["kind"],
            -row["minor"],
            row["description"],
            row["sku_id"],
            row["unit_price_minor"],
            -(row["covered"] or 0),
            TaxPart(row["tax_kind"], row["jurisdiction"], row["rate_ppm"], row["tax_source"]),
            -row["base"],
            -row["included"],
        )
        for row in charges_by_line(order.pk)
    ]
    if fee_minor:
        charges.append(NewCharge(ChargeKind.CANCELLING.value, fee_minor, CANCELLATION_FEE))
    change = _next_change(order, ChangeKind.CANCEL, fee_minor - order.owed_minor, reason, None, actor, now)
    statements.insert_entries(order.pk, change.pk, lines, charges)
    Order.objects.filter(pk=order.pk).update(owed_minor=fee_minor)
    return change


def _say_bottles(order: Order, restock: bool) -> str:
    if order.is_test:
        return "it was a test, so no bottles moved"
    return "bottles back in stock" if restock else "bottles written off"


def _write_off(promised: dict[int, int], order: Order, actor: Actor, now: datetime) -> None:
    """Bottles of a cancelled order that don't come back leave the cellar's books too."""
    skus = dict(Stock.objects.filter(pk__in=promised).values_list("pk", "sku_id"))
    for stock_id, pieces in promised.items():
        move_stock(
            sku_id=skus[stock_id],
            quantity=-pieces,
            reason=MovementReason.OTHER,
            note=gettext("%s canceled, bottles not back") % order.reference,
            actor=actor,
            now=now,
        )
