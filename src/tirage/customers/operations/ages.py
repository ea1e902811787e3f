"""What customers say of their age: kept whichever way it falls, since a date that was refused stays known."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.winery import local_time
from tirage.customers.ages import is_under_age, legal_age, say_under_age
from tirage.customers.models import Customer
from tirage.customers.operations.people import locked_customer


def confirm_adult(*, customer: Customer, birth_date: date | None, actor: Actor, now: datetime) -> Customer:
    """Keeps that the customer is of legal age, with the birth date when it is given.

    A date below the winery's legal age on its own calendar is kept too and ends an earlier confirmation: after it no
    "yes" counts, nor another date, until the winery has corrected it.
    Locks the customer. Raises DomainError ``too_young`` (the refused date is kept), ``birth_date_invalid``. Records
    ``customer.adult_confirmed`` the first time, ``customer.age_refused`` for a refused date.
    """
    if birth_date is not None:
        refuse_impossible_birth(birth_date, now)
    with transaction.atomic():
        locked = locked_customer(customer)
        refused = is_under_age(locked.birth_date, now) or is_under_age(birth_date, now)
        if refused:
            _keep_refused(locked, birth_date, actor, now)
        else:
            _keep_confirmed(locked, birth_date, actor, now)
    if refused:
        words = say_under_age()
        raise DomainError("too_young", words, {"birth_date": words})
    return locked


def confirm_adult_now(
    *,
    customer: Customer,
    birth_date: date | None,
    country: str,
    state: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The same in the caller's transaction, for wine that is handed over in a named place; nothing refused is kept.

    Locks the customer. Raises DomainError ``too_young``, also where the date became known a moment ago.
    """
    locked = locked_customer(customer)
    if is_under_age(locked.birth_date, now, country=country, state=state):
        raise DomainError("too_young", say_under_age(country, state))
    _keep_confirmed(locked, birth_date, actor, now)


def keep_refused_birth(*, customer: Customer, birth_date: date, actor: Actor, now: datetime) -> None:
    """Keeps a date for which a sale was refused, so that the same person isn't older a second later.

    Locks the customer. Records ``customer.age_refused``.
    """
    with transaction.atomic():
        _keep_refused(locked_customer(customer), birth_date, actor, now)


def refuse_impossible_birth(birth_date: date, now: datetime) -> None:
    """Raises DomainError ``birth_date_invalid`` for a day on which nobody was born who buys wine."""
    if birth_date > local_time(now).date() or birth_date.year < 1880:
        message = "Enter the year you were born with all four digits."
        raise DomainError("birth_date_invalid", message, {"birth_date": message})


def _keep_confirmed(locked: Customer, birth_date: date | None, actor: Actor, now: datetime) -> None:
    first_time = locked.adult_confirmed_at is None
    locked.adult_confirmed_at = locked.adult_confirmed_at or now
    locked.birth_date = birth_date or locked.birth_date
    locked.save(update_fields=["adult_confirmed_at", "birth_date"])
    if first_time:
        text = f"confirmed being {legal_age()} or older"
        _record(EventName.CUSTOMER_ADULT_CONFIRMED, locked, text, {}, actor, now)


def _keep_refused(locked: Customer, birth_date: date | None, actor: Actor, now: datetime) -> None:
    """Of two dates the later one counts: whoever is too young by either isn't older by the other."""
    before = locked.birth_date
    if birth_date is None or (before is not None and before >= birth_date):
        return
    locked.birth_date = birth_date
    if is_under_age(birth_date, now):
        locked.adult_confirmed_at = None
    locked.save(update_fields=["adult_confirmed_at", "birth_date"])
    instead = f" instead of {before.isoformat()}" if before else ""
    text = f"gave {birth_date.isoformat()} as date of birth{instead}, which is too young for wine"
    data = {"birth_date": birth_date.isoformat(), "before": before.isoformat() if before else None}
    _record(EventName.CUSTOMER_AGE_REFUSED, locked, text, data, actor, now)


def _record(
    name: EventName, customer: Customer, text: str, data: dict[str, str | None], actor: Actor, now: datetime
) -> None:
    record_event(
        name, "customer", customer.pk, text=text, data=data, customer_id=customer.pk, actor=actor, now=now
    )
