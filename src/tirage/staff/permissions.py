"""What each role of the winery's team may do: one table, closed by default."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy

from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.winery import current_winery
from tirage.parts.middleware import request_id
from tirage.staff.keeping import keep_form
from tirage.staff.models import StaffMember
from tirage.staff.states import Role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class Permission(StrEnum):
    #: Every active member of the team: the home page, search, one's own columns.
    ENTER = "enter"
    SEE_CUSTOMERS = "see_customers"
    EDIT_CUSTOMERS = "edit_customers"
    SEE_AS_CUSTOMER = "see_as_customer"
    SEE_GROUPS = "see_groups"
    EDIT_GROUPS = "edit_groups"
    SEE_ORDERS = "see_orders"
    EDIT_ORDERS = "edit_orders"
    #: Bottles, address and delivery of an order, and settling what that comes to.
    CHANGE_ORDERS = "change_orders"
    #: Taking an order for a customer on the line.
    ORDER_FOR_CUSTOMERS = "order_for_customers"
    #: Discounts, and other amounts for delivery or tax than the rates say.
    DISCOUNT = "discount"
    #: Setting allowance and checkout rules aside, with a reason.
    OVERRIDE_RULES = "override_rules"
    #: Marking orders as shipped or handed over; it takes what is set aside for them.
    SHIP_ORDERS = "ship_orders"
    #: The same although money is missing, with a reason.
    SHIP_UNPAID = "ship_unpaid"
    SEE_PAYMENTS = "see_payments"
    #: Trying failed charges again, sending pay links, asking for cards, letting money go.
    COLLECT = "collect"
    REFUND = "refund"
    #: Cheques, transfers and cash that came for an order.
    RECORD_PAYMENTS = "record_payments"
    #: An order as a gift of the house.
    GIVE_AWAY = "give_away"
    #: Giving customers store credit and taking it back.
    EDIT_CREDIT = "edit_credit"
    SEE_WISHES = "see_wishes"
    EDIT_WISHES = "edit_wishes"
    SEE_CELLAR = "see_cellar"
    EDIT_CELLAR = "edit_cellar"
    EDIT_STOCK = "edit_stock"
    SEE_OFFERS = "see_offers"
    EDIT_OFFERS = "edit_offers"
    #: Where customers live and what they come to there.
    SEE_INSIGHTS = "see_insights"
    SEE_SETTINGS = "see_settings"
    EDIT_SETTINGS = "edit_settings"
    MANAGE_TEAM = "manage_team"
    IMPORT = "import"
    EXPORT = "export"
    #: One file with everything that the winery has.
    EXPORT_EVERYTHING = "export_everything"
    #: Making a customer unrecognisable everywhere, for good.
    ERASE_CUSTOMERS = "erase_customers"


_LOOK = frozenset(
    {
        Permission.ENTER,
        Permission.SEE_CUSTOMERS,
        Permission.SEE_GROUPS,
        Permission.SEE_ORDERS,
        Permission.SEE_PAYMENTS,
        Permission.SEE_WISHES,
        Permission.SEE_CELLAR,
        Permission.SEE_OFFERS,
        Permission.SEE_INSIGHTS,
    }
)

#: The whole table. What isn't here isn't allowed.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(Permission)
    - {Permission.MANAGE_TEAM, Permission.EXPORT_EVERYTHING, Permission.ERASE_CUSTOMERS},
    Role.HOSPITALITY: _LOOK
    | {
        Permission.EDIT_CUSTOMERS,
        Permission.SEE_AS_CUSTOMER,
        Permission.EDIT_ORDERS,
        Permission.CHANGE_ORDERS,
        Permission.ORDER_FOR_CUSTOMERS,
        Permission.COLLECT,
        Permission.RECORD_PAYMENTS,
        Permission.EDIT_WISHES,
        Permission.EXPORT,
    },
    Role.FULFILMENT: frozenset(
        {
            Permission.ENTER,
            Permission.SEE_CUSTOMERS,
            Permission.SEE_ORDERS,
            Permission.SHIP_ORDERS,
            Permission.SEE_CELLAR,
            Permission.EDIT_STOCK,
            Permission.EXPORT,
        }
    ),
    Role.READ_ONLY: _LOOK,
}

#: What each role is for, as the team page says it.
ROLE_WORDS: dict[Role, tuple[Any, str]] = {
    Role.OWNER: ("Owner", "Everything, the team included"),
    Role.MANAGER: ("Manager", "Everything except the team, erasing customers and the file of everything"),
    Role.HOSPITALITY: ("Hospitality", "Customers, orders and wishes; looks at the rest"),
    Role.FULFILMENT: (
        gettext_lazy("Fulfillment"),
        "Ships orders, books stock; no prices of offers, no settings, no refunds",
    ),
    Role.READ_ONLY: ("Read-only", "Looks at customers, orders, wishes, wines and releases; changes nothing"),
}


class NotAllowed(PermissionDenied):
    """A page or an act that the member's role doesn't include; ``needed`` is what it asks for."""

    def __init__(self, *needed: Permission) -> None:
        super().__init__()
        self.needed = frozenset(needed)


def roles_with(needed: frozenset[Permission]) -> list[Role]:
    """The roles that have all of ``needed``, the widest first."""
    return [role for role in Role if needed <= GRANTS[role]]


def may(member: Any, permission: Permission) -> bool:
    """True when ``member`` (a StaffMember or an anonymous user) is active and has the role for it."""
    if not isinstance(member, StaffMember) or not member.is_active:
        return False
    return permission in GRANTS.get(Role(member.role), frozenset())


def staff_required(*needed: Permission) -> Callable[[View[P]], View[P]]:
    """Lets in members of the team that have every permission ``needed``.

    Strangers go to the sign-in, members without a second factor (where the winery asks for one) to its set-up;
    a missing permission is a 403 that says so.
    """
    if not needed:
        raise ValueError("name at least one permission")

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated or not request.user.is_active:
                return _to_sign_in(request)
            if current_winery().staff_second_factor and not is_mfa_enabled(request.user):
                return redirect("mfa_activate_totp")
            if not all(may(request.user, permission) for permission in needed):
                raise NotAllowed(*needed)
            return view(request, *args, **kwargs)

        inner.needed_permissions = frozenset(needed)  # type: ignore[attr-defined]  # read by the test that walks the urls
        return cast("View[P]", inner)

    return guard


def require(request: HttpRequest, permission: Permission) -> None:
    """Raises NotAllowed unless the signed-in member has ``permission``; for one act inside a page."""
    if not may(request.user, permission):
        raise NotAllowed(permission)


def staff_member(request: HttpRequest) -> StaffMember:
    """The signed-in member, inside a guarded view."""
    if not isinstance(request.user, StaffMember):
        raise PermissionDenied
    return request.user


def staff_actor(request: HttpRequest) -> Actor:
    """The signed-in member as the actor of operations."""
    member = staff_member(request)
    return Actor(ActorKind.STAFF, member.pk, member.name, request_id(request))


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        # Nothing of the page is exchanged: it asks to sign in again over itself (session.js).
        return HttpResponse(status=401, headers={"HX-Trigger": "signed-out", "HX-Reswap": "none"})
    if keep_form(request, now=read_clock()):
        return redirect_to_login(resolve_url("staff_kept"), resolve_url("account_login"))
    return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
