"""What nobody sees is taken out of what was typed, before it reaches anything, or refused where nobody pastes it."""

from __future__ import annotations

import pytest
from django import forms
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.test import Client, RequestFactory

from tests.world import World
from tirage.parts.middleware import TextMiddleware

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/offer/?q=a%00b", "/winery/customers/?q=%00", "/sign-in/a%00b/"])
def test_in_an_address(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/sign-in/", "/checkout/place/", "/winery/settings/"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_in_a_form(client: Client, world: World, path: str, kind: str) -> None:
    if kind == "multipart/form-data":
        answer = client.post(path, {"email": "ana\x00@example.com", "password": "a\x00b"})
    else:
        answer = client.post(path, "email=ana%00@example.com&password=a%00b", content_type=kind)
    assert answer.status_code == 400 and b"could not read what was sent" in answer.content


def test_what_was_pasted_is_read_as_it_is_seen(client: Client, world: World) -> None:
    """Also by views that read a field without a form, and by search boxes."""
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.extend([request.GET["q"], request.POST["note"], request.POST["password"]])
        return HttpResponse()

    sent = {"note": "a\x00\u200bb\u00a0c\r\nd", "password": " \u200bx\u00a0"}
    request = RequestFactory().post("/?q=%E2%80%8Bana%C2%A0ruiz", sent)
    TextMiddleware(view)(request)
    assert seen == ["ana ruiz", "ab c\nd", " \u200bx\u00a0"]
    with pytest.raises(AttributeError, match="immutable"):
        request.POST["note"] = "x"  # type: ignore[misc]


def test_one_line_stays_one_line(owner_client: Client, world: World) -> None:
    """Of fields in several lines the ends of lines stay, each counted once."""

    class Pasted(forms.Form):
        line = forms.CharField(max_length=9)
        lines = forms.CharField(max_length=7, widget=forms.Textarea)
        email = forms.EmailField()

    form = Pasted({"line": "1\tMain\r\nSt", "lines": "abc\r\ndef", "email": "ana\uff20example.com"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"line": "1 Main St", "lines": "abc\ndef", "email": "ana@example.com"}


def test_other_text_passes(client: Client, world: World) -> None:
    assert client.post("/sign-in/", {"email": "zoë@example.com", "next": "%2500"}).status_code != 400


def test_a_form_that_broke_off(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: HttpRequest) -> bytes:
        raise UnreadablePostError("reset by peer")

    monkeypatch.setattr(HttpRequest, "body", property(broken))
    answer = client.post("/sign-in/", "email=a", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_a_form_that_cant_be_read_is_refused_before_anything_is_done(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    """Django reads it when it is first asked for, which may be after the act."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE]  # so that it is loaded anew, with what is patched here
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
