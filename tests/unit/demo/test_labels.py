"""The labels are drawn as they are checked in, light, and need nothing from outside."""

import re
from xml.etree import ElementTree as ET

import pytest

from tirage.demo import labels
from tirage.demo.engraving import curve
from tirage.demo.estate import SKUS
from tirage.demo.lettering import Typesetter

PICTURES = labels.all_pictures()


def test_the_files_are_what_the_program_draws() -> None:
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in labels.FOLDER.glob("*.svg")}
    assert on_disk.keys() == PICTURES.keys()
    assert [name for name in PICTURES if on_disk[name] != PICTURES[name]] == []


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_picture_is_light_valid_and_closed_in_itself(name: str) -> None:
    content = PICTURES[name]
    assert len(content.encode()) <= 25 * 1024
    root = ET.fromstring(content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.find("{*}title") is not None
    assert not re.search(
        r"<script|<style|style=|<image|<text|url\(|var\(|http(?!://www\.w3\.org/2000/svg)", content
    )
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert {element.get("href") for element in root.iter("{*}use")} <= {f"#{one}" for one in ids}


def test_every_sku_has_a_label_and_no_two_vintages_share_one() -> None:
    by_label = {sku.label: (sku.vintage, sku.millilitres) for sku in SKUS}
    assert by_label.keys() <= PICTURES.keys()
    drawings = [PICTURES[name] for name in by_label]
    assert len(set(drawings)) == len(drawings) == len(set(by_label.values()))


def test_a_curve_ends_where_it_should_and_turns_through_the_middles() -> None:
    assert curve([(0, 0), (10, 10), (20, 0)]) == "M0 0q100 100 200 0"
    assert curve([(0, 0), (10, 0), (20, 10), (30, 10)]) == "M0 0q100 0 150 50t150 50"


def test_a_magnum_says_so() -> None:
    plain, magnum = PICTURES["estate-cabernet-2023.svg"], PICTURES["estate-cabernet-2023-magnum.svg"]
    assert magnum.count("<use") - plain.count("<use") >= len("Magnum") - len("750 ml") + len("1.5 l")


def test_the_mark_comes_in_one_colour_for_light_and_dark() -> None:
    for name in ("logo", "emblem", "vineyard"):
        assert "currentColor" in PICTURES[f"{name}.svg"]
        for ground in ("on-light", "on-dark"):
            content = PICTURES[f"{name}-{ground}.svg"]
            assert "currentColor" not in content
            assert len(set(re.findall(r"#[0-9a-f]{6}\b", content))) == 1


def test_a_line_is_centred_and_shrinks_to_its_measure() -> None:
    narrow = Typesetter().line("EKHOLM", x=300, y=10, size=60, widest=100)
    free = Typesetter().line("EKHOLM", x=300, y=10, size=60)
    scale = [float(re.search(r"scale\(([\d.]+)\)", line)[1]) for line in (narrow, free)]  # type: ignore[index]  # always there
    left = [float(re.search(r"translate\(([\d.]+) ", line)[1]) for line in (narrow, free)]  # type: ignore[index]  # always there
    assert scale[0] < scale[1] and left[0] == pytest.approx(250, abs=0.1) and left[1] < 250
