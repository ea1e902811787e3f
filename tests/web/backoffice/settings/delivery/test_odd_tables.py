"""What can't be a zone, a place or a rate is refused in words, on the pages and in files; what is there still shows."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.backoffice.settings.delivery.test_states import typed
from tests.world import World
from tirage.backoffice.frame.small_tables import SmallTable
from tirage.backoffice.settings.delivery.forms import read_percent
from tirage.delivery.models import Destination, Rate, Zone
from tirage.delivery.rates.measures import measure_of
from tirage.delivery.states import Basis
from tirage.tables.errors import CellError

HOME = "/winery/settings/delivery/"
ODD_NAMES = ["a/b", "//", "..", "a?b", "x" * 61, "\\", "50%"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_zone_is_called_like_that(owner_client: Client, world: World, name: str) -> None:
    before = set(Zone.objects.values_list("name", flat=True))
    one = owner_client.post(f"{HOME}zones/new", {"name": name})
    grid = owner_client.post(f"{HOME}states", typed(owner_client, open_ME="on", new_zone=name))
    table = f"Country,State,Name,Zone,Open\nUS,ME,Maine,{name},yes\n"
    file = owner_client.post(
        f"{HOME}import/destinations", {"file": SimpleUploadedFile("d.csv", table.encode())}
    )
    assert [answer.status_code for answer in (one, grid)] == [400, 400]
    assert file.status_code == 200 and "letters" in file.content.decode(), "it shows what is wrong"
    assert set(Zone.objects.values_list("name", flat=True)) == before
    assert not Destination.objects.filter(state="ME").exists()


def test_one_of_before_still_has_its_page(owner_client: Client, world: World) -> None:
    zone = Zone.objects.create(name="East/West")
    assert owner_client.get(HOME).status_code == 200
    assert owner_client.get(f"{HOME}zones/East%2FWest/").status_code == 200
    assert owner_client.post(f"{HOME}zones/East%2FWest/remove").status_code == 302
    assert not Zone.objects.filter(pk=zone.pk).exists()


@pytest.mark.parametrize(
    "row",
    ["GB,½,England,,yes", "ÉÉ,,Nowhere,,yes", f"GB,{'X' * 11},England,,yes", f"GB,,{'n' * 81},,yes"],
)
def test_no_place_is_called_like_that(owner_client: Client, world: World, row: str) -> None:
    before = Destination.objects.count()
    table = f"Country,State,Name,Zone,Open\n{row}\n"
    answer = owner_client.post(
        f"{HOME}import/destinations", {"file": SimpleUploadedFile("d.csv", table.encode())}
    )
    words = answer.content.decode()
    assert answer.status_code == 200 and ("Write the" in words or "at most" in words)
    assert Destination.objects.count() == before


@pytest.mark.parametrize("bottles", ["10001", "3000000000", "1e30", "1e999999", "NaN"])
def test_no_rate_is_for_so_many(owner_client: Client, world: World, bottles: str) -> None:
    before = Rate.objects.count()
    table = f"Method,Zone,Up to bottles,Price\n{world.ground.name},{world.west.name},{bottles},10\n"
    answer = owner_client.post(f"{HOME}rates/import", {"file": SimpleUploadedFile("r.csv", table.encode())})
    assert answer.status_code == 400 and "bottles" in answer.content.decode()
    assert Rate.objects.count() == before


@pytest.mark.parametrize("text", ["1e999999", "-1e999999", "NaN", "sNaN", "Infinity", "1e13"])
def test_numbers_beyond_all_measure_cost_nothing(text: str) -> None:
    with pytest.raises(CellError):
        read_percent(text)
    for basis in Basis:
        assert measure_of(basis, currency="USD", locale="en_US").read(text) == 0


def test_words_about_rows_that_arent_there_are_about_the_whole() -> None:
    table = SmallTable(numbers=[2, 5])
    table.blame({"1": "wrong", "²": "odd", "7": "beyond", "rates": "all"})
    assert [bad.number for bad in table.bad] == [5, 0, 0, 0]
