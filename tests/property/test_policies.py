"""Whatever a policy's steps are: never more is given than is left beyond what is kept back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.wishes.policies.rules import Pot, Reserve, StepTerms, offered_maximum

pytestmark = pytest.mark.once

SKUS = st.integers(1, 5)
PIECES = st.dictionaries(SKUS, st.integers(0, 400), min_size=1)
RESERVES = st.builds(
    Reserve, st.integers(0, 300), st.booleans(), st.dictionaries(SKUS, st.integers(0, 100), max_size=2)
)
#: Each step wants so many pieces of each wine, offered in multiples.
STEPS = st.lists(
    st.tuples(st.dictionaries(SKUS, st.integers(0, 500)), st.integers(1, 6), st.integers(1, 40)), max_size=6
)


@given(PIECES, RESERVES, PIECES, STEPS)
def test_no_step_gives_what_is_kept_back_or_promised(
    free: dict[int, int],
    reserve: Reserve,
    promised: dict[int, int],
    steps: list[tuple[dict[int, int], int, int]],
) -> None:
    kept = reserve.kept(free)
    pot, given_in_all = Pot(free, kept, promised), dict.fromkeys(free, 0)
    for wanted, multiple, members in steps:
        gives = {}
        for sku, left in pot.left.items():
            most = offered_maximum(wanted.get(sku, 0), left, multiple)
            assert most % multiple == 0 and 0 <= most <= left
            gives[sku] = min(left, most * members)
            given_in_all[sku] += gives[sku]
        pot.take(gives)
    for sku, pieces in free.items():
        assert 0 <= kept[sku] <= pieces
        assert given_in_all[sku] <= max(pieces - kept[sku] - promised.get(sku, 0), 0)
        assert pot.left[sku] == max(pieces - kept[sku] - promised.get(sku, 0), 0) - given_in_all[sku]


@given(PIECES, st.integers(0, 2_000))
def test_of_all_together_exactly_so_many_are_kept_in_equal_parts(free: dict[int, int], pieces: int) -> None:
    kept = Reserve(pieces, of_all=True).kept(free)
    whole = sum(free.values())
    assert sum(kept.values()) == min(pieces, whole)
    for sku, count in free.items():
        assert abs(kept[sku] * whole - min(pieces, whole) * count) < max(whole, 1), (
            "within one bottle of its part"
        )


@given(PIECES, st.integers(0, 100))
def test_a_wine_with_a_number_of_its_own_keeps_that(free: dict[int, int], own: int) -> None:
    sku = min(free)
    kept = Reserve(24, own={sku: own}).kept(free)
    assert kept[sku] == min(own, free[sku])
    assert all(kept[other] == min(24, free[other]) for other in free if other != sku)


def test_terms_of_before_are_read_and_what_can_not_be_is_said() -> None:
    assert StepTerms.from_json({"rule": "rank", "forgotten": 1}).rule == "rank"
    assert StepTerms.from_json(StepTerms(hour=9).as_json()) == StepTerms(hour=9)
    assert set(StepTerms(rule="odd", days=0, hour=24, note="x" * 301).problems()) == {
        "rule",
        "days",
        "hour",
        "note",
    }
