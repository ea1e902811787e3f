"""Numbers however they are written; what is none stays as it is."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.places import countries
from tirage.places.telephones import dialled, is_dialable, keep_telephone, say_telephone


@pytest.mark.parametrize(
    ("typed", "country", "kept", "said"),
    [
        ("(415) 555-0100", "US", "+14155550100", "(415) 555-0100"),
        ("+1 415 555 0100", "GB", "+14155550100", "(415) 555-0100"),
        ("1.415.555.0100", "US", "+14155550100", "(415) 555-0100"),
        ("415 555 0100 x12", "US", "+14155550100;ext=12", "(415) 555-0100 ext. 12"),
        ("020 7946 0958", "GB", "+442079460958", "+44 20 7946 0958"),
        ("0044 20 7946 0958", "US", "+442079460958", "+44 20 7946 0958"),
        ("01 42 68 53 00", "FR", "+33142685300", "+33 1 42 68 53 00"),
        ("(415) 555-0100", "DE", "+14155550100", "(415) 555-0100"),
        ("555-0100", "US", "555-0100", "555-0100"),
        ("ask  Maria", "US", "ask Maria", "ask Maria"),
        ("415 555 0100 / 415 555 0101", "US", "415 555 0100 / 415 555 0101", "415 555 0100 / 415 555 0101"),
        ("", "US", "", ""),
    ],
)
def test_numbers_are_kept_as_they_are_dialed(typed: str, country: str, kept: str, said: str) -> None:
    assert keep_telephone(typed, country) == kept
    assert say_telephone(kept) == said
    assert is_dialable(kept) is kept.startswith("+")
    assert dialled(kept) == (kept.partition(";")[0] if kept.startswith("+") else "")


def test_a_number_is_said_as_people_there_write_it() -> None:
    assert say_telephone("+442079460958", "GB") == "020 7946 0958"
    assert say_telephone("+14155550100", "GB") == "+1 415-555-0100"


EXAMPLES = [
    (country.code, example)
    for country in countries()
    if (example := phonenumbers.example_number(country.code)) is not None
]


@pytest.mark.parametrize(("country", "number"), EXAMPLES, ids=[code for code, _ in EXAMPLES])
def test_what_is_shown_is_read_as_the_same_number_in_every_country(country: str, number) -> None:
    kept = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for near in (country, "US"):
        assert keep_telephone(say_telephone(kept, near), near) == kept


@given(st.text(max_size=40), st.sampled_from(["US", "GB", "JP", "ZZ", ""]))
def test_keeping_twice_changes_nothing_and_loses_nothing_unread(typed: str, country: str) -> None:
    kept = keep_telephone(typed, country)
    assert keep_telephone(kept, country) == kept
    assert len(kept) <= 40
    if not is_dialable(kept):
        assert kept == " ".join(typed.split())
