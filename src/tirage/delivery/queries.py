"""Which ways lead to a place, at what price and with which tax."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tirage.core.sql import fetch_all
from tirage.core.winery import local_time
from tirage.delivery.carriers import AT_COUNTER, say_way
from tirage.delivery.pickups import say_sent_after
from tirage.delivery.rules import Freight, RateStep, Tariff
from tirage.delivery.states import SENT, Basis, MethodKind, Visibility
from tirage.places import SpecialKind, special_kinds
from tirage.taxes.book import Book, book_of
from tirage.taxes.protocol import TaxCustomer, TaxLine, TaxPlace, added_minor
from tirage.taxes.rules import TaxRule, tax_lines


@dataclass(frozen=True, slots=True)
class DeliveryQuote:
    """One method's price for one parcel of wine to one place, in minor units."""

    method_id: int
    reference: str
    name: str
    description: str
    kind: MethodKind
    shipping_minor: int
    tax_minor: int
    is_free: bool
    #: The shipping table and the tax that the price comes from.
    tariff: Tariff
    tax: TaxRule
    #: What it is taxed and which fees come to it.
    taxes: tuple[TaxLine, ...] = ()
    #: Whether customers may choose it, or staff only.
    is_public: bool = True
    #: What the address is that its carrier doesn't take wine to; empty when it may go.
    refuses: frozenset[SpecialKind] = frozenset()
    #: Country and state in which the wine is handed over: whose law counts.
    place: tuple[str, str] = ("", "")
    #: Whether the place it is sent to has volume limits or laws, so that they are worth asking for.
    is_limited: bool = False
    #: Who carries it, by a word of ``carriers``; empty where nobody said.
    carrier: str = ""
    #: Whether customers may have wine sent to a carrier's location instead.
    may_be_held: bool = False
    #: Whether a law of the place has an adult sign for it.
    is_signed: bool = False
    #: After how many days wine that lies ready is sent instead of waiting for its owner; None where it waits.
    sent_after_days: int | None = None


def kinds_besides(quotes: Sequence[DeliveryQuote], location: str = "") -> set[MethodKind]:
    """The kinds of ways that lead to its owner besides sending it to the address: of ways that customers may choose.

    Holding is one where it may be held and doesn't go to a carrier's ``location`` already.
    """
    kinds = {quote.kind for quote in quotes if quote.is_public} - set(SENT)
    return kinds | ({MethodKind.HOLD} if may_be_held(quotes, location) else set())


def may_be_held(quotes: Sequence[DeliveryQuote], location: str = "") -> bool:
    """Whether the customer may have it sent to a carrier's location instead of to the address."""
    return not location and any(quote.may_be_held for quote in quotes)


#: Any location of any carrier, for who wants to know what it would cost; the statement writes it out.
ANYWHERE = "*"

#: The column that says whether a method's carrier takes wine to a special address.
TAKES = {
    SpecialKind.PO_BOX: "takes_po_boxes",
    SpecialKind.MILITARY: "takes_military",
    SpecialKind.TERRITORY: "takes_territories",
}

# Whether a customer may choose a method: everybody may, or whoever is in a group that it names.
_FOR_CUSTOMER = """(m.visibility = %(all)s OR (m.visibility = 'groups' AND EXISTS (
    SELECT 1 FROM delivery_method_groups q JOIN customers_membership p ON p.group_id = q.group_id
    WHERE q.method_id = m.id AND p.customer_id = %(customer)s)))"""
# One statement for a checkout: methods that reach the destination (the state, or the country where the state is none of
# its own) with the rates of its zone on that day,
# and those that hand over at the winery or a warehouse, with the tax of that place. A law that names carriers leaves
# out those that go by others, or by none that is known.
_METHODS = """
SELECT m.id, m.reference, m.name, m.description, m.kind, {for_customer} AS is_public, m.qualifies_for_free_shipping,
       m.takes_po_boxes, m.takes_military, m.takes_territories,
       d.country, d.state, r.up_to_milli, r.price_minor,
       t.basis, t.minimum_minor, t.maximum_minor, t.included_from_milli, t.included_from_minor, t.first_day,
       z.name AS zone, m.pickup_address, m.opening_hours, m.carrier, m.days_least, m.days_most,
       m.send_after_days,
       (EXISTS (SELECT 1 FROM delivery_volumelimit v WHERE v.destination_id = d.id)
        OR EXISTS (SELECT 1 FROM delivery_law w WHERE w.destination_id = d.id)) AS is_limited,
       (SELECT x.revision FROM taxes_taxsetup x WHERE x.id = 1) AS tax_revision,
       (SELECT n.number FROM taxes_businessnumber n WHERE n.customer_id = %(customer)s) AS business_number,
       (SELECT n.country FROM taxes_businessnumber n WHERE n.customer_id = %(customer)s) AS business_country,
       (SELECT n.name FROM taxes_businessnumber n WHERE n.customer_id = %(customer)s) AS business_name,
       EXISTS (SELECT 1 FROM delivery_law w WHERE w.destination_id = d.id AND w.kind = 'signature'
               AND w.first_day <= %(day)s AND (w.last_day IS NULL OR w.last_day >= %(day)s)) AS is_signed,
       EXISTS (SELECT 1 FROM delivery_method h WHERE h.kind = 'hold' AND h.is_active AND {for_holder}
               AND (h.offered_from IS NULL OR h.offered_from <= %(day)s)
               AND (h.offered_until IS NULL OR h.offered_until >= %(day)s)) AS may_be_held
FROM delivery_method m
JOIN delivery_destination d ON d.is_open AND (
    (m.kind = %(sent)s AND d.country = %(country)s AND (d.state = %(state)s OR (d.state = '' AND NOT EXISTS (
        SELECT 1 FROM delivery_destination e WHERE e.country = %(country)s AND e.state = %(state)s))))
    OR (m.kind NOT IN ('ship', 'hold') AND d.id = m.handover_id))
LEFT JOIN delivery_zone z ON z.id = d.zone_id
LEFT JOIN delivery_ratetable t ON t.method_id = m.id AND t.first_day = (
    SELECT MAX(b.first_day) FROM delivery_ratetable b WHERE b.method_id = m.id AND b.first_day <= %(day)s)
LEFT JOIN delivery_rate r ON r.table_id = t.id AND r.zone_id = d.zone_id
WHERE m.is_active AND (m.kind <> 'hold' OR m.carrier = '' OR %(location)s = '*' OR m.carrier = (
    SELECT l.carrier FROM delivery_location l WHERE l.reference = %(location)s AND l.is_active))
  AND ({for_customer} OR %(staff)s = 1)
  AND (m.offered_from IS NULL OR m.offered_from <= %(day)s)
  AND (m.offered_until IS NULL OR m.offered_until >= %(day)s)
  AND NOT EXISTS (SELECT 1 FROM delivery_method_closed_destinations c
                  WHERE c.method_id = m.id AND c.destination_id = d.id)
  AND NOT EXISTS (SELECT 1 FROM delivery_law w
                  WHERE w.destination_id = d.id AND w.kind = 'carriers' AND m.kind NOT IN ('pickup', 'storage')
                    AND w.first_day <= %(day)s AND (w.last_day IS NULL OR w.last_day >= %(day)s)
                    AND (', ' || w.words || ',') NOT LIKE ('%%, ' || m.carrier || ',%%'))
ORDER BY m.position, m.id, r.up_to_milli
""".replace("{for_customer}", _FOR_CUSTOMER).replace("{for_holder}", _FOR_CUSTOMER.replace("m.", "h."))


def quote_methods(
    *,
    country: str,
    state: str,
    freight: Freight,
    free_shipping: bool,
    now: datetime,
    special: frozenset[SpecialKind] = frozenset(),
    location: str = "",
    staff: bool = False,
    city: str = "",
    postal_code: str = "",
    customer_id: int = 0,
) -> list[DeliveryQuote]:
    """Every method that reaches the place, by the rates of the winery's day; one statement.

    Three more when the tables of taxes are new to this process. ``city`` and ``postal_code`` are for local taxes, the
    customer for a business number.

    ``special`` is what the address is (``places.special_kinds``); a quote ``refuses`` what its carrier doesn't take.
    ``location`` names the carrier's location that the address is: then ways of holding it there are meant, by that
    carrier or by any that isn't said, instead of ways to a door.

    The freight's value is the wine after discounts. Free shipping needs both keys: ``free_shipping`` (the group's)
    and the method's own flag. An empty list means that wine can't go there.
    """
    day = local_time(now).date()
    rows = fetch_all(
        _METHODS,
        {
            "country": country,
            "state": state,
            "all": Visibility.ALL.value,
            "staff": int(staff),
            "day": day.isoformat(),
            "customer": customer_id,
            "sent": (MethodKind.HOLD if location else MethodKind.SHIP).value,
            "location": location,
        },
    )
    book = book_of((rows[0]["tax_revision"] or "") if rows else "")
    by_method: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_method[row["id"]].append(row)
    quotes = (
        _quote(
            steps,
            freight=freight,
            free_shipping=free_shipping,
            special=special,
            taxing=_Taxing(book, day, TaxPlace(country, state, city=city, postal_code=postal_code)),
        )
        for steps in by_method.values()
    )
    return [quote for quote in quotes if quote]


@dataclass(frozen=True, slots=True)
class _Taxing:
    """By which tables, on which day, and where in a state."""

    book: Book
    day: date
    place: TaxPlace

    def rule(self, row: dict[str, Any]) -> TaxRule:
        """What wine by this method is taxed by: where it goes, or where it is handed over."""
        is_shipped = MethodKind(row["kind"]).is_sent
        return self.book.rule(
            self.place if is_shipped else TaxPlace(row["country"], row["state"]),
            self.day,
            is_shipped=is_shipped,
            customer=TaxCustomer(
                business_number=row["business_number"] or "",
                business_country=row["business_country"] or "",
                business_name=row["business_name"] or "",
            ),
        )


def _quote(
    rows: list[dict[str, Any]],
    *,
    freight: Freight,
    free_shipping: bool,
    special: frozenset[SpecialKind],
    taxing: _Taxing,
) -> DeliveryQuote | None:
    first = rows[0]
    kind = MethodKind(first["kind"])
    tariff = _tariff(rows)
    price = tariff.price(freight)
    if price is None:
        if kind.is_sent:
            return None
        price = 0
    is_free = free_shipping and bool(first["qualifies_for_free_shipping"])
    shipping = 0 if is_free else price
    rule = taxing.rule(first)
    taxes = tax_lines(rule, freight.sale(shipping))
    return DeliveryQuote(
        method_id=first["id"],
        reference=first["reference"],
        name=first["name"],
        description=_description(kind, first),
        kind=kind,
        shipping_minor=shipping,
        tax_minor=added_minor(taxes),
        is_free=is_free,
        tariff=tariff,
        tax=rule,
        taxes=taxes,
        is_public=bool(first["is_public"]),
        refuses=frozenset(one for one in special if kind is MethodKind.SHIP and not first[TAKES[one]]),
        place=(first["country"], first["state"]),
        may_be_held=bool(first["may_be_held"]),
        is_signed=kind is MethodKind.SHIP and bool(first["is_signed"]),
        is_limited=kind.is_sent and bool(first["is_limited"]),
        carrier=first["carrier"],
        sent_after_days=first["send_after_days"],
    )


def _description(kind: MethodKind, row: dict[str, Any]) -> str:
    """What stands under its name: whose it is and how long it takes, where wine is picked up and when, after the words
    of the winery."""
    parts = [row["description"], say_way(row["carrier"], row["days_least"], row["days_most"])]
    if kind is MethodKind.HOLD:
        parts.append(AT_COUNTER)
    if kind is MethodKind.PICKUP:
        parts += [row["pickup_address"], row["opening_hours"], say_sent_after(row["send_after_days"])]
    return " · ".join(part for part in parts if part)


def _tariff(rows: list[dict[str, Any]]) -> Tariff:
    first = rows[0]
    steps = tuple(RateStep(row["up_to_milli"], row["price_minor"]) for row in rows if row["up_to_milli"])
    if not steps:
        return Tariff()
    return Tariff(
        steps,
        Basis(first["basis"]),
        first["minimum_minor"],
        first["maximum_minor"],
        first["included_from_milli"],
        first["included_from_minor"],
        first["zone"],
        str(first["first_day"]),
    )


def special_of(address: Any) -> frozenset[SpecialKind]:
    """What anything with an address's parts is, so that not every carrier takes wine there."""
    return special_kinds(
        country=address.country,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
    )
