"""What a row of a list may change about somebody who is here: consent, standing, addresses, and what stays as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from tirage.core.winery import local_time
from tirage.customers.consent import set_consent
from tirage.customers.models import Address, Customer
from tirage.customers.permissions import close_account
from tirage.customers.states import ConsentSource
from tirage.imports.customer_addresses import AddressRow
from tirage.imports.customer_rows import CustomerRow
from tirage.imports.standing import Standing
from tirage.places import address_key

SUSPENDED_REASON = "Not active in the imported list"
DECEASED_REASON = "Deceased, says an imported list"
_MOMENT = timedelta(seconds=2)
_MINUTE = timedelta(minutes=1)

V = TypeVar("V")


def kept(present: V, value: V) -> V:
    """The present value where the file says the same: moments as far as the file knows them, texts but for spaces.

    Files know no parts of a second; a spreadsheet that saves a list again writes minutes alone, or days.
    """
    if isinstance(present, datetime) and isinstance(value, datetime):
        return present if _same_moment(present, value) else value
    if isinstance(present, str) and isinstance(value, str) and _words(present) == _words(value):
        return present
    return value


def _same_moment(present: datetime, value: datetime) -> bool:
    # By the winery's clock, as files are written: in the hour that comes twice it doesn't say which one.
    here, told = (local_time(moment).replace(tzinfo=None) for moment in (present, value))
    if abs(here - told) < _MOMENT:
        return True
    if told.second or told.microsecond:
        return False
    if abs(here - told) < _MINUTE:
        return True
    return not told.hour and not told.minute and told.date() == here.date()


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).split()


def may_agree(standing: Standing, left_at: datetime | None) -> bool:
    """Whether a yes counts: always, but after a no only when it is later than that."""
    return left_at is None or (standing.agreed_at is not None and standing.agreed_at > left_at)


def is_older_no(standing: Standing, agreed_at: datetime | None) -> bool:
    """Whether the file's no is of a day before somebody agreed here."""
    return bool(standing.left and standing.left_at and agreed_at and agreed_at > standing.left_at)


def fill_consent(
    customer: Customer, standing: Standing, *, signed_up_at: datetime | None, overwrite: bool, now: datetime
) -> None:
    """A no counts unless it is older than the yes here; a yes only from the first row about somebody.

    A yes without a date has that of ``signed_up_at``, the row's own, or is of today.

    Who may not be written to is kept as having left, even if they never agreed: a later list can't give it.
    """
    agreed, left = customer.marketing_consent_at, customer.marketing_left_at
    if standing.left:
        if (agreed or not left) and not is_older_no(standing, agreed):
            customer.marketing_consent_at = None
            customer.marketing_left_at = standing.left_at or now
            customer.marketing_source = ConsentSource.IMPORT.value
    elif standing.agrees is False:
        set_consent(customer, agrees=False, source=ConsentSource.IMPORT, now=now)
    elif standing.agrees and overwrite and may_agree(standing, left):
        since = standing.agreed_at or agreed or signed_up_at or now
        set_consent(customer, agrees=True, source=ConsentSource.IMPORT, now=since)
        customer.marketing_consent_at = kept(agreed, since)


def suspend(customer: Customer, standing: Standing, *, now: datetime) -> None:
    """Whoever the file calls inactive or dead; nobody is reinstated by a file."""
    if standing.is_active is False and customer.is_active:
        close_account(customer, DECEASED_REASON if standing.is_deceased else SUSPENDED_REASON, now)


def change_numbered(rows: Iterable[CustomerRow], present: Sequence[Address]) -> int:
    """Writes what the rows say of addresses that they name by their number; how many changed."""
    by_number = {address.reference: address for address in present}
    changed = set()
    for row in rows:
        for told in row.addresses:
            address = by_number.get(told.number)
            if address is not None and _change(address, told):
                changed.add(address.pk)
    return len(changed)


def _change(address: Address, told: AddressRow) -> bool:
    values = told.values()
    new = {name: kept(getattr(address, name), values[name]) for name in told.given}
    names = [name for name, value in new.items() if getattr(address, name) != value]
    for name in names:
        setattr(address, name, new[name])
    if names:
        address.save(update_fields=names)
    return bool(names)


def new_addresses(
    customer: Customer, rows: Iterable[CustomerRow], present: Sequence[Address]
) -> list[Address]:
    """Addresses of the rows that the customer doesn't have; the first of all becomes the default."""
    known = {address_key(a.line1, a.line2, a.city, a.state, a.postal_code, a.country) for a in present}
    numbers = {address.reference for address in present}
    has_default = any(address.is_default for address in present)
    added = []
    for row in rows:
        for told in row.addresses:
            if told.key in known or told.number in numbers:
                continue
            known.add(told.key)
            added.append(Address(customer=customer, is_default=not has_default, **told.values()))
            has_default = True
    return added
