"""Two addresses of one customer that are one place: made one, and made two again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.core.models import Event
from tirage.core.reactions import react
from tirage.customers.models import Address, Customer
from tirage.customers.operations.people import locked_customer
from tirage.customers.twins import (
    TAKEN_OVER,
    likely_key,
    longer_zip,
    name_again,
    name_instead,
    references,
)

_CHANGED = "One of both was changed or removed meanwhile. Look at them once more."


def merge_addresses(
    *, customer: Customer, stays_reference: str, goes_reference: str, actor: Actor, now: datetime
) -> Address:
    """Makes one address of two that are likely one place; the one that stays, spelled as it is.

    It takes company, telephone and date of birth where it has none, the longer ZIP, and being the default; standing
    orders and club memberships that name the other name it; orders and changes keep their own copies. Locks what names
    both, and the customer. Raises DomainError ``same_address``; Conflict ``changed_meanwhile`` where both aren't on the
    list any more, or aren't one place. Records ``address.merged``, by which it can be undone.
    """
    if stays_reference == goes_reference:
        raise DomainError("same_address", "Choose two different addresses.")
    with transaction.atomic():
        locked = _lock_both(customer, stays_reference, goes_reference)
        stays, goes = _found(locked, stays_reference), _found(locked, goes_reference)
        if likely_key(stays) != likely_key(goes):
            raise Conflict("changed_meanwhile", _CHANGED)
        data = {"stays": stays.reference, "default": goes.is_default, "was": {}, "became": {}}
        taken = _taken(stays, goes)
        data["was"] = {name: _plain(getattr(stays, name)) for name in taken}
        data["became"] = {name: _plain(value) for name, value in taken.items()}
        goes.removed_at, goes.is_default, was_default = now, False, goes.is_default
        goes.save(update_fields=["removed_at", "is_default"])
        for name, value in taken.items():
            setattr(stays, name, value)
        stays.is_default = stays.is_default or was_default
        stays.save(update_fields=[*taken, "is_default"])
        data["moved"] = name_instead(goes, stays)
        text = f"made the address {goes.one_line} one with {stays.one_line}"
        _record(EventName.ADDRESS_MERGED, locked, goes, text, data, actor, now)
    return stays


def _lock_both(customer: Customer, *names: str) -> Customer:
    """What names one of them comes before the customer in the order of all locks."""
    ids = list(Address.objects.filter(customer=customer, reference__in=names).values_list("pk", flat=True))
    for model, name in references():
        lock_rows(model._base_manager.filter(**{f"{name}__in": ids}))
    return locked_customer(customer)


def _found(customer: Customer, reference: str) -> Address:
    address = customer.addresses.filter(reference=reference, removed_at__isnull=True).first()
    if address is None:
        raise Conflict("changed_meanwhile", _CHANGED)
    return address


def _taken(stays: Address, goes: Address) -> dict[str, Any]:
    found = {
        name: getattr(goes, name) for name in TAKEN_OVER if getattr(goes, name) and not getattr(stays, name)
    }
    return found | ({"postal_code": goes.postal_code} if longer_zip(stays, goes) else {})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def part_addresses(*, customer: Customer, goes_reference: str, actor: Actor, now: datetime) -> Address | None:
    """Undoes that an address was made one with another: it is on the list again, and named by what named it.

    What the other one took and still has as it took it goes back. None where that isn't what became of it last. Locks
    what names both, and the customer. Records ``address.parted``.
    """
    with transaction.atomic():
        told = last_merge(customer.pk, goes_reference)
        if told is None:
            return None
        locked = _lock_both(customer, goes_reference, told["stays"])
        goes = locked.addresses.filter(reference=goes_reference, removed_at__isnull=False).first()
        stays = locked.addresses.filter(reference=told["stays"]).first()
        if goes is None or stays is None or last_merge(customer.pk, goes_reference) != told:
            return None
        given = [name for name, value in told["became"].items() if _plain(getattr(stays, name)) == value]
        for name in given:
            was = told["was"][name]
            setattr(stays, name, date.fromisoformat(was) if name == "birth_date" and was else was)
        is_default = bool(told["default"] and stays.is_default)
        stays.is_default = stays.is_default and not is_default
        stays.save(update_fields=[*given, "is_default"])
        goes.removed_at, goes.is_default = None, is_default
        goes.save(update_fields=["removed_at", "is_default"])
        name_again(goes, stays, told["moved"])
        text = f"parted the address {goes.one_line} from {stays.one_line} again"
        _record(EventName.ADDRESS_PARTED, locked, goes, text, {}, actor, now)
    return goes


def last_merge(customer_id: int, reference: str) -> dict[str, Any] | None:
    """With which address it was made one, if that is what became of it last; two statements."""
    gone = Address.objects.filter(
        customer_id=customer_id, reference=reference, removed_at__isnull=False
    ).first()
    if gone is None:
        return None
    names = (EventName.ADDRESS_MERGED.value, EventName.ADDRESS_REMOVED.value)
    told = Event.objects.filter(subject_kind="address", subject_id=gone.pk, name__in=names)
    last = told.order_by("-pk").first()
    return dict(last.data) if last and last.name == EventName.ADDRESS_MERGED.value else None


def became_of(customer_id: int, reference: str) -> str:
    """The reference of the address that this one is by now: its own, unless it was made one with another."""
    for _ in range(5):
        told = last_merge(customer_id, reference)
        if told is None:
            break
        reference = str(told["stays"])
    return reference


def _record(
    name: EventName,
    customer: Customer,
    address: Address,
    text: str,
    data: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    record_event(
        name, "address", address.pk, text=text, data=data, customer_id=customer.pk, actor=actor, now=now
    )
    react("customers.touched", customer_ids=[customer.pk])
