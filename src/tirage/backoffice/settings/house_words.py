"""Saving the winery's words of privacy and terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.hands import is_same, settle
from tirage.core.locks import lock_rows
from tirage.core.models import HouseWords, Winery
from tirage.core.states import HouseText
from tirage.parts.house_words import usual_words, words_of

NAMES = {HouseText.PRIVACY: "the privacy page", HouseText.TERMS: "the terms"}


@transaction.atomic
def save_house_words(
    *, words: Mapping[str, str], shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> list[HouseText]:
    """Keeps a new version of each page whose words differ (by kind); which. Tirage's own text is kept as empty.

    Locks the winery. Records ``settings.saved``. Raises Overtaken where somebody else changed the same page meanwhile.
    """
    lock_rows(Winery.objects.filter(id=1))
    standing = {kind: words_of(kind) for kind in HouseText if kind.value in words}
    typed = {kind.value: words[kind.value].strip() for kind in standing}
    settled = settle(typed, shown=shown, stands={kind.value: one.words for kind, one in standing.items()})
    changed = [kind for kind, one in standing.items() if not is_same(settled[kind.value] or "", one.words)]
    changed = [kind for kind in changed if settled[kind.value] or standing[kind].words != usual_words(kind)]
    for kind in changed:
        is_usual = not settled[kind.value] or is_same(settled[kind.value], usual_words(kind))
        HouseWords.objects.create(
            kind=kind.value,
            number=standing[kind].number + 1,
            words="" if is_usual else settled[kind.value],
            at=now,
            actor_label=actor.label,
        )
    if changed:
        text = "changed " + " and ".join(NAMES[kind] for kind in changed)
        record_event(EventName.SETTINGS_SAVED, "winery", 1, text=text, actor=actor, now=now)
    return changed
