"""The page about the house draws the house that the contracts hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import get_template
from django.utils.module_loading import import_string
from django_tasks.base import Task

from tirage.backoffice.apps import PLACES_WITH_PANELS
from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE

ROOT = Path(__file__).resolve().parents[2]
#: Drawn, so that they find their place, and made with their first feature.
TO_COME = {"api"}


def page() -> str:
    return (ROOT / "docs" / "architecture.md").read_text()


def contract(name: str = "rooms") -> list[set[str]]:
    """The layers of the contract, highest first."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    rooms = next(one for one in tools["importlinter"]["contracts"] if one["id"] == name)
    return [set(layer.split(" | ")) for layer in rooms["layers"]]


def test_the_drawn_layers_are_the_contracts() -> None:
    drawn = re.findall(r"```\n(config\n.*?)```", page(), re.DOTALL)[0].split("\n")
    assert [set(line.split(" | ")) - TO_COME for line in drawn if line] == contract()


@pytest.mark.parametrize(
    ("interface", "title"), [("backoffice", "back office"), ("storefront", "storefront")]
)
def test_the_drawn_places_are_the_contracts(interface: str, title: str) -> None:
    drawn = re.findall(rf"In the {title}:\n\n```\n(.*?)```", page(), re.DOTALL)[0].splitlines()
    assert [set(line.split(" | ")) for line in drawn] == contract(interface)[1:]


#: What stands beside the places of an interface.
BESIDE = {"__init__.py", "apps.py", "urls.py", "static", "templates", "templatetags", "__pycache__"}


@pytest.mark.parametrize("interface", ["backoffice", "storefront"])
def test_an_interface_is_made_of_places(interface: str) -> None:
    folder = ROOT / "src" / "tirage" / interface
    places = {path.parent.name for path in folder.glob("*/__init__.py")} - {"templatetags"}
    assert {path.name for path in folder.iterdir()} - BESIDE == places
    drawn = {name for layer in contract(interface) for name in layer} - {"apps", "urls", "templatetags"}
    assert places == drawn
    addressed = re.findall(r"tirage\.\w+\.(\w+)[\w.]*\.urls", (folder / "urls.py").read_text())
    assert set(addressed) | {"frame"} == places
    for kind in ("templates", "tests"):
        root = folder / "templates" / interface if kind == "templates" else ROOT / "tests" / "web" / interface
        assert {path.name for path in root.iterdir() if path.is_dir()} - {"__pycache__"} <= places, kind
    assert not list((folder / "templates" / interface).glob("*.html"))


@pytest.mark.parametrize("interface", ["backoffice", "storefront"])
def test_no_place_imports_anothers_views(interface: str) -> None:
    """What two places show stands in a ``page.py`` or ``words.py``."""
    folder = ROOT / "src" / "tirage" / interface
    found = [
        f"{path.relative_to(folder)} imports the views of {place}"
        for path in folder.rglob("*.py")
        for place in re.findall(rf"from tirage\.{interface}\.([\w.]+?)\.views\b", path.read_text())
        if place != ".".join(path.relative_to(folder).parts[:-1]).partition(".views")[0]
    ]
    assert found == []


def test_places_with_panels_are_those_that_have_them() -> None:
    folder = ROOT / "src" / "tirage" / "backoffice"
    found = {".".join(path.relative_to(folder).parts[:-1]) for path in folder.rglob("panels.py")} - {"frame"}
    assert found == set(PLACES_WITH_PANELS)
    for page in (CUSTOMER_PAGE, ORDER_PAGE):
        assert page.panels
        for panel in page.panels:
            get_template(panel.template)


def test_every_queued_job_names_a_task() -> None:
    """Nothing imports tasks, so a name that leads nowhere would be found by the worker only."""
    named = {
        name
        for path in (ROOT / "src" / "tirage").rglob("*.py")
        for name in re.findall(r'"(tirage\.\w+\.tasks\.\w+)"', path.read_text())
    }
    assert len(named) > 3
    assert all(isinstance(import_string(name), Task) for name in named)


def test_every_room_is_listed_once() -> None:
    listed = re.findall(r"^  (\w+)/ ", page(), re.MULTILINE)
    rooms = {room for layer in contract() for room in layer}
    assert sorted(listed) == sorted(rooms | TO_COME)
    built = {path.parent.name for path in (ROOT / "src" / "tirage").glob("*/__init__.py")}
    assert built == rooms


#: Who reads a higher room's tables by SQL, all the same: the page of an offer is one statement and shows what changes
#: and wishes hold; a filter asks who was invited, in a statement of its own, and invitations ask filters.
LOOKS_UP = {
    ("checkout", "changes"),
    # What is free of a wine is what any of its lot's formats has free.
    ("checkout", "futures"),
    ("checkout", "wishes"),
    ("segments", "insights"),
    ("segments", "notifications"),
}


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
