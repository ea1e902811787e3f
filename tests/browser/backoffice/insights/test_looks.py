"""Every page of Insights read by axe, over many customers, nobody, one and foreign ones; the map's picture against its
figures.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.rooms.insights.places import neighbour, seattle, settle_at
from tests.world import World
from tirage.backoffice.insights.asked import Layer
from tirage.insights.models import Placement

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
HOME = "/winery/insights/"
#: Of each area that lies somewhere free: its key and a point of the screen that is its own.
POINTS = """() => [...document.querySelectorAll('.atlas-area')].flatMap((area) => {
  const box = area.getBoundingClientRect()
  for (let down = 1; down < 24; down += 1) for (let right = 1; right < 24; right += 1) {
    const x = Math.round(box.left + (box.width * right) / 24), y = Math.round(box.top + (box.height * down) / 24)
    const near = [[0, 0], [2, 0], [-2, 0], [0, 2], [0, -2]]
    if (near.every(([a, b]) => document.elementFromPoint(x + a, y + b)?.closest('.atlas-area') === area))
      return [[area.dataset.key, x, y]]
  }
  return []
})"""
KEYS = """() => [...document.querySelectorAll('.atlas-legend li')].map((one) => {
  const box = one.querySelector('.atlas-key').getBoundingClientRect()
  return [one.innerText, box.left + box.width / 2, box.top + box.height / 2]
})"""
ROWS = """() => [...document.querySelectorAll('tr[data-key]')].map((row) => [
  row.dataset.key, row.querySelector('td').innerText])"""


def nobody(world: World) -> None:
    Placement.objects.all().delete()


def only_one(world: World) -> None:
    nobody(world)
    settle_at(world, world.ana, "98101", spent=500_00)


def only_foreign(world: World) -> None:
    nobody(world)
    abroad: dict[str, Any] = {"state": "", "zip_code": "", "county": "", "metro": "", "precision": "city"}
    settle_at(world, world.ana, "98101", country="FR", latitude=48.86, longitude=2.35, **abroad)
    settle_at(world, world.ben, "98101", country="JP", latitude=35.68, longitude=139.69, **abroad)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_photographed(
    open_context: Contexts, live_server: object, world_today: World, session: str, width: int
) -> None:
    seattle(world_today)
    page = enter(open_context(width=width), session, str(live_server))
    layers = {f"map-{layer}": f"{HOME}?metric=customers&layer={layer}" for layer in Layer}
    others = {
        "map-area": f"{HOME}?metric=customers&area=metro-42660",
        "map-growth": f"{HOME}?metric=growth",
        "where-to-go": f"{HOME}where-to-go/",
        "notes": f"{HOME}notes/",
        "quarters": f"{HOME}empty-quarters/",
        "places": f"{HOME}places/",
    }
    look_at_each(page, layers | others, f"insights-{{}}-{width}")


@pytest.mark.parametrize("settle", [nobody, only_one, only_foreign])
def test_few_customers_make_sensible_pages(
    open_context: Contexts,
    live_server: object,
    world_today: World,
    session: str,
    settle: Callable[[World], None],
) -> None:
    settle(world_today)
    page = enter(open_context(width=DESK), session, str(live_server))
    paths = (
        "",
        "?layer=countries",
        "?layer=points&metric=average_value",
        "?layer=cities",
        "clusters/",
        "where-to-go/",
    )
    more = ("empty-quarters/", "notes/", "events/new/", "tours/new/")
    look_at_each(
        page,
        {re.sub(r"\W+", "-", path) or "map": HOME + path for path in (*paths, *more)},
        f"insights-{settle.__name__}-{{}}",
    )


def numbers(words: str) -> list[float]:
    return [float(one.replace(",", "")) for one in re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", words)]


def colour_at(picture: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    pixel = picture.getpixel((round(x), round(y)))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]


@pytest.mark.parametrize("layer", ["states", "metros"])
def test_the_picture_shows_the_figures_of_the_table(
    open_context: Contexts, live_server: object, world_today: World, session: str, layer: str
) -> None:
    seattle(world_today)
    for number, code in enumerate(["97209", "97209", "60601", "60601", "60601", "33101", "75201", "80202"]):
        neighbour(world_today, f"Pat{number}", code)
    page = enter(open_context(width=DESK), session, str(live_server))
    page.set_viewport_size({"width": DESK, "height": 2_600})
    page.goto(f"{HOME}?metric=customers&layer={layer}")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    figures = {key: numbers(words)[0] for key, words in page.evaluate(ROWS) if numbers(words)}
    seen = {key: colour_at(picture, x, y) for key, x, y in page.evaluate(POINTS) if key in figures}
    legend = [(numbers(words), colour_at(picture, x, y)) for words, x, y in page.evaluate(KEYS)]
    assert len({colour for _, colour in legend}) == len(legend) > 1 and len(seen) >= 4, (seen, figures)
    for key, colour in seen.items():
        (meant,) = [known for (*bounds, _), known in legend if min(bounds) <= figures[key] <= max(bounds)]
        assert max(abs(a - b) for a, b in zip(colour, meant, strict=True)) <= 3, (key, figures[key])
    for (*bounds, count), _ in legend:
        assert count == sum(min(bounds) <= figure <= max(bounds) for figure in figures.values())
