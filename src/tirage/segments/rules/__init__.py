"""The one filter language: what can be asked of a customer, as a tree, as text and as a sentence. No Django."""

from tirage.segments.rules.homes import HOME_KINDS, home_name, read_home
from tirage.segments.rules.kinds import KINDS, PERIOD_KEYS, RFM_CLASSES, Field, Kind, Takes
from tirage.segments.rules.text import MOST_CONDITIONS, MOST_DEPTH, condition_of, parse, refuse, serialise
from tirage.segments.rules.tree import (
    Bracket,
    Condition,
    Junction,
    Node,
    Span,
    Unit,
    Value,
    conditions,
    refers_to,
)
from tirage.segments.rules.values import read_value, write_value
from tirage.segments.rules.words import Voice, minor_of, say_condition, sentence

__all__ = [
    "HOME_KINDS",
    "KINDS",
    "MOST_CONDITIONS",
    "MOST_DEPTH",
    "PERIOD_KEYS",
    "RFM_CLASSES",
    "Bracket",
    "Condition",
    "Field",
    "Junction",
    "Kind",
    "Node",
    "Span",
    "Takes",
    "Unit",
    "Value",
    "Voice",
    "condition_of",
    "conditions",
    "home_name",
    "minor_of",
    "parse",
    "read_home",
    "read_value",
    "refers_to",
    "refuse",
    "say_condition",
    "sentence",
    "serialise",
    "write_value",
]
