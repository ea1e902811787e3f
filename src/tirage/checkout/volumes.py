"""Whether wine may go to a place: its laws, and its limits against what orders, and changes being paid, send there.

Asked wherever wine is promised to a place that has limits, before any money: by the checkout, by changes and by grants.
Whoever promises asks with ``locks``. Its rules are ``delivery.limits``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from tirage.core.errors import DomainError
from tirage.core.sql import fetch_all, moment_out
from tirage.core.winery import local_time, start_of_day
from tirage.customers.models import Address
from tirage.delivery.laws.asking import laws_against
from tirage.delivery.laws.queries import laws_by_place, sent_wines
from tirage.delivery.laws.rules import Broken, DatedLaw, SentWine, broken_laws
from tirage.delivery.laws.words import say_broken
from tirage.delivery.limits.queries import HOME, PARTS, home_in, key_of, limits_by_place, limits_for
from tirage.delivery.limits.rules import (
    AddressKey,
    Limit,
    Room,
    Sold,
    Verdict,
    counts_from,
    judge,
    parts_of_time,
    rooms,
)
from tirage.delivery.limits.words import say_beyond
from tirage.delivery.models import Destination
from tirage.delivery.reach import say_place
from tirage.delivery.states import LimitPeriod, LimitSubject, MethodKind

T = TypeVar("T")
#: Country and state.
Place = tuple[str, str]

# What goes or went to a place: orders by what they have now, whichever program made them, and changes that are being
# paid by what they bring. Bottles that came back aren't on the order any more. A pickup goes nowhere and is none of it.
_COUNTS = """o.state IN ('pending', 'placed', 'shipped') AND o.country = %(country)s AND {there}
  AND o.made_at >= %(since)s AND o.id <> %(besides)s"""
_ORDERS = """
SELECT o.id, o.customer_id, o.made_at, o.line1, o.line2, o.city, o.ship_state AS state, o.postal_code, o.country,
       o.location, {home}, NULL AS delivery, 0 AS drafted,
       (SELECT sum(CAST(l.quantity AS bigint) * k.millilitres * k.units) FROM orders_orderline l
        JOIN catalog_sku k ON k.id = l.sku_id WHERE l.order_id = o.id) AS millilitres
FROM orders_order o
LEFT JOIN customers_address h ON h.customer_id = o.customer_id AND h.is_default AND h.removed_at IS NULL
WHERE {counts} {narrow}
"""
_CHANGES = """
SELECT o.id, o.customer_id, o.made_at, o.line1, o.line2, o.city, o.ship_state AS state, o.postal_code, o.country,
       o.location, {home}, d.delivery,
       (SELECT sum(CAST(l.quantity AS bigint) * k.millilitres * k.units) FROM changes_changedraftline l
        JOIN catalog_sku k ON k.id = l.sku_id WHERE l.draft_id = d.id) AS drafted,
       (SELECT sum(CAST(l.quantity AS bigint) * k.millilitres * k.units) FROM orders_orderline l
        JOIN catalog_sku k ON k.id = l.sku_id WHERE l.order_id = o.id) AS millilitres
FROM changes_changedraft d
JOIN orders_order o ON o.id = d.order_id
LEFT JOIN customers_address h ON h.customer_id = o.customer_id AND h.is_default AND h.removed_at IS NULL
WHERE d.state = 'paying' AND o.state IN ('draft', 'placed') AND o.made_at >= %(since)s AND o.id <> %(besides)s
"""
# Of everybody's orders the sums are enough, of one span of time each.
_SUMS = """
SELECT {part} AS part, sum(CAST(l.quantity AS bigint) * k.millilitres * k.units) AS millilitres
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN catalog_sku k ON k.id = l.sku_id
WHERE {counts} GROUP BY 1
"""
_IN_STATE = "o.ship_state = %(state)s"
_IN_COUNTRY = "(o.ship_state <> '' OR o.line1 <> '')"
_OF_CUSTOMER = "AND o.customer_id = %(customer)s"
# Spellings of an address are compared in Python; its ZIP is the same in all of them.
_NEAR = """AND (o.customer_id = %(customer)s OR substr(o.postal_code, 1, 5) = %(zip)s
    OR EXISTS (SELECT 1 FROM customers_address m
               WHERE m.customer_id = %(customer)s AND m.is_default AND m.removed_at IS NULL
                 AND substr(m.postal_code, 1, 5) IN (substr(o.postal_code, 1, 5), substr(h.postal_code, 1, 5)))
    OR substr(h.postal_code, 1, 5) = %(zip)s)"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Wine of one order and where it goes.

    ``order_id`` names an order that is there already, with all its wine in ``millilitres``; ``has`` of it goes
    to that place already.
    """

    customer_id: int
    millilitres: int
    to: Mapping[str, Any]
    made_at: datetime
    order_id: int = 0
    has: int = 0
    #: The ids of the wines that come to it, for laws that ask about wines.
    skus: frozenset[int] = frozenset()
    #: When it is asked, where that isn't the order's own time: laws count as of then.
    asked_at: datetime | None = None
    #: Whether it was bought at the winery, and not from afar.
    on_site: bool = False

    @property
    def place(self) -> tuple[str, str]:
        return self.to["country"] or "", self.to["state"] or ""


def parts_of(address: Any) -> dict[str, str]:
    """The parts of anything that has an address's."""
    return {part: getattr(address, part) or "" for part in (*PARTS, "location")}


def judge_parcel(parcel: Parcel, *, locks: bool = False) -> Verdict:
    """What the laws and limits of its place say of a parcel; five statements at most, two where it has none. A limit of
    all that the winery sends there takes two more.

    ``locks`` locks the place (``delivery.limits.queries.limits_for``); then a transaction is open.
    """
    verdict = judge(*_counted(parcel, locks=locks))
    broken = laws_against(
        parcel.place,
        postal_code=parcel.to["postal_code"] or "",
        sku_ids=parcel.skus,
        day=local_time(parcel.asked_at or parcel.made_at).date(),
        on_site=parcel.on_site,
    )
    return replace(verdict, has=parcel.has, broken=broken)


def judge_later(parcel: Parcel, first: int) -> Verdict:
    """The verdict on a parcel after ``first`` millilitres of the same customer went the same way on the same day; as
    many statements as ``judge_parcel``, without its laws."""
    limits, asked, sold, everybodys = _counted(parcel, locks=False)
    before = replace(asked, millilitres=first)
    return judge(limits, asked, [*sold, before], [*everybodys, before])


def rooms_of(parcel: Parcel) -> list[Room]:
    """Each limit that is in force for a parcel, with what counts against it already; four statements at most."""
    return rooms(*_counted(parcel, locks=False))


def _counted(parcel: Parcel, *, locks: bool) -> tuple[list[Limit], Sold, list[Sold], list[Sold]]:
    """The limits of its place, the parcel, everything else that counts against them, and against the winery's."""
    limits, home = limits_for(parcel.customer_id, parcel.place, locks=locks)
    day, scope = local_time(parcel.made_at).date(), _scope(parcel.place, limits)
    counting = [limit for limit in limits if limit.period is not LimitPeriod.ORDER]
    own = [limit for limit in counting if limit.subject is not LimitSubject.WINERY]
    of_all = [limit for limit in counting if limit.subject is LimitSubject.WINERY]
    rows = _rows(parcel, scope, counts_from(own, day), {limit.subject for limit in own}) if own else []
    everybodys = _everybodys(parcel, scope, parts_of_time(of_all, day)) if of_all else []
    return limits, _as_sold(parcel, home), _sold(rows, scope), everybodys


def _scope(place: Place, limits: Sequence[Limit]) -> Place:
    """Where wine counts together: a state, or all of a country (without a state) where its own limits hold."""
    return (place[0], "") if any(limit.is_of_country for limit in limits) else place


def _broken(parcel: Parcel, laws: Sequence[DatedLaw], wines: Mapping[int, SentWine]) -> tuple[Broken, ...]:
    """The same for one of many parcels, of whose places and wines everything is known."""
    own = [wines[sku_id] for sku_id in sorted(parcel.skus) if sku_id in wines]
    day = local_time(parcel.asked_at or parcel.made_at).date()
    zip_code = parcel.to["postal_code"] or ""
    return broken_laws(laws, own, postal_code=zip_code, day=day, on_site=parcel.on_site)


def lock_place(customer_id: int, to: Mapping[str, Any]) -> None:
    """Locks the place of an address where it has volume limits, for whoever locks stock before asking; one statement.

    The place comes before the stock in the order of locks.
    """
    limits_for(customer_id, (to["country"] or "", to["state"] or ""), locks=True)


def refuse_beyond(parcel: Parcel, *, locks: bool = False) -> None:
    """Raises DomainError for wine that the place's law doesn't let go there: ``against_law``, or
    ``beyond_volume_limit`` where it is too much."""
    verdict = judge_parcel(parcel, locks=locks)
    if words := say_verdict(verdict, parcel.place, asks=False):
        raise DomainError("against_law" if verdict.broken else "beyond_volume_limit", words)


def judge_parcels(parcels: Sequence[Parcel]) -> list[Verdict]:
    """The verdict on each of many parcels, with what of the same customer comes before it in the row.

    Here ``millilitres`` is what comes to the order that is named, if one is. Five statements at most, two more for
    each place that has limits.
    """
    asked = {one.place for one in parcels}
    rows = set(Destination.objects.values_list("country", "state"))
    by_place, laws = _of_each(asked, limits_by_place(), rows), _of_each(asked, laws_by_place(), rows)
    wines = sent_wines(
        {sku_id for one in parcels if one.place in laws for sku_id in one.skus},
        [law for place in laws.values() for law in place],
    )
    sold = {place: _everything_sold(place, by_place[place], parcels) for place in by_place}
    homes = _homes_of({one.customer_id for one in parcels if one.place in sold})
    found, before = [], dict[tuple[int, int, tuple[str, str]], int]()
    for one in parcels:
        others = [
            row for order_id, row in sold.get(one.place, ()) if not order_id or order_id != one.order_id
        ]
        own = sum(row.millilitres for id, row in sold.get(one.place, ()) if id and id == one.order_id)
        key = (one.customer_id, one.order_id, _scope(one.place, by_place.get(one.place, ())))
        more = before.get(key, 0) + one.millilitres
        parcel = _as_sold(replace(one, millilitres=own + more), homes.get(one.customer_id))
        broken = _broken(one, laws.get(one.place, ()), wines)
        judged = judge(by_place.get(one.place, ()), parcel, others, others)
        verdict = replace(judged, has=own, broken=broken)
        if not verdict.is_beyond:
            before[key] = more
        found.append(verdict)
    return found


def _of_each(
    asked: Collection[Place], known: Mapping[Place, Sequence[T]], rows: Collection[Place]
) -> dict[Place, Sequence[T]]:
    """What is known of each place that has some; a country's holds for states that aren't under Delivery themselves."""
    found = {place: known.get(place if place in rows else (place[0], ""), ()) for place in asked}
    return {place: some for place, some in found.items() if some}


def say_verdict(
    verdict: Verdict,
    place: tuple[str, str],
    *,
    asks: bool = True,
    can_wait: bool = True,
    kinds: Collection[MethodKind] = (MethodKind.PICKUP,),
) -> str:
    """Why a parcel can't go to its place as it is, in words; empty when it may. ``kinds`` of ways lead to its owner:
    nobody is told to pick up what can't be picked up."""
    if not verdict.is_beyond:
        return ""
    if verdict.broken:
        return say_broken(verdict.broken, say_place(*place), asks=asks, kinds=kinds)
    return say_beyond(verdict, say_place(*place), asks=asks, can_wait=can_wait, kinds=kinds)


def _rows(parcel: Parcel, scope: Place, since: date, subjects: set[LimitSubject]) -> list[dict[str, Any]]:
    country, _ = scope
    is_near = country == "US" and subjects != {LimitSubject.PERSON}
    narrow = _OF_CUSTOMER if subjects == {LimitSubject.PERSON} else _NEAR if is_near else ""
    facts = _facts(scope, since, parcel.order_id) | {
        "customer": parcel.customer_id,
        "zip": (parcel.to["postal_code"] or "")[:5],
    }
    return fetch_all(
        f"{_written(_ORDERS, scope, narrow=narrow)} UNION ALL {_written(_CHANGES, scope)}", facts
    )


def _everybodys(parcel: Parcel, scope: Place, edges: Sequence[date]) -> list[Sold]:
    """All that goes or went there, whoever bought it: sums of each span between the edges; two statements."""
    facts = _facts(scope, edges[0], parcel.order_id)
    ends = {f"end_{number}": start_of_day(edge) for number, edge in enumerate(edges[1:])}
    part = "".join(f" WHEN o.made_at < %({name})s THEN {number}" for number, name in enumerate(ends))
    sums = fetch_all(_written(_SUMS, scope, part=f"CASE{part} ELSE {len(ends)} END"), facts | ends)
    found = [Sold(0, int(row["millilitres"] or 0), edges[row["part"]], ()) for row in sums]
    return found + _sold(fetch_all(_written(_CHANGES, scope), facts), scope)


def _written(statement: str, scope: Place, **parts: str) -> str:
    """A statement for a state, or for all of a country."""
    counts = _COUNTS.format(there=_IN_STATE if scope[1] else _IN_COUNTRY)
    return statement.format(home=HOME, counts=counts, **{"narrow": "", **parts})


def _facts(scope: Place, since: date, besides: int = 0) -> dict[str, Any]:
    return {"country": scope[0], "state": scope[1], "since": start_of_day(since), "besides": besides}


def _everything_sold(
    place: tuple[str, str], limits: Sequence[Limit], parcels: Sequence[Parcel]
) -> list[tuple[int, Sold]]:
    """Everything that counts for any of the parcels, by the id of its order."""
    earliest = min(local_time(one.made_at).date() for one in parcels if one.place == place)
    scope = _scope(place, limits)
    written = f"{_written(_ORDERS, scope)} UNION ALL {_written(_CHANGES, scope)}"
    rows = fetch_all(written, _facts(scope, counts_from(limits, earliest)))
    return [(row["id"], one) for row in rows for one in _sold([row], scope)]


def _as_sold(parcel: Parcel, home: AddressKey | None) -> Sold:
    day = local_time(parcel.made_at).date()
    return Sold(parcel.customer_id, parcel.millilitres, day, key_of(parcel.to), home)


def _sold(rows: Sequence[dict[str, Any]], scope: Place) -> list[Sold]:
    """What of the rows counts there: of a change that is being paid what it brings."""
    found = []
    for row in rows:
        to: Mapping[str, Any] = row
        millilitres = int(row["millilitres"] or 0)
        if row["delivery"] is not None:
            drafted = int(row["drafted"] or 0)
            to = _goes_to(row)
            moves = key_of(to) != key_of(row)
            millilitres = millilitres + drafted if moves else max(drafted, 0)
        if not _is_there(to, scope) or millilitres <= 0:
            continue
        made_at = moment_out(row["made_at"])
        if made_at is None:
            raise RuntimeError("an order has a time")
        day = local_time(made_at).date()
        found.append(Sold(row["customer_id"], millilitres, day, key_of(to), home_in(row)))
    return found


def _is_there(to: Mapping[str, Any], scope: Place) -> bool:
    country, state = scope
    return to["country"] == country and (to["state"] == state if state else bool(to["state"] or to["line1"]))


def _goes_to(row: dict[str, Any]) -> Mapping[str, Any]:
    kept = row["delivery"]
    delivery = json.loads(kept) if isinstance(kept, str) else kept
    found: Mapping[str, Any] = delivery.get("ship_to") or row
    return found


def _homes_of(customer_ids: Any) -> dict[int, AddressKey]:
    """The customers' default addresses; one statement, none for nobody."""
    if not customer_ids:
        return {}
    homes = Address.objects.filter(customer__in=list(customer_ids), is_default=True, removed_at__isnull=True)
    return {row["customer_id"]: key_of(row) for row in homes.values("customer_id", *PARTS)}
