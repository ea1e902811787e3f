"""Where an act leads back to: the list with its filters, and never anywhere else."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from tests.web.stage import build_stage
from tests.world import World
from tirage.backoffice.frame.links import MOST_PATH, back_to_list, own_path


@pytest.mark.parametrize(
    "path",
    ["", "7", "²", "backoffice:home", "//evil.example/", "https://evil.example/", "/" + "x" * MOST_PATH],
)
def test_what_isnt_ours_leads_nowhere(path: str) -> None:
    assert own_path(RequestFactory().get("/"), path) == ""


def test_what_is_ours_does() -> None:
    assert own_path(RequestFactory().get("/"), "/winery/orders/?q=ana") == "/winery/orders/?q=ana"


@pytest.mark.parametrize("odd", ["²", "7", "backoffice:nowhere", "[", "9999-12-31T23:59", "//evil.example"])
def test_columns_are_kept_wherever_they_are_to_lead(owner_client: Client, world: World, odd: str) -> None:
    answer = owner_client.post(
        "/winery/lists/orders/columns", {"next": odd, "columns": "number", "keep": "1"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/winery/")
    assert "tirage_columns_orders" in answer.cookies


def test_filters_that_are_too_long_are_let_go() -> None:
    asked = RequestFactory().post("/", {"query": "q=ana"})
    assert back_to_list(asked, "backoffice:orders") == "/winery/orders/?q=ana"
    asked = RequestFactory().post("/", {"query": "q=" + "x" * 100_000})
    assert back_to_list(asked, "backoffice:orders") == "/winery/orders/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act", ["/winery/payments/collect/retry", "/winery/wishes/decline", "/winery/orders/shipping/choose"]
)
def test_an_act_that_is_done_says_so_however_it_was_filtered(act: str) -> None:
    owner = build_stage().clients["owner"]
    answer = owner.post(
        act, {"chosen": "none-such", "query": "q=" + "x" * 100_000, "confirmed": "1", "act": "decline"}
    )
    assert answer.status_code in {200, 302}


@pytest.mark.parametrize("month", ["9" * 30 + "-01", "0-1", "10000-01", "²-1", "2026-" + "9" * 30])
def test_a_month_beyond_all_calendars(owner_client: Client, world: World, month: str) -> None:
    answer = owner_client.get("/winery/payments/daily/", {"month": month})
    assert answer.status_code in {200, 400}
