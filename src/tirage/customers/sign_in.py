"""Signing in without a password: a mailed code and link, and links in campaign mails.

A request for an address that nobody has does the same work and gets the same answer as any other.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.networks import network_of
from tirage.core.portions import delete_in_portions
from tirage.core.states import TryKind
from tirage.core.tries import note_held, note_refusal
from tirage.core.waits import ELSEWHERE, Door, TooSoon, begin_try, forget_tries
from tirage.customers.models import Customer, SignInRequest
from tirage.customers.operations.people import checked_email
from tirage.customers.permissions import stands_for
from tirage.customers.queries import find_by_mailbox
from tirage.customers.rules import identity_email

LIFE = timedelta(minutes=15)
CODE_DIGITS = 6
#: Mails to one address within one LIFE, and requests from one network within an hour. A winery's tasting room or a
#: telephone company shares one address among many people, so the second is generous.
REQUESTS_PER_EMAIL = 5
REQUESTS_PER_NETWORK = 100
NETWORK_WINDOW = timedelta(hours=1)
CAMPAIGN_DAYS = 21

_CAMPAIGN_SALT = "tirage.customers.campaign"


@dataclass(frozen=True, slots=True)
class SignInMail:
    """What to mail. ``customer`` is None when nobody may be mailed; the person asking is told the same."""

    email: str
    customer: Customer | None
    code: str
    link_token: str
    expires_at: datetime
    request_id: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came in, and the path they were on their way to (may be empty)."""

    customer: Customer
    next_path: str


@dataclass(frozen=True, slots=True)
class LinkTooOld:
    """A campaign link of ours past its days, or ended since: whose it was and where it led.

    Whoever has such a link may be anybody by now, so nothing of this is shown.
    """

    customer: Customer
    next_path: str


def request_sign_in(*, email: str, next_path: str, ip: str, actor: Actor, now: datetime) -> SignInMail:
    """Keeps a request with a hashed code and a hashed link token, both good for 15 minutes.

    The caller mails the plain ones when ``customer`` is set, in the same transaction.
    Raises DomainError ``email_invalid``, ``too_many_requests``.
    """
    address = checked_email(email)
    network = network_of(ip)
    _refuse_too_many(address, network, now)
    found = find_by_mailbox(address)
    customer = found if found and found.is_active else None
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    token = secrets.token_urlsafe(24)
    request = SignInRequest.objects.create(
        email=address,
        customer=customer,
        epoch=customer.session_epoch if customer else 0,
        code_hash=_hash_code(address, code),
        link_hash=_hash_token(token),
        next_path=next_path[:200],
        ip=network,
        made_at=now,
        expires_at=now + LIFE,
    )
    return SignInMail(address, customer, code, token, now + LIFE, request.pk)


def sign_in_with_code(
    *, email: str, code: str, device: str = ELSEWHERE, ip: str = "", actor: Actor, now: datetime
) -> SignedIn:
    """Exchanges a mailed code, once. ``device`` names one on which the customer has signed in before.

    After wrong ones, each counted by network, the next waits, for longer and longer: TooSoon. Raises DomainError
    ``code_wrong`` whatever else is the matter, so that the answer tells nothing about the address. Records
    ``customer.signed_in``.
    """
    address = identity_email(email)
    try:
        tried = begin_try(door=Door.CUSTOMER_CODE, account=address, device=device, now=now)
    except TooSoon:
        note_held(TryKind.CODE, network=network_of(ip), now=now)
        raise
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", code) if letter in "0123456789")
    live = SignInRequest.objects.filter(email=address, expires_at__gt=now, used_at__isnull=True)
    found = _matching(live, address, digits)
    customer = _let_in_by(found)
    if found is None or customer is None:
        note_refusal(TryKind.CODE, network=network_of(ip), now=now)
        raise _wrong_code()
    if not live.filter(pk=found.pk).update(used_at=now):
        raise _wrong_code()
    forget_tries(tried)
    return welcome(customer, found.next_path, "a code", actor, now)


def sign_in_with_link(*, token: str, actor: Actor, now: datetime) -> SignedIn:
    """Exchanges a mailed link. It stays good for its 15 minutes, because mail scanners open links before people do.

    Raises DomainError ``link_wrong``. Records ``customer.signed_in``.
    """
    found = (
        SignInRequest.objects.select_related("customer")
        .filter(link_hash=_hash_token(token), expires_at__gt=now)
        .first()
    )
    customer = _let_in_by(found)
    if found is None or customer is None:
        raise DomainError(
            "link_wrong",
            "This link is older than 15 minutes or was cut short. Ask for a new one: it takes a moment.",
        )
    return welcome(customer, found.next_path, "a mailed link", actor, now)


def request_lets_in(request_id: int, *, now: datetime) -> bool:
    """Whether the code and link of a request are still good: a mail with others is no use to anybody."""
    live = SignInRequest.objects.filter(pk=request_id, expires_at__gt=now, used_at__isnull=True)
    return _let_in_by(live.select_related("customer").first()) is not None


def _let_in_by(request: SignInRequest | None) -> Customer | None:
    """Whom a request of the present lets in: who it was made for, unless they are somebody else since."""
    customer = request.customer if request else None
    return customer if request and customer and stands_for(customer, request.epoch) else None


def make_campaign_link(
    customer: Customer, next_path: str, days: int = CAMPAIGN_DAYS, *, now: datetime
) -> str:
    """The full address of a link that signs ``customer`` in and leads to ``next_path``, good for ``days``.

    It ends with everything else that the customer was given (``permissions.py``).
    """
    until = int((now + timedelta(days=days)).timestamp())
    token = signing.dumps([customer.pk, customer.session_epoch, until, next_path], salt=_CAMPAIGN_SALT)
    return settings.SITE_URL + reverse("storefront:campaign_link", args=[token])


def sign_in_with_campaign_link(*, token: str, actor: Actor, now: datetime) -> SignedIn | LinkTooOld:
    """Exchanges a link out of a campaign mail; one past its days comes back as LinkTooOld.

    Raises DomainError ``link_wrong`` for a link that isn't ours or was revoked. Records ``customer.signed_in``.
    """
    try:
        customer_id, epoch, until, next_path = signing.loads(token, salt=_CAMPAIGN_SALT)
    except (signing.BadSignature, ValueError):
        raise _wrong_link() from None
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None or not customer.is_active:
        raise _wrong_link()
    if not stands_for(customer, epoch) or datetime.fromtimestamp(until, UTC) <= now:
        return LinkTooOld(customer, next_path)
    return welcome(customer, next_path, "a link in a mail", actor, now)


def _refuse_too_many(email: str, network: str, now: datetime) -> None:
    asked = SignInRequest.objects.filter(email=email, made_at__gt=now - LIFE).count()
    if asked >= REQUESTS_PER_EMAIL:
        raise DomainError(
            "too_many_requests",
            "We have sent several mails to this address just now. Use the newest one, or try again in 15 minutes.",
        )
    nearby = (
        SignInRequest.objects.filter(ip=network, made_at__gt=now - NETWORK_WINDOW).count() if network else 0
    )
    if nearby >= REQUESTS_PER_NETWORK:
        raise DomainError(
            "too_many_requests",
            "Too many sign-in mails were asked for from your network. Try again in an hour.",
        )


def _matching(live: QuerySet[SignInRequest], email: str, digits: str) -> SignInRequest | None:
    wanted = _hash_code(email, digits)
    for request in live.select_related("customer").order_by("-pk")[:REQUESTS_PER_EMAIL]:
        if constant_time_compare(request.code_hash, wanted):
            return request
    return None


def welcome(customer: Customer, next_path: str, by: str, actor: Actor, now: datetime) -> SignedIn:
    """Whom a door has let in: who they are, and where they were going. Records ``customer.signed_in``."""
    record_event(
        EventName.CUSTOMER_SIGNED_IN,
        "customer",
        customer.pk,
        text=f"signed in with {by}",
        customer_id=customer.pk,
        actor=replace(actor, id=customer.pk, label=customer.name),
        now=now,
    )
    return SignedIn(customer, next_path)


def _hash_code(email: str, code: str) -> str:
    """Keyed, because a million codes are quickly tried against a stolen table."""
    return salted_hmac(f"tirage.customers.code.{email}", code, algorithm="sha256").hexdigest()


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _wrong_code() -> DomainError:
    message = "This code doesn't fit, or is older than 15 minutes. Check the newest mail, or ask for another."
    return DomainError("code_wrong", message, {"code": message})


def _wrong_link() -> DomainError:
    return DomainError(
        "link_wrong", "This link no longer works. Enter your e-mail address and we send you a new one."
    )


def prune_sign_in_requests(*, now: datetime) -> int:
    """Forgets requests that are a day old, long past every limit that counts them; how many."""
    return delete_in_portions(SignInRequest.objects.filter(made_at__lt=now - timedelta(days=1)))
