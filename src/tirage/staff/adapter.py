"""How allauth behaves for the winery's team: no sign-up, invitations only, mails in our own words."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from tirage.core.actors import Actor, ActorKind
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.networks import network_of
from tirage.core.sealing import seal, unseal
from tirage.core.states import TryKind
from tirage.core.tries import note_held, note_refusal
from tirage.core.waits import Door, TooSoon, begin_try, forget_tries, take_back
from tirage.notifications.operations import queue_staff_password
from tirage.parts.client import client_address
from tirage.parts.middleware import request_id
from tirage.staff.devices import known_device, remember_device
from tirage.staff.models import StaffMember
from tirage.staff.passwords import PasswordChecksBusy
from tirage.staff.sessions import end_permissions
from tirage.tables.cleaning import identity

#: In the session between password and second factor: whose password it was, as they were then.
_STANDING = "tirage_standing"


class StaffAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "Address and password don't fit together. Check both, or set a new password.",
        "incorrect_password": "This isn't your password. Try again, or sign out and set a new one.",
        "rate_limited": "Too many tries. Wait a minute.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As everywhere; where no address is known, all of those are counted together."""
        return client_address(request) or "0.0.0.0"  # noqa: S104  # nobody's address, nothing is bound to it

    def is_safe_url(self, url: str) -> bool:
        """What isn't even an address is no safe one."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> StaffMember | None:
        """Counts the try before the password is looked at. Raises TooSoon, PasswordChecksBusy."""
        email = identity(str(credentials.get("email") or ""))
        credentials["email"] = email
        now = read_clock()
        network = network_of(client_address(request))
        try:
            tried = begin_try(
                door=Door.STAFF_PASSWORD, account=email, device=known_device(request, email), now=now
            )
        except TooSoon:
            note_held(TryKind.PASSWORD, network=network, now=now)
            raise
        try:
            member: StaffMember | None = super().authenticate(request, **credentials)
        except PasswordChecksBusy:
            take_back(tried, now=now)
            raise
        if member is None:
            note_refusal(TryKind.PASSWORD, network=network, now=now)
        else:
            forget_tries(tried)
            request.session[_STANDING] = member.get_session_auth_hash()
        return member

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: tries are counted above, in the database, so that every process knows the count."""

    def reauthenticate(self, user: StaffMember, password: str) -> bool:
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def login(self, request: HttpRequest, user: StaffMember) -> None:
        """A password that was right when it was typed is worth nothing if the member is another one by the code."""
        standing = request.session.pop(_STANDING, None)
        if standing is not None and not constant_time_compare(standing, user.get_session_auth_hash()):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def set_password(self, user: StaffMember, password: str) -> None:
        """A new password ends what was given to the old one, but for the session that it is set in."""
        super().set_password(user, password)
        session = context.request.session
        session.pop(_STANDING, None)
        session.pop(SECRET_SESSION_KEY, None)
        end_permissions(user, but=(session.session_key or "") if context.request.user == user else "")

    def get_reset_password_from_key_url(self, key: str) -> str:
        return password_link(key)

    def send_password_reset_mail(self, user: StaffMember, email: str, context: dict[str, Any]) -> None:
        with transaction.atomic():
            queue_staff_password(
                email=user.email, name=user.name, url=context["password_reset_url"], now=read_clock()
            )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """An address that nobody here has gets no mail; the page says the same either way."""
        if template_prefix != "account/email/unknown_account":
            raise LookupError(f"no words for the mail {template_prefix}")

    def post_login(self, request: HttpRequest, user: StaffMember, **details: Any) -> HttpResponse:
        actor = Actor(ActorKind.STAFF, user.pk, user.name, request_id(request))
        _count_as_fresh(request)
        record_event(
            EventName.STAFF_SIGNED_IN, "staff", user.pk, text="signed in", actor=actor, now=read_clock()
        )
        response: HttpResponse = super().post_login(request, user, **details)
        remember_device(response, user)
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the pages themselves say what happened."""


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code doesn't fit. Type the newest one; your telephone's clock must be right.",
        "cannot_generate_recovery_codes": "Set up the second factor first, then its recovery codes.",
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)


def _count_as_fresh(request: HttpRequest) -> None:
    """Who has just signed in isn't asked for the password again by the set-up of a second factor."""
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if records:
        records[-1]["reauthenticated"] = True
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = records


def password_link(key: str) -> str:
    """The public address where a member sets a password; ``key`` comes from allauth or ``password_key``."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.SITE_URL + path.replace("UID-KEY", quote(key))


def password_key(member: StaffMember) -> str:
    """A key for ``password_link`` that works once, for three days (Django's PASSWORD_RESET_TIMEOUT)."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(member)
    return f"{user_pk_to_url_str(member)}-{token}"
