"""The ladder's promises, for any history, limits and rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.tiers.rules.ladder import GroupLimits, History, LadderRules, Rung, step_of

pytestmark = pytest.mark.once

pieces = st.integers(0, 40)
histories = st.builds(History, offered=pieces, taken=pieces, granted=pieces)
multiples = st.sampled_from([1, 2, 3, 6])
groups = st.builds(
    lambda minimum, more, wish, multiple: GroupLimits(
        minimum * multiple, (minimum + more) * multiple, wish, multiple
    ),
    st.integers(0, 3),
    st.integers(0, 6),
    pieces,
    multiples,
)
ladders = st.builds(
    LadderRules,
    rise=st.integers(0, 12),
    least=st.integers(0, 12),
    most=st.sampled_from([0, 0, 6, 12, 24]),
    counts_grants=st.booleans(),
    passed_wish_only=st.booleans(),
    newcomers=st.none() | st.integers(0, 12),
)


@given(histories, groups, ladders)
def test_what_is_written_can_be_bought_in_whole_multiples(
    history: History, group: GroupLimits, rules: LadderRules
) -> None:
    step = step_of(history, group, rules)
    assert 0 <= step.minimum <= step.maximum
    assert step.maximum % group.multiple == 0 and step.minimum % group.multiple == 0
    if step.is_own and step.rung is Rung.TOOK and rules.most:
        assert step.maximum <= rules.most


@given(histories, groups, ladders)
def test_who_took_some_keeps_it_unless_there_is_a_most(
    history: History, group: GroupLimits, rules: LadderRules
) -> None:
    step = step_of(history, group, rules)
    kept = history.taken + history.granted * rules.counts_grants
    assert (step.rung is Rung.TOOK) == (kept > 0)
    if step.rung is Rung.TOOK and not rules.most:
        assert kept <= step.maximum and rules.least <= step.maximum
        assert step.maximum < max(kept + rules.rise, rules.least) + group.multiple


@given(histories, groups, ladders)
def test_who_passed_may_only_wish_where_the_rules_say_so(
    history: History, group: GroupLimits, rules: LadderRules
) -> None:
    step = step_of(history, group, rules)
    assert (step.rung is Rung.PASSED) == (history.offered > 0 and not history.counted(rules))
    if step.rung is Rung.PASSED and rules.passed_wish_only:
        assert step.maximum == 0 and step.wish_maximum == (group.wish_maximum or group.maximum)
    elif step.rung is Rung.PASSED or (step.rung is Rung.NEW and rules.newcomers is None):
        assert not step.is_own and step.maximum == group.maximum


@given(histories, groups, ladders, st.integers(1, 12))
def test_who_took_more_never_gets_less(
    history: History, group: GroupLimits, rules: LadderRules, more: int
) -> None:
    greater = History(history.offered, history.taken + more, history.granted)
    if history.counted(rules):
        assert step_of(greater, group, rules).maximum >= step_of(history, group, rules).maximum


@given(histories, groups, ladders)
def test_the_next_rung_is_what_taking_all_of_this_one_gives(
    history: History, group: GroupLimits, rules: LadderRules
) -> None:
    step = step_of(history, group, rules)
    if step.maximum:
        then = step_of(History(step.maximum, step.maximum, 0), group, rules)
        assert then.maximum == step.next_maximum
