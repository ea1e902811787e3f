"""How and where the demo estate ships, read from the tables in `data/`.

The figures are samples: plausible, dated, and to be checked by whoever means to ship wine with them.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files

from tirage.places import STATES


@dataclass(frozen=True, slots=True)
class DemoDestination:
    country: str
    state: str
    name: str
    zone: str  # empty where nothing is shipped
    is_open: bool
    tax_rate_ppm: int
    taxes_shipping: bool
    source: str
    checked_on: date
    remark: str


@dataclass(frozen=True, slots=True)
class DemoMethod:
    """`handover` and the closed states are destinations: ("US", "CA")."""

    key: str
    name: str
    description: str
    internal_description: str
    kind: str
    visibility: str
    qualifies_for_free_shipping: bool
    position: int
    handover: tuple[str, str] | None
    closed_states: tuple[str, ...]
    carrier: str
    days_least: int | None
    days_most: int | None


@dataclass(frozen=True, slots=True)
class DemoRate:
    method: str
    zone: str
    up_to_milli: int  # thousandths of a 750 ml bottle
    price_minor: int


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("tirage.demo") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def destinations() -> list[DemoDestination]:
    return [
        DemoDestination(
            country=row["country"],
            state=row["state"],
            name=STATES[row["state"]].name,
            zone=row["zone"],
            is_open=row["is_open"] == "yes",
            tax_rate_ppm=int(Decimal(row["tax_percent"]) * 10_000),
            taxes_shipping=row["taxes_shipping"] == "yes",
            source=row["source"],
            checked_on=date.fromisoformat(row["checked_on"]),
            remark=row["remark"],
        )
        for row in _rows("destinations.csv")
    ]


def zones() -> list[str]:
    """Names of the zones, nearest first."""
    return list(dict.fromkeys(rate.zone for rate in rates() if rate.method == "pickup"))


def methods() -> list[DemoMethod]:
    return [
        DemoMethod(
            key=row["key"],
            name=row["name"],
            description=row["description"],
            internal_description=row["internal_description"],
            kind=row["kind"],
            visibility=row["visibility"],
            qualifies_for_free_shipping=row["qualifies_for_free_shipping"] == "yes",
            position=int(row["position"]),
            handover=_destination(row["handover"]),
            closed_states=tuple(row["closed_states"].split()),
            carrier=row["carrier"],
            days_least=int(row["days_least"] or 0) or None,
            days_most=int(row["days_most"] or 0) or None,
        )
        for row in _rows("shipping_methods.csv")
    ]


def _destination(text: str) -> tuple[str, str] | None:
    country, _, state = text.partition("-")
    return (country, state) if country else None


def rates() -> list[DemoRate]:
    return [
        DemoRate(row["method"], row["zone"], int(row["up_to_bottles"]) * 1_000, int(row["price_minor"]))
        for row in _rows("shipping_rates.csv")
    ]
