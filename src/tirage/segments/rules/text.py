"""Filters as text that an address can carry: ``all(spent(from:5000,since:2022-01-01),not(group(group:GRP-7K2M9QXA)))``.

Readable, in one spelling, and made of characters that an address takes as they are; in values everything but letters,
figures, spaces and ``-._@`` is written as ``~`` and its code.
"""

from __future__ import annotations

import re

from tirage.core.errors import DomainError
from tirage.segments.rules.kinds import KINDS, Kind
from tirage.segments.rules.tree import Bracket, Condition, Junction, Node, Value, conditions, depth
from tirage.segments.rules.values import read_value, write_value

MOST_TEXT, MOST_CONDITIONS, MOST_DEPTH = 4_000, 40, 6
_TOKEN = re.compile(r"[(),:]|[^(),:]+")
_KEPT = re.compile(r"[A-Za-z0-9\-._@ ]")
_CODE = re.compile(r"~([0-9a-f]{1,6});")
_WRONG = "This filter can’t be read{where}. Build it again, or ask for its link once more."


def parse(text: str) -> Node:
    """The filter that ``text`` writes down; raises DomainError ``filter`` that says what to do."""
    if len(text) > MOST_TEXT:
        raise DomainError("filter", "This filter is too long. Save parts of it as segments, and use those.")
    reader = _Reader(_TOKEN.findall(text.strip()))
    node = reader.node(0)
    if reader.tokens:
        raise _wrong(reader.tokens[-1])
    refuse(node)
    return node


def serialise(node: Node) -> str:
    """The text of a filter, the same for the same filter."""
    if isinstance(node, Condition):
        return (
            f"{node.word}({','.join(f'{key}:{_escape(write_value(value))}' for key, value in node.values)})"
        )
    if node.junction is Junction.NONE and len(node.parts) == 1:
        return f"not({serialise(node.parts[0])})"
    return f"{node.junction.value}({','.join(serialise(part) for part in node.parts)})"


def condition_of(word: str, typed: dict[str, str]) -> Condition:
    """A condition from what was typed, by field; raises DomainError ``condition`` with what is wrong, by field."""
    kind = KINDS[word]
    values: list[tuple[str, Value]] = []
    wrong: dict[str, str] = {}
    for field in kind.fields:
        text = typed.get(field.key, "").strip()
        if not text:
            if field.required:
                wrong[field.key] = f"{field.label}: choose or type something."
            continue
        try:
            values.append((field.key, read_value(field, text)))
        except DomainError as refused:
            wrong[field.key] = refused.message
    found = Condition(word, tuple(values))
    if not wrong:
        wrong = _wrong_together(kind, found)
    if wrong:
        raise DomainError("condition", " ".join(dict.fromkeys(wrong.values())), wrong)
    return found


def _wrong_together(kind: Kind, found: Condition) -> dict[str, str]:
    """What is wrong with values that are right each alone."""
    given = dict(found.values)
    if kind.one_of and not any(key in given for key in kind.one_of):
        return {kind.one_of[0]: kind.lacking}
    if "last" in given and ("since" in given or "until" in given):
        return {"last": "Choose days or a span back from today, not both."}
    low, high = found.number("from"), found.number("to")
    if low is not None and high is not None and low > high:
        return {"to": "At most can’t be less than at least. Change one of them."}
    first, last = given.get("since"), given.get("until")
    if first is not None and last is not None and str(first) > str(last):
        return {"until": "The last day comes before the first. Change one of them."}
    return {}


def refuse(node: Node) -> None:
    """Raises DomainError ``filter`` for brackets without parts, and for more than anybody can read."""
    if sum(1 for _ in conditions(node)) > MOST_CONDITIONS:
        raise DomainError("filter", f"At most {MOST_CONDITIONS} conditions. Save some of them as a segment.")
    if depth(node) > MOST_DEPTH:
        raise DomainError("filter", f"At most {MOST_DEPTH} brackets inside one another.")
    _refuse_empty(node)


def _refuse_empty(node: Node) -> None:
    if isinstance(node, Bracket):
        if not node.parts:
            raise DomainError("filter", "A bracket is empty. Add a condition to it, or remove it.")
        for part in node.parts:
            _refuse_empty(part)


class _Reader:
    """Reads tokens from the front."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def take(self, wanted: str = "") -> str:
        token = self.tokens.pop() if self.tokens else ""
        if not token or (wanted and token != wanted):
            raise _wrong(token)
        return token

    def comes(self, wanted: str) -> bool:
        if self.tokens and self.tokens[-1] == wanted:
            self.tokens.pop()
            return True
        return False

    def node(self, level: int) -> Node:
        word = self.take()
        self.take("(")
        if level > MOST_DEPTH:
            raise DomainError("filter", f"At most {MOST_DEPTH} brackets inside one another.")
        if word == "not":
            part = self.node(level + 1)
            self.take(")")
            return Bracket(Junction.NONE, (part,))
        if word in tuple(Junction):
            return Bracket(Junction(word), self.parts(level))
        if word not in KINDS:
            raise _wrong(word)
        return self.condition(word)

    def parts(self, level: int) -> tuple[Node, ...]:
        if self.comes(")"):
            return ()
        found = [self.node(level + 1)]
        while not self.comes(")"):
            self.take(",")
            found.append(self.node(level + 1))
        return tuple(found)

    def condition(self, word: str) -> Condition:
        typed: dict[str, str] = {}
        if not self.comes(")"):
            while True:
                key = self.take()
                self.take(":")
                if KINDS[word].field(key) is None or key in typed:
                    raise _wrong(key)
                typed[key] = _unescape(self.take())
                if self.comes(")"):
                    break
                self.take(",")
        try:
            return condition_of(word, typed)
        except DomainError as refused:
            raise DomainError("filter", f"{KINDS[word].label}: {refused.message}") from None


def _wrong(token: str) -> DomainError:
    return DomainError("filter", _WRONG.format(where=f" at “{token[:40]}”" if token else ""))


def _escape(text: str) -> str:
    return "".join(one if _KEPT.fullmatch(one) else f"~{ord(one):x};" for one in text)


def _unescape(text: str) -> str:
    return _CODE.sub(lambda found: chr(int(found[1], 16)) if int(found[1], 16) < 0x110000 else "", text)
