"""Sizes are looked at before a byte is read; files come from those who may send them, where a view takes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.web.addresses import addresses
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.staff.states import Role
from tirage.staff.uploads import AROUND, most_bytes
from tirage.tables.sources import Limits

pytestmark = pytest.mark.django_db
LARGER_THAN_A_FORM = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
IMPORT, RATES = "/winery/settings/import/", "/winery/settings/delivery/import/rates"


class NeverRead:
    """A body that somebody promised; reading it fails the test."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send(client: Client, path: str, length: int | str, **environ: str) -> Any:
    facts = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": "multipart/form-data; boundary=x", **environ}
    return client.generic("POST", path, **{"wsgi.input": NeverRead(), **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path", ["/sign-in/", "/winery/sign-in/", "/nowhere", "/winery/settings/", "/checkout/place/"]
)
def test_no_form_is_that_large(client: Client, world: World, path: str) -> None:
    answer = send(client, path, 300_000_000)
    assert answer.status_code == 413 and "too large" in words_of(answer)


@pytest.mark.parametrize("path", [IMPORT, RATES])
def test_a_strangers_file_is_refused_unread(client: Client, world: World, path: str) -> None:
    assert send(client, path, LARGER_THAN_A_FORM).status_code == 403


def test_so_is_that_of_a_role_that_may_not_import(client_as: ClientAs, world: World) -> None:
    assert send(client_as(Role.HOSPITALITY), IMPORT, LARGER_THAN_A_FORM).status_code == 403


def test_who_may_sends_what_the_page_promises_and_no_more(client_as: ClientAs, world: World) -> None:
    manager = client_as(Role.MANAGER)
    assert send(manager, IMPORT, Limits().file_bytes + AROUND + 1).status_code == 413
    with pytest.raises(AssertionError, match="the body was read"):
        send(manager, IMPORT, Limits().file_bytes)
    assert "up to 100 MB" in words_of(manager.get(IMPORT)) and Limits().file_bytes == 100_000_000


@pytest.mark.parametrize("said", ["", "twelve", "-1", "1e9", "٣"])
def test_who_doesnt_say_how_long_it_is_isnt_read(client: Client, world: World, said: str) -> None:
    answer = send(client, "/sign-in/", said, HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 411


def test_a_length_beyond_all_numbers(client: Client, world: World) -> None:
    assert send(client, "/sign-in/", "9" * 5000).status_code == 413


@pytest.mark.once
def test_files_are_taken_in_few_places_all_of_them_guarded() -> None:
    takes = {one.name: one.view for one in addresses() if one.view and most_bytes(one.view)}
    assert set(takes) == {
        "backoffice:import",
        "backoffice:delivery_import",
        "backoffice:delivery_import_rates",
        "backoffice:delivery_duties_import",
        "backoffice:delivery_tax_fees_import",
        "backoffice:delivery_tax_rates_import",
        "backoffice:delivery_labels_import",
        "backoffice:delivery_laws_import",
        "backoffice:delivery_locations_import",
        "backoffice:delivery_limits_import",
        "backoffice:move_sheet",
        "backoffice:moving_sums",
    }
    assert all(view.needed_permissions for view in takes.values())


@pytest.mark.once
def test_the_documented_proxies_take_what_is_promised() -> None:
    from pathlib import Path

    text = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    assert "max_size 101MB" in text and "client_max_body_size 101m" in text
