"""Includes, tags and the form renderer, rendered as pages render them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import Client, RequestFactory

from tirage.core.money import Money
from tirage.parts.failures import server_error

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 17, 9, 28, tzinfo=UTC)


def show(source: str, **context: Any) -> str:
    request = RequestFactory().get("/winery/orders/ORD-7K2M9Q")
    return str(engines["django"].from_string(source).render(context, request))


class Small(forms.Form):
    bottles = forms.IntegerField(label="Bottles", min_value=1, help_text="Per customer.")
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])
    active = forms.BooleanField(required=False)


def test_filters_use_the_winerys_clock_and_currency() -> None:
    words = show(
        "{{ m|money }} {{ 1900|money }} {{ m|money_whole }} {{ at|moment }} {{ at|day }} {{ at|time_of_day }}"
        " {{ 1|bottles }} {{ 312|count_of:'customer,customers' }} {{ 0.5|percent }} [{{ none|money }}]",
        m=Money(19_000, "USD"),
        at=NOW,
        none=None,
    )
    assert words == (
        "$190.00 $19.00 $190 Tue, Nov 24, 9:09 AM PST Nov 24, 2026 9:09 AM 1 bottle 312 customers 50% []"
    )


def test_a_wrong_field_is_described_by_its_error_and_its_help() -> None:
    html = show("{{ form }}", form=Small({"bottles": "0", "kind": "a"}))
    assert 'aria-describedby="id_bottles_helptext id_bottles_error"' in html
    assert 'id="id_bottles_error"' in html
    assert 'id="id_bottles_helptext"' in html


def test_what_is_wrong_is_summed_up_with_links_to_the_controls() -> None:
    html = show('{% gather_faults %}{% include "parts/faults.html" %}', form=Small({"bottles": "0"}))
    assert 'id="faults" role="alert"' in html and 'tabindex="-1" autofocus' in html
    assert "2 things need another look" in html
    assert '<a href="#id_bottles">Bottles</a>: Write 1 or more.' in html
    assert '<a href="#id_kind_0">Kind</a>: Choose one.' in html


def test_a_form_in_order_has_no_summary() -> None:
    html = show('{% gather_faults %}{% include "parts/faults.html" %}{{ form }}', form=Small())
    assert "another look" not in html
    assert html.count("<legend") == 1
    assert html.index('type="checkbox"') < html.index('for="id_active"')


def test_a_stepper_is_a_number_input_with_its_limit() -> None:
    html = show(
        '{% include "parts/stepper.html" with name="q" field_id="q1" label="Cabernet" value=3 min=0 max=6'
        ' step=3 limit="of your 6" only %}'
    )
    for piece in (
        'type="number"',
        'min="0"',
        'max="6"',
        'step="3"',
        'value="3"',
        'aria-describedby="q1_limit"',
    ):
        assert piece in html
    assert "<span data-stepper-value>3</span> of your 6" in html


def test_a_countdown_says_its_time_before_any_script() -> None:
    html = show(
        '{% include "parts/countdown.html" with until=until now=now only %}',
        until=NOW.replace(minute=24, second=0),
        now=NOW,
    )
    assert ">14:32</time>" in html
    assert "until 9:24 AM PST" in html
    assert 'data-now="2026-11-24T17:09:28+00:00"' in html


@pytest.mark.parametrize(
    ("kind", "css", "role"),
    [
        ("problem", "problem", "alert"),
        ("error", "problem", "alert"),
        ("success", "good", "status"),
        ("", "info", "status"),
    ],
)
def test_a_notice_has_the_role_of_its_kind(kind: str, css: str, role: str) -> None:
    html = show('{% include "parts/notice.html" with kind=kind text=text only %}', kind=kind, text="<b>")
    assert f"notice-{css}" in html
    assert f'role="{role}"' in html
    assert "&lt;b&gt;" in html


def test_a_wine_without_a_label_is_a_line_of_text() -> None:
    html = show(
        '{% include "parts/wine.html" with name="Syrah" vintage=2022 price=m only %}', m=Money(4500, "USD")
    )
    assert "<img" not in html
    assert "$45.00" in html


def test_a_place_that_does_not_exist_is_left_out() -> None:
    assert show('{% place "nowhere:home" "Nowhere" %}').strip() == ""
    assert 'aria-current="page"' in show(
        '{% place "parts:theme_css" "Theme" %}', request=SimpleNamespace(path="/theme.css")
    )


@pytest.mark.parametrize(("path", "current"), [("/winery/changes/", True), ("/winery/cellar/", False)])
def test_a_place_is_current_on_pages_that_belong_to_it(path: str, current: bool) -> None:
    shown = show(
        '{% place "backoffice:orders" "Orders" also="backoffice:changes backoffice:wishes" %}',
        request=SimpleNamespace(path=path),
    )
    assert ('aria-current="true"' in shown) is current


@pytest.mark.parametrize("page", ["/dev/parts", "/dev/parts/storefront", "/dev/parts/backoffice"])
def test_the_development_pages_show_and_hold_nothing_inline(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    html = response.content.decode()
    assert " style=" not in html
    assert "<style" not in html
    assert " onclick=" not in html
    assert html.count("<script") == html.count('<script type="module" src=') + html.count("<script src=")


def test_an_unknown_layout_is_not_found(client: Client) -> None:
    assert client.get("/dev/parts/cellar").status_code == 404


def test_error_pages_say_what_to_do_next() -> None:
    assert "nothing at this address" in show('{% include "404.html" %}')
    assert "4f1c0e" in show('{% include "500.html" %}', request_id="4f1c0e")
    assert "Send it again." in show('{% include "403.html" %}', problem="Send it again.")


def test_a_failure_names_its_request_and_asks_the_database_nothing(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    request = RequestFactory().get("/")
    request.META["TIRAGE_REQUEST_ID"] = "4f1c0e9ab2d7"
    with django_assert_num_queries(0):
        response = server_error(request)
    assert response.status_code == 500
    assert b"4f1c0e9ab2d7" in response.content


def test_a_missing_page_names_its_request_too(client: Client) -> None:
    response = client.get("/dev/parts/cellar")
    assert response["X-Request-Id"] in response.content.decode()
