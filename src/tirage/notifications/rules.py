"""Words with placeholders: which are known, and what becomes of them as text and as HTML. No Django.

``{{ customer.first_name }}`` is replaced by its value and nothing else happens: no tags, no filters, no code.
Values are text, a ``Link``, ``Rows`` or ``Large``. A paragraph that is one Link becomes a button, one Rows a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Link:
    """Where a button leads; ``label`` is what stands on it."""

    href: str
    label: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table: what on the left, how much on the right; ``total`` rows stand out at the end."""

    rows: Sequence[tuple[str, str]]
    totals: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Large:
    """What is to be read at arm's length and typed, such as a code; large in a paragraph of its own."""

    text: str


Value: TypeAlias = str | Link | Rows | Large

#: Of the code alone; in one line, on the narrowest telephone too.
_LARGE = "font-size:32px;line-height:1.25;letter-spacing:3px;white-space:nowrap;"
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")
_BRACES = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{\{|\}\}|\{%|%\}")


class UnknownPlaceholders(ValueError):
    """The words name placeholders that this mail doesn't have; ``names`` lists them as written."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = list(names)


def check_words(words: str, known: Sequence[str]) -> None:
    """Raises UnknownPlaceholders when ``words`` use anything in braces that isn't in ``known``."""
    unknown = []
    for written in _BRACES.findall(words):
        match = _PLACEHOLDER.fullmatch(written)
        if not match or match[1] not in known:
            unknown.append(written)
    if unknown:
        raise UnknownPlaceholders(unknown)


def fill_subject(words: str, values: Mapping[str, Value]) -> str:
    """One line of text."""
    return " ".join(_PLACEHOLDER.sub(lambda match: _inline_text(values.get(match[1], "")), words).split())


def fill_text(words: str, values: Mapping[str, Value]) -> str:
    """The body as plain text; paragraphs stay apart, empty ones go."""
    blocks = []
    for paragraph in _paragraphs(words):
        alone = _PLACEHOLDER.fullmatch(paragraph)
        value = values.get(alone[1], "") if alone else None
        if isinstance(value, Rows):
            blocks.append("\n".join(f"{left}: {right}" for left, right in [*value.rows, *value.totals]))
        elif isinstance(value, Link):
            blocks.append(f"{value.label}:\n{value.href}")
        else:
            blocks.append(_PLACEHOLDER.sub(lambda match: _inline_text(values.get(match[1], "")), paragraph))
    return "\n\n".join(block for block in blocks if block.strip()) + "\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the HTML body: ``kind`` is text (``html`` is escaped already), link or rows."""

    kind: str
    html: str = ""
    link: Link | None = None
    rows: Rows | None = None


def fill_blocks(words: str, values: Mapping[str, Value]) -> list[Block]:
    """The body as blocks for the HTML layout; all words and values escaped."""
    blocks = []
    for paragraph in _paragraphs(words):
        alone = _PLACEHOLDER.fullmatch(paragraph)
        value = values.get(alone[1], "") if alone else None
        if isinstance(value, Rows):
            blocks.append(Block("rows", rows=value))
        elif isinstance(value, Link):
            blocks.append(Block("link", link=value))
        elif isinstance(value, Large):
            blocks.append(Block("text", html=f'<span style="{_LARGE}">{escape(value.text)}</span>'))
        elif html := _inline_html(paragraph, values).strip():
            blocks.append(Block("text", html=html.replace("\n", "<br>\n")))
    return blocks


def _paragraphs(words: str) -> list[str]:
    parts = re.split(r"\n\s*\n", words.replace("\r\n", "\n"))
    return [part.strip() for part in parts if part.strip()]


def _inline_text(value: Value) -> str:
    if isinstance(value, Link):
        return value.href
    if isinstance(value, Large):
        return value.text
    if isinstance(value, Rows):
        return "; ".join(f"{left}: {right}" for left, right in value.rows)
    return value


def _inline_html(paragraph: str, values: Mapping[str, Value]) -> str:
    parts, at = [], 0
    for match in _PLACEHOLDER.finditer(paragraph):
        parts.append(escape(paragraph[at : match.start()]))
        parts.append(_value_html(values.get(match[1], "")))
        at = match.end()
    return "".join([*parts, escape(paragraph[at:])])


def _value_html(value: Value) -> str:
    if isinstance(value, Link):
        return f'<a href="{escape(value.href)}">{escape(value.label)}</a>'
    return escape(_inline_text(value))
