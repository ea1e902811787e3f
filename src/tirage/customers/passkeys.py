"""Passkeys: a customer's own device signs a question of ours, and that is the sign-in; nothing has to be mailed.

By WebAuthn. The device asks for a finger, a face or its PIN before it signs, so that a key is worth nothing to who
finds the device. Only the public half is kept here. A question is good for minutes and for one answer: one that was
asked before the key's last sign-in counts as answered.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle, write_changed
from tirage.core.locks import lock_row
from tirage.core.networks import network_of
from tirage.core.waits import ELSEWHERE, Door, begin_try, forget_tries
from tirage.core.winery import current_winery
from tirage.customers.models import Customer, Passkey
from tirage.customers.permissions import stands_for
from tirage.customers.sign_in import SignedIn, welcome

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestedCredentialData

#: How long a device has to answer a question.
LIFE = timedelta(minutes=5)
MOST_KEYS = 10
MOST_LETTERS = 60
#: Letters of an answer: those of real devices are a tenth of it.
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Question:
    """What a device is to sign: ``options`` for the browser, and the challenge in it, which comes back to us."""

    options: Mapping[str, Any]
    challenge: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put: its challenge and when."""

    challenge: str
    at: datetime


def are_possible() -> bool:
    """Whether browsers do it under the shop's address: by HTTPS (or on this very machine), and never for a number."""
    site = urlsplit(settings.SITE_URL)
    host = site.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return site.scheme == "https" or host == "localhost"
    return False


def passkeys_of(customer: Customer) -> QuerySet[Passkey]:
    """Those that let the customer in, the newest first."""
    return Passkey.objects.filter(customer=customer, epoch=customer.session_epoch).order_by("-made_at", "-pk")


def ask_for_new_key(customer: Customer) -> Question:
    """The question by which a device makes a key; it makes no second one where it has one already. Keeps nothing."""
    from fido2.webauthn import (
        PublicKeyCredentialUserEntity,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    # The device keeps this handle: it is of no use to who reads it there.
    handle = salted_hmac("tirage.customers.passkey", str(customer.pk), algorithm="sha256").digest()
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=handle, name=customer.email, display_name=customer.name),
        credentials=_readable(passkeys_of(customer)),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Question(dict(options), str(state["challenge"]))


def ask_who() -> Question:
    """The question by which a device signs in with whichever key of ours it has. Keeps nothing."""
    from fido2.webauthn import UserVerificationRequirement

    options, state = _server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return Question(dict(options), str(state["challenge"]))


@transaction.atomic
def add_passkey(
    *, customer: Customer, name: str, answer: str, asked: Asked | None, actor: Actor, now: datetime
) -> Passkey:
    """Keeps the key that a device made. Locks the customer. Records ``customer.updated``.

    Raises DomainError ``passkey_refused``, ``too_many_passkeys``, Conflict ``passkey_known``.
    """
    locked = lock_row(Customer.objects.filter(pk=customer.pk))
    if locked is None or not stands_for(locked, customer.session_epoch):
        raise _refused()
    if passkeys_of(locked).count() >= MOST_KEYS:
        raise DomainError("too_many_passkeys", f"{MOST_KEYS} passkeys are the most. Remove one first.")
    made, signatures = _read_new(answer, asked, now)
    row = Passkey(
        customer=locked,
        epoch=locked.session_epoch,
        name=_neat(name) or "Passkey",
        id_hash=_hash(made.credential_id),
        public=_text(bytes(made)),
        signatures=signatures,
        made_at=now,
        used_at=now,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict("passkey_known", "This passkey is kept here already. Make another one.") from None
    _record(locked, f"added the passkey “{row.name}”", actor, now)
    return row


@transaction.atomic
def rename_passkey(
    *,
    customer: Customer,
    reference: str,
    name: str,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Passkey | None:
    """Calls a key of the customer's otherwise; None when there is none. Locks it. Records ``customer.updated``.

    Raises Overtaken where it was renamed meanwhile, DomainError ``name_missing``.
    """
    row = lock_row(passkeys_of(customer).filter(reference=reference))
    if row is None:
        return None
    settled = settle({"name": _neat(name)}, shown=shown, stands={"name": row.name})
    if not settled["name"]:
        words = "Give it a name, such as the device it is on."
        raise DomainError("name_missing", words, {"name": words})
    if write_changed(row, settled):
        _record(customer, f"renamed a passkey to “{row.name}”", actor, now)
    return row


@transaction.atomic
def remove_passkey(*, customer: Customer, reference: str, actor: Actor, now: datetime) -> bool:
    """Forgets a key of the customer's; False when there is none of that name. Records ``customer.updated``."""
    row = lock_row(passkeys_of(customer).filter(reference=reference))
    if row is None:
        return False
    row.delete()
    _record(customer, f"removed the passkey “{row.name}”", actor, now)
    return True


def sign_in_with_passkey(
    *, answer: str, asked: Asked | None, device: str = ELSEWHERE, ip: str = "", actor: Actor, now: datetime
) -> SignedIn:
    """Lets in whose key signed the question, once. ``device``: as ``sign_in_with_code`` takes it.

    Wrong answers for a key, and keys that nobody has, wait for longer and longer: TooSoon; those of strangers' devices
    never make the key's owner wait on a known one. Raises DomainError ``passkey_refused`` whatever else is the matter.
    Records ``customer.signed_in``.
    """
    row = Passkey.objects.select_related("customer").filter(id_hash=_id_hash_in(answer)).first()
    account = row.id_hash if row else f"network {network_of(ip)}"
    tried = begin_try(door=Door.CUSTOMER_PASSKEY, account=account, device=device, now=now)
    if row is None or asked is None or row.used_at >= asked.at or not stands_for(row.customer, row.epoch):
        raise _refused()
    signatures = _read_signed(row, answer, asked, now)
    mine = Passkey.objects.filter(pk=row.pk, used_at__lt=asked.at, signatures=row.signatures)
    if not mine.update(used_at=now, signatures=signatures):
        raise _refused()
    forget_tries(tried)
    return welcome(row.customer, "", "a passkey", actor, now)


def prune_passkeys(*, now: datetime) -> int:
    """Forgets keys that were ended with everything else of their customer's; how many."""
    gone, _ = Passkey.objects.exclude(epoch=F("customer__session_epoch")).delete()
    return gone


def _server() -> Fido2Server:
    """Speaks for the shop's own address and no other."""
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    site = urlsplit(settings.SITE_URL)
    origin = f"{site.scheme}://{site.netloc}"
    return Fido2Server(
        PublicKeyCredentialRpEntity(name=current_winery().name, id=site.hostname or ""),
        verify_origin=lambda told: told == origin,
    )


def _read_new(answer: str, asked: Asked | None, now: datetime) -> tuple[AttestedCredentialData, int]:
    """The key that a device made, and how often it has signed."""
    state = _state(asked, now)
    try:
        data = _server().register_complete(state, _parsed(answer))
    except Exception:  # whatever a stranger's bytes make of the reader
        raise _refused() from None
    if data.credential_data is None:
        raise _refused()
    return data.credential_data, data.counter


def _read_signed(row: Passkey, answer: str, asked: Asked, now: datetime) -> int:
    """How often the device has signed by now, where its signature is right; else DomainError."""
    from fido2.webauthn import AuthenticationResponse

    state = _state(asked, now)
    try:
        read = AuthenticationResponse.from_dict(_parsed(answer))
        _server().authenticate_complete(state, [_public(row)], read)
        signatures = int(read.response.authenticator_data.counter)
    except Exception:  # whatever a stranger's bytes make of the reader
        raise _refused() from None
    if row.signatures and signatures <= row.signatures:
        raise DomainError(
            "passkey_refused",
            "This passkey looks like a copy, so it can’t be used. Sign in by mail, remove it, and make a new one.",
        )
    return signatures


def _state(asked: Asked | None, now: datetime) -> dict[str, Any]:
    """The question as the library wants it back; one that is too old, or was never put, is refused."""
    if asked is None or not now - LIFE < asked.at <= now:
        raise _refused()
    return {"challenge": asked.challenge, "user_verification": "required"}


def _parsed(answer: str) -> dict[str, Any]:
    found = json.loads(answer) if len(answer) <= _LONGEST else None
    if not isinstance(found, dict):
        raise ValueError("no answer of a device")
    return found


def _id_hash_in(answer: str) -> str:
    """What the key of an answer is found by; empty for no answer."""
    from fido2.utils import websafe_decode

    try:
        return _hash(websafe_decode(str(_parsed(answer)["rawId"])))
    except (ValueError, KeyError, RecursionError):
        return ""


def _readable(rows: Iterable[Passkey]) -> list[AttestedCredentialData]:
    """Without what can't be read: it opens nothing, so a device may make another key in its place."""
    found = []
    for row in rows:
        with suppress(ValueError):
            found.append(_public(row))
    return found


def _public(row: Passkey) -> AttestedCredentialData:
    from fido2.utils import websafe_decode
    from fido2.webauthn import AttestedCredentialData

    return AttestedCredentialData(websafe_decode(row.public))


def _text(data: bytes) -> str:
    from fido2.utils import websafe_encode

    return websafe_encode(data)


def _hash(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()


def _neat(name: str) -> str:
    return " ".join(name.split())[:MOST_LETTERS].strip()


def _refused() -> DomainError:
    return DomainError(
        "passkey_refused",
        "That passkey doesn’t open this shop, or the page was open for too long. Try again, or sign in by mail.",
    )


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
