"""Which addresses of one customer are likely one place, written twice; a person looks at both before they are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from tirage.customers.models import Address
from tirage.customers.rules import fold
from tirage.places import address_key

#: What stands before a name on a letter, or not.
_TITLES = frozenset({"dr", "miss", "mr", "mrs", "ms", "prof", "the"})
_PARTS = ("line1", "line2", "city", "state", "postal_code", "country")
#: What isn't spelled but given: the one that stays takes it from the other where it has none itself.
TAKEN_OVER = ("company", "phone", "birth_date")
_WORDS = {"company": "the company", "phone": "the telephone", "birth_date": "the date of birth"}
#: What may name an address, as it is said of one and of several.
_NAMED = {
    "clubs.ClubMember": ("a club membership", "club memberships"),
    "standing.StandingOrder": ("a standing order", "standing orders"),
}


@dataclass(frozen=True, slots=True)
class Twins:
    """``stays`` is proposed to stay: the default one, else with the longer ZIP, else who was first.

    ``takes`` and ``named`` are in words: what it gets from the other one, and what names the other one.
    """

    stays: Address
    goes: Address
    takes: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def find_twins(addresses: Iterable[Address]) -> list[Twins]:
    """Pairs among addresses of one customer's list, by the order in which they were saved; no statement."""
    groups: dict[tuple[str, ...], list[Address]] = {}
    for address in sorted(addresses, key=lambda one: one.pk):
        groups.setdefault(likely_key(address), []).append(address)
    found = []
    for alike in groups.values():
        best = min(alike, key=lambda one: (not one.is_default, -len(one.postal_code), one.pk))
        found += [Twins(best, one, takes(best, one)) for one in alike if one is not best]
    return found


def likely_key(address: Address) -> tuple[str, ...]:
    """Equal for two that are likely one: a name with and without its title or middle one; in the United States a
    town by whatever name the post knows it, since the ZIP says where it is. A carrier's location is one by itself.
    """
    place = list(address_key(*(getattr(address, part) for part in _PARTS)))
    if address.country == "US" and address.postal_code:
        place[1] = ""
    return (_name_key(address.recipient), str(getattr(address, "location", "")), *place)


def _name_key(recipient: str) -> str:
    words = [word for word in fold(recipient).replace(".", "").split() if word not in _TITLES]
    return " ".join(dict.fromkeys((words[0], words[-1]))) if words else ""


def takes(stays: Address, goes: Address) -> tuple[str, ...]:
    """What ``stays`` gets from ``goes``, in words."""
    found = [_WORDS[name] for name in TAKEN_OVER if getattr(goes, name) and not getattr(stays, name)]
    return (*found, *(["the longer ZIP"] if longer_zip(stays, goes) else []))


def longer_zip(stays: Address, goes: Address) -> bool:
    """Whether the other one knows the four digits more."""
    return goes.postal_code.startswith(f"{stays.postal_code}-") and bool(stays.postal_code)


def naming(address_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What names each of them, in words; one statement for each kind of thing."""
    found: dict[int, list[str]] = {}
    for model, name in references():
        one, many = _NAMED[model._meta.label]
        rows = model._base_manager.filter(**{f"{name}__in": address_ids}).order_by()
        for pk, count in rows.values_list(name).annotate(models.Count("pk")):
            found.setdefault(pk, []).append(one if count == 1 else f"{count} {many}")
    return {pk: tuple(words) for pk, words in found.items()}


def references() -> list[tuple[type[models.Model], str]]:
    """Models and fields that refer to an address, in the order of their locks."""
    found: list[tuple[type[models.Model], str]] = [
        (relation.field.model, relation.field.name)
        for relation in Address._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
    ]
    return sorted(found, key=lambda one: one[0]._meta.label)


def name_instead(goes: Address, stays: Address) -> dict[str, list[int]]:
    """Whatever names ``goes`` names ``stays`` from now on; the keys of those rows, by model and field."""
    moved = {}
    for model, name in references():
        rows = model._base_manager.filter(**{name: goes})
        if keys := list(rows.order_by("pk").values_list("pk", flat=True)):
            model._base_manager.filter(pk__in=keys).update(**{name: stays})
            moved[f"{model._meta.label}.{name}"] = keys
    return moved


def name_again(goes: Address, stays: Address, moved: Mapping[str, Any]) -> None:
    """Undoes ``name_instead``, for those that still name ``stays``."""
    for model, name in references():
        keys = moved.get(f"{model._meta.label}.{name}", [])
        model._base_manager.filter(pk__in=keys, **{name: stays}).update(**{name: goes})
