"""Post office boxes as people write them, military posts and territories; private mailboxes are none of them."""

from __future__ import annotations

import pytest

from tirage.places import STATES, SpecialKind, StateKind, all_zips, special_kinds

BOXES = (
    "P.O. Box 12",
    "PO Box 12",
    "P O Box 12",
    "P. O. Box 12",
    "p.o.box 12",
    "POBox12",
    "PO-Box 12",
    "POB 12",
    "P.O.B. 12",
    "P.O.B. No. 12",
    "POB #12",
    "P0 Box 12",
    "P.O. Bx 12",
    "PO Drawer C",
    "Post Office Box 12",
    "Postal Box 12",
    "Post Box 12",
    "Box 12",
    "BOX #12A",
    "ＰＯ Ｂｏｘ 12",
    "c/o Hotel, P.O. Box 12",
    "Postfach 12 34",
    "BP 12",
    "Apartado de correos 12",
    "Casella postale 12",
    "GPO Box 123",
    "Post-Office Box 12",
    "Post Ofice Box 12",
    "PO 12",
    "Drawer 4",
    "Private Bag X12",
    "Locked Bag 3",
    "Firm Caller 3",
    "General Delivery",
    "B.P. 12",
    "Case postale 12",
    "Caixa Postal 12",
    "Casilla de Correo 12",
    "Postboks 12",
)
HOUSES = (
    "1 Main Street PMB 12",
    "PMB 12",
    "1 Main Street #12",
    "12 Boxwood Road",
    "3 Po Boxer Lane",
    "RR 2 Box 152",
    "HC 68 Box 23A",
    "12 Post Office Road",
    "7 Pobla Street 12",
    "12 Postal Way",
    "Unit 4, Box Hill Court",
    "12 Letterbox Lane",
    "P. Obermann, 12 Lane",
    "BP 12th Avenue",
    "12 PO Valley Road",
    "22 Drawer Lane",
    "",
)


@pytest.mark.parametrize("line", BOXES)
def test_a_box_is_a_box_on_either_line(line: str) -> None:
    for lines in ({"line1": line}, {"line1": "Halcyon Inn", "line2": line}):
        assert special_kinds(country="US", state="CA", **lines) == {SpecialKind.PO_BOX}


@pytest.mark.parametrize("line", HOUSES)
def test_a_house_is_none(line: str) -> None:
    assert special_kinds(country="US", state="CA", line1=line, line2=line) == frozenset()


@pytest.mark.parametrize("code", ["AA", "AE", "AP"])
def test_military_posts_by_their_state(code: str) -> None:
    found = special_kinds(country="US", line1="PSC 3 Box 1234", city="APO", state=code)
    assert found == {SpecialKind.MILITARY}


@pytest.mark.parametrize("city", ["APO", "FPO", "DPO", "apo ae", "A.P.O.", "APO/FPO", "APO AE 09021"])
def test_military_posts_by_their_town(city: str) -> None:
    assert special_kinds(country="US", line1="Unit 45", city=city, state="CA") == {SpecialKind.MILITARY}
    assert not special_kinds(country="DE", line1="Unit 45", city=city)


@pytest.mark.parametrize("line", ["PSC 3 Box 1", "CMR 402, Box 12", "UNIT 2050 BOX 4190"])
def test_military_posts_by_how_they_number_their_boxes(line: str) -> None:
    assert special_kinds(country="US", line1=line, city="Ramstein", state="CA") == {SpecialKind.MILITARY}


@pytest.mark.parametrize("code", ["PR", "VI", "GU", "AS", "MP"])
def test_territories_as_states_and_as_countries(code: str) -> None:
    assert special_kinds(country="US", line1="1 Calle Luna", state=code) == {SpecialKind.TERRITORY}
    assert special_kinds(country=code, line1="1 Calle Luna") == {SpecialKind.TERRITORY}


def test_states_are_none_of_them() -> None:
    assert not any(
        special_kinds(country="US", line1="1 Main", state=code) for code in ("AK", "HI", "DC", "CA")
    )


def kinds_by_zip(zip_code: str) -> frozenset[SpecialKind]:
    """By its ZIP alone: the rest of the address says nothing of it."""
    return special_kinds(
        country="US", line1="1 Main Street", city="Elsewhere", state="CA", postal_code=zip_code
    )


def test_carriers_go_by_the_zip_as_the_shipped_table_has_it() -> None:
    meant = {
        StateKind.MILITARY: {SpecialKind.MILITARY},
        StateKind.TERRITORY: {SpecialKind.TERRITORY},
        StateKind.ASSOCIATED: {SpecialKind.TERRITORY},
    }
    wrong = [
        (place.zip, place.state)
        for place in all_zips()
        if kinds_by_zip(place.zip) != meant.get(STATES[place.state].kind, set())
    ]
    assert wrong == []


@pytest.mark.parametrize("zip_code", ["09012", "09012-1234", "34002", "96201-5001", "96601"])
def test_military_by_the_zip_alone_with_or_without_its_four_digits(zip_code: str) -> None:
    assert kinds_by_zip(zip_code) == {SpecialKind.MILITARY}
    assert special_kinds(country="DE", line1="1 Main Street", postal_code=zip_code) == frozenset()


@pytest.mark.parametrize("zip_code", ["00901", "00802-0001", "96910", "96799", "96950"])
def test_a_territory_by_the_zip_alone(zip_code: str) -> None:
    assert kinds_by_zip(zip_code) == {SpecialKind.TERRITORY}
    assert kinds_by_zip("96815") == kinds_by_zip("") == kinds_by_zip("94110-0090") == frozenset()
