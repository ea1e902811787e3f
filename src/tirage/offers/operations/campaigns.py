"""How a release en primeur is sold: its terms, word for word, and its plan of payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.texts import as_written
from tirage.core.winery import local_time
from tirage.offers.models import Campaign, Release
from tirage.offers.operations.releases import locked_release
from tirage.offers.plans import WHOLE, digest_of
from tirage.offers.states import PlanKind, ReleaseKind
from tirage.offers.terms import begin_campaign

#: As many parts as anybody means, and as long terms.
MOST_PARTS = 6
MOST_TERMS = 20_000


@dataclass(frozen=True, slots=True)
class CampaignValues:
    """What a campaign says; shares in basis points of the wine's price."""

    terms: str
    plan: PlanKind = PlanKind.NOW
    deposit_bp: int = WHOLE
    #: Days and shares of the later parts, where the plan has them.
    instalments: tuple[tuple[date, int], ...] = ()
    withdrawal_days: int = 0
    cancel_fee_bp: int = 0
    cancels_to_credit: bool = False


def save_campaign(
    *,
    release: Release,
    values: CampaignValues,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Changes terms and plan for orders to come; those that were placed keep theirs.

    Of what was ``shown`` (by the names of CampaignValues) only what differs from it is changed. Locks the release.
    Raises DomainError ``not_en_primeur``, ``campaign_invalid``, Overtaken. Records ``campaign.saved``.
    """
    if release.kind != ReleaseKind.EN_PRIMEUR:
        raise DomainError("not_en_primeur", "This release is an allocation. Make it en primeur first.")
    typed: dict[str, Any] = {one.name: getattr(values, one.name) for one in fields(values)}
    typed["terms"] = as_written(values.terms)
    typed["plan"] = values.plan.value
    if values.plan is not PlanKind.INSTALMENTS:
        typed["instalments"] = ()
    if values.plan is PlanKind.NOW:
        typed["deposit_bp"] = WHOLE
    typed["instalments"] = [{"on": on.isoformat(), "share_bp": bp} for on, bp in typed["instalments"]]
    with transaction.atomic():
        locked_release(release)
        saved = begin_campaign(release, now=now)
        settled = settle(typed, shown=shown, stands={name: getattr(saved, name) for name in typed})
        problems = _problems(settled, now)
        if problems:
            raise DomainError(
                "campaign_invalid", "The terms and the plan can't be saved like this.", problems
            )
        changed = write_changed(saved, settled)
        if not changed:
            return saved
        digest = digest_of(saved.terms)
        Campaign.objects.filter(pk=saved.pk).update(terms_digest=digest, changed_at=now)
        saved.terms_digest, saved.changed_at = digest, now
        text = f"changed how {release.name} is sold en primeur: {say_changed(changed, _SAID)}"
        record_event(EventName.CAMPAIGN_SAVED, "release", release.pk, text=text, actor=actor, now=now)
    return saved


_SAID = {
    "deposit_bp": "deposit",
    "withdrawal_days": "days to withdraw",
    "cancel_fee_bp": "fee of a cancellation",
    "cancels_to_credit": "store credit after a cancellation",
}


def _problems(values: Mapping[str, Any], now: datetime) -> dict[str, str]:
    problems = {}
    if not values["terms"].strip():
        problems["terms"] = "Write what customers agree to."
    elif len(values["terms"]) > MOST_TERMS:
        problems["terms"] = f"Shorten the terms to {MOST_TERMS:,} characters."
    if values["plan"] != PlanKind.NOW and not 0 < values["deposit_bp"] < WHOLE:
        problems["deposit_bp"] = "A deposit is more than 0 % and less than 100 %."
    if values["plan"] == PlanKind.INSTALMENTS:
        problems |= _part_problems(values["deposit_bp"], values["instalments"], local_time(now).date())
    if not 0 <= values["withdrawal_days"] <= 365:
        problems["withdrawal_days"] = "From 0 to 365 days."
    if not 0 <= values["cancel_fee_bp"] <= WHOLE:
        problems["cancel_fee_bp"] = "From 0 to 100 %."
    return problems


def _part_problems(deposit_bp: int, parts: Sequence[Mapping[str, Any]], today: date) -> dict[str, str]:
    days = [date.fromisoformat(one["on"]) for one in parts]
    shares = [one["share_bp"] for one in parts]
    if not parts or len(parts) > MOST_PARTS:
        return {"instalments": f"Give from one to {MOST_PARTS} later parts, each with its day."}
    if any(share <= 0 for share in shares):
        return {"instalments": "Each part is more than 0 %."}
    if days != sorted(set(days)):
        return {"instalments": "Give the days in order, each once."}
    if deposit_bp + sum(shares) != WHOLE:
        rest = f"{(WHOLE - deposit_bp) / 100:g} %"
        return {
            "instalments": f"The later parts have to come to {rest}: the deposit is the rest of the price."
        }
    return {}
