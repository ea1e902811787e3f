"""A customer's sign-ins on devices: begun, looked up on every page by one statement, listed, ended.

The device's cookie is a key that is kept hashed. Ending a session deletes its row, so that a copy of the cookie is
worth nothing from then on; raising the customer's ``session_epoch`` (suspending, sign out everywhere) ends all at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.sessions import Device, device_columns, is_unnoted, kept_key, note_seen
from tirage.core.sql import fetch_models, moment_out
from tirage.customers.models import Customer, CustomerSession
from tirage.customers.states import CustomerStatus

#: A session that isn't used for so long has ended.
LIFE = timedelta(days=60)

# Written out: the query compiler would take longer than the statement, on every page there is.
_MORE = ("session_id", "session_seen_at")
_ACTIVE = (
    "SELECT {columns}, s.id AS session_id, s.seen_at AS session_seen_at FROM customers_customersession s"
    " JOIN customers_customer t ON t.id = s.customer_id AND t.session_epoch = s.epoch"
    " WHERE s.key_hash = %s AND s.seen_at > %s AND t.status = %s"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in, in which session, and when it was last written down as used."""

    customer: Customer
    session_id: int
    seen_at: datetime


def begin_session(customer: Customer, device: Device, *, now: datetime) -> str:
    """Signs the customer in on the device; the key for its cookie, which is known to nobody else."""
    key = secrets.token_urlsafe(24)
    CustomerSession.objects.create(
        customer=customer,
        epoch=customer.session_epoch,
        key_hash=kept_key(key),
        **device_columns(device, now),
    )
    return key


def find_signed_in(key: str, *, now: datetime) -> Signed | None:
    """The session of a cookie; None for one that ended, or whose customer is suspended. One statement."""
    found = fetch_models(
        Customer, _ACTIVE, [kept_key(key), now - LIFE, CustomerStatus.ACTIVE.value], more=_MORE
    )
    if not found:
        return None
    seen_at = moment_out(getattr(found[0], _MORE[1]))
    return Signed(found[0], getattr(found[0], _MORE[0]), seen_at or now)


def note_use(signed: Signed, device: Device, *, now: datetime) -> bool:
    """Writes down that the session is used, once in ``SEEN_EVERY``; whether it did. At most one statement."""
    if not is_unnoted(signed.seen_at, now):
        return False
    mine = CustomerSession.objects.filter(pk=signed.session_id)
    return bool(note_seen(mine, address=device.address, now=now))


def sessions_of(customer: Customer, *, now: datetime) -> QuerySet[CustomerSession]:
    """The customer's sign-ins that count, the latest used first."""
    live = CustomerSession.objects.filter(
        customer=customer, epoch=customer.session_epoch, seen_at__gt=now - LIFE
    )
    return live.order_by("-seen_at", "-pk")


def leave_session(session_id: int) -> None:
    """Signs out on one device."""
    CustomerSession.objects.filter(pk=session_id).delete()


@transaction.atomic
def end_session(*, customer: Customer, reference: str, actor: Actor, now: datetime) -> bool:
    """Ends one of the customer's sessions; False when there is none of that name. Records ``customer.updated``."""
    gone, _ = CustomerSession.objects.filter(customer=customer, reference=reference).delete()
    if gone:
        _record(customer, "ended the sign-in of a device", actor, now)
    return bool(gone)


@transaction.atomic
def end_other_sessions(*, customer: Customer, kept_id: int | None, actor: Actor, now: datetime) -> int:
    """Ends every session of the customer but one; how many. Records ``customer.updated`` when there were any."""
    others = CustomerSession.objects.filter(customer=customer)
    gone, _ = (others if kept_id is None else others.exclude(pk=kept_id)).delete()
    if gone:
        _record(customer, "ended the sign-ins of all other devices", actor, now)
    return gone


def prune_customer_sessions(*, now: datetime) -> int:
    """Forgets sessions that were not used for the whole of their life; how many."""
    gone, _ = CustomerSession.objects.filter(seen_at__lte=now - LIFE).delete()
    return gone


def _record(customer: Customer, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.CUSTOMER_UPDATED,
        "customer",
        customer.pk,
        text=text,
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
