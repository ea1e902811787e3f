"""Everything that a change's quote is made of, read as of one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from tirage.catalog.formats import Formats
from tirage.catalog.models import current_formats, format_name
from tirage.changes import statements
from tirage.changes.models import ChangeDraft
from tirage.changes.pricing import Priced, order_ship_to, price
from tirage.changes.reckoning import Load
from tirage.changes.rules import ChargeEntry, QuoteLine, StaffCharge, line_key
from tirage.changes.states import DraftState, Maker
from tirage.checkout import statements as checkout_statements
from tirage.checkout.queries import page_of
from tirage.checkout.rules import OfferPage
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of
from tirage.core.money import Money
from tirage.core.sql import day_out, moment_out
from tirage.customers.states import CustomerStatus
from tirage.delivery.limits.queries import key_of
from tirage.delivery.limits.rules import Verdict
from tirage.delivery.queries import DeliveryQuote, quote_methods, special_of
from tirage.delivery.reach import say_refused, say_unreached, why_gone
from tirage.delivery.rules import Terms
from tirage.offers.models import OfferItem
from tirage.offers.rules import OfferStatus
from tirage.orders.models import Order, OrderChange
from tirage.orders.rules import ShipTo
from tirage.orders.states import Channel
from tirage.taxes.rules import Bottles

#: Wines of an offer stay those of its group for so long after its close: who calls late asks for an exception.
LATE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a quote is made of, as of now, with at most eight statements, ten where a place has limits."""

    draft: ChangeDraft
    order: Order
    lines: tuple[QuoteLine, ...]
    present: list[ChargeEntry]
    staff: list[tuple[int, StaffCharge]]
    changes: list[OrderChange]
    page: OfferPage | None
    priced: Priced
    covered: int
    paid: int
    #: Why the way that the order would go doesn't lead to the address; empty when it does.
    refused: str
    #: The customer's store credit.
    credit: int
    #: The customer's date of birth, where it is known.
    born: date | None
    #: The recipient's, where the address book knows it.
    recipient_born: date | None
    #: What the volume limits of where it would go say; None where it sends no more wine there than before.
    volume: Verdict | None
    #: Whether the customer's account is closed.
    suspended: bool
    #: Wines of a new order that others are offered, by sku id.
    allocated: frozenset[int]

    @property
    def by_customer(self) -> bool:
        return self.draft.maker == Maker.CUSTOMER


def gather_facts(draft: ChangeDraft, now: datetime, *, locks: bool = False) -> Facts:
    order = draft.order
    formats = Terms.from_json(order.terms).formats if order.terms else current_formats()
    rows = statements.lines_of(order.pk, draft.pk, draft.reference)
    if order.is_test:
        # It holds nothing in the cellar: what it adds is as good as held while its time runs.
        rows = [row | {"own_hold": int(row["wanted"]), "hold_ends": draft.expires_at} for row in rows]
    lines = tuple(_line(row, order.currency, formats, now) for row in rows)
    present, staff = _split(statements.charges_of(order.pk, draft.pk))
    ship_to = ship_to_of(draft)
    today = statements.customer_today(
        order.customer_id, order.pk, now, base_number=draft.base_number, recipient=ship_to.recipient
    )
    load = load_of(lines, after=True)
    ways = quote_methods(
        country=ship_to.country,
        state=ship_to.state,
        freight=load.freight(today["discount_bp"] or 0),
        free_shipping=bool(today["free_shipping"]),
        special=special_of(ship_to),
        location=ship_to.location,
        staff=True,
        city=ship_to.city,
        postal_code=ship_to.postal_code,
        customer_id=order.customer_id,
        now=now,
    )
    leading = [way for way in ways if not way.refuses]
    wanted = method_wanted(draft)
    is_there = any(way.reference == wanted for way in leading)
    refused = "" if is_there or not wanted else _refused(wanted, ways, ship_to, now)
    back = int(today["refunds_under_way"])
    paid = order.paid_minor - back
    priced = price(draft, ship_to, leading, present, discount_bp=today["discount_bp"] or 0)
    return Facts(
        draft=draft,
        order=order,
        lines=lines,
        present=present,
        staff=staff,
        changes=_changes_since(draft) if today["newer"] else [],
        page=own_offer(draft, now),
        priced=priced,
        covered=paid + int(today["authorised"]),
        paid=paid,
        refused=refused,
        credit=0 if order.is_test else int(today["credit_minor"]),
        born=day_out(today["birth_date"]),
        recipient_born=day_out(today["recipient_born"]),
        volume=_volume(draft, lines, ship_to, priced, now, locks=locks),
        suspended=today["status"] != CustomerStatus.ACTIVE,
        allocated=_allocated(draft, lines, now),
    )


def _allocated(draft: ChangeDraft, lines: Sequence[QuoteLine], now: datetime) -> frozenset[int]:
    """One statement for a new order, none else."""
    if not draft.is_new_order:
        return frozenset()
    items = OfferItem.objects.filter(
        sku_id__in=[line.sku_id for line in lines], offer__is_active=True, offer__closes_at__gt=now - LATE
    )
    return frozenset(items.values_list("sku_id", flat=True))


def _volume(
    draft: ChangeDraft,
    lines: Sequence[QuoteLine],
    to: ShipTo,
    priced: Priced,
    now: datetime,
    *,
    locks: bool,
) -> Verdict | None:
    """Asked when a wine comes, or all of it goes elsewhere, and before the money: what is being paid counts already."""
    way, order = priced.course.way, draft.order
    before = sum(line.before * line.millilitres for line in lines)
    after = sum(max(line.after, 0) * line.millilitres for line in lines)
    is_sent = way is None or (way.kind.is_sent and way.is_limited)
    was_sent = priced.course.old_kind is None or priced.course.old_kind.is_sent
    goes_elsewhere = not was_sent or key_of(parts_of(to)) != key_of(parts_of(order_ship_to(order)))
    if draft.state == DraftState.PAYING or not is_sent or not (after > before or goes_elsewhere):
        return None
    parcel = parcel_to(draft, lines, to, goes_elsewhere=goes_elsewhere, now=now)
    return judge_parcel(parcel, locks=locks)


def parcel_to(
    draft: ChangeDraft, lines: Sequence[QuoteLine], to: ShipTo, *, goes_elsewhere: bool, now: datetime
) -> Parcel:
    """The order's wine as the draft would send it: all of it comes to another address, what is added to its own."""
    order = draft.order
    before = sum(line.before * line.millilitres for line in lines)
    comes = frozenset(
        line.sku_id for line in lines if line.after > (0 if goes_elsewhere else max(line.before, 0))
    )
    return Parcel(
        order.customer_id,
        sum(max(line.after, 0) * line.millilitres for line in lines),
        parts_of(to),
        order.made_at,
        order.pk,
        before if (to.country, to.state) == (order.country, order.ship_state) else 0,
        comes,
        now,
        order.channel == Channel.WINERY,
    )


def _changes_since(draft: ChangeDraft) -> list[OrderChange]:
    changes = OrderChange.objects.filter(order_id=draft.order_id, number__gt=draft.base_number)
    return list(changes.order_by("number"))


def method_wanted(draft: ChangeDraft) -> str:
    """The way that the order would go, by reference; empty where it has none."""
    old = draft.order.method
    return str(draft.delivery.get("method", old.reference if old else ""))


def _refused(wanted: str, ways: Sequence[DeliveryQuote], to: ShipTo, now: datetime) -> str:
    words = say_refused(ways)
    if words:
        return words
    gone = why_gone(wanted, ways, country=to.country, state=to.state, location=to.location, now=now)
    is_nowhere = gone == say_unreached(to.country, to.state)
    ask = "another address, or another way" if is_nowhere else "another way, or another address"
    return f"{gone} Choose {ask}."


def _line(row: dict[str, Any], currency: str, formats: Formats, now: datetime) -> QuoteLine:
    pieces, wanted = int(row["pieces"]), int(row["wanted"])
    ends = moment_out(row["hold_ends"])
    held = (row["own_hold"] or 0) if ends and ends > now else 0
    return QuoteLine(
        key=line_key(row["sku_id"], row["unit_price_minor"]),
        sku_id=row["sku_id"],
        offer_item_id=row["offer_item_id"],
        stock_id=row["stock_id"],
        code=row["code"],
        name=row["name"],
        format_name=format_name(row["millilitres"], row["units"]),
        label_digest=row["digest"] or "",
        units=row["units"],
        millilitres=row["units"] * row["millilitres"],
        equivalents_milli=formats.equivalents_milli(row["millilitres"], row["units"]),
        grams=formats.grams(row["millilitres"], row["units"]),
        unit_price=Money(row["unit_price_minor"], currency),
        before=pieces,
        after=pieces + wanted,
        held=min(held, max(wanted, 0)),
        is_unbottled=bool(row["expected"]) and not row["on_hand"],
    )


def _split(rows: Sequence[dict[str, Any]]) -> tuple[list[ChargeEntry], list[tuple[int, StaffCharge]]]:
    """The ledger's charges, and the draft's own rows."""
    present = [
        ChargeEntry(
            row["kind"],
            int(row["amount_minor"]),
            row["description"],
            row["sku_id"],
            row["unit_price_minor"],
            int(row["pieces"] or 0),
        )
        for row in rows
        if row["id"] is None
    ]
    staff = [
        (
            row["id"],
            StaffCharge(
                row["kind"],
                row["description"],
                None if row["amount_minor"] is None else int(row["amount_minor"]),
                row["percent_bp"],
                row["sku_id"],
            ),
        )
        for row in rows
        if row["id"] is not None
    ]
    return present, sorted(staff)


def load_of(lines: Sequence[QuoteLine], *, after: bool) -> Load:
    counts = [max(line.after, 0) if after else line.before for line in lines]
    pairs = list(zip(lines, counts, strict=True))
    return Load(
        sum(line.unit_price.minor * count for line, count in pairs),
        sum(line.equivalents_milli * count for line, count in pairs),
        sum(line.grams * count for line, count in pairs),
        tuple(
            Bottles(count, line.unit_price.minor * count, line.units, line.millilitres // line.units)
            for line, count in pairs
            if count
        ),
    )


def ship_to_of(draft: ChangeDraft) -> ShipTo:
    """Where the order would go."""
    kept = draft.delivery.get("ship_to")
    return ShipTo(**kept) if kept else order_ship_to(draft.order)


def own_offer(draft: ChangeDraft, now: datetime) -> OfferPage | None:
    """What the customer may buy of the order's release today, what this draft adds left out of what is used.

    None without an offer there. What staff put together from somebody else's offer has that one's wines and prices, as
    of an offer that is closed. Two statements, one more there.
    """
    order = draft.order
    customer_id, release_id = order.customer_id, order.release_id
    if release_id is None:
        return None
    row = checkout_statements.offer_of_release(customer_id, release_id, now)
    if row:
        # A real order stays real whose customer is in a test group by now, and the other way round.
        row["is_test"] = order.is_test
    if draft.is_new_order and order.offer_id and (row is None or row["id"] != order.offer_id):
        row = checkout_statements.offer_by_id(customer_id, order.offer_id, now)
        row = row and row | {"is_test": False}
        page = page_of(row, customer_id, now, besides_draft=draft.pk or 0) if row else None
        return replace(page, status=OfferStatus.CLOSED) if page else None
    return page_of(row, customer_id, now, besides_draft=draft.pk or 0) if row else None
