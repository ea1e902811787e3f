"""Texts travel compressed where the browser takes it; what is packed already is left alone."""

from __future__ import annotations

import gzip

from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.world import World
from tirage.parts.middleware import CompressionMiddleware

TAKES = {"Accept-Encoding": "gzip"}


def test_a_page_travels_compressed_to_whoever_takes_it(world: World) -> None:
    plain, packed = Client().get("/sign-in/"), Client().get("/sign-in/", headers=TAKES)
    assert not plain.has_header("Content-Encoding")
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)


def test_its_length_does_not_tell_what_is_in_it(world: World) -> None:
    """A secret of the page can't be guessed letter by letter from how well it compresses."""
    assert len({len(Client().get("/sign-in/", headers=TAKES).content) for _ in range(8)}) > 1


def test_packed_files_stay_as_they_are() -> None:
    for kind in ("image/png", "application/pdf", "application/zip"):
        made = HttpResponse(b"x" * 1000, content_type=kind)
        request = RequestFactory().get("/", headers=TAKES)
        answer = CompressionMiddleware(lambda _: HttpResponse()).process_response(request, made)
        assert not answer.has_header("Content-Encoding")
