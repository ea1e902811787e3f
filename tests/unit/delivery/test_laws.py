"""Which laws stand against wine: each kind, its days, and that no order of laws makes another verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.delivery.days import next_due
from tirage.delivery.laws.rules import Broken, DatedLaw, SentWine, broken_laws
from tirage.delivery.laws.words import say_broken
from tirage.delivery.states import LawKind, ReportEvery

DAY = date(2026, 11, 30)
EASY = SentWine(1, "Riesling 2024, 750 ml", 11, 750, 125)
STRONG = SentWine(2, "Zinfandel 2022, 750 ml", 12, 750, 166)
LARGE = SentWine(3, "Cabernet 2023, 3 l", 13, 3_000, 145)
UNKNOWN = SentWine(4, "Blend NV, 750 ml", 14, 750, None)
WINES = (EASY, STRONG, LARGE, UNKNOWN)


def law(kind: LawKind, **facts: object) -> DatedLaw:
    return replace(DatedLaw(kind, date(2026, 1, 1)), **facts)  # type: ignore[arg-type]


def broken(
    *laws: DatedLaw, wines: Sequence[SentWine] = WINES, zip_code: str = "84101", day: date = DAY
) -> tuple[Broken, ...]:
    return broken_laws(laws, wines, postal_code=zip_code, day=day)


def names(found: tuple[Broken, ...]) -> dict[LawKind, list[int]]:
    return {one.kind: [wine.sku_id for wine in one.wines] for one in found}


def test_each_kind_bars_what_it_is_about() -> None:
    assert names(broken(law(LawKind.CLOSED))) == {LawKind.CLOSED: []}
    assert names(broken(law(LawKind.ALCOHOL, tenths=165))) == {LawKind.ALCOHOL: [2, 4]}, "unknown is barred"
    assert broken(law(LawKind.ALCOHOL, tenths=166), wines=[STRONG]) == (), "as strong is allowed"
    assert names(broken(law(LawKind.FORMATS, words="187, 3000"))) == {LawKind.FORMATS: [3]}
    assert names(broken(law(LawKind.LABELS, labels=frozenset({11, 13})))) == {LawKind.LABELS: [2, 4]}
    assert names(broken(law(LawKind.DRY_ZIPS, words="841, 97209"))) == {LawKind.DRY_ZIPS: []}
    assert broken(law(LawKind.DRY_ZIPS, words="841, 97209"), zip_code="97210") == ()
    assert broken(law(LawKind.DRY_ZIPS, words="841"), zip_code="") == ()
    for written in ("84101-1234", "84101 1234", "841011234"):
        assert broken(law(LawKind.DRY_ZIPS, words="841011, 97209"), zip_code=written)
    assert broken(law(LawKind.DRY_ZIPS, words="84101-12"), zip_code="84101-1234") and not broken(
        law(LawKind.DRY_ZIPS, words="84101-12")
    ), "of a ZIP without four digits more nobody knows"
    assert broken(law(LawKind.SIGNATURE), law(LawKind.REPORTING, words="Monthly")) == ()


def test_laws_count_on_their_days() -> None:
    closed = law(LawKind.CLOSED, first_day=DAY, last_day=DAY + timedelta(days=1))
    assert [bool(broken(closed, day=DAY + timedelta(days=days))) for days in (-1, 0, 1, 2)] == [
        False,
        True,
        True,
        False,
    ]


def test_on_site_and_carriers_ask_how_it_was_bought_and_who_takes_it() -> None:
    assert names(broken(law(LawKind.ON_SITE))) == {LawKind.ON_SITE: []}
    here = broken_laws([law(LawKind.ON_SITE)], WINES, postal_code="84101", day=DAY, on_site=True)
    assert here == ()
    by = law(LawKind.CARRIERS, words="fedex, ups")
    asked = {
        carrier: broken_laws([by], WINES, postal_code="84101", day=DAY, carrier=carrier)
        for carrier in ("ups", "gls", "", None)
    }
    assert asked["ups"] == asked[None] == () and asked["gls"] and asked[""], "unknown is none of them"
    assert say_broken(asked["gls"], "Utah").startswith(
        "Utah takes wine only by FedEx or UPS. Choose another way of delivery"
    )
    both = broken_laws([by, law(LawKind.CARRIERS, words="ups")], WINES, postal_code="", day=DAY, carrier="")
    assert both[0].carriers == ("ups",), "what both take"


def test_a_label_counts_to_the_last_day_of_its_registration() -> None:
    registered = law(LawKind.LABELS, labels=frozenset({11, 12}), label_ends=frozenset({(12, DAY)}))
    assert broken(registered, wines=[EASY, STRONG]) == ()
    assert names(broken(registered, wines=[EASY, STRONG], day=DAY + timedelta(days=1))) == {
        LawKind.LABELS: [2]
    }


@pytest.mark.parametrize(
    ("day", "every", "then"),
    [
        (date(2027, 1, 31), "month", date(2027, 2, 28)),
        (date(2027, 2, 28), "month", date(2027, 3, 31)),
        (date(2026, 12, 20), "quarter", date(2027, 3, 20)),
        (date(2028, 2, 29), "year", date(2029, 2, 28)),
        (date(2026, 8, 30), "half_year", date(2027, 2, 28)),
        (date(2026, 11, 15), "two_months", date(2027, 1, 15)),
    ],
)
def test_the_next_report_is_due_on_the_same_day(day: date, every: str, then: date) -> None:
    assert next_due(day, ReportEvery(every)) == then


def test_a_place_with_permits_is_open_while_one_is_in_force() -> None:
    old = law(LawKind.PERMIT, words="A-1", last_day=date(2026, 6, 30))
    new = law(LawKind.PERMIT, words="A-2", first_day=date(2026, 7, 15))
    assert broken(old, new, day=date(2026, 6, 30)) == () == broken(old, new, day=date(2026, 7, 15))
    (found,) = broken(old, new, day=date(2026, 7, 1))
    assert (found.kind, found.until, found.wines) == (LawKind.PERMIT, date(2026, 7, 14), ())
    assert broken(old)[0].until is None, "nobody knows of another"


def test_of_two_ceilings_the_lower_is_told_and_of_two_ends_the_later() -> None:
    (found,) = broken(law(LawKind.ALCOHOL, tenths=140), law(LawKind.ALCOHOL, tenths=160))
    assert (found.tenths, [wine.sku_id for wine in found.wines]) == (140, [2, 3, 4])
    ends = [law(LawKind.CLOSED, last_day=DAY + timedelta(days=days)) for days in (3, 9)]
    assert broken(*ends)[0].until == DAY + timedelta(days=9)
    assert broken(*ends, law(LawKind.CLOSED))[0].until is None


@pytest.mark.parametrize(
    ("laws", "said"),
    [
        (
            [law(LawKind.CLOSED, last_day=date(2026, 12, 31))],
            "Utah takes no wine by mail until December 31, 2026. Pick",
        ),
        (
            [law(LawKind.PERMIT, last_day=date(2026, 2, 1))],
            "We have no permit to send wine to Utah at the moment. Pick",
        ),
        ([law(LawKind.DRY_ZIPS, words="841")], "No wine may be sent to this ZIP in Utah. Pick"),
        (
            [law(LawKind.ALCOHOL, tenths=165)],
            "Utah takes no wine stronger than 16.5 %, and Zinfandel 2022, 750 ml and Blend NV, 750 ml are or may be. "
            "Leave them out",
        ),
        (
            [law(LawKind.FORMATS, words="3000")],
            "Utah takes no bottles of this size: Cabernet 2023, 3 l. Leave it out",
        ),
    ],
)
def test_the_words_say_why_and_what_to_do(laws: list[DatedLaw], said: str) -> None:
    assert say_broken(broken(*laws), "Utah").startswith(said)
    assert "Pick" not in say_broken(broken(*laws), "Utah", asks=False)


_KINDS = st.sampled_from(list(LawKind))
_LAWS = st.builds(
    DatedLaw,
    _KINDS,
    st.dates(date(2026, 11, 1), date(2026, 12, 31)),
    st.none() | st.dates(date(2026, 11, 15), date(2027, 1, 31)),
    st.integers(100, 200),
    st.sampled_from(["750", "3000, 187", "841", "9"]),
    st.frozensets(st.integers(11, 14)),
    st.frozensets(
        st.tuples(st.integers(11, 14), st.dates(date(2026, 11, 15), date(2027, 1, 31))), max_size=2
    ),
)


@given(st.lists(_LAWS, max_size=6), st.permutations(range(6)), st.dates(date(2026, 10, 1), date(2027, 2, 28)))
def test_no_order_of_laws_or_wines_makes_another_verdict(
    laws: list[DatedLaw], order: list[int], day: date
) -> None:
    other = [laws[place] for place in order if place < len(laws)]
    assert broken_laws(laws, WINES, postal_code="84101", day=day) == broken_laws(
        other, WINES, postal_code="84101", day=day
    )
    alone = {one.kind for law in laws if law.kind is not LawKind.PERMIT for one in broken(law, day=day)}
    together = {one.kind for one in broken(*laws, day=day)}
    assert alone <= together <= alone | {LawKind.PERMIT}, "each is judged by itself"
