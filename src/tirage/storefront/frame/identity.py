"""Who is in front of the page. Customers are not Django users: a cookie is the key to their session.

One statement finds session and customer; everything a visit needs hangs on the request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.sessions import Device
from tirage.core.waits import ELSEWHERE
from tirage.customers.ages import is_under_age
from tirage.customers.models import Customer
from tirage.customers.permissions import find_permitted
from tirage.customers.rules import identity_email
from tirage.customers.sessions import LIFE, Signed, begin_session, find_signed_in, leave_session, note_use
from tirage.parts.devices import DeviceCookie, device_of
from tirage.parts.middleware import request_id
from tirage.parts.seen_as import SeenAs, read_seen_as
from tirage.staff.permissions import Permission, may
from tirage.storefront.frame.keeping import COOKIE as COOKIE_TYPED
from tirage.storefront.frame.keeping import SHOP, drop_form, keep_form, kept_form, remember_shop

COOKIE = "tirage_customer"
#: Known again at the door for a year, or until the customer signs out everywhere: strangers' wrong codes don't count.
KNOWN_DEVICE = DeviceCookie("tirage_known", "tirage.storefront.device", "/sign-in/", timedelta(days=365))
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

P = ParamSpec("P")
CustomerView = Callable[Concatenate[HttpRequest, Customer, P], HttpResponseBase]
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Visit:
    """The customer with the session of this device, or with what staff look at."""

    customer: Customer
    signed: Signed | None
    seen: SeenAs | None


def sign_in(
    response: HttpResponseBase, customer: Customer, *, device: Device | None = None, now: datetime
) -> None:
    """Begins a session of the customer on the device that gets ``response``."""
    _set_cookie(response, begin_session(customer, device or Device(), now=now))
    KNOWN_DEVICE.remember(response, [customer.pk, customer.session_epoch])
    SHOP.remember(response, [customer.pk])


def sign_out(request: HttpRequest, response: HttpResponseBase) -> None:
    """Ends the session of this device: a copy of its cookie is worth nothing from now on. The device forgets it."""
    leave_own_session(request)
    response.delete_cookie(COOKIE, samesite="Lax")


def leave_own_session(request: HttpRequest) -> None:
    """Ends the session of this device, if there is one: a device has one at a time."""
    session_id = this_session(request)
    if session_id is not None:
        leave_session(session_id)


def this_session(request: HttpRequest) -> int | None:
    """The session of this device; None while staff look."""
    visit = current_visit(request)
    return visit.signed.session_id if visit and visit.signed else None


def known_device(request: HttpRequest, email: str) -> str:
    """The name of this device where the customer of that address has signed in on it before; else ELSEWHERE."""
    found = KNOWN_DEVICE.read(request)
    if found is None or len(found[0]) != 2:
        return ELSEWHERE
    customer = find_permitted(*found[0])
    return found[1] if customer and customer.email == identity_email(email) else ELSEWHERE


def remembered_device(request: HttpRequest) -> str:
    """The name of this device where any customer has signed in on it before; else ELSEWHERE."""
    found = KNOWN_DEVICE.read(request)
    return found[1] if found else ELSEWHERE


def _set_cookie(response: HttpResponseBase, key: str) -> None:
    response.set_cookie(COOKIE, key, max_age=LIFE, httponly=True, samesite="Lax", secure=settings.HTTPS)


def current_visit(request: HttpRequest) -> Visit | None:
    """The visit, looked up once a request."""
    if "TIRAGE_VISIT" not in request.META:
        request.META["TIRAGE_VISIT"] = _staff_visit(request) or _own_visit(request)
    visit: Visit | None = request.META["TIRAGE_VISIT"]
    return visit


def current_customer(request: HttpRequest) -> Customer | None:
    """The signed-in customer; None when signed out, suspended, or signed out everywhere since."""
    visit = current_visit(request)
    return visit.customer if visit else None


def customer_actor(request: HttpRequest) -> Actor:
    """The customer in front of the page (or somebody not yet known) as the actor of operations."""
    customer = current_customer(request)
    label = customer.name if customer else "a visitor"
    return Actor(ActorKind.CUSTOMER, customer.pk if customer else None, label, request_id(request))


def shop_time(request: HttpRequest) -> datetime:
    """Now; in a staff preview the moment that is previewed."""
    visit = current_visit(request)
    return (visit.seen.at if visit and visit.seen else None) or read_clock()


def safe_next(request: HttpRequest, path: str) -> str:
    """``path`` when it stays in this shop, else empty."""
    inside = path.startswith("/") and url_has_allowed_host_and_scheme(path, {request.get_host()})
    return path if inside else ""


def open_page(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> View:
    """Marks a page that is open to strangers; everything else of the shop asks for a sign-in."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if _is_refused(request):
            return _refuse_change(request)
        return _kept_private(view(request, *args, **kwargs))

    inner.is_public = True  # type: ignore[attr-defined]  # read by the test that walks the urls
    return inner


def customer_required(*, adult: bool = False, back: str = "") -> Callable[[CustomerView[P]], View]:
    """Lets customers in and passes them to the view; strangers go to the sign-in and come back afterwards.

    With ``adult`` the customer has confirmed the legal age, and no known date of birth says otherwise.
    While staff look as a customer nothing is changed.

    Whose sign-in had ended when a form was sent finds what it said at the page ``back`` (without one, this page), as
    ``request.POST`` of a GET: a view fills its fields from there, whatever the method, and acts on a POST only.
    """

    def guard(view: CustomerView[P]) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            visit = current_visit(request)
            if visit is None:
                return _to(request, "storefront:sign_in", back)
            if _is_refused(request):
                return _refuse_change(request)
            if adult and visit.seen is None and not _is_of_age(visit.customer):
                return _to(request, "storefront:adult", back)
            is_back = _take_up(request, visit)
            response = view(request, visit.customer, *args, **kwargs)
            if is_back:
                drop_form(response)
            _renew(request, response, visit)
            return _kept_private(response)

        inner.is_public = False  # type: ignore[attr-defined]  # read by the test that walks the urls
        return inner

    return guard


def _is_of_age(customer: Customer) -> bool:
    return customer.adult_confirmed_at is not None and not is_under_age(customer.birth_date, read_clock())


def page_context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What the frame of every page needs besides the page's own facts."""
    visit = current_visit(request)
    return {
        "customer": visit.customer if visit else None,
        "seen": visit.seen if visit else None,
        "request_id": request_id(request),
        **more,
    }


def _own_visit(request: HttpRequest) -> Visit | None:
    key = request.COOKIES.get(COOKIE)
    signed = find_signed_in(key, now=read_clock()) if key else None
    return Visit(signed.customer, signed, None) if signed else None


def _staff_visit(request: HttpRequest) -> Visit | None:
    seen = read_seen_as(request)
    if seen and not may(request.user, Permission.SEE_AS_CUSTOMER):
        return None  # The role was another one when they began to look.
    customer = Customer.objects.filter(pk=seen.customer_id).first() if seen else None
    return Visit(customer, None, seen) if customer else None


def _is_refused(request: HttpRequest) -> bool:
    visit = current_visit(request) if request.method not in _SAFE else None
    return visit is not None and visit.seen is not None


def _refuse_change(request: HttpRequest) -> HttpResponse:
    return render(request, "storefront/frame/seen_as_refused.html", page_context(request), status=403)


def _to(request: HttpRequest, name: str, back: str) -> HttpResponse:
    """Off to another page of the shop and back later, to this one or to that of the form that was sent and is kept."""
    here = _page_of(request, back)
    target = f"{reverse(name)}?{urlencode({'next': here})}"
    response: HttpResponse = redirect(target)
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204, headers={"HX-Redirect": target})
    keep_form(request, response, here, now=read_clock())
    return response


def _page_of(request: HttpRequest, back: str) -> str:
    """The page that shows the form of this request; ``back`` names it, with the same words of its address or none."""
    if request.method in _SAFE or not back:
        return request.get_full_path()
    words = request.resolver_match.kwargs if request.resolver_match else {}
    try:
        return reverse(back, kwargs=words)
    except NoReverseMatch:
        return reverse(back)


def _take_up(request: HttpRequest, visit: Visit) -> bool:
    """Puts what was typed before the sign-in back into the page that it belongs to; whether the cookie is done with.

    Of somebody else it is forgotten.
    """
    if COOKIE_TYPED not in request.COOKIES or request.method != "GET" or visit.signed is None:
        return False
    kept = kept_form(request, now=read_clock())
    if kept is None or kept.customer_id != visit.customer.pk:
        return True
    if request.headers.get("HX-Request") or request.path != kept.path.partition("?")[0]:
        return False
    request.POST = kept.data  # type: ignore[assignment]  # what stubs call immutable is the same class
    card = " Only the card has to be typed again: its number isn’t kept." if kept.had_card else ""
    cut = " The longest text was too long to be kept; write it again." if kept.is_cut else ""
    messages.warning(
        request,
        "Your sign-in had ended, so nothing was sent. What you chose and typed is here as you left it: look it over"
        f" and press once more.{card}{cut}",
    )
    return True


def _renew(request: HttpRequest, response: HttpResponseBase, visit: Visit) -> None:
    """Writes down that the session is used, rarely; the cookie then slides with it."""
    leaves = COOKIE in response.cookies
    if visit.signed:
        remember_shop(request, response, visit.customer.pk)
    if visit.signed and not leaves and note_use(visit.signed, device_of(request), now=read_clock()):
        _set_cookie(response, request.COOKIES[COOKIE])


def say_findable(response: HttpResponse) -> HttpResponse:
    """Lets search engines show the page, which every other page of the shop forbids."""
    response["X-Robots-Tag"] = "all"
    return response


def _kept_private(response: HttpResponseBase) -> HttpResponseBase:
    response.setdefault("X-Robots-Tag", "noindex, nofollow")
    response.setdefault("Cache-Control", "private, no-store")
    response.setdefault("Vary", "Cookie")
    return response
