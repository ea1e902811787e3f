"""What no page of ours sends, and what nobody without the right may see or do about changes and their money."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.rooms.changes.journey import confirm, draft_of
from tests.web.backoffice.changes.changing import fields_of, open_change, page_of, two_cabernets
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.states import SettleBy
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import live_pay_link, pay_link_url
from tirage.staff.states import Role

LOOK_ONLY = [Role.READ_ONLY, Role.FULFILMENT]


@pytest.fixture
def order(world_today: World) -> Order:
    return two_cabernets(world_today)


@pytest.fixture
def linked(order: Order, world_today: World) -> ChangeDraft:
    """A change of the team's that waits for Ben to pay by a link."""
    draft = draft_of(world_today, order, world_today.staff, add={world_today.cabernet: 1})
    confirm(world_today, draft, world_today.staff, settle_by=SettleBy.LINK)
    return draft


@pytest.mark.parametrize(
    "sent",
    [
        {"seen": "²"},
        {"seen": "9" * 5000},
        {"settle": "plain", "difference": "--5", "settlement": "²"},
        {"settle": "card:CRD-NOBODYS2"},
        {"settle": "refund-everything"},
        {"add": "99999999", "add-99999999": "3"},
        {"drop": "99999999"},
        {"rates": "yesterday"},
        {"discount_much": "9e999999", "discount_unit": "percent", "discount_reason": "Because"},
        {"discount_much": "NaN", "discount_unit": "percent", "discount_reason": "Because"},
        {"discount_much": "100.01", "discount_unit": "percent", "discount_reason": "Because"},
        {"discount_much": "-5", "discount_unit": "percent", "discount_reason": "Because"},
        {"discount_much": "9" * 20, "discount_unit": "amount", "discount_reason": "Because"},
        {"discount_much": "-5", "discount_unit": "amount", "discount_reason": "Because"},
        {"correction_amount": "Infinity", "correction_reason": "Because"},
        {"correction_amount": "1e99", "correction_reason": "Because"},
        {"correction_amount": "9" * 300, "correction_reason": "Because"},
    ],
)
def test_a_form_that_no_page_of_ours_sends_changes_nothing(
    owner_client: Client, order: Order, sent: dict[str, str]
) -> None:
    draft = open_change(owner_client, order)
    fields = fields_of(page_of(owner_client, draft)) | sent
    assert owner_client.post(f"/winery/changes/{draft.reference}/", fields).status_code in (302, 400)
    assert not draft.charges.exists() and not draft.lines.exists() and Payment.objects.count() == 1
    draft.refresh_from_db()
    assert (draft.state, draft.rates) == ("open", "as_ordered")


@pytest.mark.parametrize(
    "query",
    ["payments/?amount_to=1e30", "payments/?amount_from=9e999999", "payments/collect/?amount_to=-1e30"],
)
def test_an_amount_that_nobody_has_is_no_fault_of_ours(
    owner_client: Client, order: Order, query: str
) -> None:
    assert owner_client.get(f"/winery/{query}").status_code == 200


@pytest.mark.parametrize("role", LOOK_ONLY)
def test_who_only_looks_sees_no_address_that_pays(
    client_as: ClientAs, owner_client: Client, linked: ChangeDraft, world_today: World, role: Role
) -> None:
    link = live_pay_link(order_id=linked.order_id, purpose=linked.reference, now=world_today.now)
    assert link is not None
    token = pay_link_url(link).rstrip("/").rpartition("/")[2]
    assert token in page_of(owner_client, linked)
    client = client_as(role)
    paths = [f"changes/{linked.reference}/", f"orders/{linked.order.reference}/", "changes/", "orders/"]
    for path in paths:
        answer = client.get(f"/winery/{path}")
        assert answer.status_code == 200 and token not in answer.content.decode(), path


@pytest.mark.parametrize("role", LOOK_ONLY)
@pytest.mark.parametrize("act", ["", "drop", "retry", "ask-bank"])
def test_who_only_looks_does_nothing_about_a_change(
    client_as: ClientAs, linked: ChangeDraft, role: Role, act: str
) -> None:
    sent: dict[str, Any] = {"settle": "link", "go_on": "1", "give_up": "1"}
    assert client_as(role).post(f"/winery/changes/{linked.reference}/{act}", sent).status_code == 403
    linked.refresh_from_db()
    assert linked.state == "waiting" and Payment.objects.count() == 1


def test_who_may_not_give_money_back_sends_no_such_sum(client_as: ClientAs, order: Order) -> None:
    """However fast the change becomes another between looking and settling: only the sum that was sent is settled."""
    client = client_as(Role.HOSPITALITY)
    draft = open_change(client, order)
    sent = fields_of(page_of(client, draft)) | {
        "settle": "back",
        "difference": "-12960",
        "settlement": "-12960",
    }
    assert client.post(f"/winery/changes/{draft.reference}/", sent).status_code == 403
    assert not Payment.objects.filter(kind="refund").exists()
