"""The addresses of one row of a list of customers: which country they are in, and whether wine can go there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer
from tirage.customers.operations.addresses import checked_address
from tirage.imports.meanings import NO_COUNTRY, TOLD, country_key
from tirage.imports.phones import kept_phone, read_phone
from tirage.imports.remarks import Remarks
from tirage.places import (
    address_key,
    find_doubt,
    find_zip,
    normalise_postal_code,
    normalise_state,
    read_country,
    state_of_zip,
    subdivisions,
)
from tirage.tables.cleaning import Emails
from tirage.tables.staging import RowReader

#: Our column of an address, the field of the file.
ADDRESS_FIELDS = {
    "recipient": "recipient",
    "company": "company",
    "line1": "line_1",
    "line2": "line_2",
    "city": "city",
    "state": "state",
    "postal_code": "postal_code",
    "country": "country",
    "phone": "phone",
}
#: Addresses come with their recipient, so nobody's name is needed; making a customer for each row takes long.
_NOBODY = Customer()
_PLACE = ("line1", "line2", "city", "state", "postal_code")


@dataclass(frozen=True, slots=True)
class AddressRow:
    """An address in its normal form, ready for the table.

    ``number`` is the reference of an address of ours that the row is about, and ``given`` the columns that it says
    something of; both are empty for an address that is only described.
    """

    recipient: str
    company: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    phone: str
    number: str = ""
    given: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for two spellings of one place."""
        return address_key(self.line1, self.line2, self.city, self.state, self.postal_code, self.country)

    def values(self) -> dict[str, str]:
        """By column of the table."""
        return {name: getattr(self, name) for name in ADDRESS_FIELDS}


@dataclass(frozen=True, slots=True)
class OpenAddress:
    """An address that can't be added as it is written; good all the same where it is one that is here already."""

    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    #: Field of the file and what is wrong with it.
    problems: tuple[tuple[str, str], ...] = field(default=())

    def is_at(self, address: Address) -> bool:
        """Whether every part that is given is that of the address; how the street is cut into lines doesn't count."""
        here = address_key(
            address.line1, address.line2, address.city, address.state, address.postal_code, address.country
        )
        given = address_key(self.line1, self.line2, self.city, self.state, self.postal_code, self.country)
        return bool(given[0]) and all(not part or part == its for part, its in zip(given, here, strict=True))


@dataclass(frozen=True, slots=True)
class Owner:
    """What an address takes from the person it belongs to."""

    name: str
    phone: str
    emails: Emails | None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Those of one row. The address to ship to comes first: it becomes the default."""

    good: tuple[AddressRow, ...] = ()
    open: tuple[OpenAddress, ...] = ()


def read_addresses(reader: RowReader, owner: Owner, said: Mapping[str, str], remarks: Remarks) -> Addresses:
    """``said``: the answers to the file's questions. One place named twice counts once."""
    good: dict[tuple[str, ...], AddressRow] = {}
    doubtful: list[OpenAddress] = []
    for prefix in ("ship_", ""):
        read = _address(reader, prefix, owner, said)
        if isinstance(read, AddressRow):
            if good.setdefault(read.key, read) is read:
                _remark(reader, prefix, read, remarks)
        elif read is not None:
            doubtful.append(read)
    return Addresses(tuple(good.values()), tuple(doubtful))


def _remark(reader: RowReader, prefix: str, address: AddressRow, remarks: Remarks) -> None:
    if words := remarks.of_address(address):
        reader.notice(f"{prefix}line_1", words)
    for column, words in remarks.of_lines(address).items():
        name = prefix + ADDRESS_FIELDS[column]
        # A recipient that the file doesn't name is the customer, whose row it is all the same.
        reader.notice(name if reader.has(name) else f"{prefix}line_1", words)


def _address(
    reader: RowReader, prefix: str, owner: Owner, said: Mapping[str, str]
) -> AddressRow | OpenAddress | None:
    values = {column: reader.text(prefix + name) for column, name in ADDRESS_FIELDS.items()}
    number = "" if prefix else reader.text("address_number").upper()
    if not any(values[column] for column in _PLACE):
        return None
    if not reader.has(f"{prefix}line_1"):
        # Nowhere to ship to, and no row of it could mend that.
        found = next(name for column, name in ADDRESS_FIELDS.items() if column in _PLACE and values[column])
        reader.notice(prefix + found, "The file has no column for streets, so the address is left out.")
        return None
    given = tuple(name for name in ADDRESS_FIELDS if name != "phone" and values[name])
    values["phone"] = read_phone(reader, f"{prefix}phone" if prefix else "address_phone")
    given += ("phone",) if values["phone"] else ()
    own_phone = values["phone"]
    _name(reader, prefix, values, owner)
    country = _country(reader, prefix, values, said)
    if country == NO_COUNTRY:
        reader.notice(prefix + "country", "The address is left out, as was said of this country.")
        return None
    if not country and (values["country"] or values["state"] or values["postal_code"]):
        return _open(values, "", ((prefix + "country", _say_unknown_country(values)),))
    # Without any of these it lacks more than its country.
    is_told, country = bool(country), country or "US"
    values["country"] = country
    _mend(reader, prefix, values)
    try:
        clean = checked_address(_NOBODY, values)
    except DomainError as refusal:
        problems = tuple((prefix + ADDRESS_FIELDS[column], words) for column, words in refusal.fields.items())
        return _open(values, country if is_told else "", problems)
    kept_phone(reader, f"{prefix}phone" if prefix else "address_phone", own_phone, country)
    _doubt(reader, prefix, {name: str(value) for name, value in clean.items()})
    return AddressRow(**{name: str(clean[name]) for name in ADDRESS_FIELDS}, number=number, given=given)


def _doubt(reader: RowReader, prefix: str, clean: Mapping[str, str]) -> None:
    """Says what may be a slip; the address is taken as it is written."""
    parts = {name: clean[name] for name in ("country", "city", "state", "postal_code")}
    if doubt := find_doubt(**parts):
        reader.notice(
            prefix + ADDRESS_FIELDS[doubt.field], f"{doubt.message} The address is taken as it is written."
        )


def _name(reader: RowReader, prefix: str, values: dict[str, str], owner: Owner) -> None:
    if prefix:
        own = f"{reader.text('ship_first_name')} {reader.text('ship_last_name')}".strip()
        values["recipient"] = values["recipient"] or own
    values["phone"] = values["phone"] or owner.phone
    email = owner.emails.identity if owner.emails else ""
    values["recipient"] = values["recipient"] or owner.name or values["company"] or email


def _open(values: Mapping[str, str], country: str, problems: tuple[tuple[str, str], ...]) -> OpenAddress:
    parts = {name: values[name] for name in _PLACE}
    if country:
        parts["state"] = normalise_state(country, parts["state"])
        parts["postal_code"] = normalise_postal_code(country, parts["postal_code"])
    return OpenAddress(**parts, country=country, problems=problems)


def _country(reader: RowReader, prefix: str, values: dict[str, str], said: Mapping[str, str]) -> str:
    """The code, NO_COUNTRY, or empty when nothing tells it; a territory's name fills the state."""
    if values["country"]:
        code, territory = read_country(values["country"])
        answer = said.get(country_key(values["country"]), "")
        if territory and answer in ("", code):
            values["state"] = values["state"] or territory
        return answer or code
    answer = said.get("country", TOLD)
    if answer != TOLD:
        return answer
    if told_american(values["city"], values["state"], values["postal_code"]):
        return "US"
    # An address to ship to without a country column of its own is where the person's is.
    elsewhere = reader.text("country") if prefix and not reader.has("ship_country") else ""
    return said.get(country_key(elsewhere), "") or read_country(elsewhere)[0] if elsewhere else ""


def told_american(city: str, state: str, postal_code: str) -> bool:
    """Whether an address without a country says that it is in the United States: by a state, or a ZIP of that town.

    A ZIP alone says nothing: half of the world has five digits.
    """
    if state:
        return normalise_state("US", state) in subdivisions("US")
    place = find_zip(normalise_postal_code("US", postal_code))
    return place is not None and _same_town(city, place.city)


def _same_town(written: str, known: str) -> bool:
    return bool(written) and _town(written) == _town(known)


def _town(name: str) -> str:
    words = [_SHORT.get(word, word) for word in _plain(name).replace("-", " ").split()]
    return "".join(words)


_SHORT = {
    "saint": "st",
    "sainte": "ste",
    "fort": "ft",
    "mount": "mt",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
}


def _say_unknown_country(values: Mapping[str, str]) -> str:
    if values["country"]:
        return f"“{values['country']}” is no country that is known. Say which one it is, or correct it."
    place = find_zip(normalise_postal_code("US", values["postal_code"]))
    town = values["city"] or "this address"
    if place is not None:
        return (
            f"Which country is {town} in? {values['postal_code']} would be {place.city}, {place.state}, in the United "
            "States. Add the country, or say it for all such addresses."
        )
    return f"Which country is {town} in? Add the country, or say it for all such addresses."


def _mend(reader: RowReader, prefix: str, values: dict[str, str]) -> None:
    """Puts back what spreadsheets and forms lose: zeros before a ZIP, the state that the ZIP tells."""
    if values["country"] != "US":
        return
    raw, zip_code = values["postal_code"], normalise_postal_code("US", values["postal_code"])
    if raw.isdigit() and len(raw) < 5 and len(zip_code) == 5:
        reader.notice(prefix + "postal_code", f"Read as {zip_code}: a spreadsheet has dropped the zero.")
    if not values["state"] and (state := state_of_zip(zip_code)):
        values["state"] = state
        reader.notice(prefix + "state", f"The state was empty; ZIP {zip_code[:5]} is in {state}.")


def say_bad(address: OpenAddress, *, leave_out: bool) -> Iterator[tuple[str, str, bool]]:
    """Field, words, and whether that stops nothing, for each thing that is wrong with the address."""
    for name, words in address.problems:
        yield name, f"The address is left out. {words}" if leave_out else words, leave_out


def _plain(text: str) -> str:
    apart = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(apart.casefold().replace(".", "").replace(",", " ").split())
