"""The test gateway: the contract of every gateway, then what is its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.gateways.contract import Wanted, new_key, usd
from tests.gateways.listing import ListingContract
from tirage.integrations.test_gateway import models
from tirage.integrations.test_gateway.cards import (
    MESSAGES,
    TEST_NUMBERS,
    Behaviour,
    passes_luhn,
    read_expiry,
)
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.payments.gateways import current_gateway
from tirage.payments.protocol import (
    CardRefused,
    Gateway,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Outcome,
    SavedCard,
)

NUMBERS = {behaviour.value: number for number, behaviour in reversed(TEST_NUMBERS.items())}


def fields(number: str = "4242 4242 4242 4242", expiry: str = "04 / 39", cvc: str = "123") -> dict[str, str]:
    return {"card_number": number, "card_expiry": expiry, "card_cvc": cvc, "card_name": "Ana Alvarez"}


def save(gateway: Gateway, details: dict[str, str] | None = None) -> SavedCard:
    return gateway.save_card(
        customer_reference="CUS-1", details=details or fields(), idempotency_key=new_key()
    )


def charge(gateway: Gateway, card: SavedCard, **other: Any) -> GatewayResult:
    call: dict[str, Any] = {
        "token": card.token,
        "amount": usd(120_00),
        "idempotency_key": new_key(),
        "description": "Order ORD-1",
        "return_url": "/orders/ORD-1/",
    }
    return gateway.charge(**(call | other))


@pytest.fixture
def gateway(db: None) -> Gateway:
    return TestGateway()


class TestContract(ListingContract):
    """Every demand on a gateway."""

    def details(self, wanted: Wanted) -> dict[str, str]:
        return fields(NUMBERS[wanted.value])

    def answer_bank(self, gateway: Gateway, result: GatewayResult, *, approve: bool) -> None:
        response = Client().post(result.action_url, {"answer": "approve" if approve else "decline"})
        assert response.status_code == 302

    def taken(self, gateway: Gateway, key: str) -> int:
        assert isinstance(gateway, TestGateway)
        amount = gateway.totals().get(key)
        return amount.minor if amount else 0


class TestCardFields:
    @pytest.mark.parametrize(
        ("number", "brand", "last4", "cvc"),
        [
            ("4242424242424242", "Visa", "4242", "123"),
            ("5555-5555-5555-4444", "Mastercard", "4444", "000"),
            (" 3782 822463 10005", "American Express", "0005", "1234"),
        ],
    )
    def test_numbers_are_read_as_people_type_them(
        self, gateway: Gateway, number: str, brand: str, last4: str, cvc: str
    ) -> None:
        card = save(gateway, fields(number, cvc=cvc))
        assert (card.brand, card.last4) == (brand, last4)
        assert charge(gateway, card).outcome is Outcome.SETTLED

    @pytest.mark.parametrize("text", ["04 / 39", "04/39", "4/39", "0439", "04/2039", "04-39", "4 2039"])
    def test_expiries_are_read_as_people_type_them(self, text: str) -> None:
        assert read_expiry(text) == (4, 2039)

    @pytest.mark.parametrize(
        ("details", "code"),
        [
            ({}, "incorrect_number"),
            (fields("4242 4242 4242 4241"), "incorrect_number"),
            (fields("4242 4242 424"), "incorrect_number"),
            (fields("card"), "incorrect_number"),
            (fields("٤242424242424242"), "incorrect_number"),
            (fields("4111 1111 1111 1111"), "not_a_test_card"),
            (fields(expiry=""), "invalid_expiry"),
            (fields(expiry="13 / 39"), "invalid_expiry"),
            (fields(expiry="00 / 39"), "invalid_expiry"),
            (fields(expiry="next year"), "invalid_expiry"),
            (fields(expiry="01 / 21"), "expired_card"),
            (fields(cvc=""), "incorrect_cvc"),
            (fields(cvc="12"), "incorrect_cvc"),
            (fields(cvc="1234"), "incorrect_cvc"),
            (fields("378282246310005", cvc="123"), "incorrect_cvc"),
            (fields("4000 0000 0000 0002"), "card_declined"),
        ],
    )
    def test_a_wrong_field_is_refused_with_what_to_do(
        self, gateway: Gateway, details: dict[str, str], code: str
    ) -> None:
        with pytest.raises(CardRefused) as refusal:
            save(gateway, details or {"card_name": "Ana"})
        assert refusal.value.code == code
        assert str(refusal.value) == MESSAGES[code]
        assert not models.TestCard.objects.exists()

    def test_every_documented_number_has_its_check_digit(self) -> None:
        assert all(passes_luhn(number) for number in TEST_NUMBERS)
        assert set(TEST_NUMBERS.values()) == set(Behaviour)

    def test_no_number_or_code_is_kept(self, gateway: Gateway) -> None:
        save(gateway, fields(cvc="987"))
        row = models.TestCard.objects.values_list().get()
        assert not [value for value in row if "42424242" in str(value) or str(value) == "987"]

    def test_the_documentation_lists_the_same_cards(self) -> None:
        text = (Path(__file__).parents[2] / "docs" / "payments.md").read_text(encoding="utf-8")
        written = "".join(character for character in text if character not in " ")
        assert [number for number in TEST_NUMBERS if f"|`{number}`|" not in written] == []


class TestExpiry:
    def test_a_saved_card_declines_from_the_month_after_its_expiry(self, db: None) -> None:
        moment = datetime(2026, 10, 6, tzinfo=UTC)
        gateway = TestGateway(clock=lambda: moment)
        card = save(gateway, fields(expiry="10 / 26"))
        moment = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
        assert charge(gateway, card).outcome is Outcome.SETTLED
        moment = datetime(2026, 11, 1, tzinfo=UTC)
        result = charge(gateway, card)
        assert (result.outcome, result.decline_code) == (Outcome.DECLINED, "expired_card")


class TestAuthorisations:
    """What is set aside lasts seven days by the gateway's own clock."""

    moment = datetime(2026, 10, 6, tzinfo=UTC)

    def hold(self, gateway: Gateway) -> tuple[dict[str, Any], GatewayResult]:
        call: dict[str, Any] = {
            "token": save(gateway).token,
            "amount": usd(120_00),
            "idempotency_key": new_key(),
            "description": "Order ORD-1",
            "return_url": "/orders/ORD-1/",
        }
        return call, gateway.authorise(**call)

    def capture(self, gateway: Gateway, held: GatewayResult, minor: int = 120_00) -> GatewayResult:
        return gateway.capture(
            gateway_reference=held.gateway_reference, amount=usd(minor), idempotency_key=new_key()
        )

    def test_it_says_when_it_ends_and_every_look_says_the_same(self, db: None) -> None:
        gateway = TestGateway(clock=lambda: self.moment)
        call, held = self.hold(gateway)
        assert held.expires_at == self.moment + timedelta(days=7)
        looks = (
            gateway.authorise(**call),
            gateway.find(idempotency_key=call["idempotency_key"]),
            gateway.fetch(gateway_reference=held.gateway_reference),
        )
        assert all(look == held for look in looks)
        assert charge(gateway, save(gateway)).expires_at is None

    def test_it_can_be_captured_to_its_end_and_not_in_its_last_moment(self, db: None) -> None:
        moment = self.moment
        gateway = TestGateway(clock=lambda: moment)
        (_, first), (call, second) = self.hold(gateway), self.hold(gateway)
        moment += timedelta(days=7) - timedelta(seconds=1)
        assert self.capture(gateway, first, 70_00).outcome is Outcome.SETTLED
        moment += timedelta(seconds=1)
        late = self.capture(gateway, second)
        assert (late.outcome, late.decline_code) == (Outcome.DECLINED, "authorization_expired")
        assert late.message and gateway.totals()[call["idempotency_key"]] == usd(0)
        present = gateway.fetch(gateway_reference=second.gateway_reference)
        assert (present.outcome, present.decline_code) == (Outcome.DECLINED, "authorization_expired")

    def test_what_was_captured_stays_and_what_lapsed_may_be_let_go(self, db: None) -> None:
        moment = self.moment
        gateway = TestGateway(clock=lambda: moment)
        (_, taken), (_, lapsed) = self.hold(gateway), self.hold(gateway)
        self.capture(gateway, taken)
        moment += timedelta(days=30)
        present = gateway.fetch(gateway_reference=taken.gateway_reference)
        assert (present.outcome, present.expires_at) == (Outcome.SETTLED, None)
        gone = gateway.void(gateway_reference=lapsed.gateway_reference, idempotency_key=new_key())
        assert gone.outcome is Outcome.SETTLED


class TestCalls:
    def test_the_settings_name_it(self) -> None:
        assert isinstance(current_gateway(), TestGateway)

    def test_a_charge_costs_two_statements_and_saving_one(self, gateway: Gateway) -> None:
        with CaptureQueriesContext(connection) as saving:
            card = save(gateway)
        with CaptureQueriesContext(connection) as charging:
            charge(gateway, card)
        assert (len(saving), len(charging)) == (1, 2)

    @pytest.mark.django_db(transaction=True)
    def test_a_charge_outside_any_transaction_sends_nothing_else(self) -> None:
        gateway = TestGateway()
        card = save(gateway)
        with CaptureQueriesContext(connection) as charging:
            charge(gateway, card)
        assert [query["sql"].split()[0] for query in charging] == ["SELECT", "INSERT"]

    def test_no_call_runs_inside_the_callers_transaction(self, gateway: Gateway) -> None:
        card = save(gateway)
        paid = charge(gateway, card).gateway_reference
        calls = [
            lambda: save(gateway),
            lambda: gateway.remove_card(token=card.token),
            lambda: charge(gateway, card),
            lambda: gateway.void(gateway_reference=paid, idempotency_key=new_key()),
            lambda: gateway.refund(gateway_reference=paid, amount=usd(1), idempotency_key=new_key()),
            lambda: gateway.capture(gateway_reference=paid, amount=usd(1), idempotency_key=new_key()),
        ]
        for call in calls:
            with transaction.atomic(), pytest.raises(RuntimeError):
                call()
        assert models.TestCharge.objects.count() == models.TestCard.objects.count() == 1
        assert not models.TestMovement.objects.exists()

    def test_a_lost_charge_leaves_no_row(self, gateway: Gateway) -> None:
        card = save(gateway, fields(NUMBERS["times_out_lost"]))
        with pytest.raises(GatewayTimeout):
            charge(gateway, card)
        assert not models.TestCharge.objects.exists()

    @pytest.mark.parametrize("key", ["", "k" * 121])
    def test_a_key_is_needed_and_not_endless(self, gateway: Gateway, key: str) -> None:
        with pytest.raises(GatewayRefused):
            charge(gateway, save(gateway), idempotency_key=key)

    def test_a_shop_that_went_live_takes_no_test_card(self, gateway: Gateway, settings: LazySettings) -> None:
        card, key = save(gateway), new_key()
        paid = charge(gateway, card)
        settings.TIRAGE_GATEWAY = "stripe"
        with pytest.raises(GatewayRefused):
            charge(gateway, card, idempotency_key=key)
        with pytest.raises(GatewayRefused):
            save(gateway)
        assert gateway.find(idempotency_key=key) is None
        gateway.refund(gateway_reference=paid.gateway_reference, amount=usd(1), idempotency_key=new_key())


class TestConstraints:
    """Each promise of the books is tried against the database itself."""

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"refunded_minor": -1}, "test_charge_refunded_not_negative"),
            ({"refunded_minor": 120_01}, "test_charge_refunds_within_captured"),
            ({"captured_minor": 120_01}, "test_charge_captures_within_amount"),
            ({"amount_minor": 0, "captured_minor": 0}, "test_charge_amount_positive"),
            ({"state": "voided"}, "test_charge_captures_only_settled"),
            ({"state": "odd", "captured_minor": 0}, "test_charge_state_is_legal"),
            ({"kind": "odd"}, "test_charge_kind_is_legal"),
            ({"first_outcome": "odd"}, "test_charge_first_outcome_is_legal"),
        ],
    )
    def test_a_charge_stays_within_its_amounts(
        self, gateway: Gateway, change: dict[str, Any], name: str
    ) -> None:
        charge(gateway, save(gateway))
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            models.TestCharge.objects.update(**change)

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"amount_minor": 0}, "test_movement_amount_fits_its_kind"),
            ({"kind": "void"}, "test_movement_amount_fits_its_kind"),
            ({"kind": "odd"}, "test_movement_kind_is_legal"),
            ({"outcome": "odd"}, "test_movement_outcome_is_legal"),
        ],
    )
    def test_a_movement_is_a_legal_one(self, gateway: Gateway, change: dict[str, Any], name: str) -> None:
        paid = charge(gateway, save(gateway))
        gateway.refund(gateway_reference=paid.gateway_reference, amount=usd(1), idempotency_key=new_key())
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            models.TestMovement.objects.update(**change)

    @pytest.mark.parametrize(
        ("change", "name"),
        [({"exp_month": 13}, "test_card_month"), ({"behaviour": "odd"}, "test_card_behaviour_is_legal")],
    )
    def test_a_card_is_a_legal_one(self, gateway: Gateway, change: dict[str, Any], name: str) -> None:
        save(gateway)
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            models.TestCard.objects.update(**change)

    @pytest.mark.parametrize("field", ["idempotency_key", "gateway_reference"])
    def test_a_key_or_reference_is_there_once(self, gateway: Gateway, field: str) -> None:
        card = save(gateway)
        charge(gateway, card)
        charge(gateway, card)
        with pytest.raises(IntegrityError), transaction.atomic():
            models.TestCharge.objects.update(**{field: "the same"})

    def test_a_cards_key_and_token_and_a_movements_key_are_there_once(self, gateway: Gateway) -> None:
        paid = charge(gateway, save(gateway))
        save(gateway)
        for _ in range(2):
            gateway.refund(gateway_reference=paid.gateway_reference, amount=usd(1), idempotency_key=new_key())
        for rows, field in (
            (models.TestCard.objects.all(), "idempotency_key"),
            (models.TestCard.objects.all(), "token"),
            (models.TestMovement.objects.all(), "idempotency_key"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**{field: "the same"})


class TestPages:
    def waiting(self, gateway: Gateway, return_url: str = "/orders/ORD-1/") -> GatewayResult:
        card = save(gateway, fields(NUMBERS["authenticates_always"]))
        return charge(gateway, card, return_url=return_url)

    def test_the_bank_page_says_that_it_is_a_test_and_what_is_asked(
        self, gateway: Gateway, client: Client
    ) -> None:
        response = client.get(self.waiting(gateway).action_url)
        page = response.content.decode()
        assert response.status_code == 200
        assert "This is a test." in page and "$120.00" in page and "Visa 3184" in page
        assert 'value="approve"' in page and 'value="decline"' in page and "csrfmiddlewaretoken" in page
        assert "style=" not in page and "onclick" not in page

    def test_the_answer_goes_back_to_the_shop_and_counts_once(self, gateway: Gateway, client: Client) -> None:
        result = self.waiting(gateway)
        for answer in ("decline", "approve"):
            response = client.post(result.action_url, {"answer": answer})
            assert response["Location"] == "/orders/ORD-1/"
        assert gateway.fetch(gateway_reference=result.gateway_reference).outcome is Outcome.DECLINED
        page = client.get(result.action_url).content.decode()
        assert "needs no answer" in page and 'href="/orders/ORD-1/"' in page

    def test_an_answer_of_neither_kind_changes_nothing(self, gateway: Gateway, client: Client) -> None:
        result = self.waiting(gateway)
        assert client.post(result.action_url, {"answer": "maybe"}).status_code == 400
        assert gateway.fetch(gateway_reference=result.gateway_reference).outcome is Outcome.NEEDS_CUSTOMER

    def test_an_unknown_charge_has_no_page(self, db: None, client: Client) -> None:
        assert client.get("/test-gateway/authenticate/tch_none/").status_code == 404

    def test_the_form_is_protected_against_forgery(self, gateway: Gateway) -> None:
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(self.waiting(gateway).action_url, {"answer": "approve"}).status_code == 403

    @pytest.mark.parametrize(
        "url", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"]
    )
    def test_a_return_address_elsewhere_is_refused(self, gateway: Gateway, url: str) -> None:
        with pytest.raises(GatewayRefused):
            self.waiting(gateway, url)
        assert not models.TestCharge.objects.exists()

    def test_an_address_under_the_site_is_returned_to(
        self, gateway: Gateway, client: Client, settings: LazySettings
    ) -> None:
        url = f"{settings.SITE_URL}/orders/ORD-1/"
        result = self.waiting(gateway, url)
        assert client.post(result.action_url, {"answer": "approve"})["Location"] == url

    def test_a_stored_address_that_is_no_longer_ours_leads_home(
        self, gateway: Gateway, client: Client
    ) -> None:
        result = self.waiting(gateway)
        models.TestCharge.objects.update(return_url="https://elsewhere.example/")
        assert client.post(result.action_url, {"answer": "approve"})["Location"] == "/"

    def test_the_card_form_has_its_fields_and_never_a_number_filled_in(self) -> None:
        typed = {"card_number": "4242", "card_cvc": "123", "card_expiry": "03/30", "card_name": "Ana"}
        facts = {"card_errors": ["Try <another> card."], "card_typed": typed}
        html = render_to_string(TestGateway.card_form_template, facts)
        for name, hint in (
            ("card_number", "cc-number"),
            ("card_expiry", "cc-exp"),
            ("card_cvc", "cc-csc"),
            ("card_name", "cc-name"),
        ):
            assert f'name="{name}"' in html and f'autocomplete="{hint}"' in html
        assert "Try &lt;another&gt; card." in html
        assert re.findall('value="(.*?)"', html) == ["03/30", "Ana"]
        assert "<form" not in html and "<script" not in html
