from decimal import Decimal
from typing import Any

import pytest

from tests.world import World
from tirage.catalog.models import Label, Sku, Vintage, Wine
from tirage.catalog.operations import (
    activate_sku,
    deactivate_sku,
    save_sku,
    save_vintage,
    save_wine,
    set_label,
)
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.inventory.models import Stock

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def test_a_wine_becomes_a_sku_with_a_name_and_empty_stock(world: World) -> None:
    wine = save_wine(wine=None, name=" Block  Nine Pinot ", colour="red", actor=world.staff, now=world.now)
    vintage = save_vintage(
        vintage=None, wine=wine, year=2022, alcohol_percent=Decimal("13.4"), actor=world.staff, now=world.now
    )
    sku = save_sku(
        sku=None, vintage=vintage, code=" PIN22 ", price_minor=84_00, actor=world.staff, now=world.now
    )
    assert (sku.code, sku.name, sku.format_name) == ("PIN22", "Block Nine Pinot 2022", "750 ml")
    stock = Stock.objects.get(sku=sku)
    assert (stock.on_hand, stock.sold, stock.held) == (0, 0, 0)


def test_saving_a_sku_again_leaves_its_stock_alone(world: World) -> None:
    save_sku(
        sku=world.cabernet,
        vintage=world.cabernet.vintage,
        code="CAB23",
        price_minor=130_00,
        actor=world.staff,
        now=world.now,
    )
    assert world.stock(world.cabernet).on_hand == 100
    assert Event.objects.get(name="sku.saved").data == {"price_minor": 130_00}


def test_skus_follow_the_name_and_the_year_of_their_wine(world: World) -> None:
    wine = world.cabernet.vintage.wine
    save_wine(wine=wine, name="Estate Cabernet", variety="Cabernet", actor=world.staff, now=world.now)
    world.magnum.refresh_from_db()
    assert world.magnum.name == "Estate Cabernet 2023"
    save_vintage(
        vintage=Vintage.objects.get(pk=world.cabernet.vintage_id),
        wine=Wine.objects.get(pk=wine.pk),
        year=None,
        actor=world.staff,
        now=world.now,
    )
    world.magnum.refresh_from_db()
    assert world.magnum.name == "Estate Cabernet NV"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "ridge chardonnay"}, "name"),
        ({"name": "New", "colour": "blue"}, "colour"),
        ({"name": "x" * 161}, "name"),
    ],
)
def test_a_wine_that_makes_no_sense_is_refused(world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        save_wine(wine=None, **values, actor=world.staff, now=world.now)
    assert list(refused.value.fields) == [field]
    assert Wine.objects.count() == 3


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"year": 2023}, "year"),
        ({"year": 23}, "year"),
        ({"year": 2022, "alcohol_percent": Decimal(142)}, "alcohol_percent"),
    ],
)
def test_a_vintage_is_once_a_wine(world: World, values: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        save_vintage(
            vintage=None,
            wine=world.cabernet.vintage.wine,
            **values,  # type: ignore[arg-type]  # wrong on purpose
            actor=world.staff,
            now=world.now,
        )
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "CAB 23"}, "code"),
        ({"code": "CAB/23"}, "code"),
        ({"code": "cab23"}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"price_minor": -1}, "price"),
        ({"millilitres": 0}, "millilitres"),
        ({"units": 0}, "units"),
    ],
)
def test_a_sku_that_makes_no_sense_is_refused(world: World, values: dict[str, object], field: str) -> None:
    whole: dict[str, object] = {"code": "NEW1", "price_minor": 10_00} | values
    with pytest.raises(DomainError) as refused:
        save_sku(
            sku=None,
            vintage=world.cabernet.vintage,
            **whole,  # type: ignore[arg-type]  # wrong on purpose
            actor=world.staff,
            now=world.now,
        )
    assert list(refused.value.fields) == [field]
    assert Sku.objects.count() == 4


def test_the_format_of_an_offered_sku_stays(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        save_sku(
            sku=world.magnum,
            vintage=world.magnum.vintage,
            code="CAB23-MAG",
            price_minor=1,
            millilitres=3000,
            actor=world.staff,
            now=world.now,
        )
    assert "1.5 l" in refused.value.message or "1.5 l" in refused.value.fields["millilitres"]


def test_a_sku_is_switched_off_and_on(world: World) -> None:
    assert not deactivate_sku(sku=world.cabernet, actor=world.staff, now=world.now).is_active
    assert activate_sku(sku=world.cabernet, actor=world.staff, now=world.now).is_active
    activate_sku(sku=world.cabernet, actor=world.staff, now=world.now)
    assert Event.objects.filter(name="sku.saved").count() == 2


def test_the_same_label_is_kept_once(world: World) -> None:
    first = set_label(vintage=world.cabernet.vintage, data=PNG, actor=world.staff, now=world.now)
    second = set_label(vintage=world.chardonnay.vintage, data=PNG, actor=world.staff, now=world.now)
    assert first == second
    assert Label.objects.get().media_type == "image/png"
    assert set_label(vintage=world.cabernet.vintage, data=None, actor=world.staff, now=world.now) is None
    assert Vintage.objects.get(pk=world.cabernet.vintage_id).label is None
    assert Vintage.objects.get(pk=world.chardonnay.vintage_id).label == first


def test_an_lwin_is_checked_and_kept_until_another_is_said(world: World) -> None:
    facts: dict[str, Any] = {
        "sku": world.cabernet,
        "vintage": world.cabernet.vintage,
        "code": "CAB23",
        "price_minor": 120_00,
        "actor": world.staff,
        "now": world.now,
    }
    assert save_sku(**facts, lwin="LWIN 1012361 2023").lwin == "10123612023"
    assert save_sku(**facts).lwin == "10123612023"
    with pytest.raises(DomainError) as refused:
        save_sku(**facts, lwin="10123612022")
    assert "Its vintage is 2022" in refused.value.fields["lwin"]
    assert save_sku(**facts, lwin="").lwin == ""
