"""Answering for a bank that has been silent for a day: who may, when, and with which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.web.backoffice.payments.test_payments import order_of, page_of, pay, story
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.payments.models import Payment
from tirage.payments.protocol import GatewayTimeout
from tirage.staff.states import Role


@pytest.fixture
def silent(world: World, monkeypatch: pytest.MonkeyPatch) -> Payment:
    """A charge whose bank has been silent for two days."""

    def nothing(self: TestGateway, **asked: Any) -> None:
        raise GatewayTimeout("no answer")

    monkeypatch.setattr(TestGateway, "find", nothing)
    monkeypatch.setattr(TestGateway, "fetch", nothing)
    two_days_ago = read_clock() - timedelta(days=2)
    return pay(
        order_of(world, world.ben), two_days_ago, 268_00, state="unknown", payment_method=world.ben_card
    )


def answer(client: Client, payment: Payment, **form: str) -> Any:
    return client.post(f"/winery/payments/{payment.reference}/answer", form, follow=True)


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [("unseen", "voided", "You wrote down: given up."), ("arrived", "settled", "You wrote down: paid.")],
)
def test_after_a_day_of_silence_a_person_may_answer(
    owner_client: Client, silent: Payment, found: str, state: str, words: str
) -> None:
    assert "The bank doesn’t answer any more" in page_of(owner_client, silent)
    said = answer(owner_client, silent, found=found, reason="Their support says so")
    assert words in said.content.decode() and "The bank doesn’t answer any more" not in said.content.decode()
    assert any("(Their support says so)" in one for one in story(owner_client, silent))
    silent.refresh_from_db()
    assert silent.state == state


def test_an_answer_without_words_changes_nothing(owner_client: Client, silent: Payment) -> None:
    refused = answer(owner_client, silent, found="unseen", reason="")
    assert refused.status_code == 400 and "Write a few words." in refused.content.decode()
    silent.refresh_from_db()
    assert silent.state == "unknown"


def test_a_young_payment_is_left_to_its_bank(owner_client: Client, silent: Payment) -> None:
    Payment.objects.filter(pk=silent.pk).update(made_at=read_clock() - timedelta(hours=2))
    assert "The bank doesn’t answer any more" not in page_of(owner_client, silent)
    assert answer(owner_client, silent, found="unseen", reason="x").status_code == 400


def test_only_who_may_give_money_back_may_answer(client_as: ClientAs, silent: Payment) -> None:
    hospitality = client_as(Role.HOSPITALITY)
    assert "The bank doesn’t answer any more" not in page_of(hospitality, silent)
    assert answer(hospitality, silent, found="unseen", reason="x").status_code == 403
