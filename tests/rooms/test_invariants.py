"""docs/invariants.md says what holds each promise: nothing it names is missing, and no constraint is left out."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.rooms.constraints import named_constraints
from tirage.cli.doctor import CHECKS

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")
ROOMS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/test_constraints.py"))
#: The test gateway's books are another company's: tests/gateways breaks their walls.
OF_THE_GATEWAY = (ROOT / "tests" / "gateways" / "test_test_gateway.py").read_text(encoding="utf-8")


def broken_once() -> list[str]:
    modules = [import_module(f"tests.rooms.{room}.test_constraints") for room in ROOMS]
    return [name for module in modules for name in module.BREACHES]


def documented() -> list[str]:
    """The first cells of the tables of constraints."""
    walls = DOC.partition("## The database's walls")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", walls, re.MULTILINE)


def test_every_constraint_is_broken_once_on_purpose() -> None:
    ours = sorted(name for name in named_constraints() if not name.startswith("test_"))
    assert sorted(broken_once()) == ours


def test_every_constraint_has_its_line() -> None:
    assert sorted(documented()) == sorted(named_constraints())


def test_every_check_of_the_gateways_books_is_broken_in_its_own_suite() -> None:
    checks = [name for name in named_constraints() if name.startswith("test_") and not name.endswith("_once")]
    assert checks and all(name in OF_THE_GATEWAY for name in checks)


def test_every_check_of_the_doctor_has_its_line() -> None:
    assert [check.name for check in CHECKS if f"`{check.name}`" not in DOC] == []


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", DOC)
    assert len(named) > 30
    for path, test in named:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in source, f"{path}::{test}"


def test_every_function_that_is_named_exists() -> None:
    for path in re.findall(r"`(tirage(?:\.\w+)+)`", DOC):
        module, _, name = path.rpartition(".")
        assert hasattr(import_module(module), name) or find_spec(path), path
