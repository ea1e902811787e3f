"""Wines, vintages and skus from a file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tests.rooms.imports.conftest import Bring, notices, reasons, upload
from tests.world import World
from tirage.catalog.models import Sku, Wine
from tirage.core.actors import system
from tirage.imports.operations import check_import
from tirage.inventory.models import Movement, Stock

pytestmark = pytest.mark.django_db


def test_new_wines_come_with_their_opening_stock(world: World, bring: Bring) -> None:
    run = bring(
        "skus",
        "SKU,Product Title,Vintage,Bottle Size,Price,Varietal,Wine Type,ABV,Inventory\n"
        'EST22,Hill Block,2022,750ml,"$1,095.50",Merlot,Red Wine,14.5%,120\n'
        "EST22-3,Hill Block,2022,3 x 750 ml,300,Merlot,Red Wine,14.5%,0\n",
    )
    assert run.outcome == "2 new skus."
    sku = Sku.objects.select_related("vintage__wine").get(code="EST22")
    assert (sku.name, sku.price_minor, sku.format_name) == ("Hill Block 2022", 109_550, "750 ml")
    assert (sku.vintage.alcohol_percent, sku.vintage.wine.variety) == (Decimal("14.5"), "Merlot")
    assert Wine.objects.filter(name="Hill Block").count() == 1
    movement = Movement.objects.get(stock__sku=sku)
    assert (movement.quantity, movement.reason) == (120, "opening")
    assert Sku.objects.get(code="EST22-3").format_name == "3 × 750 ml"
    assert Stock.objects.filter(sku__code="EST22", on_hand=120).exists()


def test_the_first_note_of_a_vintage_counts_for_all_its_formats(world: World, bring: Bring) -> None:
    rows = "A,Hill,2022,750 ml,50,Silky\nB,Hill,2022,1.5 l,100,\n"
    rows += "C,Hill,2022,3 x 750 ml,140,In wood\nD,Hill,2021,750 ml,50,Ripe\n"
    run = bring("skus", "Sku,Wine,Vintage,Format,Price,Teaser\n" + rows)
    notes = dict(Sku.objects.filter(code__in="ABCD").values_list("code", "vintage__note"))
    assert notes == {"A": "Silky", "B": "Silky", "C": "Silky", "D": "Ripe"}
    assert "Row 2 has the note of this wine already" in notices(run)


@pytest.mark.parametrize(
    ("wine", "variety", "colour"),
    [
        ("Côté Est", "Chardonnay", "white"),
        ("Pinot Gris", "", "white"),
        ("Rosé of Pinot Noir", "Pinot Noir", "rose"),
        ("Blanc de Blancs Brut", "Chardonnay", "sparkling"),
        ("Old Ridge", "Cabernet Franc", "red"),
    ],
)
def test_a_colour_that_the_file_leaves_out_is_told_by_name_or_grape(
    world: World, bring: Bring, wine: str, variety: str, colour: str
) -> None:
    bring("skus", f"Sku,Wine,Vintage,Price,Varietal\nA,{wine},2022,50,{variety}\n")
    assert Wine.objects.get(name=wine).colour == colour


def test_the_year_in_the_name_is_the_vintage(world: World, bring: Bring) -> None:
    run = bring("skus", "Sku,Product,Price\nA,2021 Hill Block,50\nB,Hill Block 2020,50\nC,Estate Brut,40\n")
    names = list(Sku.objects.filter(code__in="ABC").order_by("code").values_list("name", flat=True))
    assert names == ["Hill Block 2021", "Hill Block 2020", "Estate Brut NV"]
    assert "Read as Hill Block, vintage 2021." in notices(run)
    assert "No vintage, so this becomes Estate Brut NV." in notices(run)


def test_present_skus_change_only_in_what_the_file_says(world: World, bring: Bring) -> None:
    run = bring("skus", "Sku,Price,Colour,On hand\ncab23,130,,999\nCHA24,65,,\n")
    world.cabernet.refresh_from_db()
    assert world.cabernet.price_minor == 130_00 and world.cabernet.vintage.wine.colour == "red"
    assert world.stock(world.cabernet).on_hand == 100
    assert "so its stock stays" in notices(run)
    assert run.outcome == "1 changed, 1 as they were."


def test_what_cant_be_is_said_with_row_and_column(world: World, now: datetime) -> None:
    content = (
        "Sku,Wine,Vintage,Format,Price\n"
        "NEW1,,2022,750 ml,50\n"
        "NEW2,Hill,2022,750 ml,\n"
        "CAB23,Other wine,2023,750 ml,50\n"
        "CAB23-MAG,Estate Cabernet Sauvignon,2022,1.5 l,50\n"
        "CHA24,Ridge Chardonnay,2024,1.5 l,50\n"
        "BAD CODE,Hill,2022,750 ml,50\n"
        "NEW3,Hill,2022,750 ml,€50\n"
        "NEW4,Hill,2022,750 ml,50\n"
        "new4,Hill,2022,1.5 l,90\n"
    )
    run = check_import(reference=upload("skus", content, now).reference, actor=system(), now=now)
    assert [(row, column) for row, column, _ in reasons(run)] == [
        (2, "Wine"),
        (3, "Price"),
        (4, "Wine"),
        (5, "Vintage"),
        (6, "Format"),
        (7, "Sku"),
        (8, "Price"),
        (10, "Sku"),
    ]
    assert run.good == 1


def test_an_lwin_comes_with_its_wine_and_has_to_fit_it(world: World, bring: Bring) -> None:
    run = bring(
        "skus",
        "Sku,Wine,Vintage,Format,Price,LWIN18\n"
        "A,Hill,2022,750 ml,50,1012361 2022 01 00750\n"
        "CAB23,,,,120,LWIN 1999999\n",
    )
    assert Sku.objects.get(code="A").lwin == "101236120220100750"
    assert Sku.objects.get(code="CAB23").lwin == "1999999"
    content = "Sku,Wine,Vintage,Format,Price,LWIN\nB,Hill,2022,1.5 l,100,101236120220100750\n"
    run = check_import(reference=upload("skus", content, world.now).reference, actor=system(), now=world.now)
    assert "It is of 1 × 750 ml" in str(reasons(run))
    bring("skus", "Sku,Price\nCAB23,121\n")
    assert Sku.objects.get(code="CAB23").lwin == "1999999", "a file without the column says nothing of it"
