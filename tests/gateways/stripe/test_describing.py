"""How Stripe is set up, for the team: on the settings page and from the doctor, and never a key."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.gateways.contract import new_key, usd
from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import event_of, new_card, tell
from tests.web.conftest import member_with
from tests.world import World
from tirage.cli.doctor import run_doctor
from tirage.core.clock import read_clock
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.models import StripeCall, StripeEvent
from tirage.payments.protocol import GatewayFact
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db


def facts() -> dict[str, GatewayFact]:
    return {fact.label: fact for fact in StripeGateway().describe(now=read_clock())}


def pay(fake: FakeStripe, hours_ago: int) -> None:
    StripeGateway().charge(
        token=new_card(fake), amount=usd(1_00), idempotency_key=new_key(), description="", return_url=""
    )
    StripeCall.objects.update(made_at=read_clock() - timedelta(hours=hours_ago))


def test_it_says_what_is_set_and_in_which_mode(
    winery: Any, fake: FakeStripe, stripe_settings: LazySettings
) -> None:
    assert facts()["Gateway"].value == "Stripe, test mode: no money moves"
    assert facts()["Webhook address"].value.endswith("/stripe/webhook/")
    stripe_settings.TIRAGE_STRIPE_SECRET_KEY = "sk_live_x"
    stripe_settings.TIRAGE_STRIPE_WEBHOOK_SECRET = ""
    assert facts()["Gateway"].value == "Stripe, live: cards are charged"
    assert facts()["Secret key"] == GatewayFact("Secret key", "set")
    missing = facts()["Webhook secret"]
    assert missing.value == "missing" and "TIRAGE_STRIPE_WEBHOOK_SECRET" in missing.problem


def test_silence_after_a_payment_is_a_problem_and_before_one_isnt(winery: Any, fake: FakeStripe) -> None:
    assert facts()["Last heard from Stripe"] == GatewayFact("Last heard from Stripe", "nothing yet")
    pay(fake, hours_ago=0)
    assert facts()["Last heard from Stripe"].problem == ""
    pay(fake, hours_ago=2)
    assert "webhook" in facts()["Last heard from Stripe"].problem
    tell(event_of("balance.available", {"object": "balance"}))
    assert facts()["Last heard from Stripe"].problem == ""


def test_what_couldnt_be_handled_is_counted(winery: Any, fake: FakeStripe) -> None:
    assert "Not understood yet" not in facts()
    long_ago = read_clock() - timedelta(hours=2)
    StripeEvent.objects.create(event_id="evt_1", kind="x", happened_at=long_ago, heard_at=long_ago)
    assert facts()["Not understood yet"].value == "1"


def test_the_settings_page_tells_the_team_and_shows_no_key(world_today: World, fake: FakeStripe) -> None:
    client = Client()
    client.force_login(member_with(Role.OWNER), backend="allauth.account.auth_backends.AuthenticationBackend")
    pay(fake, hours_ago=2)
    page = client.get("/winery/settings/payments/").content.decode()
    assert "Stripe, test mode: no money moves" in page and "look at the webhook in Stripe" in page
    assert not any(key in page for key in ("sk_test_tirage", "pk_test_tirage", "whsec_"))


def test_the_doctor_names_what_to_look_at(
    winery: Any, fake: FakeStripe, capsys: pytest.CaptureFixture[str]
) -> None:
    pay(fake, hours_ago=2)
    run_doctor(argparse.Namespace(quiet=True))
    said = capsys.readouterr().out
    assert "look    Last heard from Stripe: nothing yet." in said and "sk_test" not in said
