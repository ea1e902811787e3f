"""How a customer is named, found and identified. Pure text, no Django."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any, Protocol

from tirage.places import address_lines, find_country
from tirage.places.telephones import HOME, is_dialable
from tirage.tables.cleaning import identity, shown

SEARCH_LENGTH = 500


class Searchable(Protocol):
    first_name: str
    last_name: str
    email: str
    other_email: str
    phone: str


def identity_email(raw: str) -> str:
    """The e-mail address as it identifies a customer: one spelling for each mailbox."""
    return identity(raw)


def fold(text: str) -> str:
    """Lower case without accents, so that "Jose" finds "José"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def search_text_of(customer: Searchable) -> str:
    """What the search looks through: name, e-mail addresses and phone, lower case; the name without accents too."""
    name = f"{customer.first_name} {customer.last_name}".strip().lower()
    digits = re.sub(r"\D", "", customer.phone.partition(";")[0])
    parts = [
        name,
        fold(name),
        customer.email.lower(),
        customer.other_email.lower(),
        shown(customer.email.lower()) if "xn--" in customer.email else "",
        customer.phone.lower() if not is_dialable(customer.phone) else "",
        digits,
    ]
    return " ".join(dict.fromkeys(part for part in parts if part))[:SEARCH_LENGTH]


def say_address(place: Any, *, state: str) -> str:
    """``1 Bath Road, Bath, BA1 1AA, United Kingdom``: without the recipient, and at home without the country.

    Of anything that has an address's parts.
    """
    lines = address_lines(
        line1=place.line1,
        line2=place.line2,
        city=place.city,
        state=state,
        postal_code=place.postal_code,
        country=place.country,
        home=place.country,
    )
    country = find_country(place.country)
    abroad = [country.name if country else place.country] if place.country != HOME and lines else []
    return ", ".join([*lines, *abroad])


def age_on(day: date, born: date) -> int:
    """How many whole years somebody born then has on ``day``; below nought before the birth."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
