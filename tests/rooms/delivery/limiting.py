"""Limits of places, for tests of who asks them."""

from __future__ import annotations

from datetime import date
from typing import Any

from tirage.delivery.models import Destination, Law, VolumeLimit


def limited(
    place: Destination, bottles: int, subject: str = "person", period: str = "month", **facts: Any
) -> VolumeLimit:
    """At most so many bottles of 750 ml may go there, from long ago on."""
    return VolumeLimit.objects.create(
        destination=place,
        millilitres=bottles * 750,
        subject=subject,
        period=period,
        **{"unit": "bottle", "first_day": date(2020, 1, 1), **facts},
    )


def law(place: Destination, kind: str = "closed", **facts: Any) -> Law:
    """A law of a place, from long ago on."""
    return Law.objects.create(destination=place, kind=kind, **{"first_day": date(2020, 1, 1), **facts})
