"""Coming in and going out: a mailed link or code, links of campaign mails."""

from __future__ import annotations

import math
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.waits import TooSoon, say_wait
from tirage.customers.sign_in import (
    LinkTooOld,
    SignedIn,
    SignInMail,
    request_sign_in,
    sign_in_with_campaign_link,
    sign_in_with_code,
    sign_in_with_link,
)
from tirage.health.queries import what_holds_mails
from tirage.notifications.operations import queue_sign_in_code
from tirage.parts.client import client_address
from tirage.parts.devices import device_of
from tirage.storefront.frame import identity
from tirage.storefront.frame.forms import CodeForm, EmailForm
from tirage.storefront.frame.identity import (
    current_visit,
    customer_actor,
    open_page,
    page_context,
    safe_next,
    say_findable,
)
from tirage.storefront.frame.keeping import kept_form
from tirage.storefront.frame.questions import takes_passkeys

#: Which address a code was just mailed to; signed, so that nobody can be shown an address of somebody's choosing.
_ASKED_COOKIE = "tirage_asked"
_ASKED_SALT = "tirage.storefront.asked"


@open_page
@require_http_methods(["GET", "HEAD"])
def home(request: HttpRequest) -> HttpResponse:
    """The front door: those who are in go on to their offer."""
    if current_visit(request):
        return redirect("storefront:offer")
    return say_findable(show_ask(request, EmailForm()))


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Asks for the e-mail address and mails a link with a code; the answer is the same for every address."""
    next_path = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if current_visit(request):
            return redirect(next_path or "storefront:offer")
        return show_ask(request, EmailForm(), next_path=next_path)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return show_ask(request, form, next_path=next_path, status=422)
    try:
        _mail_code(request, form.cleaned_data["email"], next_path)
    except DomainError as refusal:
        form.add_error("email", refusal.message)
        return show_ask(request, form, next_path=next_path, status=429 if "many" in refusal.code else 422)
    response = redirect("storefront:sign_in_code")
    value = signing.dumps([form.cleaned_data["email"], next_path], salt=_ASKED_SALT)
    response.set_cookie(
        _ASKED_COOKIE,
        value,
        max_age=1800,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
        path="/sign-in/",
    )
    return response


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Takes the six figures."""
    email, next_path = _asked(request)
    if not email:
        return redirect("storefront:sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            signed_in = sign_in_with_code(
                email=email,
                code=form.cleaned_data["code"],
                ip=client_address(request),
                device=identity.known_device(request, email),
                actor=customer_actor(request),
                now=read_clock(),
            )
            return come_in(request, signed_in, next_path)
        except TooSoon as refusal:
            return _ask_patience(request, form, email, next_path, refusal)
        except DomainError as refusal:
            form.add_error("code", refusal.message)
    held_up = bool(what_holds_mails(read_clock()))
    context = page_context(request, form=form, email=email, next_path=next_path, held_up=held_up)
    return render(request, "storefront/door/sign_in_code.html", context, status=422 if form.errors else 200)


def _ask_patience(
    request: HttpRequest, form: CodeForm, email: str, next_path: str, refusal: TooSoon
) -> HttpResponse:
    """How long the next code has to wait; the link of the same mail doesn't."""
    words = (
        f"Too many wrong codes for this address. Try the newest one in {say_wait(refusal.wait)}, "
        "or press the button in our mail: it works at once."
    )
    form.add_error("code", words)
    context = page_context(request, form=form, email=email, next_path=next_path)
    response = render(request, "storefront/door/sign_in_code.html", context, status=429)
    response["Retry-After"] = str(math.ceil(refusal.wait.total_seconds()))
    return response


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Signs in by the link of a sign-in mail."""
    try:
        signed_in = sign_in_with_link(token=token, actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        return show_ask(request, EmailForm(), problem=refusal.message, status=410)
    return come_in(request, signed_in, "")


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_link(request: HttpRequest, token: str) -> HttpResponse:
    """Signs in by a link in any other mail. One past its days shows nothing of whose it was: at a press, a fresh one
    goes to the mailbox that this one came to."""
    try:
        found = sign_in_with_campaign_link(token=token, actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        return show_ask(request, EmailForm(), problem=refusal.message, status=410)
    if isinstance(found, LinkTooOld):
        return _offer_fresh_link(request, found)
    return come_in(request, found, "")


def _offer_fresh_link(request: HttpRequest, old: LinkTooOld) -> HttpResponse:
    is_mailed, problem = False, ""
    if request.method == "POST":
        try:
            _mail_code(request, old.customer.email, safe_next(request, old.next_path))
            is_mailed = True
        except DomainError as refusal:
            problem = refusal.message
    context = page_context(request, is_mailed=is_mailed, problem=problem)
    return render(request, "storefront/door/link_too_old.html", context, status=429 if problem else 200)


@open_page
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Signs out on this device."""
    response = render(request, "storefront/door/signed_out.html", {})
    identity.sign_out(request, response)
    return response


def come_in(request: HttpRequest, signed_in: SignedIn, next_path: str) -> HttpResponse:
    """On to where the customer was going. Someone else who is signed in here is asked first, so that a link sent
    by a stranger can't quietly make a person act, and leave a card, in the stranger's name."""
    visit = current_visit(request)
    is_other = visit is not None and visit.customer.pk != signed_in.customer.pk
    if is_other and request.method != "POST":
        context = page_context(request, other=signed_in.customer)
        return render(request, "storefront/door/sign_in_other.html", context)
    target = safe_next(request, signed_in.next_path or next_path) or reverse("storefront:offer")
    response = redirect(target)
    if visit is None or visit.signed is None or is_other:
        identity.leave_own_session(request)
        identity.sign_in(response, signed_in.customer, device=device_of(request), now=read_clock())
    response.delete_cookie(_ASKED_COOKIE, path="/sign-in/", samesite="Lax")
    return response


def _mail_code(request: HttpRequest, email: str, next_path: str) -> None:
    now = read_clock()
    actor = customer_actor(request)
    with transaction.atomic():
        mail = request_sign_in(
            email=email, next_path=next_path, ip=client_address(request), actor=actor, now=now
        )
        # A stranger's mail is written and taken back, so that the answer takes as long as a customer's.
        with transaction.atomic():
            _queue(mail, now)
            transaction.set_rollback(mail.customer is None)


def _queue(mail: SignInMail, now: datetime) -> None:
    queue_sign_in_code(
        customer_id=mail.customer.pk if mail.customer else None,
        email=mail.email,
        code=mail.code,
        link=settings.SITE_URL + reverse("storefront:sign_in_link", args=[mail.link_token]),
        request_id=mail.request_id,
        now=now,
    )


def _asked(request: HttpRequest) -> tuple[str, str]:
    try:
        email, next_path = signing.loads(
            request.COOKIES.get(_ASKED_COOKIE, ""), salt=_ASKED_SALT, max_age=1800
        )
    except (signing.BadSignature, ValueError):
        return "", ""
    return email, next_path


def show_ask(
    request: HttpRequest,
    form: EmailForm | None = None,
    *,
    next_path: str = "",
    problem: str = "",
    news: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page that asks who it is, with what went wrong before (``problem``) or is to be known (``news``)."""
    form = form or EmailForm()
    if kept_form(request, now=read_clock()):
        news = "Your sign-in has ended. Sign in again, and you are back where you were, with what you chose and typed."
    context = page_context(
        request,
        form=form,
        next_path=next_path,
        problem=problem,
        news=news,
        has_passkeys=takes_passkeys(request),
    )
    return render(request, "storefront/door/sign_in.html", context, status=status)
