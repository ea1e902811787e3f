"""Orders priced a second time, from the tables of this folder and with nothing of the product: by fractions.

``python -m tests.golden.arithmetic american`` prints what each order of ``american/orders.csv`` comes to, with the
figures in between, for whoever checks one by hand.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent
Row = dict[str, str]
POUND = Fraction("453.59237")


def table(book: str, name: str) -> list[Row]:
    with (HERE / book / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def cents(amount: str) -> int:
    return int(Fraction(amount) * 100)


def nearest(value: Fraction) -> int:
    """Half away from zero, of what isn't negative."""
    return int(value + Fraction(1, 2))


def wanted(text: str) -> dict[str, int]:
    """``6 CAB + 2 MAG``."""
    pairs = (part.split() for part in text.split("+"))
    return {code: int(count) for count, code in pairs}


def holds(row: Row, day: date) -> bool:
    first = date.fromisoformat(row["first_day"])
    return first <= day and (not row.get("last_day") or day <= date.fromisoformat(row["last_day"]))


@dataclass
class Reckoned:
    """In cents; ``taxes`` by name, ``included`` is in the price already, ``off`` was taken off it."""

    wine: int = 0
    discount: int = 0
    delivery: int = 0
    tax: int = 0
    included: int = 0
    off: int = 0
    fees: int = 0
    absorbed: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.wine - self.discount + self.delivery + self.tax - self.off + self.fees


class Book:
    """The tables of one winery; ``home`` is where its wine comes from."""

    def __init__(self, name: str, *, home: str, included: bool) -> None:
        self.name, self.home, self.included = name, home, included
        self.wines = {row["code"]: row for row in table(name, "wines")}
        self.addresses = {row["address"]: row for row in table(name, "addresses")}
        self.zones = {(row["country"], row["state"]): row["zone"] for row in table(name, "places")}
        self.ways, self.taxes, self.fees = table(name, "ways"), table(name, "taxes"), table(name, "fees")

    def reckon(self, order: Row) -> Reckoned:
        """What an order of the table comes to, if it may go where it goes."""
        day, cart = date.fromisoformat(order["day"]), wanted(order["wines"])
        found = Reckoned()
        lines = [cents(self.wines[code]["price"]) * pieces for code, pieces in cart.items()]
        found.wine = sum(lines)
        found.discount = nearest(Fraction(found.wine * int(order["discount"] or 0), 100))
        is_pickup = self._kind(order["way"]) == "pickup"
        to = self.addresses[self.home if is_pickup else order["to"]]
        if not is_pickup:
            found.delivery = self._delivery(order, cart, found.wine - found.discount, to, day)
        self._tax(found, lines, to, order, day)
        self._fee(found, cart, to, day, is_pickup=is_pickup)
        return found

    def _kind(self, way: str) -> str:
        return next(row["kind"] for row in self.ways if row["way"] == way)

    def _delivery(self, order: Row, cart: dict[str, int], value: int, to: Row, day: date) -> int:
        zone = self._zone(to)
        own = [row for row in self.ways if row["way"] == order["way"] and row["zone"] == zone]
        begun = [row for row in own if date.fromisoformat(row["first_day"]) <= day]
        latest = max(row["first_day"] for row in begun)
        steps = [row for row in begun if row["first_day"] == latest]
        rule = steps[0]
        bottles = sum((self._equivalents(code, pieces) for code, pieces in cart.items()), Fraction(0))
        if order["free"] == "yes" and rule["free_key"] == "yes":
            return 0
        if rule["included_bottles"] and bottles >= Fraction(rule["included_bottles"]):
            return 0
        if rule["included_wine"] and value >= cents(rule["included_wine"]):
            return 0
        price = self._step(rule["basis"], steps, bottles, value)
        price = max(price, cents(rule["minimum"] or "0"))
        return min(price, cents(rule["maximum"])) if rule["maximum"] else price

    def _equivalents(self, code: str, pieces: int) -> Fraction:
        wine = self.wines[code]
        return Fraction(pieces * int(wine["units"]) * int(wine["millilitres"]), 750)

    def _zone(self, to: Row) -> str:
        return self.zones.get((to["country"], to["state"])) or self.zones[to["country"], ""]

    def _step(self, basis: str, steps: list[Row], bottles: Fraction, value: int) -> int:
        if basis == "flat":
            return cents(steps[0]["price"])
        size = {"bottles": bottles, "weight": bottles * 1361 / POUND, "value": Fraction(value, 100)}[basis]
        sizes = [(Fraction(row["up_to"]), cents(row["price"])) for row in steps]
        largest, dearest = max(sizes)
        if basis == "value":
            return next((price for up_to, price in sorted(sizes) if size <= up_to), dearest)
        parcels, rest = divmod(size, largest)
        last = next(price for up_to, price in sorted(sizes) if rest <= up_to) if rest or not parcels else 0
        return int(parcels) * dearest + last

    def _levies(self, to: Row, day: date) -> list[Row]:
        """Of a state that taxes by origin, for wine that stays in it: those of where the wine comes from."""
        home = self.addresses[self.home]
        own = [
            row
            for row in self.taxes
            if holds(row, day) and row["country"] == to["country"] and row["state"] in ("", to["state"])
        ]
        stays = (to["country"], to["state"]) == (home["country"], home["state"])
        if stays and any(row["by_origin"] == "yes" for row in own):
            to = home
        return [
            row
            for row in own
            if row["county"] in ("", to["county"])
            and row["city"] in ("", to["city"])
            and (not row["zips"] or any(to["postal_code"].startswith(one) for one in row["zips"].split()))
        ]

    def _tax(self, found: Reckoned, lines: list[int], to: Row, order: Row, day: date) -> None:
        """Levies on one and the same base are one rate, rounded once; those rounded by line once for each line."""
        wine = found.wine - found.discount
        levies = self._levies(to, day)
        home = self.addresses[self.home]
        is_relieved = (
            self.included and to["country"] != home["country"] and (not levies or bool(order["business"]))
        )
        if is_relieved:
            rate = sum((Fraction(row["percent"]) for row in self._levies(home, day)), Fraction(0))
            found.off = nearest((wine + found.delivery) * rate / (100 + rate))
            return
        found.names = [row["name"] for row in levies]
        by_base: dict[tuple[str, str, str], Fraction] = {}
        for row in levies:
            key = row["on_wine"], row["on_shipping"], row["by_line"]
            by_base[key] = by_base.get(key, Fraction(0)) + Fraction(row["percent"])
        for (on_wine, on_shipping, by_line), rate in by_base.items():
            shipping = found.delivery if on_shipping == "yes" else 0
            taxed = wine if on_wine == "yes" else 0
            parts = [*shared(taxed, lines), shipping] if by_line == "yes" else [taxed + shipping]
            if self.included:
                found.included += sum(nearest(part * rate / (100 + rate)) for part in parts)
            else:
                found.tax += sum(nearest(part * rate / 100) for part in parts)

    def _fee(self, found: Reckoned, cart: dict[str, int], to: Row, day: date, *, is_pickup: bool) -> None:
        for row in self.fees:
            if not holds(row, day) or (row["country"], row["state"]) != (to["country"], to["state"]):
                continue
            if is_pickup and row["only_shipped"] == "yes":
                continue
            if found.wine - found.discount < cents(row["least_wine"] or "0"):
                continue
            count = 1 if row["unit"] == "order" else self._containers(cart, row)
            if row["absorbed"] == "yes":
                found.absorbed += count * cents(row["amount"])
            else:
                found.fees += count * cents(row["amount"])

    def _containers(self, cart: dict[str, int], row: Row) -> int:
        least, most = int(row["least_millilitres"] or 0), int(row["most_millilitres"] or 10**6)
        return sum(
            pieces * int(self.wines[code]["units"])
            for code, pieces in cart.items()
            if least <= int(self.wines[code]["millilitres"]) <= most
        )


def shared(amount: int, weights: list[int]) -> list[int]:
    """An amount in proportion, in whole cents; what is left goes to the largest remainders."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    found = [int(one) for one in exact]
    order = sorted(range(len(weights)), key=lambda i: (-(exact[i] - found[i]), i))
    for index in order[: amount - sum(found)]:
        found[index] += 1
    return found


BOOKS = {
    "american": Book("american", home="Healdsburg", included=False),
    "texan": Book("texan", home="Fredericksburg", included=False),
    "european": Book("european", home="Bordeaux", included=True),
}


def main(name: str) -> None:
    for order in table(name, "orders"):
        if order["refused"]:
            print(order["order"], order["to"], order["wines"], "refused:", order["refused"])
        else:
            found = BOOKS[name].reckon(order)
            print(order["order"], order["to"], order["day"], order["wines"], order["way"], found, found.total)


if __name__ == "__main__":
    main(sys.argv[1])
