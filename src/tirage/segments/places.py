"""Areas drawn on the map, kept under a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_rows
from tirage.places import is_drawn
from tirage.segments.keeping import refuse_used
from tirage.segments.models import SavedPlace

_NAME = 80


def save_place(
    *, name: str, outline: Sequence[tuple[float, float]], actor: Actor, now: datetime
) -> SavedPlace:
    """Keeps an area, corners as latitude and longitude in degrees, which become ten-thousandths (some forty feet).

    Records ``place.saved``. Raises DomainError ``name_missing``, ``name_taken``, ``outline``.
    """
    wanted = " ".join(name.split())[:_NAME]
    if not wanted:
        raise DomainError("name_missing", "Name the place.", {"name": "Name the place."})
    corners = [[round(latitude, 4), round(longitude, 4)] for latitude, longitude in outline]
    if not is_drawn([(latitude, longitude) for latitude, longitude in corners]):
        words = "Draw an area with 3 to 80 corners around something."
        raise DomainError("outline", words, {"outline": words})
    try:
        with transaction.atomic():
            kept = SavedPlace.objects.create(
                name=wanted, outline=corners, made_at=now, actor_label=actor.label[:200]
            )
            record_event(
                EventName.PLACE_SAVED,
                "place",
                kept.pk,
                text=f"drew the place {kept.name}",
                data={"outline": corners},
                actor=actor,
                now=now,
            )
    except IntegrityError:
        if SavedPlace.objects.filter(name__iexact=wanted).exists():
            taken = f"There is a place {wanted} already. Choose another name."
            raise DomainError("name_taken", taken, {"name": taken}) from None
        raise
    return kept


def delete_place(*, kept: SavedPlace, actor: Actor, now: datetime) -> None:
    """Forgets a place; the customers stay. Records ``place.deleted``. Raises Conflict ``in_use``."""
    with transaction.atomic():
        lock_rows(SavedPlace.objects.filter(pk=kept.pk))
        refuse_used(f"place(place:{kept.reference})", "place")
        record_event(
            EventName.PLACE_DELETED,
            "place",
            kept.pk,
            text=f"deleted the place {kept.name}",
            data={"outline": kept.outline},
            actor=actor,
            now=now,
        )
        SavedPlace.objects.filter(pk=kept.pk).delete()
