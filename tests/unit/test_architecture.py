"""The page about the house draws the house that the contracts hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

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
