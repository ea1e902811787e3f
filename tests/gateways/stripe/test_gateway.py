"""What is Stripe's own, beside the contract of every gateway."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from django.conf import LazySettings
from django.db import transaction

from tests.gateways.contract import new_key, usd
from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import filled_form, new_card, question_of
from tirage.core.clock import read_clock
from tirage.integrations.stripe import books, client, people
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.judging import Judgement
from tirage.integrations.stripe.models import StripeCall, StripeCard, StripeCustomer
from tirage.integrations.stripe.tidying import tidy_stripe
from tirage.payments.protocol import (
    CardRefused,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Outcome,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(fake: FakeStripe) -> StripeGateway:
    return StripeGateway()


def call(token: str, key: str = "", minor: int = 120_00) -> dict[str, Any]:
    return {
        "token": token,
        "amount": usd(minor),
        "idempotency_key": key or new_key(),
        "description": "ORD-1",
        "return_url": "/orders/ORD-1/",
    }


def refund(result: GatewayResult, minor: int = 120_00, key: str = "") -> dict[str, Any]:
    return {
        "gateway_reference": result.gateway_reference,
        "amount": usd(minor),
        "idempotency_key": key or new_key(),
    }


class TestLostAnswers:
    def test_making_the_payment_moves_nothing_so_a_lost_answer_there_costs_nothing(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        asked = call(new_card(fake))
        fake.silent.append(("post", "payment_intents"))
        with pytest.raises(GatewayTimeout):
            gateway.charge(**asked)
        assert gateway.find(idempotency_key=asked["idempotency_key"]) is None
        assert [intent["status"] for intent in fake.intents.values()] == ["requires_confirmation"]
        assert gateway.charge(**asked).outcome is Outcome.SETTLED
        assert (len(fake.intents), fake.taken(asked["idempotency_key"])) == (1, 120_00)

    @pytest.mark.parametrize("behaviour", ["succeeds", "insufficient_funds", "authenticates_always"])
    def test_a_day_later_the_same_key_is_still_the_same_charge_and_no_bank_is_asked_again(
        self, gateway: StripeGateway, fake: FakeStripe, behaviour: str
    ) -> None:
        asked = call(new_card(fake, behaviour))
        first, said = gateway.charge(**asked), len(fake.asked)
        fake.forget_keys()
        assert gateway.charge(**asked) == first
        assert len(fake.asked) == said

    def test_the_first_answer_stands_whoever_comes_second(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        asked = call(new_card(fake))
        first = gateway.charge(**asked)
        row = StripeCall.objects.get(idempotency_key=asked["idempotency_key"])
        assert books.keep_answer(row, Judgement(Outcome.DECLINED, "card_declined")) == first

    def test_a_day_later_an_unanswered_confirmation_is_read_off_the_payment(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        asked = call(new_card(fake, "times_out_charged"))
        with pytest.raises(GatewayTimeout):
            gateway.charge(**asked)
        fake.forget_keys()
        assert gateway.charge(**asked).outcome is Outcome.SETTLED
        assert (len(fake.intents), fake.taken(asked["idempotency_key"])) == (1, 120_00)

    def test_a_day_later_an_unanswered_refund_is_looked_for_and_not_given_twice(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        paid = call(new_card(fake, "refund_times_out"))
        back = refund(gateway.charge(**paid), 30_00)
        with pytest.raises(GatewayTimeout):
            gateway.refund(**back)
        fake.forget_keys()
        assert gateway.refund(**back).outcome is Outcome.SETTLED
        assert (len(fake.refunds), fake.taken(paid["idempotency_key"])) == (1, 90_00)

    def test_a_capture_whose_answer_was_lost_is_known_by_its_key(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        held = gateway.authorise(**call(new_card(fake)))
        taken = refund(held, 70_00)
        fake.silent.append(("post", "capture"))
        with pytest.raises(GatewayTimeout):
            gateway.capture(**taken)
        found = gateway.find(idempotency_key=taken["idempotency_key"])
        assert found is not None and found.outcome is Outcome.SETTLED
        fake.forget_keys()
        assert gateway.capture(**taken) == found
        with pytest.raises(GatewayRefused):
            gateway.capture(**refund(held, 10_00))

    def test_a_rivals_capture_isnt_ours(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        held = gateway.authorise(**call(new_card(fake)))
        fake.down = True
        mine = refund(held, 70_00)
        with pytest.raises(GatewayTimeout):
            gateway.capture(**mine)
        fake.down = False
        gateway.capture(**refund(held, 50_00))
        assert gateway.find(idempotency_key=mine["idempotency_key"]) is None

    def test_a_void_whose_answer_was_lost_is_found(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        held, key = gateway.authorise(**call(new_card(fake))), new_key()
        fake.silent.append(("post", "cancel"))
        with pytest.raises(GatewayTimeout):
            gateway.void(gateway_reference=held.gateway_reference, idempotency_key=key)
        found = gateway.find(idempotency_key=key)
        assert found is not None and found.outcome is Outcome.SETTLED

    def test_while_stripe_is_silent_nobody_knows(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        asked = call(new_card(fake))
        paid = gateway.charge(**asked)
        fake.down = True
        for ask in (
            lambda: gateway.find(idempotency_key=asked["idempotency_key"]),
            lambda: gateway.fetch(gateway_reference=paid.gateway_reference),
            lambda: gateway.refund(**refund(paid)),
            lambda: gateway.charge(**call(asked["token"])),
        ):
            with pytest.raises(GatewayTimeout):
                ask()

    def test_a_payment_that_another_accounts_key_doesnt_show_is_unknown_not_gone(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        paid = gateway.charge(**call(new_card(fake)))
        fake.intents.clear()
        with pytest.raises(GatewayTimeout):
            gateway.fetch(gateway_reference=paid.gateway_reference)

    def test_a_key_that_stripe_takes_no_more_says_nothing_of_money(
        self, gateway: StripeGateway, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = call(new_card(fake, "refund_times_out"))
        back = refund(gateway.charge(**asked), 1_00)
        with pytest.raises(GatewayTimeout):
            gateway.refund(**back)
        monkeypatch.setattr(fake, "_answer", lambda *any: (401, {"error": {"message": "Expired API Key"}}))
        for key in (asked["idempotency_key"], back["idempotency_key"]):
            with pytest.raises(GatewayTimeout):
                gateway.find(idempotency_key=key)
        with pytest.raises(GatewayRefused):
            gateway.charge(**call(asked["token"]))

    def test_a_payment_that_stripe_wont_let_go_waits(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        held = gateway.authorise(**call(new_card(fake)))
        intent = fake.intents[held.gateway_reference]
        fake.before["cancel"] = lambda: intent.update(status="processing")
        with pytest.raises(GatewayTimeout):
            gateway.void(gateway_reference=held.gateway_reference, idempotency_key=new_key())

    @pytest.mark.parametrize("status", ["processing", "requires_something_new"])
    def test_while_stripe_itself_doesnt_know_neither_do_we(
        self, gateway: StripeGateway, fake: FakeStripe, status: str
    ) -> None:
        asked = call(new_card(fake))
        paid = gateway.charge(**asked)
        fake.intents[paid.gateway_reference]["status"] = status
        with pytest.raises(GatewayTimeout):
            gateway.fetch(gateway_reference=paid.gateway_reference)


class TestTheBanksQuestion:
    def waiting(self, gateway: StripeGateway, fake: FakeStripe) -> tuple[GatewayResult, dict[str, str]]:
        result = gateway.charge(**call(new_card(fake, "authenticates_always")))
        return result, question_of(result.action_url)

    def test_a_failed_confirmation_closes_the_payment_so_that_an_open_page_pays_nothing(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        result, asked = self.waiting(gateway, fake)
        fake.answer_bank(asked["secret"], asked["card"], approve=False)
        present = gateway.fetch(gateway_reference=result.gateway_reference)
        assert (present.outcome, present.decline_code) == (Outcome.DECLINED, "authentication_failed")
        assert not fake.answer_bank(asked["secret"], asked["card"], approve=True)
        assert gateway.fetch(gateway_reference=result.gateway_reference) == present

    def test_a_customer_who_succeeds_while_we_close_has_paid(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        result, asked = self.waiting(gateway, fake)
        fake.answer_bank(asked["secret"], asked["card"], approve=False)
        fake.before["cancel"] = lambda: fake.answer_bank(asked["secret"], asked["card"], approve=True)
        present = gateway.fetch(gateway_reference=result.gateway_reference)
        assert (present.outcome, present.decline_code) == (Outcome.SETTLED, "")

    def test_a_card_declined_without_the_customer_is_left_as_it_is(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        asked = call(new_card(fake, "insufficient_funds"))
        declined = gateway.charge(**asked)
        assert gateway.fetch(gateway_reference=declined.gateway_reference) == declined
        assert ("post", f"payment_intents/{declined.gateway_reference}/cancel") not in fake.asked

    def test_each_payment_has_a_page_of_its_own_that_cant_be_guessed(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        (first, _), (second, _) = self.waiting(gateway, fake), self.waiting(gateway, fake)
        assert first.action_url != second.action_url
        assert first.gateway_reference not in first.action_url and len(first.action_url) > 40


class TestAuthorisations:
    def test_it_says_when_it_ends_and_every_look_says_the_same(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        asked = call(new_card(fake))
        held = gateway.authorise(**asked)
        made = fake.charges[fake.intents[held.gateway_reference]["latest_charge"]]["created"]
        assert held.expires_at == datetime.fromtimestamp(made, UTC) + timedelta(days=7)
        assert gateway.authorise(**asked) == held == gateway.fetch(gateway_reference=held.gateway_reference)
        assert gateway.charge(**call(asked["token"])).expires_at is None

    def test_what_has_lapsed_is_called_so(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        held = gateway.authorise(**call(new_card(fake)))
        fake.lapse(held.gateway_reference)
        present = gateway.fetch(gateway_reference=held.gateway_reference)
        late = gateway.capture(**refund(held))
        for one in (present, late):
            assert (one.outcome, one.decline_code) == (Outcome.DECLINED, "authorization_expired")
        assert late.message

    def test_a_bank_may_still_say_no_at_the_capture(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        held = gateway.authorise(**call(new_card(fake)))
        error = {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}
        fake.answers["capture"] = (402, {"error": error | {"message": "No."}})
        late = gateway.capture(**refund(held))
        assert (late.outcome, late.decline_code) == (Outcome.DECLINED, "insufficient_funds")


class TestRefunds:
    def test_a_refund_on_its_way_is_unknown_until_it_has_arrived(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        back = refund(gateway.charge(**call(new_card(fake, "refund_waits"))), 30_00)
        with pytest.raises(GatewayTimeout):
            gateway.refund(**back)
        with pytest.raises(GatewayTimeout):
            gateway.find(idempotency_key=back["idempotency_key"])
        next(iter(fake.refunds.values()))["status"] = "succeeded"
        found = gateway.find(idempotency_key=back["idempotency_key"])
        assert found is not None and found.outcome is Outcome.SETTLED
        assert gateway.refund(**back) == found and len(fake.refunds) == 1


class TestCards:
    def save(self, gateway: StripeGateway, **details: str) -> None:
        gateway.save_card(customer_reference="CUS-1", details=details, idempotency_key=new_key())

    @pytest.mark.parametrize("setup", ["", "seti_1/../../customers", "pi_1", "seti_"])
    def test_a_form_without_stripes_answer_says_what_to_do(
        self, gateway: StripeGateway, fake: FakeStripe, setup: str
    ) -> None:
        with pytest.raises(CardRefused) as refusal:
            self.save(gateway, card_setup=setup)
        assert refusal.value.code == "no_setup" and "JavaScript" in str(refusal.value)
        assert fake.asked == []

    def test_nobody_gets_somebody_elses_card(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        new_card(fake, customer="CUS-1")
        foreign = filled_form(fake, "CUS-2")
        with pytest.raises(CardRefused) as refusal:
            self.save(gateway, **foreign)
        assert refusal.value.code == "no_setup"
        assert StripeCard.objects.count() == 1

    def test_a_setup_that_nobody_finished_is_no_card(self, gateway: StripeGateway, fake: FakeStripe) -> None:
        people.start_setup(customer_reference="CUS-1", now=read_clock())
        with pytest.raises(CardRefused) as refusal:
            self.save(gateway, card_setup=next(iter(fake.setups)))
        assert refusal.value.code == "card_declined"

    def test_one_customer_of_ours_is_one_of_theirs_and_stripe_gets_no_name(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        new_card(fake)
        new_card(fake)
        (made,) = fake.customers.values()
        assert made["metadata"] == {"tirage_customer": "CUS-1"} and "email" not in made

    def test_a_customer_deleted_in_stripes_pages_is_made_again(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        new_card(fake)
        fake.customers.clear()
        token = new_card(fake)
        assert gateway.charge(**call(token)).outcome is Outcome.SETTLED
        assert StripeCustomer.objects.get().stripe_id == next(iter(fake.customers))

    def test_a_card_removed_while_stripe_is_silent_charges_no_more_and_is_forgotten_later(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        token = new_card(fake)
        fake.down = True
        gateway.remove_card(token=token)
        fake.down = False
        with pytest.raises(GatewayRefused):
            gateway.charge(**call(token))
        assert fake.cards[token].shape["customer"]
        assert (tidy_stripe(now=read_clock()), tidy_stripe(now=read_clock())) == (1, 0)
        assert fake.cards[token].shape["customer"] is None

    def test_a_removed_card_isnt_saved_again_by_an_old_form(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        details = filled_form(fake, "CUS-1")
        asked: dict[str, Any] = {"customer_reference": "CUS-1", "details": details}
        card = gateway.save_card(**asked, idempotency_key=new_key())
        gateway.remove_card(token=card.token)
        with pytest.raises(CardRefused) as refusal:
            gateway.save_card(**asked, idempotency_key=new_key())
        assert refusal.value.code == "removed"

    def test_a_card_of_test_mode_isnt_charged_live(
        self, gateway: StripeGateway, fake: FakeStripe, stripe_settings: LazySettings
    ) -> None:
        token = new_card(fake)
        stripe_settings.TIRAGE_STRIPE_SECRET_KEY = "sk_live_tirage"
        with pytest.raises(GatewayRefused):
            gateway.charge(**call(token))
        assert new_card(fake) != token
        assert StripeCustomer.objects.count() == 2


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "raised"),
        [
            (stripe.APIConnectionError("cut off"), GatewayTimeout),
            (stripe.APIError("Stripe is on fire", http_status=500), GatewayTimeout),
            (stripe.RateLimitError("slower"), GatewayTimeout),
            (stripe.InvalidRequestError("what?", "amount", code="amount_too_small"), GatewayRefused),
            (stripe.IdempotencyError("another call"), GatewayRefused),
            (stripe.AuthenticationError("Invalid API Key provided: sk_test_***age"), GatewayRefused),
            (stripe.PermissionError("this key may not"), GatewayRefused),
        ],
    )
    def test_each_error_of_the_library_is_one_of_the_protocols(
        self, fake: FakeStripe, error: stripe.StripeError, raised: type[Exception]
    ) -> None:
        def fail() -> None:
            raise error

        with pytest.raises(raised) as refusal:
            client.ask(fail)
        assert "sk_test" not in str(refusal.value)

    def test_no_call_runs_inside_the_callers_transaction(
        self, gateway: StripeGateway, fake: FakeStripe
    ) -> None:
        token = new_card(fake)
        asked = len(fake.asked)
        with transaction.atomic(), pytest.raises(RuntimeError):
            gateway.charge(**call(token))
        assert len(fake.asked) == asked

    def test_nothing_that_must_stay_secret_is_logged_or_kept(
        self, gateway: StripeGateway, fake: FakeStripe, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            logging.getLogger("stripe").setLevel(logging.WARNING)  # as the settings have it
            result = gateway.charge(**call(new_card(fake, "authenticates_always")))
            fake.down = True
            with pytest.raises(GatewayTimeout):
                gateway.fetch(gateway_reference=result.gateway_reference)
        secrets = [one["client_secret"] for one in (*fake.intents.values(), *fake.setups.values())]
        kept = str([list(model.objects.values()) for model in (StripeCall, StripeCard, StripeCustomer)])
        for secret in [*secrets, "sk_test_tirage", "whsec_"]:
            assert secret not in caplog.text and secret not in kept

    def test_stripes_library_says_nothing_of_what_it_sends(self, stripe_settings: LazySettings) -> None:
        loggers: Any = stripe_settings.LOGGING["loggers"]
        assert loggers["stripe"]["level"] == "WARNING"
        assert stripe.enable_telemetry is False
