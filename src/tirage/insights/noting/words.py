"""A note in the winery's words."""

from __future__ import annotations

from tirage.core.winery import current_winery
from tirage.insights.note_models import Note
from tirage.insights.rules.facts import EVERYBODY, Fact, Topic
from tirage.insights.rules.sentences import Speech, sentence_of


def fact_of(note: Note) -> Fact:
    return Fact.from_json(note.fact)


def speech() -> Speech:
    winery = current_winery()
    return Speech(winery.currency, winery.locale)


#: What a note is about, over its sentence.
TOPIC_WORDS: dict[Topic, str] = {
    Topic.SALES: "Sales",
    Topic.REFUNDS: "Refunds",
    Topic.WISHES: "Wishes",
    Topic.TIERS: "Groups",
    Topic.NEWCOMERS: "New customers",
    Topic.LAPSING: "About to lapse",
    Topic.TIMING: "Timing",
}


def headline_of(fact: Fact) -> str:
    return TOPIC_WORDS[fact.topic]


def say_note(note: Note) -> str:
    """Its sentence, made anew from its figures."""
    return sentence_of(fact_of(note), speech())


def nearest_filter(fact: Fact) -> str:
    """What the filter language can say of whom a fact is about: the area or the group, or who bought lately."""
    parts = fact.key.split(":")
    if fact.topic is Topic.TIMING:
        return "orders(from:1,last:12months)"
    if fact.key == EVERYBODY:
        return "orders(from:3)"
    said = f"group(group:{parts[1]})" if parts[0] == "group" else f"lives(area:{parts[0]}-{parts[1]})"
    return f"all({said},group(group:{parts[2]}))" if len(parts) > 2 else said
