"""Which facts are told, when they come back, and that sentences have no figures but those of their table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.insights.rules.facts import (
    LEVEL,
    MOST_OF_A_TOPIC,
    TOPICS,
    Fact,
    FactKind,
    Topic,
    chosen,
    is_news,
    judged,
    stands_out,
)
from tirage.insights.rules.sentences import Speech, chance_words, figures_of, sentence_of

pytestmark = pytest.mark.once
AMERICAN, BRITISH, GERMAN = Speech("USD", "en_US"), Speech("GBP", "en_GB"), Speech("EUR", "de_DE")


def fact_of(kind: FactKind = FactKind.NEW_HERE, **changes: Any) -> Fact:
    values: dict[str, Any] = {
        "kind": kind,
        "key": "metro:42660",
        "name": "Seattle-Tacoma-Bellevue, WA",
        "part": 34,
        "whole": 50,
        "rest_part": 410,
        "rest_whole": 1_000,
        "p": 0.000_1,
        "sums": {
            "sales": 18_500_00,
            "sales_before": 12_000_00,
            "rest_sales": 101_000_00,
            "rest_before": 100_000_00,
            "back": 900_00,
            "paid": 9_000_00,
            "rest_back": 1_000_00,
            "rest_paid": 90_000_00,
            "bottles": 128,
            "silent": 14,
            "usual": 5,
            "lifetime": 64_200_00,
        },
    }
    return Fact(**{**values, **changes})


counts = st.integers(0, 2_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))
facts = st.builds(
    lambda kind, here, rest, p, sums, group: fact_of(
        kind,
        part=here[0],
        whole=here[1],
        rest_part=rest[0],
        rest_whole=rest[1],
        p=p,
        sums=dict(zip(fact_of().sums or {}, sums, strict=False)),
        group=group,
    ),
    st.sampled_from(FactKind),
    counts,
    counts,
    st.floats(0, 1),
    st.lists(st.integers(0, 10**9), min_size=12, max_size=12),
    st.sampled_from(["", "Premier"]),
)


def numbers_in(words: str) -> list[str]:
    return re.findall(r"\d[\d.,\u00a0\u202f]*\d|\d", words)


@given(facts, st.sampled_from([AMERICAN, BRITISH, GERMAN]))
def test_a_sentence_has_no_figure_that_its_table_does_not_show(fact: Fact, speech: Speech) -> None:
    shown = {number for figure in figures_of(fact, speech) for number in numbers_in(figure.said)}
    assert set(numbers_in(sentence_of(fact, speech))) <= shown
    assert "{" not in sentence_of(fact, speech)


def test_every_kind_has_its_sentence_and_its_topic() -> None:
    said = {sentence_of(fact_of(kind, group="Premier"), AMERICAN) for kind in FactKind}
    assert len(said) == len(FactKind) == len(TOPICS)
    assert {fact.topic for fact in map(fact_of, FactKind)} == set(Topic)


def test_what_a_sentence_says() -> None:
    assert sentence_of(fact_of(FactKind.GROWING), AMERICAN) == (
        "Seattle-Tacoma-Bellevue, WA grows: sales went from $12,000 to $18,500 in twelve months (+54%), and 34 of 50 "
        "customers there spent more than the year before (68%; elsewhere 41%)."
    )
    assert "$900 of $9,000 went back (10%; elsewhere 1.1%)" in sentence_of(
        fact_of(FactKind.REFUNDS_HIGH), AMERICAN
    )
    assert "from nothing" in sentence_of(
        fact_of(FactKind.GROWING, sums={"sales": 1, "sales_before": 0}), BRITISH
    )


def test_chance_is_said_in_cases() -> None:
    words = chance_words(replace(fact_of(), q=0.02), 1_312, AMERICAN)
    assert "1 of 10,000 cases" in words and "1,312 questions" in words and "1 of 50 cases" in words
    assert "fewer than 1 of 1,000,000 cases" in chance_words(fact_of(p=0.0, q=0.0), 3, AMERICAN)
    assert "every case" in chance_words(fact_of(p=1.0), 3, AMERICAN)


@given(facts)
def test_a_fact_is_kept_as_it_is(fact: Fact) -> None:
    kept = replace(fact, bars=(("Mon", 3), ("Tue", 5)))
    assert Fact.from_json(kept.to_json()) == kept


def others(many: int) -> list[Fact]:
    """Facts that are no news: they take their part in the correction."""
    return [fact_of(key=f"metro:1{at:04}", p=0.6) for at in range(many)]


def test_many_questions_ask_for_more_certainty() -> None:
    one = fact_of(p=0.004)
    assert stands_out(judged([one])[0])
    assert not any(stands_out(fact) for fact in judged([one, *others(200)]))


@given(st.lists(facts, max_size=40))
def test_what_is_told_stands_out_and_is_varied(found: list[Fact]) -> None:
    told = chosen(judged(found))
    assert len(told) <= 10
    assert all(fact.q <= LEVEL and fact.is_large for fact in told)
    assert all(sum(one.topic is topic for one in told) <= MOST_OF_A_TOPIC for topic in Topic)


def test_a_small_area_and_a_small_difference_are_no_pattern() -> None:
    assert not stands_out(fact_of(part=4, whole=4, q=0.0))
    assert not stands_out(fact_of(part=500, whole=1_000, rest_part=4_800, rest_whole=10_000, q=0.0))
    assert stands_out(fact_of(part=500, whole=1_000, rest_part=4_000, rest_whole=10_000, q=0.0))


def test_growing_means_that_sales_grow_and_more_than_elsewhere() -> None:
    growing = fact_of(FactKind.GROWING, q=0.0)
    assert stands_out(growing)
    shrinks = {**(growing.sums or {}), "sales": 11_000_00}
    assert not stands_out(replace(growing, sums=shrinks))
    slower = {**(growing.sums or {}), "rest_sales": 300_000_00}
    assert not stands_out(replace(growing, sums=slower))
    assert stands_out(replace(growing, kind=FactKind.FADING, sums=shrinks))


def test_a_state_and_its_only_metro_are_told_once() -> None:
    metro = fact_of(q=0.0)
    state = fact_of(key="state:WA", name="Washington", part=40, whole=70, q=0.0)
    other = fact_of(key="state:TX", name="Texas", part=40, whole=70, q=0.0)
    assert chosen([metro, state]) == [metro]
    assert len(chosen([metro, other])) == 2
    assert len(chosen([metro, replace(state, part=200, whole=400)])) == 2


def test_what_was_settled_stays_away_until_it_changes() -> None:
    before = fact_of(q=0.0)
    assert chosen([before], {before.subject}) == []
    assert not is_news(before, replace(before, part=36, p=0.5))
    assert is_news(before, replace(before, part=45))
    assert is_news(before, replace(before, part=20))
    assert is_news(before, replace(before, kind=FactKind.FADING))
    silent = fact_of(FactKind.LAPSING, part=34, whole=500)
    assert is_news(silent, replace(silent, part=60, whole=900))
