"""One row of a list of customers: what it says, cleaned, with the addresses that can be shipped to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import partial

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tirage.core.errors import DomainError
from tirage.customers.models import Customer, Group
from tirage.customers.operations.addresses import checked_address
from tirage.customers.states import GroupKind
from tirage.places import normalise_country, normalise_postal_code, state_of_zip
from tirage.tables.cleaning import (
    DateOrder,
    Emails,
    PersonName,
    clean_text,
    parse_boolean,
    parse_date,
    parse_moment,
)
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
_STATUS = {"suspended": False, "closed": False, "deactivated": False}


@dataclass(frozen=True, slots=True)
class AddressRow:
    """An address in its normal form, ready for the table."""

    recipient: str
    company: str
    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    phone: str

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for two spellings of one place."""
        return address_key(self.line1, self.line2, self.city, self.state, self.postal_code, self.country)


def address_key(*parts: str) -> tuple[str, ...]:
    """line1, line2, city, state, postal code, country; ZIP+4 counts as its ZIP."""
    plain = [" ".join(part.casefold().replace(".", "").replace(",", " ").split()) for part in parts]
    plain[4] = plain[4].split("-")[0]
    return tuple(plain)


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """What one row says of a person; empty text and None: the row says nothing about it."""

    row: int
    email: str
    other_email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    birth_date: date | None = None
    note: str = ""
    #: Lines kept at the end of the note: what has no column of its own.
    remarks: tuple[str, ...] = ()
    signed_up_at: datetime | None = None
    opted_in: bool | None = None
    opted_in_at: datetime | None = None
    is_active: bool | None = None
    group_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    addresses: tuple[AddressRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """What an address takes from the person it belongs to."""

    name: str
    phone: str
    emails: Emails | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a row needs to know besides the row."""

    groups: Mapping[str, Group]
    """By name in small letters."""
    zone: tzinfo
    orders: Mapping[str, DateOrder]
    today: date
    leave_out_bad_addresses: bool


def read_customer(reader: RowReader, reading: Reading) -> CustomerRow:
    """The row's values; notes problems and notices on ``reader``."""
    emails: Emails | None = reader.get("email")
    first, last = _names(reader)
    phone = _text(reader, "phone", 40)
    opted_in_at = _moment(reader, "opted_in_at", reading)
    opted_in = reader.get("opted_in")
    return CustomerRow(
        row=reader.number,
        email=_identity(reader, emails),
        other_email=_other_email(reader, emails),
        first_name=first,
        last_name=last,
        phone=phone,
        birth_date=_birth_date(reader, reading),
        note=reader.get("notes") or "",
        remarks=_remarks(reader, emails),
        signed_up_at=_moment(reader, "signed_up_at", reading),
        opted_in=True if opted_in is None and opted_in_at else opted_in,
        opted_in_at=opted_in_at,
        is_active=_status(reader),
        group_ids=_groups(reader, reading.groups),
        tags=_tags(reader),
        addresses=_addresses(reader, Owner(f"{first} {last}".strip(), phone, emails), reading),
    )


def _text(reader: RowReader, name: str, longest: int) -> str:
    return reader.get(name, partial(clean_text, longest=longest)) or ""


def _names(reader: RowReader) -> tuple[str, str]:
    first, last = _text(reader, "first_name", 80), _text(reader, "last_name", 80)
    if first or last:
        return first, last
    whole: PersonName | None = reader.get("full_name")
    if whole is None:
        return "", ""
    if max(len(whole.first), len(whole.last)) > 80:
        reader.problem("full_name", "This name is longer than 80 characters. Shorten it.")
    return whole.first, whole.last


def _identity(reader: RowReader, emails: Emails | None) -> str:
    if emails is None:
        return ""
    try:
        validate_email(emails.identity)
    except ValidationError:
        reader.problem("email", f"“{emails.identity}” is not an e-mail address. Correct it.")
    return emails.identity


def _other_email(reader: RowReader, emails: Emails | None) -> str:
    others = emails.others if emails else ()
    if not others:
        return ""
    kept = f"{others[0]} is kept as the other address"
    more = f", {', '.join(others[1:])} in the note" if len(others) > 1 else ""
    assert emails is not None
    reader.notice("email", f"Several addresses: {emails.identity} is the customer's, {kept}{more}.")
    return others[0]


def _remarks(reader: RowReader, emails: Emails | None) -> tuple[str, ...]:
    number = reader.text("external_number")
    lines = [f"Number elsewhere: {number}"] if number else []
    if emails and len(emails.others) > 1:
        lines.append(f"More e-mail addresses: {', '.join(emails.others[1:])}")
    return tuple(lines)


def _birth_date(reader: RowReader, reading: Reading) -> date | None:
    order = reading.orders.get("birth_date", DateOrder.MONTH_FIRST)
    born = reader.get(
        "birth_date", lambda value: parse_date(value, order, pivot=(reading.today.year - 1) % 100)
    )
    if born and (born > reading.today or born.year < 1880):
        reader.problem("birth_date", "Nobody on the list was born then. Correct the year.")
    return born


def _moment(reader: RowReader, name: str, reading: Reading) -> datetime | None:
    order = reading.orders.get(name, DateOrder.MONTH_FIRST)
    return reader.get(name, lambda value: parse_moment(value, reading.zone, order))


def _status(reader: RowReader) -> bool | None:
    return reader.get("status", _parse_status)


def _parse_status(value: str) -> bool | None:
    known = _STATUS.get(clean_text(value).casefold())
    return parse_boolean(value) if known is None else known


def _groups(reader: RowReader, groups: Mapping[str, Group]) -> tuple[int, ...]:
    whole = groups.get(reader.text("group").casefold())
    if whole is not None:
        return (whole.pk,)
    found: dict[int, Group] = {}
    for name in reader.get("group") or ():
        group = groups.get(name.casefold())
        if group is None:
            known = ", ".join(sorted(group.name for group in groups.values())) or "none yet"
            reader.problem(
                "group",
                f"There is no group “{name}”. The groups are: {known}. Correct it, or make the group.",
            )
        else:
            found[group.pk] = group
    allocation = [group.name for group in found.values() if group.kind == GroupKind.ALLOCATION]
    if len(allocation) > 1:
        both = " and ".join(allocation)
        reader.problem(
            "group", f"{both} are allocation groups, and a customer can be in one only. Choose one."
        )
    return tuple(found)


def _tags(reader: RowReader) -> tuple[str, ...]:
    tags: tuple[str, ...] = reader.get("tags") or ()
    for tag in tags:
        if len(tag) > 60:
            reader.problem("tags", f"“{tag[:20]}…” is longer than 60 characters. Shorten it.")
    return tags


def _addresses(reader: RowReader, owner: Owner, reading: Reading) -> tuple[AddressRow, ...]:
    """The address to ship to first: it becomes the default. One place named twice counts once."""
    found: dict[tuple[str, ...], AddressRow] = {}
    for prefix in ("ship_", ""):
        address = _address(reader, prefix, owner, reading)
        if address is not None:
            found.setdefault(address.key, address)
    return tuple(found.values())


def _address(reader: RowReader, prefix: str, owner: Owner, reading: Reading) -> AddressRow | None:
    values = {column: reader.text(prefix + field) for column, field in ADDRESS_FIELDS.items()}
    if not any(values[column] for column in _PLACE):
        return None
    if prefix:
        own = f"{reader.text('ship_first_name')} {reader.text('ship_last_name')}".strip()
        values["recipient"] = values["recipient"] or own
        values["phone"] = values["phone"] or owner.phone
    email = owner.emails.identity if owner.emails else ""
    values["recipient"] = values["recipient"] or owner.name or values["company"] or email
    _mend(reader, prefix, values)
    try:
        clean = checked_address(_NOBODY, values)
    except DomainError as refusal:
        _say_bad(reader, prefix, refusal, reading)
        return None
    clean.pop("birth_date")
    return AddressRow(**{name: str(value) for name, value in clean.items()})


def _mend(reader: RowReader, prefix: str, values: dict[str, str]) -> None:
    """Puts back what spreadsheets and forms lose: zeros before a ZIP, the state that the ZIP tells."""
    country = normalise_country(values["country"] or "US")
    if country != "US":
        return
    raw, zip_code = values["postal_code"], normalise_postal_code("US", values["postal_code"])
    if raw.isdigit() and len(raw) < 5 and len(zip_code) == 5:
        reader.notice(prefix + "postal_code", f"Read as {zip_code}: a spreadsheet has dropped the zero.")
    if not values["state"] and (state := state_of_zip(zip_code)):
        values["state"] = state
        reader.notice(prefix + "state", f"The state was empty; ZIP {zip_code[:5]} is in {state}.")


def _say_bad(reader: RowReader, prefix: str, refusal: DomainError, reading: Reading) -> None:
    for column, message in refusal.fields.items():
        field = prefix + ADDRESS_FIELDS[column]
        if reading.leave_out_bad_addresses:
            reader.notice(field, f"The address is left out. {message}")
        else:
            reader.problem(field, message)
