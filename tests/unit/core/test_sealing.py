"""Secrets that are read again are sealed, and survive a change of the site's key."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from tirage.core.sealing import (
    Unreadable,
    seal,
    seal_again,
    seal_for_address,
    unseal,
    unseal_from_address,
)


def test_sealed_twice_it_looks_different_and_says_nothing() -> None:
    first, second = seal("JBSWY3DPEHPK3PXP"), seal("JBSWY3DPEHPK3PXP")
    assert first != second and "JBSWY3DP" not in first
    assert unseal(first) == unseal(second) == "JBSWY3DPEHPK3PXP"


def test_altered_or_never_sealed_it_is_unreadable() -> None:
    sealed = seal("secret")
    swapped = "A" if sealed[20] != "A" else "B"
    for text in ("", "secret", "JBSWY3DPEHPK3PXP", sealed[:-2], sealed[:20] + swapped + sealed[21:]):
        with pytest.raises(Unreadable, match="TIRAGE_OLD_SECRET_KEYS"):
            unseal(text)


def test_a_former_key_opens_until_all_is_sealed_again(settings: LazySettings) -> None:
    former = settings.SECRET_KEY
    sealed = seal("secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 48, [former]
    assert unseal(sealed) == "secret"
    fresh = seal_again(sealed)
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(fresh) == "secret"
    with pytest.raises(Unreadable):
        unseal(sealed)
    with pytest.raises(Unreadable):
        seal_again(sealed)


def test_in_an_address_it_is_the_same_each_time_and_for_one_purpose(settings: LazySettings) -> None:
    sealed = seal_for_address("ana@example.com", "leave")
    assert sealed == seal_for_address("ana@example.com", "leave") and "ana" not in sealed
    assert unseal_from_address(sealed, "leave") == "ana@example.com"
    for text, purpose in (
        (sealed, "pay"),
        (sealed[:-3], "leave"),
        ("", "leave"),
        ("é", "leave"),
        ("x", "leave"),
    ):
        with pytest.raises(Unreadable):
            unseal_from_address(text, purpose)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 48, [settings.SECRET_KEY]
    assert unseal_from_address(sealed, "leave") == "ana@example.com"
