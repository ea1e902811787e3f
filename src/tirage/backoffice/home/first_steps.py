"""What a winery that begins has to do before its first release, and what of it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tirage.catalog.models import Sku
from tirage.core.models import Winery
from tirage.customers.models import Customer
from tirage.delivery.models import Destination, Method
from tirage.delivery.states import SENT
from tirage.offers.models import Release
from tirage.staff.models import StaffMember
from tirage.staff.permissions import Permission, may


@dataclass(frozen=True, slots=True)
class FirstStep:
    """``href`` leads to where it is done, ``done`` also when somebody did a part of it and means to go on."""

    title: str
    text: str
    href: str
    label: str
    done: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    title: str
    text: str
    place: str
    query: str
    label: str
    permission: Permission
    is_done: Callable[[], bool]


def first_steps(member: StaffMember) -> list[FirstStep]:
    """The steps that ``member`` may take, in the order that spares going back; each one costs a small query."""
    return [
        FirstStep(plan.title, plan.text, reverse(plan.place) + plan.query, plan.label, plan.is_done())
        for plan in _PLANS
        if may(member, plan.permission)
    ]


def _is_named() -> bool:
    return Winery.objects.exclude(postal_address="").exclude(support_email__endswith="@example.com").exists()


def _is_dressed() -> bool:
    fresh = Winery()
    plain = {name: getattr(fresh, name) for name in ("paper", "ink", "accent", "typeface", "logo_svg")}
    return Winery.objects.exclude(**plain).exists()


def _reaches_somebody() -> bool:
    return Destination.objects.filter(is_open=True).exists()


def _has_a_way() -> bool:
    # A method that hands over at the winery needs no rates.
    ready = Q(rate_tables__rates__isnull=False) | ~Q(kind__in=[kind.value for kind in SENT])
    return Method.objects.filter(ready, is_active=True).exists()


_PLANS = (
    _Plan(
        "Say who you are",
        "Name, address for the foot of mails, time zone, cart minutes.",
        "backoffice:settings",
        "",
        "Settings",
        Permission.EDIT_SETTINGS,
        _is_named,
    ),
    _Plan(
        "Dress the shop",
        cast(str, gettext_lazy("Your colors, typefaces and logo.")),
        "backoffice:look",
        "",
        "Look",
        Permission.EDIT_SETTINGS,
        _is_dressed,
    ),
    _Plan(
        "Say where wine may go",
        "The states that you may ship to. Their sales tax has a table of its own beside them.",
        "backoffice:delivery_states",
        "",
        "States",
        Permission.EDIT_SETTINGS,
        _reaches_somebody,
    ),
    _Plan(
        "Say how it gets there",
        "A carrier with its rates, or pickup at the winery.",
        "backoffice:delivery",
        "",
        "Delivery",
        Permission.EDIT_SETTINGS,
        _has_a_way,
    ),
    _Plan(
        "Bring in the wines",
        "A file of your skus with prices and stock, or one by one in the cellar.",
        "backoffice:import",
        "?kind=skus",
        "Import wines",
        Permission.IMPORT,
        Sku.objects.exists,
    ),
    _Plan(
        "Bring in the list",
        "Your customers from the system you have used so far. Groups that the file names are made on the way.",
        "backoffice:import",
        "?kind=customers",
        "Import customers",
        Permission.IMPORT,
        Customer.objects.exists,
    ),
    _Plan(
        "Make the first release",
        "One offer for each group; look at it as any customer, then check and open it.",
        "backoffice:releases",
        "",
        "Releases",
        Permission.EDIT_OFFERS,
        Release.objects.exists,
    ),
)
