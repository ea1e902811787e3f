"""The page of the reasons to cancel: one form, nothing typed is lost, and it restricts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.orders.models import CancelReason, Order, OrderChange
from tirage.staff.states import Role

PATH = "/winery/settings/cancelling/"


@pytest.fixture
def reasons(world: World) -> list[CancelReason]:
    CancelReason.objects.all().delete()
    made = [
        CancelReason.objects.create(name=name, position=position)
        for position, name in enumerate(("The customer asked", "Ordered twice"), start=1)
    ]
    order = Order.objects.create(
        customer=world.ana, state="cancelled", currency="USD", made_at=world.now, placed_at=world.now
    )
    OrderChange.objects.create(
        order=order,
        number=1,
        kind="cancel",
        at=world.now,
        actor_label="Olive",
        reason="The customer asked: too warm",
        difference_minor=0,
    )
    return made


def typed(reasons: list[CancelReason], *lines: dict[str, Any]) -> dict[str, Any]:
    """What the form sends: ``lines`` over the reasons and two new ones."""
    data: dict[str, Any] = {"reason-TOTAL_FORMS": len(reasons) + 2, "reason-INITIAL_FORMS": len(reasons)}
    for at in range(len(reasons) + 2):
        known = reasons[at] if at < len(reasons) else None
        line = (
            {"id": known.pk, "name": known.name, "ORDER": at + 1}
            if known
            else {"id": "", "name": "", "ORDER": ""}
        )
        line |= lines[at] if at < len(lines) else {}
        data |= {f"reason-{at}-{name}": value for name, value in line.items()}
    return data


def names() -> list[str]:
    return list(CancelReason.objects.values_list("name", flat=True))


def test_the_page_shows_each_with_its_orders(owner_client: Client, reasons: list[CancelReason]) -> None:
    page = owner_client.get(PATH).content.decode()
    assert 'value="The customer asked"' in page
    assert page.count(">Stays<") == 1
    assert 'Remove<span class="unseen"> Ordered twice</span>' in page


def test_everything_is_done_in_one_form(owner_client: Client, reasons: list[CancelReason]) -> None:
    data = typed(
        reasons, {"ORDER": 9}, {"DELETE": "on"}, {"name": "Moved abroad", "ORDER": 1}, {"name": "Corked"}
    )
    answer = owner_client.post(PATH, data, follow=True)
    assert "You saved the reasons." in answer.content.decode()
    assert names() == ["Moved abroad", "The customer asked", "Corked"]


def test_a_form_without_changes_says_so(owner_client: Client, reasons: list[CancelReason]) -> None:
    assert "You changed nothing." in owner_client.post(PATH, typed(reasons), follow=True).content.decode()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (({"DELETE": "on"},), "1 canceled order has this reason, so it stays."),
        (({}, {"name": ""}), "Write a reason, or remove it."),
        (({}, {}, {"name": "ordered TWICE"}), "This reason is there already."),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_changes_nothing(
    owner_client: Client, reasons: list[CancelReason], lines: tuple[dict[str, Any], ...], words: str
) -> None:
    data = typed(reasons, *lines) | {"reason-3-name": "Typed with care"}
    answer = owner_client.post(PATH, data)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert 'value="Typed with care"' in page
    assert names() == ["The customer asked", "Ordered twice"]


def test_a_reason_removed_by_somebody_else_is_told(owner_client: Client, reasons: list[CancelReason]) -> None:
    data = typed(reasons)
    reasons[1].delete()
    answer = owner_client.post(PATH, data)
    assert answer.status_code == 400
    assert "Somebody has just changed the reasons. Look at them again." in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "status"), [(Role.MANAGER, 302), (Role.HOSPITALITY, 403), (Role.READ_ONLY, 403)]
)
def test_who_may_change_them(
    client_as: ClientAs, reasons: list[CancelReason], role: Role, status: int
) -> None:
    assert client_as(role).post(PATH, typed(reasons, {"name": "Changed"})).status_code == status
    assert ("Changed" in names()) is (status == 302)


def test_the_page_takes_few_queries(
    owner_client: Client, reasons: list[CancelReason], django_assert_max_num_queries: Any
) -> None:
    owner_client.get(PATH)
    with django_assert_max_num_queries(6):
        owner_client.get(PATH)


def test_a_new_line_like_one_that_the_form_leaves_out_is_refused_in_words(
    owner_client: Client, reasons: list[CancelReason]
) -> None:
    """The double stands behind all lines that were sent."""
    answer = owner_client.post(PATH, typed(reasons, {"id": "", "name": "The customer asked"}))
    assert answer.status_code == 400
    assert b"This reason is there already." in answer.content
    assert names() == ["The customer asked", "Ordered twice"]


@pytest.mark.parametrize("number", ["²", "٣", "9" * 30, "1e9"])
def test_numbers_that_arent_are_refused(
    owner_client: Client, reasons: list[CancelReason], number: str
) -> None:
    for field in ("id", "ORDER", "DELETE"):
        assert owner_client.post(PATH, typed(reasons, {field: number})).status_code in {302, 400, 409}
    assert set(names()) <= {"The customer asked", "Ordered twice"}
