"""Logos that are pictures: read by their content, made small, and nothing kept but their points."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.web.backoffice.settings.test_settings import look_values
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.settings import logos
from tirage.backoffice.settings.logos import drawing_of
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery


def picture(kind: str, size: tuple[int, int] = (1200, 600), mode: str = "RGB", **more: Any) -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(written, kind, **more)
    return written.getvalue()


def kept_in(drawing: str) -> tuple[bytes, Image.Image]:
    body = re.findall(r'href="data:image/\w+;base64,([^"]+)"', drawing)
    data = base64.b64decode(body[0])
    return data, Image.open(io.BytesIO(data))


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("JPEG", "CMYK")])
def test_a_picture_is_kept_small(kind: str, mode: str) -> None:
    drawing = drawing_of(picture(kind, mode=mode))
    assert 'viewBox="0 0 480 240"' in drawing
    _, kept = kept_in(drawing)
    assert (kept.format, kept.size) == (kind, (480, 240))


def test_a_small_one_stays_as_it_is() -> None:
    assert kept_in(drawing_of(picture("PNG", (300, 80))))[1].size == (300, 80)


def test_what_a_camera_wrote_is_left_out_and_its_turn_is_made() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Where it was taken"
    data, kept = kept_in(drawing_of(picture("JPEG", (400, 200), exif=exif, comment=b"Secret words")))
    assert kept.size == (120, 240)
    assert b"taken" not in data and b"Secret" not in data and not kept.getexif()
    text = picture("PNG", (40, 20)).replace(b"IDAT", b"IDAT")
    assert b"tEXt" not in kept_in(drawing_of(text))[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a" + b"0" * 20, "Use PNG, JPEG or SVG."),
        (b"", "Use PNG, JPEG or SVG."),
        (picture("PNG")[:200], "can't be read"),
        (b"\x89PNG\r\n\x1a\n" + b"<svg" * 50, "can't be read"),
        (b"\xff\xd8\xff" + b"0" * 500, "can't be read"),
        (picture("PNG", (20, 20)) + b"0" * (5 * 1024 * 1024), "5 MB are possible"),
        (b"<svg>" + b" " * 300_000, "a logo can have 200"),
    ],
)
def test_what_is_no_logo_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        drawing_of(data)


def test_what_would_unfold_in_memory_is_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few KB that are 64 million points: their size is read, they are not."""
    written = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(written, "PNG")
    huge = written.getvalue()
    assert len(huge) < 200_000
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("it was unfolded"))
    with pytest.raises(DomainError, match="8,000 by 8,000 points"):
        drawing_of(huge)
    monkeypatch.setattr(logos, "MOST_PIXELS", 10**9)
    with pytest.raises(DomainError, match="can't be read"):
        drawing_of(huge[:3000])


def test_a_picture_becomes_the_logo_of_the_shop(owner_client: Client, client: Client, world: World) -> None:
    # Called a drawing by its name and type: what counts is what it is.
    sent = SimpleUploadedFile("logo.svg", picture("PNG", mode="RGBA"), "image/svg+xml")
    assert owner_client.post("/winery/settings/look/", look_values(logo=sent)).status_code == 302
    assert current_winery().logo_is_picture
    served = client.get("/logo.svg")
    assert served["Content-Type"] == "image/svg+xml"
    assert "img-src data:; sandbox" in served["Content-Security-Policy"]
    assert "shop-logo-picture" in client.get("/sign-in/").content.decode()
    assert "on a light ground" in words_of(owner_client.get("/winery/settings/look/"))
