"""Patterns: none is made of what people send, and none takes more than a few times as long for a text as to read it."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tirage.places import countries
from tirage.places.formats import format_of

pytestmark = pytest.mark.once
SOURCE = Path(__file__).resolve().parents[2] / "src" / "tirage"
#: Functions of ``re`` that take a pattern first.
TAKE_PATTERNS = {
    f"re.{name}"
    for name in ("compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
}
#: How postal codes look comes from a library's data; those patterns are tried like our own.
FROM_DATA = "places/formats.py"
#: The words of who is erased, each escaped: one of several plain texts.
FROM_ROWS = "leaving/erasing/words.py"
#: Seconds of the processor for all hostile texts together. Patterns that read a text once need a small part of
#: them; one that reads it again from each of its letters would need hours.
GIVES_UP = 60


def calls() -> Iterator[tuple[str, ast.Call, dict[str, str]]]:
    """Every call that takes a pattern, with its place and the texts that its module writes out under a name."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        texts = {
            node.targets[0].id: node.value.value
            for node in module.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in TAKE_PATTERNS:
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node, texts


def constant(node: ast.expr, texts: dict[str, str]) -> str | bytes | None:
    """The text of a pattern that is written out; what ``re.escape`` puts in stands for itself."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = [_part(part, texts) for part in node.values]
    return None if None in parts else "".join(filter(None, parts))


def _part(part: ast.expr, texts: dict[str, str]) -> str | None:
    if not isinstance(part, ast.FormattedValue):
        return str(ast.literal_eval(part))
    said = ast.unparse(part.value)
    return "x" if said.startswith("re.escape(") else texts.get(said)


def test_every_pattern_is_written_out() -> None:
    """An f-string or a name could hold what somebody sent."""
    found = [where for where, call, texts in calls() if constant(call.args[0], texts) is None]
    assert {where.partition(":")[0] for where in found} <= {FROM_DATA, FROM_ROWS}, found
    assert len(found) == 3


def patterns() -> Iterator[tuple[str, str | bytes]]:
    """Every pattern with where it stands."""
    for where, call, texts in calls():
        if (pattern := constant(call.args[0], texts)) is not None:
            yield where, pattern
    for country in countries():
        form = format_of(country.code)
        for one in (form.postal_pattern, *form.beginnings.values()):
            if one is not None:
                yield f"{FROM_DATA}:{country.code}", one.pattern


def test_no_text_keeps_a_pattern_busy() -> None:
    """Each against long texts made of its own letters, in a process that may not take long."""
    program = Path(__file__).with_name("hostile_texts.py")
    limits = (GIVES_UP, GIVES_UP)
    done = subprocess.run(
        [sys.executable, program],
        input="\n".join(repr((where, pattern)) for where, pattern in patterns()),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limits),
    )
    assert done.returncode == 0, f"busy with {done.stdout.splitlines()[-1:]} {done.stderr[-500:]}"
