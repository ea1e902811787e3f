import pytest

from tirage.catalog.labels import MOST_BYTES, clean_svg, read_label
from tirage.core.errors import DomainError

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">%s</svg>'


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (SVG % b"", "image/svg+xml"),
        (
            b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">\n' + SVG % b"",
            "image/svg+xml",
        ),
    ],
)
def test_a_picture_is_known_by_its_content(data: bytes, media_type: str) -> None:
    assert read_label(data)[0] == media_type


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"%PDF-1.7", b"<html></html>", b"MZ\x90", b"<html><svg/></html>", b"<svg"]
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        read_label(data)
    assert refused.value.code == "label_invalid"


def test_a_large_picture_is_refused_with_its_size() -> None:
    with pytest.raises(DomainError) as refused:
        read_label(b"\x89PNG\r\n\x1a\n" + b"\x00" * MOST_BYTES)
    assert "600 KB" in refused.value.message


@pytest.mark.parametrize(
    "evil",
    [
        b"<script>alert(1)</script>",
        b'<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">x</body></foreignObject>',
        b'<rect onload="alert(1)"/>',
        b'<rect ONCLICK="alert(1)"/>',
        b'<image href="https://evil.example/x.png"/>',
        b'<image href="//evil.example/x.png"/>',
        b'<use href="https://evil.example/x.svg#a"/>',
        b'<a href="javascript:alert(1)"><text>evil.example</text></a>',
        b'<image href="data:image/svg+xml;base64,PHN2Zy8+evil.example"/>',
        b'<style>@import "https://evil.example/x.css";</style>',
        b'<rect style="fill:url(https://evil.example/x)"/>',
        b'<rect fill="url(//evil.example)"/>',
        b'<animate attributeName="href" to="javascript:alert(1)"/>',
        b'<set attributeName="onmouseover" to="alert(1)"/>',
        b'<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
        b"<!-- evil.example -->",
        b"<style>rect{fill:u\\72l(https://evil.example)}</style>",
        b'<iframe src="https://evil.example"/>',
    ],
)
def test_what_acts_or_reaches_outside_is_taken_out(evil: bytes) -> None:
    cleaned = clean_svg(SVG % (evil + b'<path d="M0 0L5 5"/>'))
    for word in (b"alert", b"evil.example", b"script", b"foreignObject", b"onload"):
        assert word not in cleaned
    assert b'd="M0 0L5 5"' in cleaned


def test_the_drawing_itself_stays() -> None:
    drawing = (
        b'<defs><linearGradient id="a"><stop offset="1"/></linearGradient></defs><style>.b{fill:url(#a)}</style>'
        b'<g style="fill:url(#a)"><text class="b">Halcyon</text></g><use href="#a"/>'
        b'<image href="data:image/png;base64,iVBORw0KGgo="/>'
    )
    cleaned = clean_svg(SVG % drawing)
    for word in (b"linearGradient", b"url(#a)", b"Halcyon", b'href="#a"', b"data:image/png"):
        assert word in cleaned
    assert clean_svg(cleaned) == cleaned


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG % b"<text>&b;</text>"
    with pytest.raises(DomainError):
        read_label(bomb)


@pytest.mark.parametrize("levels", [101, 40_000])
def test_groups_in_groups_without_end_are_refused(levels: int) -> None:
    with pytest.raises(DomainError, match="more than 100 times over"):
        clean_svg(SVG % (b"<g>" * levels + b"</g>" * levels))


def test_as_deep_as_drawings_are_is_fine_and_cleaned_to_its_ground() -> None:
    deepest = b"<g>" * 99 + b'<path onclick="x()" d="M0 0"/><script>x()</script>' + b"</g>" * 99
    cleaned = clean_svg(SVG % deepest)
    assert b"onclick" not in cleaned and b"script" not in cleaned and b'd="M0 0"' in cleaned


@pytest.mark.parametrize("encoding", [b"nonsense", b"utf-16", b"cp037"])
def test_an_encoding_that_cant_be_read_is_refused(encoding: bytes) -> None:
    with pytest.raises(DomainError, match="can't be read"):
        clean_svg(b'<?xml version="1.0" encoding="' + encoding + b'"?>' + SVG % b"")
