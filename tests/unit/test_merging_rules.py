"""What is proposed where two accounts of one person differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tirage.merging.rules import (
    Consent,
    Person,
    Side,
    WishFacts,
    differing,
    propose,
    settled,
    stricter,
    surviving_wish,
)

ANA = Person("ana@x.example", "Ana Alvarez", "", date(1975, 5, 17), "Premier", Consent.AGREED)
OTHER = Person(
    "a@x.example", "Ana Alvarez", "+1 415 555 0100", date(2008, 1, 1), "Estate", Consent.NEVER_ASKED
)


def test_what_stays_stays_and_gaps_are_filled() -> None:
    assert propose(ANA, OTHER) == {
        "email": Side.STAYS,
        "name": Side.STAYS,
        "phone": Side.ENDS,
        "birth_date": Side.ENDS,
        "group": Side.STAYS,
        "consent": Side.ENDS,
    }
    assert propose(replace(ANA, group=""), OTHER)["group"] is Side.ENDS


def test_only_what_both_have_differently_is_asked() -> None:
    assert differing(ANA, OTHER) == ("email", "birth_date", "group", "consent")
    nobody_asks = settled(ANA, OTHER, {"phone": Side.STAYS, "name": Side.ENDS, "group": Side.ENDS})
    assert (nobody_asks["phone"], nobody_asks["name"], nobody_asks["group"]) == (
        Side.ENDS,
        Side.STAYS,
        Side.ENDS,
    )


@pytest.mark.parametrize(
    ("stays", "ends", "side"),
    [
        (Consent.AGREED, Consent.LEFT, Side.ENDS),
        (Consent.LEFT, Consent.AGREED, Side.STAYS),
        (Consent.AGREED, Consent.NEVER_ASKED, Side.ENDS),
        (Consent.NEVER_ASKED, Consent.AGREED, Side.STAYS),
        (Consent.AGREED, Consent.AGREED, Side.STAYS),
    ],
)
def test_the_stricter_consent_is_proposed(stays: Consent, ends: Consent, side: Side) -> None:
    assert stricter(stays, ends) is side


@pytest.mark.parametrize(
    ("stays", "ends", "side"),
    [
        (WishFacts(2, 0), WishFacts(3, 0), Side.ENDS),
        (WishFacts(3, 0), WishFacts(3, 0), Side.STAYS),
        (WishFacts(9, 0), WishFacts(1, 1), Side.ENDS),
        (WishFacts(1, 1), WishFacts(9, 0), Side.STAYS),
        (WishFacts(1, 1), WishFacts(9, 2), Side.STAYS),
    ],
)
def test_a_granted_wish_stays_before_a_larger_one(stays: WishFacts, ends: WishFacts, side: Side) -> None:
    assert surviving_wish(stays, ends) is side
