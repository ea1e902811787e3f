"""An order as a compliance service is told of it; which orders are, and which changes of one ask again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import Q, QuerySet

from tirage.catalog.models import Sku
from tirage.catalog.states import Colour
from tirage.compliance.models import ComplianceSetup
from tirage.compliance.protocol import Item, Party, Sale, SoldBy
from tirage.core.money import share_minor
from tirage.core.winery import current_winery, local_time
from tirage.delivery.states import MethodKind
from tirage.orders.models import Order
from tirage.orders.queries import LineView, charges_by_line, order_lines
from tirage.orders.states import Channel, ChargeKind, OrderState

#: Of wine, and stronger: it was fortified, or is rare enough to be looked at.
_FORTIFIED = Decimal(16)
#: Ways on which nobody carries anything anywhere.
_STAYS = (MethodKind.PICKUP.value, MethodKind.STORAGE.value)
_DOORS = {
    Channel.TELEPHONE: SoldBy.TELEPHONE,
    Channel.STAFF: SoldBy.TELEPHONE,
    Channel.WINERY: SoldBy.IN_PERSON,
}


def needs_check(order: Order) -> bool:
    """Whether a service has to say that it may ship: placed in earnest, and sent to an address of the United States."""
    return (
        order.state == OrderState.PLACED
        and order.country == "US"
        and order.method is not None
        and order.method.kind not in _STAYS
    )


def is_taxed_by_tables(order: Order) -> bool:
    """Whether no service has said its tax, as one would have, were it sold where one is asked for it."""
    tax = (order.terms or {}).get("tax") or {}
    return not (tax.get("answer") or tax.get("included") or tax.get("relief"))


def is_asked_about(order: Order, setup: ComplianceSetup) -> bool:
    """Whether a service judges the order: before it ships, or for its tax only."""
    return needs_check(order) and (setup.checks_orders or compares_tax(order, setup))


def compares_tax(order: Order, setup: ComplianceSetup) -> bool:
    """Whether what our own tables made of it is held against what the service says."""
    return setup.asks_tax and is_taxed_by_tables(order)


def orders_to_check() -> QuerySet[Order]:
    """All orders that ``needs_check``."""
    sent = ~Q(method__kind__in=_STAYS) & Q(method__isnull=False)
    return Order.objects.filter(sent, state=OrderState.PLACED.value, country="US")


def sale_of(order: Order, setup: ComplianceSetup, now: datetime) -> Sale:
    """The order as it stands; four statements."""
    lines = order_lines(order)
    charges = _charges(order)
    recipient = _recipient(order)
    return Sale(
        key=order.reference,
        customer_key=order.customer.reference,
        sold_on=local_time(order.placed_at or now).date(),
        ships_on=_ships_on(order, now),
        sold_by=_DOORS.get(Channel(order.channel), SoldBy.INTERNET),
        buyer=_buyer(order, recipient),
        recipient=recipient,
        sender=sender_of(setup),
        items=tuple(_items(order, lines)),
        currency=order.currency,
        shipping_minor=max(charges[ChargeKind.SHIPPING.value], 0),
        handling_minor=max(sum(charges[kind.value] for kind in _HANDLING), 0),
        tax_minor=max(charges[ChargeKind.TAX.value], 0),
        carrier=order.method.carrier if order.method else "",
        tracking=order.tracking,
        gift_note=order.gift_note,
    )


#: What is charged beside the way itself, and is wine's neither.
_HANDLING = (ChargeKind.PACKAGING, ChargeKind.EXPEDITE, ChargeKind.INSURANCE)


def _charges(order: Order) -> defaultdict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for row in charges_by_line(order.pk):
        found[row["kind"]] += int(row["minor"])
    return found


def _ships_on(order: Order, now: datetime) -> date:
    """The day it was asked for; a day that has passed is today."""
    left = order.shipped_at
    today = local_time(left or now).date()
    wanted = order.requested_ship_on
    return wanted if wanted and wanted > today and left is None else today


def _recipient(order: Order) -> Party:
    first, _, last = order.recipient.rpartition(" ")
    born = order.customer.birth_date if order.recipient == order.customer.name else None
    return Party(
        first_name=first or last,
        last_name=last,
        company=order.company,
        line1=order.line1,
        line2=order.line2,
        city=order.city,
        state=order.ship_state,
        postal_code=order.postal_code,
        country=order.country,
        phone=order.phone,
        born=born,
    )


def _buyer(order: Order, recipient: Party) -> Party:
    """Whose card it is; we keep no address of it, so theirs is where the wine goes."""
    customer = order.customer
    return Party(
        first_name=customer.first_name or recipient.first_name,
        last_name=customer.last_name or recipient.last_name,
        line1=recipient.line1,
        line2=recipient.line2,
        city=recipient.city,
        state=recipient.state,
        postal_code=recipient.postal_code,
        country=recipient.country,
        phone=customer.phone,
        email=customer.email,
        born=customer.birth_date,
    )


def sender_of(setup: ComplianceSetup) -> Party:
    """From where the wine leaves."""
    return Party(
        first_name="",
        last_name="",
        company=current_winery().name,
        line1=setup.line1,
        city=setup.city,
        state=setup.state,
        postal_code=setup.postal_code,
    )


def _items(order: Order, lines: list[LineView]) -> list[Item]:
    skus = {
        sku.pk: sku
        for sku in Sku.objects.filter(pk__in=[line.sku_id for line in lines]).select_related("vintage__wine")
    }
    discounts = _discounts(order, lines)
    return [
        item_of(
            skus[line.sku_id],
            quantity=line.quantity,
            unit_price_minor=line.unit_price.minor,
            discount_minor=discounts[number],
        )
        for number, line in enumerate(lines)
    ]


def item_of(sku: Sku, *, quantity: int, unit_price_minor: int, discount_minor: int) -> Item:
    strength = sku.vintage.alcohol_percent
    colour = sku.vintage.wine.colour
    return Item(
        code=sku.code,
        name=f"{sku.name}, {sku.format_name}",
        quantity=quantity,
        unit_price_minor=unit_price_minor,
        discount_minor=discount_minor,
        millilitres=sku.millilitres,
        units=sku.units,
        alcohol_percent=strength,
        is_sparkling=colour == Colour.SPARKLING.value,
        is_fortified=colour == Colour.SWEET.value and strength is not None and strength > _FORTIFIED,
    )


def _discounts(order: Order, lines: list[LineView]) -> list[int]:
    """What is taken off each line: its own discounts, and its share of those for the whole order."""
    off = [0] * len(lines)
    places = {(line.sku_id, line.unit_price.minor): number for number, line in enumerate(lines)}
    rest = 0
    for row in charges_by_line(order.pk):
        if row["kind"] != ChargeKind.DISCOUNT.value:
            continue
        number = places.get((row["sku_id"], row["unit_price_minor"]))
        if number is None:
            rest -= int(row["minor"])
        else:
            off[number] -= int(row["minor"])
    amounts = [max(line.amount.minor - taken, 0) for line, taken in zip(lines, off, strict=True)]
    if rest > 0 and any(amounts):
        shares = share_minor(min(rest, sum(amounts)), amounts)
        off = [taken + share for taken, share in zip(off, shares, strict=True)]
    return [max(taken, 0) for taken in off]


def fingerprint_of(order: Order) -> str:
    """Of what a verdict depends on: bottles, address, recipient, day and carrier. Prices aren't among it. One
    statement."""
    pieces: defaultdict[str, int] = defaultdict(int)
    for line in order_lines(order):
        pieces[line.code] += line.quantity
    facts = [
        sorted(pieces.items()),
        [order.recipient, order.line1, order.line2, order.city, order.ship_state, order.postal_code],
        str(order.requested_ship_on or ""),
        order.method.carrier if order.method else "",
    ]
    return sha256(json.dumps(facts).encode()).hexdigest()


def as_shown(sale: Sale) -> Mapping[str, Any]:
    """What was asked, as the check keeps it for people to read."""
    to = sale.recipient
    place = f"{to.line1}, {to.city}, {to.state} {to.postal_code}"
    return {
        "to": f"{to.name}, {place}" if to.name else place,
        "ships_on": sale.ships_on.isoformat(),
        "items": [[item.quantity, item.name] for item in sale.items],
    }
