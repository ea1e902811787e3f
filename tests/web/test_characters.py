"""A character that no text has, and that PostgreSQL refuses, is answered before it reaches anything."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, UnreadablePostError
from django.test import Client

from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/offer/?q=a%00b", "/winery/customers/?q=%00", "/sign-in/a%00b/"])
def test_in_an_address(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/sign-in/", "/checkout/place/", "/winery/settings/"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_in_a_form(client: Client, world: World, path: str, kind: str) -> None:
    if kind == "multipart/form-data":
        answer = client.post(path, {"email": "ana\x00@example.com"})
    else:
        answer = client.post(path, "email=ana%00@example.com", content_type=kind)
    assert answer.status_code == 400 and b"could not read what was sent" in answer.content


def test_other_text_passes(client: Client, world: World) -> None:
    assert client.post("/sign-in/", {"email": "zoë@example.com", "next": "%2500"}).status_code != 400


def test_a_form_that_broke_off(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: HttpRequest) -> bytes:
        raise UnreadablePostError("reset by peer")

    monkeypatch.setattr(HttpRequest, "body", property(broken))
    answer = client.post("/sign-in/", "email=a", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_a_form_that_cant_be_read_is_refused_before_anything_is_done(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django reads it when it is first asked for, which may be after the act."""
    reached: list[str] = []
    monkeypatch.setattr(
        "tirage.parts.middleware.RequestIdMiddleware.process_view",
        lambda self, request, view, *_: reached.append(view.__name__),
        raising=False,
    )
    for charset, status, count in (("utf-16", 400, 0), ("utf-8", 200, 1)):
        kind = f"application/x-www-form-urlencoded; charset={charset}"
        answer = client.generic("POST", "/sign-out/", b"a=b", content_type=kind)
        assert (answer.status_code, len(reached)) == (status, count)
