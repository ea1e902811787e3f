"""A made-up winery's years in the files of three systems, with the sums that they have to come to.

Everything is drawn from a seed, so that the same files are written each time: WineDirect's for the first years (orders
and payments apart, refunds as negative rows), Commerce7's for the next (refunds as orders of their own), Shopify's for
the last (an order's own columns on its first row alone).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

_FIRST = "Ada Ben Clara David Elena Frank Grace Henry Iris Jonas Kate Leo Mara Noah Olga Peter Quinn Rosa Tessa".split()
_LAST = (
    "Abbott Berg Castro Dunn Ellis Garber Holt Ives Jensen Kessler Lund Moreau Nash Okafor Park Reyes".split()
)
_WINES = (
    ("Halfmoon Ridge Cabernet Sauvignon", 95_00),
    ("Halfmoon Ridge Chardonnay", 62_00),
    ("North Slope Syrah", 54_00),
    ("North Slope Pinot Noir", 71_50),
    ("Lantern Red", 38_25),
)
_CITIES = (
    ("Seattle", "WA", "98109"),
    ("Portland", "OR", "97209"),
    ("Austin", "TX", "78701"),
    ("Denver", "CO", "80202"),
    ("Chicago", "IL", "60614"),
)
_CARDS = ("Visa", "Mastercard", "American Express")


@dataclass(frozen=True, slots=True)
class Buyer:
    email: str
    first: str
    last: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Bought:
    sku: str
    title: str
    quantity: int
    price: int


@dataclass(slots=True)
class Sold:
    """An order as its former system had it; ``back`` are pieces of its first line that were refunded."""

    number: str
    on: date
    buyer: Buyer
    lines: list[Bought]
    discount: int
    shipping: int
    tax: int
    shipped_on: date
    card: str
    back: int = 0
    is_cancelled: bool = False

    @property
    def total(self) -> int:
        wine = sum(line.quantity * line.price for line in self.lines)
        return wine - self.discount + self.shipping + self.tax

    @property
    def refunded(self) -> int:
        return self.total if self.is_cancelled else self.back * self.lines[0].price


@dataclass(slots=True)
class Control:
    """What everything has to come to, in minor units: orders' totals less what was refunded of them."""

    orders: int = 0
    by_year: Counter[str] = field(default_factory=Counter)
    by_month: Counter[str] = field(default_factory=Counter)
    by_customer: Counter[str] = field(default_factory=Counter)
    by_payment: Counter[str] = field(default_factory=Counter)
    #: At their prices, before discounts of whole orders.
    by_wine: Counter[str] = field(default_factory=Counter)
    pieces: Counter[str] = field(default_factory=Counter)

    def add(self, one: Sold, *, says_pieces: bool) -> None:
        """``says_pieces``: its files say which bottles came back, and not just how much money."""
        left = one.total - one.refunded
        self.orders += 1
        self.by_year[str(one.on.year)] += left
        self.by_month[f"{one.on:%Y-%m}"] += left
        self.by_customer[one.buyer.email] += left
        self.by_payment[one.card] += left
        for number, line in enumerate(one.lines):
            gone = line.quantity if one.is_cancelled else one.back if says_pieces and not number else 0
            self.pieces[line.sku] += line.quantity - gone
            self.by_wine[line.sku] += (line.quantity - gone) * line.price


def buyers(count: int, chance: Random) -> list[Buyer]:
    """So many people, each with an address."""
    return [
        Buyer(f"{first.lower()}.{last.lower()}.{number}@example.org", first, last, *chance.choice(_CITIES))
        for number in range(count)
        for first, last in [(chance.choice(_FIRST), chance.choice(_LAST))]
    ]


def sold(
    customers: int, orders: int, *, first_year: int = 2016, years: int = 10, seed: int = 7
) -> Iterator[Sold]:
    """The orders in the order of time."""
    chance = Random(seed)  # no secret
    people = buyers(customers, chance)
    days, begin = years * 365, date(first_year, 1, 2)
    for number in range(orders):
        on = begin + timedelta(days=number * days // orders)
        yield _order(number, on, chance.choice(people), chance)


def _order(number: int, on: date, buyer: Buyer, chance: Random) -> Sold:
    lines = [_line(wine, on.year, chance) for wine in chance.sample(_WINES, chance.choice((2, 3, 3, 4)))]
    wine = sum(line.quantity * line.price for line in lines)
    discount = wine // 10 if chance.random() < 0.2 else 0
    one = Sold(
        number=str(10_000 + number),
        on=on,
        buyer=buyer,
        lines=lines,
        discount=discount,
        shipping=chance.choice((0, 15_00, 24_50, 32_75)),
        tax=(wine - discount) * 875 // 10_000,
        shipped_on=on + timedelta(days=chance.randrange(3, 40)),
        card=chance.choice(_CARDS),
    )
    drawn = chance.random()
    one.is_cancelled = drawn < 0.02
    if 0.02 <= drawn < 0.06 and not discount:
        one.back = chance.randrange(1, lines[0].quantity + 1)
    return one


def _line(wine: tuple[str, int], year: int, chance: Random) -> Bought:
    name, price = wine
    vintage = year - 3
    code = "".join(word[0] for word in name.split()) + str(vintage % 100)
    return Bought(code, f"{name} {vintage}", chance.choice((1, 2, 3, 3, 6)), price + (year - 2016) * 2_00)


# The files.


_Row = dict[str, str]
_Writer = Callable[[Sold], list[_Row]]


def _say(minor: int) -> str:
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def _us(on: date) -> str:
    return f"{on:%m/%d/%Y}"


def winedirect(one: Sold) -> list[_Row]:
    own = {
        "OrderNumber": one.number,
        "OrderDate": _us(one.on),
        "OrderStatus": "Cancelled" if one.is_cancelled else "Completed",
        "BillEmail": one.buyer.email,
        "BillFirstName": one.buyer.first,
        "BillLastName": one.buyer.last,
        "ShipFirstName": one.buyer.first,
        "ShipLastName": one.buyer.last,
        "ShipAddress": "12 Harbor Street",
        "ShipCity": one.buyer.city,
        "ShipStateCode": one.buyer.state,
        "ShipZipCode": one.buyer.postal_code,
        "ShipDate": "" if one.is_cancelled else _us(one.shipped_on),
        "Discount": _say(one.discount),
        "Shipping": _say(one.shipping),
        "Tax": _say(one.tax),
        "Total": _say(one.total),
    }
    rows = [own | _item(line, "ProductSKU", "ProductTitle", "Quantity", "Price") for line in one.lines]
    if one.back:
        taken = Bought(one.lines[0].sku, one.lines[0].title, -one.back, one.lines[0].price)
        rows.append(own | _item(taken, "ProductSKU", "ProductTitle", "Quantity", "Price"))
    return rows


def winedirect_payments(one: Sold) -> list[_Row]:
    def paid(amount: int, on: date, kind: str) -> _Row:
        return {
            "OrderNumber": one.number,
            "PaymentDate": _us(on),
            "PaymentType": one.card,
            "PaymentAmount": _say(amount),
            "TransactionType": kind,
        }

    back = [paid(one.refunded, one.shipped_on, "Refund")] if one.refunded else []
    return [paid(one.total, one.on, "Sale"), *back]


def commerce7(one: Sold) -> list[_Row]:
    own = {
        "Order Number": one.number,
        "Linked Order Number": "",
        "Order Submitted Date": f"{one.on:%Y-%m-%d}",
        "Order Fulfilled Date": "" if one.is_cancelled else f"{one.shipped_on:%Y-%m-%d}",
        "Payment Status": "Voided" if one.is_cancelled else "Paid",
        "Customer Email": one.buyer.email,
        "Customer First Name": one.buyer.first,
        "Customer Last Name": one.buyer.last,
        "Discount Total": _say(one.discount),
        "Ship Total": _say(one.shipping),
        "Tax Total": _say(one.tax),
        "Order Total": _say(one.total),
        "Payment Method": one.card,
        "Release": f"{'Spring' if one.on.month < 7 else 'Fall'} {one.on.year}",
    }
    rows = [own | _item(line, "Product SKU", "Product Title", "Quantity", "Price") for line in one.lines]
    if one.back:
        first = one.lines[0]
        returned = Bought(first.sku, first.title, -one.back, first.price)
        refund = {
            "Order Number": f"R{one.number}",
            "Linked Order Number": one.number,
            "Order Submitted Date": f"{one.shipped_on:%Y-%m-%d}",
            "Discount Total": "0.00",
            "Ship Total": "0.00",
            "Tax Total": "0.00",
            "Order Total": _say(-one.refunded),
        }
        rows.append(own | refund | _item(returned, "Product SKU", "Product Title", "Quantity", "Price"))
    return rows


def shopify(one: Sold) -> list[_Row]:
    own = {
        "Name": f"#{one.number}",
        "Email": one.buyer.email,
        "Financial Status": "voided" if one.is_cancelled else "partially_refunded" if one.back else "paid",
        "Fulfilled at": "" if one.is_cancelled else f"{one.shipped_on:%Y-%m-%d} 10:00:00 -0800",
        "Currency": "USD",
        "Subtotal": _say(one.total - one.shipping - one.tax),
        "Shipping": _say(one.shipping),
        "Taxes": _say(one.tax),
        "Total": _say(one.total),
        "Discount Amount": _say(one.discount),
        "Created at": f"{one.on:%Y-%m-%d} 12:00:00 -0800",
        "Billing Name": f"{one.buyer.first} {one.buyer.last}",
        "Shipping Name": f"{one.buyer.first} {one.buyer.last}",
        "Shipping Address1": "12 Harbor Street",
        "Shipping City": one.buyer.city,
        "Shipping Zip": one.buyer.postal_code,
        "Shipping Province": one.buyer.state,
        "Shipping Country": "US",
        "Cancelled at": f"{one.on:%Y-%m-%d} 15:00:00 -0800" if one.is_cancelled else "",
        "Payment Method": one.card,
        "Refunded Amount": _say(one.refunded),
    }
    empty = dict.fromkeys(own, "") | {"Name": own["Name"], "Email": own["Email"]}
    names = ("Lineitem sku", "Lineitem name", "Lineitem quantity", "Lineitem price")
    return [(empty if number else own) | _item(line, *names) for number, line in enumerate(one.lines)]


def _item(line: Bought, sku: str, title: str, quantity: str, price: str) -> _Row:
    return {sku: line.sku, title: line.title, quantity: str(line.quantity), price: _say(line.price)}


#: The files of each system, by its place among the years.
SYSTEMS: tuple[tuple[tuple[str, _Writer], ...], ...] = (
    (("winedirect-orders.csv", winedirect), ("winedirect-payments.csv", winedirect_payments)),
    (("commerce7-orders.csv", commerce7),),
    (("shopify-orders.csv", shopify),),
)


def write_files(folder: Path, orders: Sequence[Sold]) -> tuple[list[Path], Control]:
    """Writes all files; the years are shared out between the systems. What they come to, too."""
    control, years = Control(), sorted({one.on.year for one in orders})
    written = []
    for place, files in enumerate(SYSTEMS):
        own = [one for one in orders if years.index(one.on.year) * len(SYSTEMS) // len(years) == place]
        for one in own:
            control.add(one, says_pieces=files[0][1] is not shopify)
        written += [_write(folder / name, own, writer) for name, writer in files if own]
    return written, control


def _write(path: Path, orders: Sequence[Sold], writer: _Writer) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(writer(orders[0])[0]))
        out.writeheader()
        for one in orders:
            out.writerows(writer(one))
    return path
