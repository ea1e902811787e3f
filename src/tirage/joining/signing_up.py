"""Signing up: a form, a mail with a button, and only then a customer.

The mail proves the mailbox (double opt-in). A form for an address that is on the list already does the same work and
gets the same answer; that mailbox has a way to sign in instead.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.locks import lock_row
from tirage.core.networks import network_of
from tirage.core.portions import delete_in_portions
from tirage.core.states import SignUpMode
from tirage.core.texts import fitting
from tirage.core.winery import current_winery
from tirage.customers.consent import change_consent
from tirage.customers.models import Customer
from tirage.customers.operations import create_customer
from tirage.customers.operations.people import checked_email
from tirage.customers.queries import find_by_mailbox
from tirage.customers.states import ConsentSource
from tirage.joining.models import SignUp, WaitingPlace
from tirage.joining.waiting import put_in_line
from tirage.places.telephones import keep_telephone

#: How long the mailed button works.
LIFE = timedelta(days=3)
#: Forms for one mailbox within an hour, and from one network: a tasting room has one address for all its guests.
PER_MAILBOX, PER_NETWORK, WINDOW = 3, 40, timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """``token`` belongs into the mail. ``is_known``: the mailbox is a customer's already, who signs in instead."""

    sign_up: SignUp
    token: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """Who came to the list; ``is_new`` is False for somebody who was on it already."""

    customer: Customer
    place: WaitingPlace | None
    is_new: bool


def sign_up(
    *,
    email: str,
    first_name: str,
    last_name: str,
    phone: str = "",
    note: str = "",
    source: str = "",
    agrees: bool,
    agreed_words: str,
    ip: str,
    now: datetime,
) -> Asked:
    """Keeps the form; the caller mails its button in the same transaction. Nobody is on the list yet.

    ``agreed_words`` are those beside the tick, kept with it. Raises DomainError ``sign_up_closed``, ``email_invalid``,
    ``name_missing``, ``too_many_requests``.
    """
    if current_winery().sign_up == SignUpMode.CLOSED:
        raise closed()
    address = checked_email(email)
    names = {"first_name": first_name.strip(), "last_name": last_name.strip()}
    if missing := {name: "Please tell us your name." for name, value in names.items() if not value}:
        raise DomainError("name_missing", "Please tell us your name.", missing)
    network = network_of(ip)
    _refuse_too_many(address, network, now)
    token = secrets.token_urlsafe(24)
    kept = SignUp.objects.create(
        email=address,
        first_name=fitting(names["first_name"], 80, "first_name"),
        last_name=fitting(names["last_name"], 80, "last_name"),
        phone=fitting(keep_telephone(phone), 40, "phone"),
        note=fitting(note.strip(), 300, "note"),
        source=source.strip()[:60],
        agrees=agrees,
        agreed_words=agreed_words if agrees else "",
        token_hash=_hash(token),
        ip=network,
        made_at=now,
        expires_at=now + LIFE,
    )
    return Asked(kept, token, find_by_mailbox(address) is not None)


def find_sign_up(*, token: str, now: datetime) -> SignUp:
    """The form behind a mailed button. Raises DomainError ``link_wrong``."""
    found = SignUp.objects.filter(token_hash=_hash(token), expires_at__gt=now).first()
    if found is None:
        raise DomainError(
            "link_wrong",
            "This link is older than three days or was cut short. Sign up once more: it takes a minute.",
        )
    return found


def confirm_sign_up(*, token: str, actor: Actor, now: datetime) -> Joined:
    """Takes the mailbox's owner onto the list: into the default group, or into line, as the winery has it.

    Pressed twice it answers alike. Locks the form. Records ``customer.created``, ``customer.consent_changed``, and the
    place in line. Raises DomainError ``link_wrong``, ``sign_up_closed``, ``suspended``.
    """
    with transaction.atomic():
        kept = lock_row(SignUp.objects.filter(pk=find_sign_up(token=token, now=now).pk))
        if kept is None:
            raise closed()
        before = find_by_mailbox(kept.email)
        if before is not None and not before.is_active:
            raise DomainError("suspended", "This account is closed at the moment. Please write to us.")
        if before is None and current_winery().sign_up == SignUpMode.CLOSED:
            raise closed()
        customer = before or _new_customer(kept, actor, now)
        own = Actor(actor.kind, customer.pk, customer.name, actor.request_id)
        if kept.agrees and kept.confirmed_at is None:
            change_consent(customer=customer, agrees=True, source=ConsentSource.SIGN_UP, actor=own, now=now)
        place = _into_line(customer, kept, own, now) if before is None else None
        if kept.confirmed_at is None:
            kept.confirmed_at, kept.customer = now, customer
            kept.save(update_fields=["confirmed_at", "customer"])
    return Joined(customer, place, before is None)


def _new_customer(kept: SignUp, actor: Actor, now: datetime) -> Customer:
    return create_customer(
        email=kept.email,
        first_name=kept.first_name,
        last_name=kept.last_name,
        phone=kept.phone,
        source=kept.source,
        note=kept.note,
        join_default_group=current_winery().sign_up == SignUpMode.LIST,
        actor=actor,
        now=now,
    )


def _into_line(customer: Customer, kept: SignUp, actor: Actor, now: datetime) -> WaitingPlace | None:
    if current_winery().sign_up != SignUpMode.WAITING:
        return None
    return put_in_line(customer=customer, source=kept.source, note=kept.note, actor=actor, now=now)


def closed() -> DomainError:
    return DomainError("sign_up_closed", "Our list is full at the moment, and nobody can sign up.")


def _refuse_too_many(email: str, network: str, now: datetime) -> None:
    recent = SignUp.objects.filter(made_at__gt=now - WINDOW)
    if recent.filter(email=email).count() >= PER_MAILBOX:
        raise DomainError(
            "too_many_requests",
            "We have written to this address just now. Look there, or try again in an hour.",
        )
    if network and recent.filter(ip=network).count() >= PER_NETWORK:
        raise DomainError(
            "too_many_requests",
            "Many people have signed up from your network just now. Try again in an hour.",
        )


def prune_sign_ups(*, now: datetime) -> int:
    """Forgets forms whose button was never pressed, a month after they were sent; how many."""
    old = SignUp.objects.filter(confirmed_at__isnull=True, made_at__lt=now - timedelta(days=30))
    return delete_in_portions(old)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
