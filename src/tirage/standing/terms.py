"""How the winery does it: read, and saved by staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_row
from tirage.core.texts import fitting
from tirage.standing.models import StandingTerms
from tirage.standing.rules import PLACEHOLDERS

#: Least and most of each number.
BOUNDS = {"told_days": (1, 30), "lead_hours": (0, 168), "kept_days": (1, 60)}
MOST_WORDS = 2_000
_SAID = {
    "is_offered": "whether customers are offered it",
    "words": "the words that are agreed to",
    "told_days": "the days before",
    "lead_hours": "the hours before",
    "kept_days": "how long bottles are kept",
}


def current_terms() -> StandingTerms:
    """The winery's terms; those that it begins with where nobody has saved any."""
    return StandingTerms.objects.filter(id=1).first() or StandingTerms(id=1)


def save_terms(
    *, values: Mapping[str, Any], shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> StandingTerms:
    """Saves the terms; other words than before are a new version, which those who agreed earlier haven't agreed to.

    Locks the terms. Raises DomainError ``terms_invalid`` with its fields, ``too_long``, Overtaken. Records
    ``settings.saved``.
    """
    with transaction.atomic():
        StandingTerms.objects.get_or_create(id=1)
        terms = lock_row(StandingTerms.objects.filter(id=1))
        if terms is None:
            raise RuntimeError("the terms were made just now")
        stands = {name: getattr(terms, name) for name in _SAID}
        typed = {**values, "words": fitting(values.get("words", terms.words), MOST_WORDS, "words")}
        settled = settle({**stands, **typed}, shown=shown, stands=stands)
        if fields := _problems(settled):
            raise DomainError("terms_invalid", next(iter(fields.values())), fields)
        changed = [name for name in _SAID if settled[name] != stands[name]]
        if not changed:
            return terms
        for name in changed:
            setattr(terms, name, settled[name])
        if "words" in changed:
            terms.version += 1
        terms.save()
        what = ", ".join(_SAID[name] for name in changed)
        record_event(
            EventName.SETTINGS_SAVED,
            "winery",
            1,
            text=f"changed of standing orders {what}",
            data={"version": terms.version},
            actor=actor,
            now=now,
        )
    return terms


def _problems(values: Mapping[str, Any]) -> dict[str, str]:
    fields = {
        name: f"Between {least} and {most}."
        for name, (least, most) in BOUNDS.items()
        if not least <= values[name] <= most
    }
    if values["words"] and PLACEHOLDERS[0] not in values["words"]:
        fields["words"] = "Say what is ordered: {amount} has to stand somewhere in the words."
    return fields
