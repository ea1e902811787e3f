"""Acts on a customer's addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle
from tirage.core.models import Event
from tirage.core.reactions import react
from tirage.core.winery import current_winery
from tirage.customers.models import Address, Customer
from tirage.customers.operations.one_address import part_addresses
from tirage.customers.operations.people import locked_customer
from tirage.customers.rules import fold
from tirage.places import (
    Doubt,
    address_key,
    find_country,
    find_doubt,
    normalise_country,
    normalise_postal_code,
    normalise_state,
    validate_address_parts,
)
from tirage.places.lengths import long_lines
from tirage.places.telephones import keep_telephone

TEXT_FIELDS = (
    "recipient",
    "company",
    "line1",
    "line2",
    "city",
    "state",
    "postal_code",
    "country",
    "phone",
)


#: What says where an address is, in the order in which it is compared.
PLACE = ("line1", "line2", "city", "state", "postal_code", "country")


def save_address(
    *,
    customer: Customer,
    address_reference: str | None,
    values: Mapping[str, str],
    make_default: bool,
    shown: Mapping[str, Any] | None = None,
    sure: str | None = None,
    location: str | None = None,
    actor: Actor,
    now: datetime,
) -> Address:
    """Adds an address, or changes the one of ``address_reference``; the customer's first one becomes the default.

    One that is on the list already, however it is spelled, isn't added twice: that one is taken, with what is new of
    its telephone, company and birth date.

    ``values``: recipient, company, line1, line2, city, state, postal_code, country (US when absent), phone,
    birth_date (``2001-12-31`` or empty); what isn't among them stays as it is, and of those that were ``shown`` (with
    ``make_default``) only what differs from it is changed. A form gives ``sure``, what its person said of the doubt
    that they were shown (empty at first); programs give None, and aren't asked. ``location`` names the carrier's
    location that the address is; it is nobody's home, so never the default, and one whose place is changed is an
    address like others. Locks the customer. Raises DomainError
    ``address_invalid`` with the problem of each field, AddressDoubtful, ``address_gone``, ``address_twice`` (changed
    into another one), ``location_is_no_home``, Overtaken. Records ``address.saved`` with what changed.
    """
    if address_reference is None:
        # Refused before anything is locked.
        checked_address(customer, values)
    with transaction.atomic():
        locked = locked_customer(customer)
        address = _found(locked, address_reference)
        stands = address_values(address) if address.pk else {}
        settled = settle({**values, "make_default": make_default}, shown=shown, stands=stands)
        make_default = bool(settled.pop("make_default"))
        clean = accepted_address(locked, settled, sure=sure, stands=stands)
        clean["location"] = _location(address, clean, location)
        # Two that were on the list before are made one by ``merge_addresses``; each can still be changed.
        moves = not address.pk or same_address_key(clean) != same_address_key(stands)
        if moves and (twin := _twin(locked, address, clean)):
            if address_reference:
                words = f"This address is on the list already: {twin.one_line}."
                raise DomainError("address_twice", words, {"line1": words})
            address, clean = twin, _filled_in(twin, clean)
        changed = [field for field, value in clean.items() if getattr(address, field) != value]
        for field, value in clean.items():
            setattr(address, field, value)
        others = locked.addresses.filter(removed_at__isnull=True).exclude(pk=address.pk)
        becomes_default = make_default or address.is_default or not others.filter(is_default=True).exists()
        if make_default and address.location:
            raise DomainError("location_is_no_home", "A carrier's location can't be the usual address.")
        if becomes_default and not address.location:
            changed += [] if address.is_default else ["default"]
            others.update(is_default=False)
            address.is_default = True
        is_new = address.pk is None
        if not is_new and not changed:
            return address
        address.save()
        what = (
            "" if is_new else f": {say_changed(changed, {name: str(word) for name, word in _SAID.items()})}"
        )
        record_event(
            EventName.ADDRESS_SAVED,
            "address",
            address.pk,
            text=f"{'saved' if is_new else 'changed'} the address {address.one_line}{what}",
            data={} if is_new else {"fields": changed},
            customer_id=locked.pk,
            actor=actor,
            now=now,
        )
        react("customers.touched", customer_ids=[locked.pk])
    return address


def _location(address: Address, clean: Mapping[str, Any], location: str | None) -> str:
    """The carrier's location that an address is from now on; of one that was one as long as it is in the same place."""
    if location is not None:
        return location
    places = [[getattr(address, name) for name in PLACE], [clean[name] for name in PLACE]]
    return address.location if address_key(*places[0]) == address_key(*places[1]) else ""


class AddressDoubtful(DomainError):
    """Something in an address may be a slip: the person takes a suggestion, or says ``sure`` with the ``mark``."""

    def __init__(self, doubt: Doubt, mark: str) -> None:
        super().__init__("address_doubtful", doubt.message, {doubt.field: doubt.message})
        self.doubt, self.mark = doubt, mark


_PLACE = ("country", "city", "state", "postal_code")


def refuse_doubt(clean: Mapping[str, Any], sure: str) -> None:
    """Raises AddressDoubtful for what may be a slip in normalised parts, unless ``sure`` is its mark."""
    parts = {name: str(clean[name]) for name in _PLACE}
    doubt, mark = find_doubt(**parts), "|".join(parts.values())
    if doubt and sure != mark:
        raise AddressDoubtful(doubt, mark)


#: What stands on a label as it is typed.
LINES = ("recipient", "company", "line1", "line2")


def accepted_address(
    customer: Customer, values: Mapping[str, str], *, sure: str | None, stands: Mapping[str, Any]
) -> dict[str, str | date | None]:
    """``checked_address`` of what somebody typed, wherever it is typed: what is other than it ``stands`` (nothing, for
    a new address) also fits on the winery's labels, and a person who gives ``sure`` was asked about what may be a slip.

    Raises DomainError ``address_invalid``, AddressDoubtful.
    """
    clean = checked_address(customer, values)
    changed = {name: str(value) for name, value in clean.items() if stands.get(name) != value}
    lines = {name: value for name, value in changed.items() if name in LINES}
    if problems := long_lines(lines, current_winery().label_limits):
        raise DomainError("address_invalid", "The address needs another look.", problems)
    if sure is not None and changed.keys() & set(_PLACE):
        refuse_doubt(clean, sure)
    return clean


def _twin(customer: Customer, address: Address, clean: Mapping[str, Any]) -> Address | None:
    """Another address on the list for the same person at the same place; the default one first."""
    key = same_address_key(clean)
    others = customer.addresses.filter(
        removed_at__isnull=True, country=clean["country"], location=clean["location"]
    ).exclude(pk=address.pk)
    found = (
        one
        for one in others.order_by("-is_default", "pk")
        if same_address_key({name: getattr(one, name) for name in TEXT_FIELDS}) == key
    )
    return next(found, None)


def same_address_key(parts: Mapping[str, Any]) -> tuple[str, ...]:
    """Equal for two spellings of one address: the place, and who receives the wine there."""
    return (
        " ".join(fold(parts["recipient"]).replace(".", "").split()),
        *address_key(*(parts[name] for name in PLACE)),
    )


def _filled_in(twin: Address, clean: Mapping[str, Any]) -> dict[str, Any]:
    """What is given anew besides the place and the name, whose spelling stays."""
    return {name: clean[name] for name in ("phone", "company", "birth_date") if clean[name]}


_SAID: dict[str, Any] = {
    "line1": "street",
    "line2": "apartment",
    "postal_code": gettext_lazy("ZIP or postal code"),
    "phone": "telephone",
}


def address_values(address: Address) -> dict[str, Any]:
    """An address as ``save_address`` takes it and forms show it, ``make_default`` included."""
    born = address.birth_date.isoformat() if address.birth_date else ""
    return {name: getattr(address, name) for name in TEXT_FIELDS} | {
        "birth_date": born,
        "make_default": address.is_default,
    }


def remove_address(*, customer: Customer, address_reference: str, actor: Actor, now: datetime) -> None:
    """Takes the address off the customer's list; orders keep their own copy. The newest other one becomes the default.

    Locks the customer. Raises DomainError ``address_gone``. Records ``address.removed``.
    """
    with transaction.atomic():
        locked = locked_customer(customer)
        address = _found(locked, address_reference)
        was_default, address.is_default, address.removed_at = (
            address.is_default,
            False,
            now,
        )
        address.save(update_fields=["is_default", "removed_at"])
        heir = locked.addresses.filter(removed_at__isnull=True, location="").order_by("-pk").first()
        if was_default and heir is not None:
            heir.is_default = True
            heir.save(update_fields=["is_default"])
        record_event(
            EventName.ADDRESS_REMOVED,
            "address",
            address.pk,
            text=f"removed the address {address.one_line}",
            data={"default": was_default, "heir": heir.reference if was_default and heir else ""},
            customer_id=locked.pk,
            actor=actor,
            now=now,
        )
        react("customers.touched", customer_ids=[locked.pk])


def restore_address(*, customer: Customer, address_reference: str, actor: Actor, now: datetime) -> Address:
    """Undoes a removal, or that the address was made one with another; it is the default again if it was, unless
    another was chosen meanwhile.

    One that is on the list stays as it is. Locks the customer. Records ``address.restored``. Raises DomainError
    ``not_found``, ``address_twice`` where it was typed again meanwhile.
    """
    parted = part_addresses(customer=customer, goes_reference=address_reference, actor=actor, now=now)
    if parted is not None:
        return parted
    with transaction.atomic():
        locked = locked_customer(customer)
        address = locked.addresses.filter(reference=address_reference).first()
        if address is None:
            raise DomainError("not_found", "There is no such address.")
        if address.removed_at is None:
            return address
        if _twin(locked, address, {name: getattr(address, name) for name in (*TEXT_FIELDS, "location")}):
            raise DomainError("address_twice", "This address is on the list again already.")
        others = locked.addresses.filter(removed_at__isnull=True, is_default=True)
        present = others.values_list("reference", flat=True).first() or ""
        told = Event.objects.filter(
            name=EventName.ADDRESS_REMOVED.value, subject_kind="address", subject_id=address.pk
        )
        data = told.order_by("-pk").values_list("data", flat=True).first() or {}
        address.removed_at = None
        was_default = bool(data.get("default") and data.get("heir") == present)
        address.is_default = not address.location and (not present or was_default)
        if address.is_default:
            others.update(is_default=False)
        address.save(update_fields=["removed_at", "is_default"])
        record_event(
            EventName.ADDRESS_RESTORED,
            "address",
            address.pk,
            text=f"kept the address {address.one_line} after all",
            customer_id=locked.pk,
            actor=actor,
            now=now,
        )
        react("customers.touched", customer_ids=[locked.pk])
    return address


def checked_address(customer: Customer, values: Mapping[str, str]) -> dict[str, str | date | None]:
    """Address columns in their normal form; raises DomainError ``address_invalid`` naming every problem."""
    clean = {field: values.get(field, "").replace("\u00a0", " ").strip() for field in TEXT_FIELDS}
    clean["recipient"] = clean["recipient"] or f"{customer.first_name} {customer.last_name}".strip()
    clean["country"] = normalise_country(clean["country"] or "US")
    clean["state"] = normalise_state(clean["country"], clean["state"])
    clean["postal_code"] = normalise_postal_code(clean["country"], clean["postal_code"])
    clean["phone"] = keep_telephone(clean["phone"], clean["country"])
    country = find_country(clean["country"])
    if country is not None and not country.state_label:
        clean["state"] = ""
    problems = {
        problem.field: problem.message
        for problem in validate_address_parts(
            country=clean["country"],
            line1=clean["line1"],
            city=clean["city"],
            state=clean["state"],
            postal_code=clean["postal_code"],
        )
    }
    problems.update(_other_problems(clean))
    birth_date = _read_birth_date(values.get("birth_date", ""), problems)
    if problems:
        raise DomainError("address_invalid", "The address needs another look.", problems)
    return {**clean, "birth_date": birth_date}


def _other_problems(clean: Mapping[str, str]) -> dict[str, str]:
    problems = {}
    if not clean["recipient"]:
        problems["recipient"] = "Enter the name of the person who receives the wine."
    for field, value in clean.items():
        limit = getattr(Address._meta.get_field(field), "max_length", None)
        if limit is not None and len(value) > limit:
            problems[field] = f"Shorten this to {limit} characters."
    return problems


def _read_birth_date(raw: str, problems: dict[str, str]) -> date | None:
    if not raw.strip():
        return None
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        problems["birth_date"] = "Write the birth date as year, month and day, such as 1980-05-17."
        return None


def _found(customer: Customer, reference: str | None) -> Address:
    if not reference:
        return Address(customer=customer)
    address = customer.addresses.filter(reference=reference, removed_at__isnull=True).first()
    if address is None:
        raise DomainError(
            "address_gone",
            "This address is no longer on the list. Choose another, or add it again.",
        )
    return address
