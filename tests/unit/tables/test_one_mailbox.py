"""One mailbox has one spelling, however it was written."""

from __future__ import annotations

import pytest

from tirage.tables.cleaning import identity, shown

KNOWN = "ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "written",
    [
        "ana@bücher.example",
        "ana@BÜCHER.example",
        "ana@bu\u0308cher.example",
        "ANA@XN--BCHER-KVA.EXAMPLE",
        " ana@bücher.example. ",
        "ana\uff20bücher.example",
        "ana@bücher\u3002example",
        "a\u200bna@b\u00adücher.example",
    ],
)
def test_many_spellings_are_one(written: str) -> None:
    assert identity(written) == KNOWN


def test_ascii_stays_and_what_is_no_address_is_left_for_its_form_to_refuse() -> None:
    assert identity("Ana.Ruiz@Example.COM.") == "ana.ruiz@example.com"
    assert identity("nonsense") == "nonsense"
    assert identity("a@" + "ü" * 300) == "a@" + "ü" * 300
    assert identity("a@-ü.example") == "a@-ü.example"


def test_two_domains_that_python_confuses_are_two() -> None:
    """The older standard mails straße.example to strasse.example, which is somebody else."""
    assert identity("a@straße.example") == "a@xn--strae-oqa.example"


def test_it_is_shown_in_its_own_letters() -> None:
    assert shown(KNOWN) == "ana@bücher.example" and shown("a@b.example") == "a@b.example"
    assert shown("a@xn--.example") == "a@xn--.example"
