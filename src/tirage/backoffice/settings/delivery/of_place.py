"""Rules of one place, of lists in which every state has some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

from tirage.delivery.models import Law, VolumeLimit

R = TypeVar("R", Law, VolumeLimit)


@dataclass(frozen=True, slots=True)
class OfPlace(Generic[R]):
    """The rules that are shown, and the places to choose from: key, name, and whether it is chosen."""

    rules: list[R]
    places: list[tuple[str, str, bool]]


def of_place(request: HttpRequest, rules: Iterable[R]) -> OfPlace[R]:
    """Those of the place that the address names, all where it names none that has any."""
    every, keys = list(rules), dict[str, str]()
    for one in every:
        keys[_key(one)] = one.destination.name
    chosen = request.GET.get("place", "")
    shown = [one for one in every if _key(one) == chosen] if chosen in keys else every
    return OfPlace(shown, [(key, name, key == chosen) for key, name in keys.items()])


def _key(rule: Law | VolumeLimit) -> str:
    return f"{rule.destination.country}-{rule.destination.state}"
