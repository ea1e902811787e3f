"""The winery's stylesheet and logo as browsers get them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tirage.core.models import Winery
from tirage.core.winery import current_winery, forget_winery
from tirage.parts.typefaces import PAIRS

pytestmark = pytest.mark.django_db


def _change(**fields: object) -> Winery:
    winery = current_winery()
    Winery.objects.filter(pk=winery.pk).update(**fields)
    forget_winery()
    return current_winery()


def test_colours_of_both_schemes(client: Client) -> None:
    _change(paper="#ffffff", ink="#101010", accent="#0b5d3b")
    response = client.get("/theme.css")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    css = response.content.decode()
    assert re.search(r"--paper: light-dark\(#ffffff, #[0-9a-f]{6}\);", css)
    assert re.search(r"--accent: light-dark\(#0b5d3b, #[0-9a-f]{6}\);", css)


@pytest.mark.parametrize("key", PAIRS)
def test_only_the_chosen_faces_are_named(client: Client, key: str) -> None:
    _change(typeface=key)
    named = set(
        re.findall(r"fonts/([\w-]+?)(?:\.[0-9a-f]{12})?\.woff2", client.get("/theme.css").content.decode())
    )
    assert named == {face.file.removesuffix(".woff2") for face in (*PAIRS[key].display, *PAIRS[key].sans)}


def test_kept_for_ever_only_under_its_own_version(client: Client) -> None:
    winery = _change(version=7)
    assert "immutable" in client.get(f"/theme.css?v={winery.version}")["Cache-Control"]
    for query in ("", "?v=6", "?v=x"):
        assert client.get(f"/theme.css{query}")["Cache-Control"] == "public, max-age=60"


def test_the_logo_is_an_image_that_can_do_nothing(client: Client) -> None:
    assert client.get("/logo.svg").status_code == 404
    _change(logo_svg='<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
    response = client.get("/logo.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
