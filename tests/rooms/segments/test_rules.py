"""The language itself: text, tree, sentence, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rooms.segments.filters import conditions, nodes
from tirage.core.errors import DomainError
from tirage.segments.rules import (
    KINDS,
    Bracket,
    Condition,
    Junction,
    Node,
    Span,
    Takes,
    Unit,
    Voice,
    condition_of,
    parse,
    sentence,
    serialise,
)

pytestmark = pytest.mark.once

#: Keys with every character that the language itself uses.
ODD = ["GRP-7K2M9QXA", "a tag", "(all), of: it ~28; ~ ü 酒 _", "x.2023"]
THINGS = {field.key: ODD for kind in KINDS.values() for field in kind.fields if field.takes is Takes.THING}


def voice(locale: str = "en_US") -> Voice:
    return Voice("USD", locale, lambda what, key: key)


@given(node=nodes(THINGS))
def test_a_filter_written_down_and_read_is_the_same(node: Node) -> None:
    text = serialise(node)
    assert parse(text) == node
    assert serialise(parse(text)) == text


@given(node=nodes(THINGS))
def test_every_filter_has_a_sentence_in_both_englishes(node: Node) -> None:
    for locale in ("en_US", "en_GB", "de_AT"):
        said = sentence(node, voice(locale))
        assert said.strip() == said != ""


@pytest.mark.parametrize("word", KINDS)
def test_a_sentence_names_the_thing_that_is_meant(word: str) -> None:
    """By its name, which here is its key in brackets; no kind of condition leaves it out."""
    named = Voice("USD", "en_US", lambda what, key: f"[{key}]")

    @settings(max_examples=5)
    @given(found=conditions(THINGS, (word,)))
    def one(found: Condition) -> None:
        said = sentence(found, named)
        assert said.strip() == said
        for field in KINDS[word].fields:
            if field.takes in (Takes.THING, Takes.ZIP, Takes.TEXT) and found.text(field.key):
                assert f"[{found.text(field.key)}]" in said

    one()


@given(text=st.text("()al,:notspeyfrm0123~; _", max_size=40) | st.text(max_size=40))
def test_whatever_stands_in_an_address_is_read_or_refused_in_words(text: str) -> None:
    refused = ""
    try:
        text = serialise(parse(text))
    except DomainError as why:
        refused = why.message
    assert refused.endswith(".") if refused else serialise(parse(text)) == text


EXAMPLE = "all(spent(from:5000,since:2022-01-01),bought(wine:Estate Cabernet),not(group(group:Premier)))"


def test_the_sentence_of_the_story() -> None:
    said = sentence(parse(EXAMPLE), voice())
    assert said == "spent $5,000 or more since 2022, bought Estate Cabernet, and is not in Premier"


def test_the_british_leave_out_a_comma_and_begin_with_the_day() -> None:
    text = "all(tier(),opted_in(),signed_up(since:2024-03-05))"
    assert sentence(parse(text), voice()) == (
        "is in an allocation group, opted in to mail, and signed up since March 5, 2024"
    )
    assert sentence(parse(text), voice("en_GB")) == (
        "is in an allocation group, opted in to mail and signed up since 5 March 2024"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spent(from:99.50,to:5000)", "spent $99.50 to $5,000"),
        ("not(spent(to:200,last:24months))", "didn’t spend $200 or less in the last 24 months"),
        ("orders(from:1,to:1,last:1year)", "placed exactly 1 order in the last year"),
        ("bottles(from:12,since:2024-01-01,until:2024-12-31)", "bought 12 bottles or more in 2024"),
        ("not(bought(sku:CAB23,release:Spring))", "didn’t buy CAB23 in Spring"),
        (
            "not(any(tier(),opted_in()))",
            "is not among those who (is in an allocation group or opted in to mail)",
        ),
        (
            "none(tier(),opted_in())",
            "is in none of these cases: (is in an allocation group or opted in to mail)",
        ),
        (
            "any(tier(),all(opted_in(),card()))",
            "is in an allocation group or (opted in to mail and has a valid card)",
        ),
        ("group(group:Premier,on:2025-02-01)", "was in Premier on February 1, 2025"),
        ("last_order(until:2023-12-31)", "last ordered before 2024"),
        ("not(card_expires(days:30))", "has no card that expires within 30 days"),
        ("take(releases:3,to:50)", "took 50 % or less of what the last 3 releases offered them"),
    ],
)
def test_sentences(text: str, said: str) -> None:
    assert sentence(parse(text), voice()) == said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "can’t be read"),
        ("spent(from:5000", "can’t be read"),
        ("spent(from:5000))", "can’t be read at “)”"),
        ("sang(from:5000)", "can’t be read at “sang”"),
        ("spent(loudly:1)", "can’t be read at “loudly”"),
        ("spent(from:1,from:2)", "can’t be read at “from”"),
        ("spent()", "Fill in at least, at most, or both."),
        ("spent(from:lots)", "type an amount such as 5000"),
        ("spent(from:-1)", "type an amount"),
        ("spent(from:9,to:1)", "At most can’t be less than at least"),
        ("orders(from:1.5)", "type a whole number"),
        ("orders(from:1,last:24 moons)", "such as 24 months"),
        ("orders(from:1,last:1year,since:2024-01-01)", "not both"),
        ("last_order()", "Choose a day or a period"),
        ("last_order(since:2024-02-30)", "year-month-day"),
        ("last_order(since:1066-10-14)", "year-month-day"),
        ("last_order(since:2024-02-01,until:2024-01-01)", "comes before the first"),
        ("bought(last:1year)", "Choose a sku, a wine, a vintage or a release"),
        ("near(zip:00000,miles:5)", "on the map"),
        ("near(zip:94110,miles:501)", "from 1 to 500"),
        ("rfm(class:kings)", "choose one of those offered"),
        ("all()", "A bracket is empty"),
        ("any(tier(),none())", "A bracket is empty"),
        (f"all({','.join(['tier()'] * 41)})", "At most 40 conditions"),
        ("not(" * 8 + "tier()" + ")" * 8, "At most 6 brackets"),
        ("tag(tag:" + "x" * 4_000 + ")", "too long"),
    ],
)
def test_what_is_refused_and_what_to_do(text: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse(text)
    assert words in refused.value.message


def test_each_field_that_is_wrong_has_its_own_words() -> None:
    with pytest.raises(DomainError) as refused:
        condition_of("take", {"releases": "", "from": "x"})
    assert set(refused.value.fields) == {"releases", "from"}


@pytest.mark.parametrize(
    ("today", "span", "first"),
    [
        (date(2026, 3, 31), Span(1, Unit.MONTHS), date(2026, 2, 28)),
        (date(2024, 2, 29), Span(1, Unit.YEARS), date(2023, 2, 28)),
        (date(2026, 1, 15), Span(24, Unit.MONTHS), date(2024, 1, 15)),
        (date(2026, 1, 15), Span(14, Unit.MONTHS), date(2024, 11, 15)),
        (date(2026, 1, 15), Span(20, Unit.DAYS), date(2025, 12, 26)),
    ],
)
def test_spans_are_whole_days_back_from_today(today: date, span: Span, first: date) -> None:
    assert span.before(today) == first


def test_not_of_one_is_none_of_one() -> None:
    one: Any = parse("tier()")
    assert parse("not(tier())") == parse("none(tier())") == Bracket(Junction.NONE, (one,))
