"""The layout of mails: MJML with placeholders, compiled once into pieces that each mail's words are put between.

The compiler never sees what a mail says: it compiles the layout with one of each block in place of ``{{ words }}``, and
what comes out is cut there. So a mail costs the joining of strings, and nobody's name can break or bend the layout.
No Django.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from tirage.core.contrast import mix
from tirage.core.palette import Scheme, dark_scheme, light_scheme
from tirage.notifications.rules import Block, Rows

#: What a layout may say, with what stands there; of colours the winery's own, on dark screens too.
KNOWN: dict[str, str] = {
    "words": "The mail’s words, buttons and tables; once, in a column",
    "leave": "The link by which nobody gets such mail any more, where a mail has to carry it",
    "subject": "The mail’s subject",
    "winery.name": "Your winery’s name",
    "foot": "Name, vineyard, postal address, e-mail and telephone",
    "language": "The language of your mails, such as en-US",
    "paper": "The ground",
    "ink": "What is written on it",
    "accent": "Links",
    "fill": "The ground of buttons",
    "on_fill": "What is written on buttons",
    "line": "Thin lines",
    "dark.paper": "On dark screens, the ground",
    "dark.ink": "On dark screens, what is written",
    "dark.accent": "On dark screens, links",
    "dark.fill": "On dark screens, the ground of buttons",
    "dark.on_fill": "On dark screens, what is written on buttons",
    "dark.line": "On dark screens, thin lines",
}
_PLACEHOLDER = re.compile(r"\{\{[ \t]*([A-Za-z_][\w.]{0,40})[ \t]*\}\}")
#: What looks like one; single braces are a stylesheet's.
_WRITTEN = re.compile(r"\{\{[^{}\n]{0,80}\}\}")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_IMAGE = re.compile(r"<(?:mj-image|img)\b[^<>]*>", re.IGNORECASE)
_ALT = re.compile(r"\salt\s*=\s*[\"'][^\"'<>]*[\"']", re.IGNORECASE)
_ADDRESS = re.compile(r"\s(?:src|href|background-url)\s*=\s*[\"']([^\"'<>]*)[\"']", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?:https://|mailto:|tel:|#|\{\{)", re.IGNORECASE)
_HANDLER = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)
_POSITION = re.compile(r"at position (\d+):")
_MJ_TAGS = frozenset(
    "mj-accordion mj-accordion-element mj-accordion-text mj-accordion-title mj-all mj-attributes mj-body mj-breakpoint"
    " mj-button mj-carousel mj-carousel-image mj-class mj-column mj-divider mj-group mj-head mj-hero mj-image"
    " mj-navbar mj-navbar-link mj-preview mj-raw mj-section mj-social mj-social-element mj-spacer mj-style mj-table"
    " mj-text mj-title mj-wrapper".split()
)
#: Tags that no mail program runs or that fetch something by themselves.
_REFUSED = frozenset(
    "script iframe object embed form input link base svg mj-include mj-font mj-html-attributes".split()
)
_MARK = "@@tirage-{}@@"
_BLOCKS = (
    "<mj-raw>@@tirage-text@@</mj-raw><mj-text>@@tirage-html@@</mj-text>"
    '<mj-raw>@@tirage-link@@</mj-raw><mj-button href="@@tirage-href@@">@@tirage-label@@</mj-button>'
    '<mj-raw>@@tirage-rows@@</mj-raw><mj-table css-class="ink rows">@@tirage-table@@</mj-table>'
    "<mj-raw>@@tirage-end@@</mj-raw>"
)
MOST_CHARACTERS = 60_000


class LayoutRefused(ValueError):
    """The layout can't be used; ``str()`` says why and what to do."""


@dataclass(frozen=True, slots=True)
class Look:
    """The winery's colours and the language of its mails; the key of what is compiled."""

    paper: str
    ink: str
    accent: str
    language: str = "en-US"


@dataclass(frozen=True, slots=True)
class Layout:
    """A compiled layout: the page around the words, text and names by turns, and a piece for each kind of block."""

    before: Sequence[str]
    after: Sequence[str]
    text: tuple[str, str]
    link: tuple[str, str, str]
    rows: tuple[str, str]

    def render(self, blocks: Sequence[Block], said: Mapping[str, str]) -> str:
        """The whole page; ``said`` is HTML by placeholder: ``subject``, ``winery.name``, ``foot``, ``leave``."""
        return "".join(
            [_filled(self.before, said), *(self._block(block) for block in blocks), _filled(self.after, said)]
        )

    def _block(self, block: Block) -> str:
        if block.link:
            start, middle, end = self.link
            return f"{start}{escape(block.link.href)}{middle}{escape(block.link.label)}{end}"
        if block.rows:
            return f"{self.rows[0]}{_rows(block.rows)}{self.rows[1]}"
        return f"{self.text[0]}{block.html}{self.text[1]}"


def check_layout(source: str) -> None:
    """Raises LayoutRefused with what to do, for a layout that no mail should be sent in."""
    if len(source) > MOST_CHARACTERS:
        raise LayoutRefused(
            f"A layout has at most {MOST_CHARACTERS:,} characters; mail programs cut longer mails off."
        )
    for written in _WRITTEN.findall(source):
        match = _PLACEHOLDER.fullmatch(written)
        if not match or match[1] not in KNOWN:
            raise LayoutRefused(f"The layout doesn’t know {written}. The list below shows what it knows.")
    names = [match[1] for match in _PLACEHOLDER.finditer(source)]
    if names.count("words") != 1:
        raise LayoutRefused("Write {{ words }} once, in the column where the mail’s words are to stand.")
    if "leave" not in names:
        raise LayoutRefused(
            "Write {{ leave }} somewhere in the foot: mail about offers must say how to get no more of it."
        )
    _check_tags(source)
    if "@@tirage-" in source:
        raise LayoutRefused("“@@tirage-” can’t stand in a layout. Write something else there.")
    compile_layout(source, Look("#fbf8f3", "#231f1c", "#6d1f2f"))


def _check_tags(source: str) -> None:
    for match in _TAG.finditer(source):
        name = match[2].lower()
        if name in _REFUSED or (name.startswith("mj-") and name not in _MJ_TAGS):
            why = "isn’t used in mails" if name in _REFUSED else "isn’t a part of MJML"
            raise LayoutRefused(f"<{name}> on line {_line(source, match.start())} {why}. Take it out.")
    if handler := _HANDLER.search(source):
        line = _line(source, handler.start())
        raise LayoutRefused(f"Line {line} would run a script, which no mail program does. Take it out.")
    for match in _IMAGE.finditer(source):
        if not _ALT.search(match[0]):
            line = _line(source, match.start())
            raise LayoutRefused(
                f'The picture on line {line} has no alt text. Say in alt="…" what it shows, or alt="" if nothing.'
            )
    for match in _ADDRESS.finditer(source):
        if not _ABSOLUTE.match(match[1].strip()):
            line = _line(source, match.start())
            raise LayoutRefused(f"The address “{match[1][:60]}” on line {line} has to begin with https://.")


def compile_layout(source: str, look: Look) -> Layout:
    """Compiled once for each layout and look in a process. Raises LayoutRefused where MJML can't be read."""
    return _compiled(source, look)


@lru_cache(maxsize=16)
def _compiled(source: str, look: Look) -> Layout:
    from mjml import mjml2html  # loaded where mails are made, not where the shop is served

    colours = _colours(look)
    filled = _PLACEHOLDER.sub(
        lambda match: (
            _BLOCKS if match[1] == "words" else colours.get(match[1], _MARK.format(f"say-{match[1]}"))
        ),
        source,
    )
    # What stands behind the end is a note of whoever wrote it, and no mail's.
    drawn, end, _ = filled.partition("</mjml>")
    try:
        page = mjml2html(drawn + end, fonts={}, disable_comments=False)
    except ValueError as problem:
        raise LayoutRefused(_say_problem(str(problem), filled)) from None
    try:
        return _cut(page)
    except ValueError:
        raise LayoutRefused(
            "The words have no place in this layout. Write {{ words }} directly inside an <mj-column>."
        ) from None


def _cut(page: str) -> Layout:
    before, rest = page.split(_MARK.format("text"))
    text, rest = rest.split(_MARK.format("link"))
    link, rest = rest.split(_MARK.format("rows"))
    rows, after = rest.split(_MARK.format("end"))
    text_start, text_end = text.split(_MARK.format("html"))
    link_start, link_rest = link.split(_MARK.format("href"))
    link_middle, link_end = link_rest.split(_MARK.format("label"))
    rows_start, rows_end = rows.split(_MARK.format("table"))
    if not all(piece.strip().startswith("<tr") for piece in (text_start, link_start, rows_start)):
        raise ValueError("the words aren't in a column")
    return Layout(
        _parts(before),
        _parts(after),
        (text_start, text_end),
        (link_start, link_middle, link_end),
        (rows_start, rows_end),
    )


def _parts(page: str) -> list[str]:
    """Text and names by turns."""
    return re.split(r"@@tirage-say-([\w.]{1,40})@@", page)


def _filled(parts: Sequence[str], said: Mapping[str, str]) -> str:
    return "".join(said.get(part, "") if turn % 2 else part for turn, part in enumerate(parts))


def _rows(rows: Rows) -> str:
    """Aligned within the tags, for programs that read no stylesheet."""
    lines = [("", *row) for row in rows.rows] + [(' class="total"', *row) for row in rows.totals]
    return "".join(
        f'<tr{total}><td style="padding:9px 0;text-align:left;">{escape(left)}</td>'
        f'<td class="much" style="padding:9px 0 9px 16px;text-align:right;word-break:normal;">{escape(right)}</td></tr>'
        for total, left, right in lines
    )


def _colours(look: Look) -> dict[str, str]:
    light = light_scheme(look.paper, look.ink, look.accent)
    dark = dark_scheme(look.paper, look.ink, look.accent)
    return {
        "language": look.language,
        **_named("", light),
        **_named("dark.", dark),
    }


def _named(prefix: str, scheme: Scheme) -> dict[str, str]:
    return {
        f"{prefix}paper": scheme.paper,
        f"{prefix}ink": scheme.ink,
        f"{prefix}accent": scheme.accent,
        f"{prefix}fill": scheme.fill,
        f"{prefix}on_fill": scheme.on_fill,
        f"{prefix}line": mix(scheme.ink, scheme.paper, 0.2),
    }


def _line(source: str, at: int) -> int:
    return source.count("\n", 0, at) + 1


def _say_problem(problem: str, source: str) -> str:
    """The compiler's words with the line instead of its position."""
    found = _POSITION.search(problem)
    if found is None:
        return f"MJML can’t read this layout: {problem}. Look for a tag that isn’t closed."
    line = _line(source, int(found[1]))
    said = problem[: found.start()].strip()
    return f"MJML can’t read line {line} of this layout: {said}."
