"""Reading the limits of places, and locking a place while it is decided what still goes there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tirage.core.sql import day_out, fetch_all, for_update, is_postgresql
from tirage.delivery.limits.rules import AddressKey, Limit
from tirage.delivery.states import LimitPeriod, LimitSubject, VolumeUnit
from tirage.places import address_key

#: How references of locations begin that customers typed.
TYPED = "LOT"
#: Country and state.
Place = tuple[str, str]

_LIMITS = """
SELECT v.millilitres, v.unit, v.period, v.subject, v.first_day, v.last_day, v.year_begins, d.country, d.state {home}
FROM delivery_volumelimit v JOIN delivery_destination d ON d.id = v.destination_id
{where} ORDER BY v.id {lock}
"""
#: The parts of an address that say where it is.
PARTS = ("line1", "line2", "city", "state", "postal_code", "country")
HOME = ", ".join(f"h.{part} AS home_{part}" for part in PARTS)
_OF_PLACE = """
LEFT JOIN customers_address h ON h.customer_id = %s AND h.is_default AND h.removed_at IS NULL
WHERE d.country = %s AND (d.state = %s OR (d.state = '' AND NOT EXISTS (
    SELECT 1 FROM delivery_destination e WHERE e.country = d.country AND e.state = %s)))"""


def limits_for(
    customer_id: int, place: Place, *, locks: bool = False
) -> tuple[list[Limit], AddressKey | None]:
    """The limits of one place, of all days, and where the customer lives; one statement.

    With ``locks`` the place is locked to the end of the transaction: whoever promises wine to a place with limits holds
    this lock while counting what went there, so two of one household can't both have the last litres.
    """
    written = _LIMITS.format(where=_OF_PLACE, home=f", {HOME}", lock=lock_of_place() if locks else "")
    rows = fetch_all(written, [customer_id, *place, place[1]])
    return [_limit(row) for row in rows], home_in(rows[0]) if rows else None


def lock_of_place() -> str:
    """The lock's spelling: the place's row, not those of its limits."""
    return f"{for_update()} OF d" if is_postgresql() else ""


def limits_by_place() -> Mapping[Place, Sequence[Limit]]:
    """The limits of all places that have some; one statement."""
    found: dict[Place, list[Limit]] = defaultdict(list)
    for row in fetch_all(_LIMITS.format(where="", home="", lock="")):
        found[row["country"], row["state"]].append(_limit(row))
    return found


def _limit(row: dict[str, Any]) -> Limit:
    first_day = day_out(row["first_day"])
    if first_day is None:
        raise RuntimeError("a limit has a first day")
    return Limit(
        millilitres=row["millilitres"],
        unit=VolumeUnit(row["unit"]),
        period=LimitPeriod(row["period"]),
        subject=LimitSubject(row["subject"]),
        first_day=first_day,
        last_day=day_out(row["last_day"]),
        year_begins=row["year_begins"],
        is_of_country=not row["state"],
    )


def home_in(row: Mapping[str, Any]) -> AddressKey | None:
    """The customer's own address of a row that was read with ``HOME``; None where there is none."""
    if row["home_line1"] is None:
        return None
    return key_of({part: row[f"home_{part}"] for part in PARTS})


def key_of(parts: Mapping[str, Any]) -> AddressKey:
    """The spelling by which addresses are compared, of anything with their parts by name.

    A carrier's location of the winery's list is nobody's address: it has no street here, so who has wine held there
    isn't one household. What a customer typed counts as what it may be, an address.
    """
    location = parts.get("location") or ""
    if location and not location.startswith(TYPED):
        return ("", location)
    return address_key(*(parts[part] or "" for part in PARTS))
