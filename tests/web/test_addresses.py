"""The table of addresses: none is lost, none is left out of the tries, and each leads where it says."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.web.addresses import addresses
from tests.web.declared import PlaceTests, read_statements

HERE = Path(__file__).parent
#: Every address with its name, as people have bookmarked it, and who may come in; a new one is added here.
ON_FILE = HERE / "addresses.txt"
pytestmark = pytest.mark.once


def declared(interface: str) -> list[str]:
    """The names of all pages that some place declares."""
    found: list[str] = []
    for file in sorted((HERE / interface).rglob("test_pages.py")):
        module = import_module(".".join(("tests.web", *file.relative_to(HERE).with_suffix("").parts)))
        tests: type[PlaceTests] = module.TestPages
        found += [f"{interface}:{page.name}" for page in tests.pages]
    return found


@pytest.mark.parametrize("interface", ["backoffice", "storefront"])
def test_every_page_declares_what_it_is(interface: str) -> None:
    found = declared(interface)
    assert sorted(found) == sorted(one.name for one in addresses(interface)), "see tests/web/declared.py"


def test_no_address_or_guard_changes_unseen() -> None:
    """Bookmarks and mails lead there; and a door that opens to more people is opened here, too."""
    found = sorted(f"{one.path} {one.name} {one.who}".strip() for one in addresses())
    assert found == ON_FILE.read_text().splitlines(), f"Compare with {ON_FILE.name}."


def test_no_figure_is_kept_of_a_page_that_is_gone() -> None:
    assert set(read_statements()) <= {one.name for one in addresses()}
