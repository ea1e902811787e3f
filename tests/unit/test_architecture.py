"""The page about the house draws the house that the contracts hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
#: Drawn, so that they find their place, and made with their first feature.
TO_COME = {"api", "futures", "insights"}


def page() -> str:
    return (ROOT / "docs" / "architecture.md").read_text()


def contract() -> list[set[str]]:
    """The layers of the contract, highest first."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    rooms = next(one for one in tools["importlinter"]["contracts"] if one["id"] == "rooms")
    return [set(layer.split(" | ")) for layer in rooms["layers"]]


def test_the_drawn_layers_are_the_contracts() -> None:
    drawn = re.findall(r"```\n(config\n.*?)```", page(), re.DOTALL)[0].split("\n")
    assert [set(line.split(" | ")) - TO_COME for line in drawn if line] == contract()


def test_every_room_is_listed_once() -> None:
    listed = re.findall(r"^  (\w+)/ ", page(), re.MULTILINE)
    rooms = {room for layer in contract() for room in layer}
    assert sorted(listed) == sorted(rooms | TO_COME)
    built = {path.parent.name for path in (ROOT / "src" / "tirage").glob("*/__init__.py")}
    assert built == rooms


#: Who reads a higher room's tables by SQL, all the same: the page of an offer is one statement, and it shows these.
LOOKS_UP = {("checkout", "changes"), ("checkout", "wishes")}


def test_sql_reaches_down_like_imports() -> None:
    """The contract can't see tables that are named in hand-written statements."""
    layers = contract()
    height = {room: len(layers) - place for place, layer in enumerate(layers) for room in layer}
    tables = {
        model._meta.db_table: model._meta.app_label for model in apps.get_models(include_auto_created=True)
    }
    found = set()
    for path in (ROOT / "src" / "tirage").rglob("*.py"):
        room = path.relative_to(ROOT / "src" / "tirage").parts[0]
        if room not in height or "migrations" in path.parts:
            continue
        named = {
            tables[word] for word in re.findall(r"\b[a-z]+_[a-z_]+\b", path.read_text()) if word in tables
        }
        ours = {owner for owner in named if owner in height}
        found |= {(room, owner) for owner in ours if owner != room and height[owner] >= height[room]}
    assert found == LOOKS_UP
