"""Acts on one customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.texts import fitting
from tirage.customers.consent import set_consent, source_of
from tirage.customers.models import (
    MOST_WORDS,
    Customer,
    FormerCustomer,
    Group,
    Membership,
    PastSuspension,
    Tag,
)
from tirage.customers.permissions import CLOSED, EPOCHS, change_mailbox, close_account, end_sign_ins
from tirage.customers.rules import identity_email, search_text_of
from tirage.customers.states import ConsentSource, CustomerStatus
from tirage.places.telephones import HOME, keep_telephone

#: What ``update_customer`` may change by name.
EDITABLE = (
    "email",
    "other_email",
    "first_name",
    "last_name",
    "phone",
    "birth_date",
    "source",
    "storage_warehouse",
    "storage_account",
)


def create_customer(
    *,
    email: str,
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    other_email: str = "",
    birth_date: date | None = None,
    source: str = "",
    note: str = "",
    storage_warehouse: str = "",
    storage_account: str = "",
    marketing_consent: bool = False,
    join_default_group: bool = True,
    actor: Actor,
    now: datetime,
) -> Customer:
    """A new customer, in the default group unless told otherwise.

    Raises DomainError ``email_invalid`` or ``email_taken``. Records ``customer.created``.
    """
    customer = Customer(
        email=checked_email(email),
        other_email=checked_email(other_email, field="other_email") if other_email.strip() else "",
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        phone=keep_telephone(phone),
        birth_date=birth_date,
        source=source.strip(),
        note=note.strip(),
        storage_warehouse=storage_warehouse.strip(),
        storage_account=storage_account.strip(),
        marketing_consent_at=now if marketing_consent else None,
        marketing_source=source_of(actor).value if marketing_consent else ConsentSource.UNKNOWN.value,
        signed_up_at=now,
    )
    customer.search_text = search_text_of(customer)
    with transaction.atomic():
        refuse_taken_email(customer)
        save_once(customer)
        record_event(
            EventName.CUSTOMER_CREATED,
            "customer",
            customer.pk,
            text="joined the list" if actor.is_customer else f"added {customer.name} to the list",
            data={"source": customer.source},
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )
        if join_default_group:
            join_default(customer, actor=actor, now=now)
        react("customers.touched", customer_ids=[customer.pk])
    return customer


def join_default(customer: Customer, *, actor: Actor, now: datetime) -> Membership | None:
    """Puts a new customer into the default group, where there is one."""
    group = Group.objects.filter(is_default=True).first()
    if group is None:
        return None
    why = "default group at sign-up"
    membership = Membership.objects.create(
        customer=customer,
        group=group,
        kind=group.kind,
        since=now,
        joined_by=actor.label[:MOST_WORDS],
        joined_why=why,
    )
    record_event(
        EventName.GROUP_JOINED,
        "group",
        group.pk,
        text=f"{'joined' if actor.is_customer else f'put {customer.name} into'} {group.name}, the default group",
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
    return membership


def update_customer(
    *,
    customer: Customer,
    values: dict[str, str | date | None],
    marketing_consent: bool | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Customer:
    """Changes the fields named in ``values`` (see EDITABLE) and, when given, the consent to marketing; of those that
    were ``shown`` only what differs from it.

    Another e-mail address ends every session, code and mailed link that was given out before.
    Locks the customer. Raises DomainError ``email_invalid`` or ``email_taken``, Overtaken. Records
    ``customer.updated`` with the names of the changed fields.
    """
    with transaction.atomic():
        locked = locked_customer(customer)
        refuse_erased(locked)
        stands = {name: getattr(locked, name) for name in EDITABLE}
        stands["marketing_consent"] = locked.marketing_consent_at is not None
        typed: dict[str, Any] = {name: value for name, value in values.items() if name in EDITABLE}
        if marketing_consent is not None:
            typed["marketing_consent"] = marketing_consent
        settled = settle(typed, shown=shown, stands=stands)
        changed = set_fields(locked, {name: settled[name] for name in typed})
        # What was left alone is no new decision: neither given again nor dated anew.
        decides = marketing_consent is not None and (
            shown is None or marketing_consent != shown.get("marketing_consent")
        )
        if decides and set_consent(locked, agrees=bool(marketing_consent), source=source_of(actor), now=now):
            changed.append("marketing consent")
        if not changed:
            return locked
        locked.search_text = search_text_of(locked)
        refuse_taken_email(locked)
        save_once(locked)
        record_event(
            EventName.CUSTOMER_UPDATED,
            "customer",
            locked.pk,
            text="changed " + ", ".join(name.replace("_", " ") for name in changed),
            data={"fields": changed},
            customer_id=locked.pk,
            actor=actor,
            now=now,
        )
    return locked


def refuse_erased(customer: Customer) -> None:
    """Raises Conflict ``erased``: nothing of anybody is written onto an account that was erased."""
    if customer.erased_at is not None:
        raise Conflict("erased", "This customer was erased. Nothing brings the account back.")


def set_fields(customer: Customer, values: Mapping[str, Any]) -> list[str]:
    """Writes cleaned values onto the object and names those that differ; another e-mail ends what was open."""
    changed = []
    for name in EDITABLE:
        if name not in values:
            continue
        value = values[name]
        if name == "email":
            value = checked_email(str(value or ""))
        elif name == "other_email" and value:
            value = checked_email(str(value), field="other_email")
        elif name == "phone":
            value = keep_telephone(str(value or ""), home_country(customer))
        elif isinstance(value, str):
            value = value.strip()
        if getattr(customer, name) == value:
            continue
        if name == "email":
            change_mailbox(customer, str(value))
        else:
            setattr(customer, name, value)
        changed.append(name)
    return changed


def home_country(customer: Customer) -> str:
    """Of the default address; else the one that telephones without a country are taken to be in."""
    found = customer.addresses.filter(is_default=True, removed_at__isnull=True).values_list(
        "country", flat=True
    )
    return next(iter(found), HOME)


def suspend_customer(*, customer: Customer, reason: str, actor: Actor, now: datetime) -> Customer:
    """Closes sign-in, offers and mail for the customer and ends every session.

    Locks the customer. Raises DomainError ``reason_missing``. Records ``customer.suspended``.
    """
    if not reason.strip():
        message = "Say why: the reason is shown to your colleagues, never to the customer."
        raise DomainError("reason_missing", message, {"reason": message})
    with transaction.atomic():
        locked = locked_customer(customer)
        if not locked.is_active:
            return locked
        close_account(locked, fitting(reason, 200, "reason"), now)
        locked.save(update_fields=CLOSED)
        _record_person(
            EventName.CUSTOMER_SUSPENDED,
            locked,
            f"suspended {locked.name}: {locked.status_reason}",
            actor,
            now,
        )
    return locked


def reinstate_customer(*, customer: Customer, actor: Actor, now: datetime) -> Customer:
    """Opens sign-in, offers and mail again. Locks the customer. Records ``customer.reinstated``."""
    with transaction.atomic():
        locked = locked_customer(customer)
        if locked.is_active:
            return locked
        refuse_erased(locked)
        since = locked.suspended_at or locked.signed_up_at
        PastSuspension.objects.create(customer=locked, since=since, until=now)
        locked.status, locked.status_reason, locked.suspended_at = CustomerStatus.ACTIVE.value, "", None
        locked.save(update_fields=["status", "status_reason", "suspended_at"])
        _record_person(EventName.CUSTOMER_REINSTATED, locked, f"reinstated {locked.name}", actor, now)
    return locked


def sign_out_everywhere(*, customer: Customer, actor: Actor, now: datetime) -> None:
    """Ends every session and every mailed link that signs in. Locks the customer. Records ``customer.updated``."""
    with transaction.atomic():
        locked = locked_customer(customer)
        end_sign_ins(locked)
        locked.save(update_fields=[*EPOCHS])
        _record_person(
            EventName.CUSTOMER_UPDATED,
            customer,
            "signed out everywhere" if actor.is_customer else f"signed {customer.name} out everywhere",
            actor,
            now,
        )


def set_tags(
    *,
    customer: Customer,
    names: Iterable[str],
    shown: Iterable[str] | None = None,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Makes ``names`` the customer's tags (new ones are made, case doesn't matter) and returns them sorted.

    Of those that were ``shown`` only what was added or left out counts: what others gave meanwhile stays. Locks the
    customer. Records ``customer.tagged`` when something changed.
    """
    wanted = _by_lower(names)
    with transaction.atomic():
        locked = locked_customer(customer)
        before = _by_lower(tag.name for tag in locked.tags.all())
        spelled = {**wanted, **before}
        settled = settle(
            {"tags": frozenset(wanted)},
            shown=None if shown is None else {"tags": frozenset(_by_lower(shown))},
            stands={"tags": frozenset(before)},
        )["tags"]
        tags = [find_or_make_tag(spelled[name]) for name in sorted(settled)]
        locked.tags.set(tags)
        if text := _say_tags(
            [spelled[name] for name in sorted(settled - set(before))],
            [spelled[name] for name in sorted(set(before) - settled)],
        ):
            _record_person(EventName.CUSTOMER_TAGGED, locked, text, actor, now)
    return sorted(tag.name for tag in tags)


def _by_lower(names: Iterable[str]) -> dict[str, str]:
    return {name.strip().lower(): fitting(name, 60, "tags") for name in names if name.strip()}


def _say_tags(added: list[str], removed: list[str]) -> str:
    said = []
    if added:
        said.append("tagged " + ", ".join(added))
    if removed:
        said.append(f"removed the tag{'' if len(removed) == 1 else 's'} " + ", ".join(removed))
    return " and ".join(said)


def find_or_make_tag(name: str) -> Tag:
    """The tag of that name in whatever case."""
    return Tag.objects.filter(name__iexact=name).first() or Tag.objects.create(name=name)


def add_note(*, customer: Customer, text: str, actor: Actor, now: datetime) -> None:
    """Adds a dated note to the customer's activity. Raises DomainError ``note_empty``. Records ``customer.noted``."""
    if not text.strip():
        raise DomainError("note_empty", "Write the note first.", {"note": "Write the note first."})
    with transaction.atomic():
        _record_person(EventName.CUSTOMER_NOTED, customer, text.strip(), actor, now)


def save_standing_note(
    *, customer: Customer, text: str, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> Customer:
    """Keeps what everybody should know about the customer, shown at the top.

    ``shown``: what stood there (``text``) when it was written. Locks the customer. Raises Overtaken. Records
    ``customer.noted``.
    """
    with transaction.atomic():
        locked = locked_customer(customer)
        settled = settle({"text": text}, shown=shown, stands={"text": locked.note})["text"].strip()
        if locked.note != settled:
            locked.note = settled
            locked.save(update_fields=["note"])
            _record_person(
                EventName.CUSTOMER_NOTED, locked, "changed what to know about " + locked.name, actor, now
            )
    return locked


def locked_customer(customer: Customer) -> Customer:
    """The customer's row, locked. Raises Conflict when it is gone."""
    locked = lock_row(Customer.objects.filter(pk=customer.pk))
    if locked is None:
        raise Conflict("customer_gone", "This customer no longer exists.")
    return locked


def checked_email(raw: str, *, field: str = "email") -> str:
    """The address in its identifying form; raises DomainError ``email_invalid``."""
    email = identity_email(raw)
    try:
        validate_email(email)
    except ValidationError:
        message = "Enter an e-mail address such as ana@example.com."
        raise DomainError("email_invalid", message, {field: message}) from None
    return email


def refuse_taken_email(customer: Customer) -> None:
    """Raises DomainError ``email_taken`` when another customer has the address."""
    other = Customer.objects.filter(email=customer.email).exclude(pk=customer.pk).first()
    if other is not None:
        _say_taken(customer.email, other.name)
    former = FormerCustomer.objects.select_related("customer").filter(also_signs_in=customer.email)
    if (one := former.exclude(customer=customer.pk).first()) is not None:
        _say_taken(customer.email, one.customer.name)


def save_once(customer: Customer) -> None:
    """Saves; an address taken in the same moment is the same refusal as one taken before."""
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError:
        _say_taken(customer.email, "another customer")


def _say_taken(email: str, owner: str) -> None:
    message = f"{email} already belongs to {owner}." if owner != email else f"{email} is already on the list."
    raise DomainError("email_taken", message, {"email": message})


def _record_person(name: EventName, customer: Customer, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "customer",
        customer.pk,
        text=text,
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
