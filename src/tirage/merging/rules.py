"""What is chosen where two accounts of one person differ, and what is proposed. Pure, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Side(StrEnum):
    """Of which account something is."""

    #: The one that stays.
    STAYS = "stays"
    #: The one that ends.
    ENDS = "ends"


class Consent(StrEnum):
    AGREED = "agreed"
    NEVER_ASKED = "never_asked"
    LEFT = "left"


#: From the freest to the strictest.
_STRICTNESS = (Consent.AGREED, Consent.NEVER_ASKED, Consent.LEFT)
#: What is chosen, in the order in which it is asked.
CHOICES = ("email", "name", "phone", "birth_date", "group", "consent")


@dataclass(frozen=True, slots=True)
class Person:
    """What is chosen from; ``group`` is the allocation group's name, empty for none."""

    email: str
    name: str
    phone: str
    birth_date: date | None
    group: str
    consent: Consent

    def value(self, choice: str) -> object:
        return getattr(self, choice)


def stricter(stays: Consent, ends: Consent) -> Side:
    """Whose consent asks for less mail; of two that say the same the one's that stays."""
    return Side.ENDS if _STRICTNESS.index(ends) > _STRICTNESS.index(stays) else Side.STAYS


def propose(stays: Person, ends: Person) -> dict[str, Side]:
    """What is chosen unless somebody says otherwise: what the one that stays has, the other's where it has nothing,
    of two dates of birth the later (who may be too young isn't sold to), of two consents the stricter.
    """
    proposed = {
        name: Side.STAYS if stays.value(name) or not ends.value(name) else Side.ENDS for name in CHOICES
    }
    if stays.birth_date and ends.birth_date:
        proposed["birth_date"] = Side.ENDS if ends.birth_date > stays.birth_date else Side.STAYS
    proposed["consent"] = stricter(stays.consent, ends.consent)
    return proposed


def differing(stays: Person, ends: Person) -> tuple[str, ...]:
    """What has to be chosen: what both have, and differently. Consent counts where it differs at all."""
    both = (name for name in CHOICES if stays.value(name) and ends.value(name))
    return tuple(name for name in both if stays.value(name) != ends.value(name))


def settled(stays: Person, ends: Person, chosen: Mapping[str, Side]) -> dict[str, Side]:
    """The proposal with what somebody chose; where there is nothing to choose from nobody's choice counts."""
    proposed, asked = propose(stays, ends), differing(stays, ends)
    return {name: chosen.get(name, side) if name in asked else side for name, side in proposed.items()}


@dataclass(frozen=True, slots=True)
class WishFacts:
    asked: int
    granted: int


def surviving_wish(stays: WishFacts, ends: WishFacts) -> Side:
    """Which of two wishes for one wine stays: the one that was granted, else the larger, else the one's that stays."""
    if bool(stays.granted) != bool(ends.granted):
        return Side.ENDS if ends.granted else Side.STAYS
    if stays.granted:
        return Side.STAYS
    return Side.ENDS if ends.asked > stays.asked else Side.STAYS
