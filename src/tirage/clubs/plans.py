"""Making and changing a club."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.clubs.models import Club
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import MOST_MINOR
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.texts import fitting
from tirage.core.winery import current_winery
from tirage.customers.models import Group
from tirage.payments.operations import is_too_small
from tirage.standing.rules import MOST_CAP
from tirage.standing.states import Amount

MOST_TERMS, MOST_DESCRIPTION = 4_000, 600
_FIELDS = (
    *("name", "description", "terms", "group", "with_default", "amount", "cap"),
    *("fee_minor", "fee_includes_tax", "is_open"),
)
#: What members agree to: when one of these changes, a page that was read before counts no more.
_AGREED = ("terms", "amount", "cap", "fee_minor", "fee_includes_tax")


def save_club(
    *,
    club: Club | None,
    values: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Club:
    """Saves a club, a new one where ``club`` is None; ``group`` is a reference. Other terms, another
    amount or fee are a new version.

    Members keep what they agreed to; another group is for those who join from now on. Locks the club. Raises
    DomainError ``club_invalid`` with its fields, ``too_long``, Conflict ``club_gone``, Overtaken. Records
    ``club.saved``.
    """
    with transaction.atomic():
        saved = lock_row(Club.objects.filter(pk=club.pk)) if club else Club(made_at=now)
        if saved is None:
            raise Conflict("club_gone", "This club no longer exists.")
        stands = values_of(saved) if club else {}
        settled = settle(_typed(values), shown=shown if club else None, stands=stands)
        group = Group.objects.filter(reference=settled["group"]).first()
        if fields := _problems(settled, group, saved):
            raise DomainError("club_invalid", next(iter(fields.values())), fields)
        if club and all(settled[name] == stands[name] for name in _FIELDS):
            return saved
        if club and any(settled[name] != stands[name] for name in _AGREED):
            saved.version += 1
        for name in _FIELDS:
            setattr(saved, name, group if name == "group" else settled[name])
        saved.save()
        did = "changed" if club else "made"
        record_event(
            EventName.CLUB_SAVED, "club", saved.pk, text=f"{did} the club {saved.name}", actor=actor, now=now
        )
    return saved


def values_of(club: Club) -> dict[str, Any]:
    """What the form of a club begins with."""
    return {name: getattr(club, name) for name in _FIELDS} | {"group": club.group.reference}


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "fee_includes_tax": True,
        **values,
        "fee_minor": values.get("fee_minor") or 0,
        "name": fitting(values["name"], 80, "name"),
        "description": fitting(values["description"], MOST_DESCRIPTION, "description"),
        "terms": fitting(values["terms"], MOST_TERMS, "terms"),
        "cap": values["cap"] if values["amount"] == Amount.CAPPED else None,
    }


def _problems(values: Mapping[str, Any], group: Group | None, club: Club) -> dict[str, str]:
    fields = {}
    if not values["name"]:
        fields["name"] = "Give the club a name."
    elif Club.objects.filter(name__iexact=values["name"]).exclude(pk=club.pk).exists():
        fields["name"] = f"There is already a club named {values['name']}."
    if not values["terms"]:
        fields["terms"] = "Write what members agree to."
    if group is None:
        fields["group"] = "Choose the group that members come into."
    if not 0 <= values["fee_minor"] <= MOST_MINOR:
        fields["fee_minor"] = "Write an amount of nought or more."
    elif is_too_small(Money(values["fee_minor"], current_winery().currency)):
        fields["fee_minor"] = "Cards can’t be charged so little. Write more, or nothing."
    if values["amount"] not in ("", *(amount.value for amount in Amount)):
        fields["amount"] = "Choose what is ordered, or nothing."
    if values["amount"] == Amount.CAPPED and not 1 <= (values["cap"] or 0) <= MOST_CAP:
        fields["cap"] = f"Write how many bottles at most, from 1 to {MOST_CAP}."
    return fields
