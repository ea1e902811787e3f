"""One row of a list of customers: what it says, cleaned, with the addresses that can be shipped to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tirage.core.texts import say_names
from tirage.core.winery import current_winery
from tirage.customers.models import Group
from tirage.customers.states import GroupKind
from tirage.imports.birthdays import birthday_without_year
from tirage.imports.customer_addresses import AddressRow, OpenAddress, Owner, read_addresses
from tirage.imports.phones import is_mangled, kept_phone, read_phone
from tirage.imports.remarks import Remarks
from tirage.imports.standing import Clock, Standing, read_standing
from tirage.places.telephones import HOME
from tirage.tables.cleaning import (
    DateOrder,
    Emails,
    PersonName,
    join_list,
    parse_date,
    parse_moment,
)
from tirage.tables.staging import RowReader


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
    standing: Standing = field(default_factory=Standing)
    group_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    addresses: tuple[AddressRow, ...] = ()
    #: Those that can't be added; the row is good only if they are here already, or are to be left out.
    open_addresses: tuple[OpenAddress, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a row needs to know besides the row."""

    groups: Mapping[str, Group]
    """By name in small letters."""
    zone: tzinfo
    order: DateOrder
    now: datetime
    today: date
    tags: Collection[str]
    """Names in small letters."""
    said: Mapping[str, str]
    """The answers to the file's questions."""
    remarks: Remarks


def read_customer(reader: RowReader, reading: Reading) -> CustomerRow:
    """The row's values; notes problems and notices on ``reader``."""
    emails: Emails | None = reader.get("email")
    first, last = _names(reader)
    phone = read_phone(reader, "phone")
    without_year = birthday_without_year(reader)
    birth_date = None if without_year else _birth_date(reader, reading)
    owner = Owner(f"{first} {last}".strip(), phone, emails)
    addresses = read_addresses(reader, owner, reading.said, reading.remarks)
    phone = kept_phone(reader, "phone", phone, next((one.country for one in addresses.good), HOME))
    return CustomerRow(
        row=reader.number,
        email=_identity(reader, emails),
        other_email=_other_email(reader, emails),
        first_name=first,
        last_name=last,
        phone=phone,
        birth_date=birth_date,
        note=reader.get("notes") or "",
        remarks=(*_remarks(reader, emails), *without_year),
        signed_up_at=_moment(reader, "signed_up_at", reading),
        standing=read_standing(reader, reading.said, Clock(reading.zone, reading.order, reading.now)),
        group_ids=_groups(reader, reading),
        tags=_tags(reader, reading),
        addresses=addresses.good,
        open_addresses=addresses.open,
    )


def _names(reader: RowReader) -> tuple[str, str]:
    first, last = reader.text("first_name", longest=80), reader.text("last_name", longest=80)
    if first and not last and reader.has("first_name") and not reader.has("last_name"):
        # "Vorname" and "Name": beside a first name of its own the whole name is the rest of it.
        return first, _rest_of(reader.text("full_name", longest=80), first)
    if first or last:
        return first, last
    # Lists that name everybody write the e-mail address of those without a name.
    whole: PersonName | None = None if "@" in reader.raw("full_name") else reader.get("full_name")
    if whole is None:
        return "", ""
    if max(len(whole.first), len(whole.last)) > 80:
        reader.problem("full_name", "This name is longer than 80 characters. Shorten it.")
    return whole.first, whole.last


def _rest_of(whole: str, first: str) -> str:
    """The last name in a whole one: ``Ruiz`` of "Ana Ruiz", of "Ruiz, Ana" and of "Ruiz"."""
    last, comma, after = (part.strip() for part in whole.partition(","))
    if comma and after.casefold() == first.casefold():
        return last
    begins = whole.casefold().startswith(f"{first.casefold()} ")
    return whole[len(first) :].strip() if begins else "" if whole.casefold() == first.casefold() else whole


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
    if is_mangled(number):
        reader.notice(
            "external_number", f"“{number}” has lost its last digits to a spreadsheet. It is left out."
        )
        number = ""
    lines = [f"Number elsewhere: {number}"] if number else []
    if emails and len(emails.others) > 1:
        lines.append(f"More e-mail addresses: {', '.join(emails.others[1:])}")
    if more := reader.text("other_phones", longest=200):
        lines.append(f"More telephones: {more}")
    return tuple(lines)


def _birth_date(reader: RowReader, reading: Reading) -> date | None:
    pivot = (reading.today.year - 1) % 100
    born = reader.get("birth_date", lambda value: parse_date(value, reading.order, pivot=pivot))
    if born and (born > reading.today or born.year < 1880):
        reader.problem("birth_date", "Nobody on the list was born then. Correct the year.")
    return born


def _moment(reader: RowReader, name: str, reading: Reading) -> datetime | None:
    return reader.get(name, lambda value: parse_moment(value, reading.zone, reading.order))


def _groups(reader: RowReader, reading: Reading) -> tuple[int, ...]:
    groups = reading.groups
    found: dict[int, Group] = {}
    for name in reading.remarks.read_list(reader, "group", "groups", groups):
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
        both = say_names(allocation)
        reader.problem(
            "group", f"{both} are allocation groups, and a customer can be in one only. Choose one."
        )
    return tuple(found)


def _tags(reader: RowReader, reading: Reading) -> tuple[str, ...]:
    tags = reading.remarks.read_list(reader, "tags", "tags", reading.tags)
    for tag in tags:
        if len(tag) > 60:
            reader.problem("tags", f"“{tag[:20]}…” is longer than 60 characters. Shorten it.")
    return tags


def show_customer(row: CustomerRow, groups: Mapping[int, str], zone: tzinfo) -> list[tuple[str, str]]:
    """The row as it was read, for people."""
    return [
        ("E-mail", ", ".join(email for email in (row.email, row.other_email) if email)),
        ("Name", row.name),
        ("Phone", row.phone),
        ("Born", _day(row.birth_date)),
        ("Mail about offers", _say_consent(row.standing, zone)),
        ("Status", _say_status(row.standing)),
        ("Groups", ", ".join(groups[pk] for pk in row.group_ids)),
        ("Tags", join_list(row.tags)),
        ("Signed up", _day(row.signed_up_at.astimezone(zone)) if row.signed_up_at else ""),
        ("Address", " · ".join(_say_address(address) for address in row.addresses)),
        ("Note", "\n".join(part for part in (row.note, *row.remarks) if part)[:200]),
    ]


def _say_consent(standing: Standing, zone: tzinfo) -> str:
    if standing.left:
        return "no" + (f", since {_day(standing.left_at.astimezone(zone))}" if standing.left_at else "")
    if standing.agrees:
        return "yes" + (f", since {_day(standing.agreed_at.astimezone(zone))}" if standing.agreed_at else "")
    return "" if standing.agrees is None else "no"


def _say_status(standing: Standing) -> str:
    if standing.is_deceased:
        return "deceased: suspended"
    return "" if standing.is_active is None else "active" if standing.is_active else "suspended"


def _say_address(address: AddressRow) -> str:
    street = ", ".join(part for part in (address.line1, address.line2) if part)
    return f"{address.recipient}, {street}, {address.city}, {address.state} {address.postal_code}, {address.country}"


def _day(moment: date | datetime | None) -> str:
    """``December 25, 1980``, as the winery writes days."""
    return format_date(moment, "long", locale=current_winery().locale) if moment else ""
