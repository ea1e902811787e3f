"""What the second winery has besides orders, a file each: customers, wines, stock, stays in groups, store credit,
members of a club, wishes, addresses that nobody writes to.

They name groups, a club and wines of the winery that moves them in: customers come before everything that names them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from tirage.demo.second_winery import Buyer
from tirage.imports.states import ImportKind

#: What is still sold of it: sku, name, vintage, price, pieces that are there.
WINES = (
    ("HR-CAB-R", "Halfmoon Ridge Cabernet Sauvignon Reserve", 2021, "128.00", 144),
    ("HR-SYR-N", "North Slope Syrah", 2023, "58.00", 210),
    ("HR-LAN-R", "Lantern Red", 2023, "41.00", 360),
)
#: One in so many customers was in the better group before, has credit, is in the club, wishes, isn't written to.
_IN_BETTER, _WITH_CREDIT, _IN_CLUB, _WISHING, _MUTED = 4, 6, 5, 7, 9
_STREETS = ("Harbor Street", "Alder Lane", "Mill Road", "Juniper Court")
_NOTES = ("Met at the harvest dinner.", "Prefers magnums.", "Ships to the office in December.")


@dataclass(frozen=True, slots=True)
class Places:
    """What of the winery here the files name: its lowest group and the one above, a club, a wine to wish for."""

    group: str
    better: str
    club: str
    wished: str


@dataclass(frozen=True, slots=True)
class PeopleFile:
    kind: ImportKind
    path: Path


def write_people(folder: Path, people: Sequence[Buyer], places: Places, today: date) -> list[PeopleFile]:
    """All of them, in the order in which they are brought."""
    chance = Random(29)  # no secret
    tables: dict[ImportKind, list[Mapping[str, object]]] = {
        ImportKind.CUSTOMERS: [_customer(one, places, today, chance) for one in people],
        ImportKind.GROUP_STAYS: [row for one in people[::_IN_BETTER] for row in _stays(one, places, today)],
        ImportKind.SKUS: [_wine(*wine) for wine in WINES],
        ImportKind.STOCK: [
            {"Sku": wine[0], "Counted": wine[4], "Note": "Counted as we moved"} for wine in WINES
        ],
        ImportKind.CREDIT: [
            {"Customer Email": one.email, "Balance": f"{chance.randrange(10, 200)}.00"}
            for one in people[1::_WITH_CREDIT]
        ],
        ImportKind.CLUB_MEMBERS: [_member(one, places, today, chance) for one in people[2::_IN_CLUB]],
        ImportKind.WISHES: [
            {
                "E-mail": one.email,
                "Sku": places.wished,
                "Pieces": chance.randrange(1, 3),
                "Wished on": _day(today, 40),
            }
            for one in people[3::_WISHING]
        ],
        ImportKind.SUPPRESSED: [
            {"Email Address": one.email, "Unsubscribed on": _day(today, chance.randrange(100, 900))}
            for one in people[4::_MUTED]
        ],
    }
    return [
        PeopleFile(kind, _write(folder / f"halfmoon-{kind.value}.csv", rows)) for kind, rows in tables.items()
    ]


def _customer(one: Buyer, places: Places, today: date, chance: Random) -> Mapping[str, object]:
    return {
        "E-mail": one.email,
        "First name": one.first,
        "Last name": one.last,
        "Address line 1": f"{chance.randrange(2, 900)} {chance.choice(_STREETS)}",
        "City": one.city,
        "State": one.state,
        "ZIP": one.postal_code,
        "Country": "US",
        "Group": places.group,
        "Tags": "Halfmoon Ridge",
        "Notes": chance.choice(_NOTES) if chance.random() < 0.1 else "",
        "Opted in": "yes" if chance.random() < 0.7 else "no",
        "Signed up on": _day(today, chance.randrange(900, 3_600)),
    }


def _stays(one: Buyer, places: Places, today: date) -> list[Mapping[str, object]]:
    """In the better group for some years, and since then in the other."""
    came, went = _day(today, 2_400), _day(today, 1_000)
    return [
        {"E-mail": one.email, "Group": places.better, "Since": came, "Until": went},
        {"E-mail": one.email, "Group": places.group, "Since": went, "Until": ""},
    ]


def _wine(code: str, name: str, vintage: int, price: str, pieces: int) -> Mapping[str, object]:
    facts = {"Sku": code, "Wine": name, "Vintage": vintage, "Format": "750 ml", "Price": price}
    return {**facts, "Color": "red", "On hand": pieces + 12}


def _member(one: Buyer, places: Places, today: date, chance: Random) -> Mapping[str, object]:
    state = chance.choice(("Active", "Active", "Active", "On hold", "Cancelled"))
    return {
        "Email": one.email,
        "Club": places.club,
        "Joined on": _day(today, chance.randrange(700, 1_800)),
        "State": state,
        "Left on": _day(today, 300) if state == "Cancelled" else "",
        "Next shipment": _day(today, -90) if state == "Active" else "",
        "Reason": "Moved abroad" if state == "Cancelled" else "",
    }


def _day(today: date, ago: int) -> str:
    return f"{today - timedelta(days=ago):%Y-%m-%d}"


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path
