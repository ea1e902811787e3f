"""What the shop says of itself: words of privacy and terms, icons, manifest, and who may find it."""

from __future__ import annotations

import io
import re

import pytest
from django.conf import LazySettings
from django.test import Client
from PIL import Image

from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.settings.house_words import save_house_words
from tirage.core.clock import read_clock
from tirage.core.hands import Overtaken
from tirage.core.models import HouseWords, Winery
from tirage.core.states import HouseText
from tirage.core.winery import current_winery, forget_winery
from tirage.parts.house_words import as_html, usual_words
from tirage.parts.winery_icons import SIZES, icon_png, is_square


def save(shop: World, **words: str) -> list[HouseText]:
    return save_house_words(words=words, actor=shop.staff, now=read_clock())


def test_tirages_own_text_says_what_there_is(shop: World, settings: LazySettings) -> None:
    page = words_of(Client().get("/privacy/"))
    assert shop.winery.name in page and "tirage_customer keeps you signed in" in page and "As of" not in page
    assert "Stripe" not in page
    settings.TIRAGE_GATEWAY = "stripe"
    assert "from your browser to Stripe" in words_of(Client().get("/privacy/"))
    assert "adults of 21 or older" in words_of(Client().get("/terms/"))


def test_every_cookie_of_ours_stands_in_the_text(shop: World, ana: Client) -> None:
    """Those that the shop's code sets, by their names in it."""
    from pathlib import Path

    import tirage.storefront as rooms

    sources = [one.read_text() for one in Path(rooms.__path__[0]).rglob("*.py")]
    names = {name for text in sources for name in re.findall(r'"(tirage_[a-z]+)"', text)}
    said = usual_words(HouseText.PRIVACY)
    assert len(names) > 5 and not {name for name in names if name not in said}


def test_own_words_are_text_and_each_version_stays(shop: World) -> None:
    assert save(shop, terms="# Wine\n\nBy the *glass* <b>only</b>\n\n- one\n- two") == [HouseText.TERMS]
    page = Client().get("/terms/").content.decode()
    assert "<h2>Wine</h2>" in page and "&lt;b&gt;only" in page and "<li>two</li>" in page and "As of" in page
    assert save(shop, terms="Others") == [HouseText.TERMS]
    assert save(shop, terms=" Others \r\n") == []
    assert save(shop, terms="") == [HouseText.TERMS], "back to our text"
    assert save(shop, terms=usual_words(HouseText.TERMS)) == []
    kept = HouseWords.objects.order_by("number").values_list("kind", "number", "words")
    assert list(kept)[1:] == [("terms", 2, "Others"), ("terms", 3, "")]


def test_two_hands_at_one_page(shop: World) -> None:
    save(shop, privacy="Mine")
    with pytest.raises(Overtaken):
        save_house_words(
            words={"privacy": "Yours"}, shown={"privacy": "Theirs"}, actor=shop.staff, now=read_clock()
        )


def test_links_in_words_lead_nowhere_by_script() -> None:
    html = as_html("javascript:alert(1) https://example.com/?a=1&b=2 <script>")
    assert 'href="https://example.com/?a=1&amp;b=2"' in html and "<script" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize("size", SIZES)
def test_icons_of_each_size(shop: World, size: int) -> None:
    answer = Client().get(f"/icon-{size}.png")
    assert answer["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (size, size)
    assert Client().get("/icon-33.png").status_code == 404
    assert Client().get("/favicon.ico").content == Client().get("/icon-32.png").content


def test_a_square_logo_is_the_icon_and_a_wide_one_isnt() -> None:
    plain = icon_png(Winery(name="Ekholm"), 192)
    for box, used in (("0 0 100 90", True), ("0 0 900 90", False), ("a b c d", False)):
        logo = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><rect width="90" height="90"/></svg>'
        assert is_square(logo) is used
        assert (icon_png(Winery(name="Ekholm", logo_svg=logo), 192) != plain) is used
    broken = '<svg viewBox="0 0 9 9"><'
    assert icon_png(Winery(name="Ekholm", logo_svg=broken), 192), "what can't be drawn is left out"
    assert icon_png(Winery(name="…"), 32), "no letter at all"


def test_the_manifest_names_the_winery_and_icons_that_are_there(shop: World) -> None:
    answer = Client().get("/manifest.webmanifest")
    facts = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (facts["name"], facts["display"]) == (shop.winery.name, "minimal-ui")
    for icon in facts["icons"]:
        assert Client().get(icon["src"]).status_code == 200


def test_the_head_tells_strangers_the_winery_and_nothing_else(shop: World, ana: Client) -> None:
    Winery.objects.update(name='Ö & "Sons"')
    forget_winery()
    head = ana.get("/account/").content.decode().partition("</head>")[0]
    told = re.findall(r'<meta property="og:\w+" content="([^"]*)"', head)
    assert "Ö &amp; &quot;Sons&quot;" in told and not any("account" in one.lower() for one in told)
    assert head.count('name="theme-color"') == 2 and 'rel="manifest"' in head
    assert current_winery().name == 'Ö & "Sons"'


def test_only_the_door_and_the_words_may_be_found(shop: World, ana: Client) -> None:
    for path in ("/", "/privacy/", "/terms/"):
        assert Client().get(path)["X-Robots-Tag"] == "all", path
    for path in ("/offer/", "/orders/", "/account/", "/sign-in/", "/checkout/"):
        assert ana.get(path)["X-Robots-Tag"] == "noindex, nofollow", path
    assert "Disallow: /winery/" in Client().get("/robots.txt").content.decode()


def test_both_are_linked_where_they_matter(shop: World, ana: Client) -> None:
    for client, path in ((Client(), "/sign-in/"), (ana, "/offer/")):
        page = client.get(path).content.decode()
        assert 'href="/privacy/"' in page and 'href="/terms/"' in page
