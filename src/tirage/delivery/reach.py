"""Where wine can't go, and why a way that was chosen isn't there any more, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from tirage.core.sql import fetch_all
from tirage.core.texts import say_names
from tirage.core.winery import local_time
from tirage.delivery.days import say_date
from tirage.delivery.models import Method
from tirage.delivery.queries import TAKES, DeliveryQuote, may_be_held, special_of
from tirage.delivery.states import MethodKind, Visibility
from tirage.places import SPECIAL_WORDS, SpecialKind, find_country, subdivisions

# The ways of shipping that customers may choose, once for each open place that they reach.
_REACHED = """
SELECT m.name, m.kind, m.takes_po_boxes, m.takes_military, m.takes_territories, d.country, d.state
FROM delivery_method m
LEFT JOIN delivery_destination d ON d.is_open AND d.state IN ({marks})
  AND EXISTS (SELECT 1 FROM delivery_rate r JOIN delivery_ratetable t ON t.id = r.table_id
              WHERE r.zone_id = d.zone_id AND t.method_id = m.id AND t.first_day = (
                  SELECT MAX(b.first_day) FROM delivery_ratetable b
                  WHERE b.method_id = m.id AND b.first_day <= %s))
  AND NOT EXISTS (SELECT 1 FROM delivery_method_closed_destinations c
                  WHERE c.method_id = m.id AND c.destination_id = d.id)
  AND NOT EXISTS (SELECT 1 FROM delivery_law w WHERE w.destination_id = d.id AND w.kind = 'carriers'
                    AND w.first_day <= %s AND (w.last_day IS NULL OR w.last_day >= %s)
                    AND (', ' || w.words || ',') NOT LIKE ('%%, ' || m.carrier || ',%%'))
WHERE m.kind IN ('ship', 'hold') AND m.is_active AND m.visibility = 'all'
  AND (m.offered_from IS NULL OR m.offered_from <= %s) AND (m.offered_until IS NULL OR m.offered_until >= %s)
ORDER BY m.position, m.id
"""


def say_place(country: str, state: str) -> str:
    """``Utah``; the country where it has no states that we know."""
    found = find_country(country)
    return subdivisions(country).get(state) or (found.name if found else "") or state or country


def say_unreached(country: str, state: str) -> str:
    """That wine can't be sent to a state or country at all."""
    return f"We can't send wine to {say_place(country, state)}."


def words_of_addresses(
    addresses: Sequence[Any], now: datetime, *, asks: bool = True, closed: bool = True
) -> list[str]:
    """Of each address why no way of shipping that customers may choose takes wine there; empty where one does.

    ``asks`` for another address. Without ``closed`` nothing is said of places that no way of shipping reaches at all.
    One statement for all of them. Where the winery ships nowhere nothing is said.
    """
    states = sorted({address.state for address in addresses} | {""})
    if not addresses:
        return []
    rows = fetch_all(
        _REACHED.format(marks=", ".join(["%s"] * len(states))),
        [*states, *[local_time(now).date().isoformat()] * 5],
    )
    return [_word(address, rows, asks=asks, closed=closed) if rows else "" for address in addresses]


def _word(address: Any, rows: Sequence[dict[str, Any]], *, asks: bool, closed: bool) -> str:
    # A carrier's location is reached by what is held there, an address by what goes to a door.
    location = getattr(address, "location", "")
    kind = MethodKind.HOLD if location else MethodKind.SHIP
    held = {(row["country"], row["state"]) for row in rows if row["kind"] == MethodKind.HOLD}
    is_held_there = not location and bool(held & {(address.country, address.state), (address.country, "")})
    rows = [row for row in rows if row["kind"] == kind]
    of_state = [row for row in rows if (row["country"], row["state"]) == (address.country, address.state)]
    # A country's own row holds for those of its states that have none.
    there = of_state or [row for row in rows if (row["country"], row["state"]) == (address.country, "")]
    special = special_of(address)
    refused = {row["name"]: {one for one in special if not row[TAKES[one]]} for row in there}
    if there and not all(refused.values()):
        return ""
    if there:
        kinds = frozenset().union(*refused.values())
        return say_carriers(list(refused), kinds, asks=asks, may_be_held=is_held_there)
    words = say_unreached(address.country, address.state) if closed else ""
    return f"{words} Choose another address, or write to us." if asks and words else words


def _say_special(kinds: Collection[SpecialKind]) -> str:
    """``PO boxes``, ``PO boxes and US territories``."""
    return say_names([SPECIAL_WORDS[kind] for kind in sorted(kinds)])


def say_carriers(
    names: Sequence[str], kinds: Collection[SpecialKind], *, asks: bool, may_be_held: bool = False
) -> str:
    """``Ground and Overnight don't deliver wine to PO boxes. …``; ``asks`` for another address, or for a carrier's
    counter nearby where wine ``may_be_held``."""
    verb = "don't" if len(set(names)) > 1 else "doesn't"
    words = f"{say_names(list(dict.fromkeys(names)))} {verb} deliver wine to {_say_special(kinds)}."
    if not asks:
        return words
    ask = "Give a street address" if SpecialKind.PO_BOX in kinds else "Choose another address"
    held = ", have it held near you" if may_be_held and kinds == {SpecialKind.PO_BOX} else ""
    return f"{words} {ask}{held}, or write to us."


def say_refused(quotes: Sequence[DeliveryQuote], *, asks: bool = True) -> str:
    """Why no way of shipping takes wine to a special address that some reach; empty when one does, or it is plain."""
    ships = [quote for quote in quotes if quote.kind.is_sent]
    if not ships or not all(quote.refuses for quote in ships):
        return ""
    kinds = frozenset().union(*(quote.refuses for quote in ships))
    names = [quote.name for quote in ships]
    return say_carriers(names, kinds, asks=asks, may_be_held=may_be_held(quotes))


def why_gone(
    reference: str,
    quotes: Sequence[DeliveryQuote],
    *,
    country: str,
    state: str,
    location: str = "",
    now: datetime,
) -> str:
    """Why the way ``reference``, chosen before, isn't among the ``quotes`` that lead to a place, or refuses it.

    ``Overnight doesn't deliver wine to Utah.`` One statement.
    """
    refusing = next((quote for quote in quotes if quote.reference == reference and quote.refuses), None)
    if refusing:
        return say_carriers([refusing.name], refusing.refuses, asks=False)
    method = Method.objects.filter(reference=reference).first()
    if method is None:
        return "The way of delivery that you chose is no longer offered."
    if not method.is_active or (method.visibility == Visibility.STAFF and not _is_offered(reference, quotes)):
        return f"{method.name} is no longer offered."
    today = local_time(now).date()
    if method.offered_from and today < method.offered_from:
        return f"{method.name} is offered from {say_date(method.offered_from)} on."
    if method.offered_until and today > method.offered_until:
        return f"{method.name} was offered until {say_date(method.offered_until)}."
    if method.kind == MethodKind.HOLD and not location:
        return f"{method.name} needs a carrier's location: choose where the parcel is held for you."
    if method.kind == MethodKind.SHIP and location:
        return f"{method.name} goes to a door, not to a carrier's location."
    if not MethodKind(method.kind).is_sent:
        return f"{method.name} is not possible at the moment."
    if not any(quote.kind.is_sent for quote in quotes):
        return say_unreached(country, state)
    if method.visibility == Visibility.GROUPS and not _is_offered(reference, quotes):
        # Whose it is isn't said: groups are the winery's own affair.
        return f"{method.name} isn't offered for this order."
    return f"{method.name} doesn't deliver wine to {say_place(country, state)}."


def _is_offered(reference: str, quotes: Sequence[DeliveryQuote]) -> bool:
    return any(quote.reference == reference for quote in quotes)
