"""What every gateway must do. A gateway's test module subclasses ``GatewayContract`` and fills in three hooks."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import Any

import pytest

from tirage.core.money import Money
from tirage.payments.protocol import (
    CardRefused,
    Gateway,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Outcome,
    SavedCard,
)

_numbers = itertools.count(1)


class Wanted(StrEnum):
    """A card by what it does when used."""

    SUCCEEDS = "succeeds"
    CARD_DECLINED = "card_declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    STOLEN_CARD = "stolen_card"
    AUTHENTICATES_ALWAYS = "authenticates_always"
    AUTHENTICATES_ONCE = "authenticates_once"
    #: The charge happens and its answer is lost.
    TIMES_OUT_CHARGED = "times_out_charged"
    #: The charge never arrives.
    TIMES_OUT_LOST = "times_out_lost"
    #: The bank wants to see the customer and that answer is lost.
    TIMES_OUT_AUTHENTICATES = "times_out_authenticates"
    REFUND_DECLINED = "refund_declined"
    #: The refund happens and its answer is lost.
    REFUND_TIMES_OUT = "refund_times_out"
    SAVE_DECLINED = "save_declined"
    #: The card is saved and the answer is lost.
    SAVE_TIMES_OUT = "save_times_out"


def new_key() -> str:
    """An idempotency key that no call had yet."""
    return f"key-{next(_numbers)}"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


class GatewayContract:
    """Subclass, name it ``Test…``, provide the ``gateway`` fixture and the hooks."""

    def details(self, wanted: Wanted) -> dict[str, str]:
        """The card fields of a card that behaves so."""
        raise NotImplementedError

    def answer_bank(self, gateway: Gateway, result: GatewayResult, *, approve: bool) -> None:
        """Plays the customer at ``result.action_url``."""
        raise NotImplementedError

    def taken(self, gateway: Gateway, key: str) -> int:
        """Minor units that the call with ``key`` has taken in the end: captured minus refunded, 0 if none."""
        raise NotImplementedError

    # Words used by the tests below.

    def save(self, gateway: Gateway, wanted: Wanted = Wanted.SUCCEEDS, key: str = "") -> SavedCard:
        """With a key: the same form sent again has the same fields."""
        sent = self.__dict__.setdefault("forms_sent", {})
        form = (key or new_key(), wanted)
        if form not in sent:
            sent[form] = self.details(wanted)
        return gateway.save_card(customer_reference="CUS-1", details=sent[form], idempotency_key=form[0])

    def charge(
        self, gateway: Gateway, wanted: Wanted = Wanted.SUCCEEDS, minor: int = 120_00
    ) -> GatewayResult:
        return gateway.charge(**self.call(self.save(gateway, wanted), minor=minor))

    def authorise(self, gateway: Gateway, minor: int = 120_00) -> GatewayResult:
        return gateway.authorise(**self.call(self.save(gateway), minor=minor))

    @staticmethod
    def call(card: SavedCard, *, minor: int = 120_00, key: str = "") -> dict[str, Any]:
        return {
            "token": card.token,
            "amount": usd(minor),
            "idempotency_key": key or new_key(),
            "description": "Order ORD-1",
            "return_url": "/orders/ORD-1/",
        }

    # Cards.

    def test_saving_tells_what_a_person_recognises(self, gateway: Gateway) -> None:
        card = self.save(gateway)
        assert (card.brand, card.last4) == ("Visa", "4242")
        assert 1 <= card.exp_month <= 12 and card.exp_year >= 2026
        assert card.token and "4242424242424242" not in card.token

    def test_saving_twice_with_one_key_keeps_one_card(self, gateway: Gateway) -> None:
        key = new_key()
        assert self.save(gateway, key=key) == self.save(gateway, key=key)

    def test_saving_another_card_with_the_same_key_is_refused(self, gateway: Gateway) -> None:
        key = new_key()
        self.save(gateway, key=key)
        with pytest.raises(GatewayRefused):
            self.save(gateway, Wanted.CARD_DECLINED, key=key)

    def test_a_card_that_the_bank_declines_is_not_saved(self, gateway: Gateway) -> None:
        with pytest.raises(CardRefused) as refusal:
            self.save(gateway, Wanted.SAVE_DECLINED)
        assert refusal.value.code == "card_declined"
        assert str(refusal.value).endswith(".")

    def test_a_lost_answer_to_saving_is_found_by_saying_it_again(self, gateway: Gateway) -> None:
        key = new_key()
        with pytest.raises(GatewayTimeout):
            self.save(gateway, Wanted.SAVE_TIMES_OUT, key=key)
        card = self.save(gateway, Wanted.SAVE_TIMES_OUT, key=key)
        assert gateway.charge(**self.call(card)).outcome is Outcome.SETTLED

    def test_a_removed_card_charges_no_more(self, gateway: Gateway) -> None:
        card, key = self.save(gateway), new_key()
        gateway.remove_card(token=card.token)
        with pytest.raises(GatewayRefused):
            gateway.charge(**self.call(card, key=key))
        assert self.taken(gateway, key) == 0

    def test_removing_an_unknown_card_is_fine(self, gateway: Gateway) -> None:
        gateway.remove_card(token="no-such-card")

    # Charges.

    @pytest.mark.parametrize("act", ["charge", "authorise"])
    def test_an_unknown_card_is_refused(self, gateway: Gateway, act: str) -> None:
        key = new_key()
        unknown = SavedCard("no-such-card", "Visa", "4242", 1, 2030)
        with pytest.raises(GatewayRefused):
            getattr(gateway, act)(**self.call(unknown, key=key))
        assert gateway.find(idempotency_key=key) is None

    def test_it_says_the_least_that_it_charges(self, gateway: Gateway) -> None:
        least = {currency: gateway.least(currency=currency) for currency in ("USD", "GBP", "JPY")}
        assert least == {"USD": 50, "GBP": 30, "JPY": 50}

    def test_a_charge_takes_the_amount_at_once(self, gateway: Gateway) -> None:
        key = new_key()
        result = gateway.charge(**self.call(self.save(gateway), minor=250_00, key=key))
        assert result.outcome is Outcome.SETTLED
        assert result.gateway_reference and result.decline_code == "" and result.action_url == ""
        assert self.taken(gateway, key) == 250_00

    @pytest.mark.parametrize("minor", [0, -1])
    def test_nothing_or_less_is_refused(self, gateway: Gateway, minor: int) -> None:
        card, charge = self.save(gateway), self.charge(gateway)
        with pytest.raises(GatewayRefused):
            gateway.charge(**self.call(card, minor=minor))
        with pytest.raises(GatewayRefused):
            gateway.refund(
                gateway_reference=charge.gateway_reference, amount=usd(minor), idempotency_key=new_key()
            )

    @pytest.mark.parametrize(
        "wanted",
        [Wanted.CARD_DECLINED, Wanted.INSUFFICIENT_FUNDS, Wanted.EXPIRED_CARD, Wanted.STOLEN_CARD],
    )
    @pytest.mark.parametrize("act", ["charge", "authorise"])
    def test_a_declined_card_says_why_and_takes_nothing(
        self, gateway: Gateway, act: str, wanted: Wanted
    ) -> None:
        key = new_key()
        result = getattr(gateway, act)(**self.call(self.save(gateway, wanted), key=key))
        assert (result.outcome, result.decline_code) == (Outcome.DECLINED, wanted.value)
        assert result.message.endswith(".") and "stolen" not in result.message.lower()
        assert self.taken(gateway, key) == 0
        assert gateway.find(idempotency_key=key) == result

    # Idempotency.

    @pytest.mark.parametrize("wanted", [Wanted.SUCCEEDS, Wanted.CARD_DECLINED, Wanted.AUTHENTICATES_ALWAYS])
    @pytest.mark.parametrize("act", ["charge", "authorise"])
    def test_the_same_call_again_gives_the_first_result(
        self, gateway: Gateway, act: str, wanted: Wanted
    ) -> None:
        call = self.call(self.save(gateway, wanted))
        first = getattr(gateway, act)(**call)
        taken = self.taken(gateway, call["idempotency_key"])
        assert getattr(gateway, act)(**call) == first
        assert self.taken(gateway, call["idempotency_key"]) == taken

    def test_a_repetition_after_the_customer_answered_still_gives_the_first_result(
        self, gateway: Gateway
    ) -> None:
        call = self.call(self.save(gateway, Wanted.AUTHENTICATES_ALWAYS))
        first = gateway.charge(**call)
        self.answer_bank(gateway, first, approve=True)
        assert gateway.charge(**call) == first
        assert self.taken(gateway, call["idempotency_key"]) == 120_00

    @pytest.mark.parametrize(
        "other",
        [
            {"amount": usd(120_01)},
            {"amount": Money(120_00, "EUR")},
            {"description": "Order ORD-2"},
            {"return_url": "/orders/ORD-2/"},
        ],
    )
    def test_a_key_with_other_arguments_is_refused(self, gateway: Gateway, other: dict[str, Any]) -> None:
        call = self.call(self.save(gateway))
        gateway.charge(**call)
        with pytest.raises(GatewayRefused):
            gateway.charge(**(call | other))
        assert self.taken(gateway, call["idempotency_key"]) == 120_00

    def test_a_key_with_another_card_or_act_is_refused(self, gateway: Gateway) -> None:
        call = self.call(self.save(gateway))
        charge = gateway.charge(**call)
        with pytest.raises(GatewayRefused):
            gateway.charge(**(call | {"token": self.save(gateway).token}))
        with pytest.raises(GatewayRefused):
            gateway.authorise(**call)
        with pytest.raises(GatewayRefused):
            gateway.refund(
                gateway_reference=charge.gateway_reference,
                amount=usd(1),
                idempotency_key=call["idempotency_key"],
            )
        assert self.taken(gateway, call["idempotency_key"]) == 120_00

    def test_the_key_of_a_refund_charges_nothing(self, gateway: Gateway) -> None:
        key = new_key()
        charge = self.charge(gateway)
        gateway.refund(gateway_reference=charge.gateway_reference, amount=usd(1), idempotency_key=key)
        with pytest.raises(GatewayRefused):
            gateway.charge(**self.call(self.save(gateway), key=key))

    # Answers that never came.

    def test_a_charge_whose_answer_was_lost_is_found(self, gateway: Gateway) -> None:
        call = self.call(self.save(gateway, Wanted.TIMES_OUT_CHARGED))
        with pytest.raises(GatewayTimeout):
            gateway.charge(**call)
        found = gateway.find(idempotency_key=call["idempotency_key"])
        assert found is not None and found.outcome is Outcome.SETTLED
        assert gateway.charge(**call) == found
        assert self.taken(gateway, call["idempotency_key"]) == 120_00

    def test_a_charge_that_never_arrived_is_not_found(self, gateway: Gateway) -> None:
        call = self.call(self.save(gateway, Wanted.TIMES_OUT_LOST))
        with pytest.raises(GatewayTimeout):
            gateway.charge(**call)
        assert gateway.find(idempotency_key=call["idempotency_key"]) is None
        assert self.taken(gateway, call["idempotency_key"]) == 0

    def test_a_lost_answer_may_have_been_that_the_bank_wants_the_customer(self, gateway: Gateway) -> None:
        call = self.call(self.save(gateway, Wanted.TIMES_OUT_AUTHENTICATES))
        with pytest.raises(GatewayTimeout):
            gateway.charge(**call)
        found = gateway.find(idempotency_key=call["idempotency_key"])
        assert found is not None and found.outcome is Outcome.NEEDS_CUSTOMER and found.action_url
        assert self.taken(gateway, call["idempotency_key"]) == 0
        self.answer_bank(gateway, found, approve=True)
        assert self.taken(gateway, call["idempotency_key"]) == 120_00

    def test_a_refund_whose_answer_was_lost_is_found_and_not_repeated(self, gateway: Gateway) -> None:
        charge_key, key = new_key(), new_key()
        charge = gateway.charge(
            **self.call(self.save(gateway, Wanted.REFUND_TIMES_OUT), minor=100_00, key=charge_key)
        )
        refund: dict[str, Any] = {
            "gateway_reference": charge.gateway_reference,
            "amount": usd(30_00),
            "idempotency_key": key,
        }
        with pytest.raises(GatewayTimeout):
            gateway.refund(**refund)
        found = gateway.find(idempotency_key=key)
        assert found is not None and found.outcome is Outcome.SETTLED
        assert gateway.refund(**refund) == found
        assert self.taken(gateway, charge_key) == 70_00

    def test_a_key_that_no_call_had_finds_nothing(self, gateway: Gateway) -> None:
        assert gateway.find(idempotency_key=new_key()) is None

    # The bank wants to see the customer.

    def test_an_approved_charge_settles(self, gateway: Gateway) -> None:
        key = new_key()
        result = gateway.charge(**self.call(self.save(gateway, Wanted.AUTHENTICATES_ALWAYS), key=key))
        assert result.outcome is Outcome.NEEDS_CUSTOMER and result.action_url
        assert self.taken(gateway, key) == 0
        self.answer_bank(gateway, result, approve=True)
        present = gateway.fetch(gateway_reference=result.gateway_reference)
        assert (present.outcome, present.action_url) == (Outcome.SETTLED, "")
        assert gateway.find(idempotency_key=key) == present
        assert self.taken(gateway, key) == 120_00

    def test_a_customer_who_declines_pays_nothing(self, gateway: Gateway) -> None:
        key = new_key()
        result = gateway.charge(**self.call(self.save(gateway, Wanted.AUTHENTICATES_ALWAYS), key=key))
        self.answer_bank(gateway, result, approve=False)
        present = gateway.fetch(gateway_reference=result.gateway_reference)
        assert (present.outcome, present.decline_code) == (Outcome.DECLINED, "authentication_failed")
        assert present.message and self.taken(gateway, key) == 0

    def test_some_cards_are_asked_every_time_and_some_once(self, gateway: Gateway) -> None:
        outcomes = {}
        for wanted in (Wanted.AUTHENTICATES_ALWAYS, Wanted.AUTHENTICATES_ONCE):
            card = self.save(gateway, wanted)
            self.answer_bank(gateway, gateway.charge(**self.call(card)), approve=True)
            outcomes[wanted] = gateway.charge(**self.call(card)).outcome
        assert outcomes == {
            Wanted.AUTHENTICATES_ALWAYS: Outcome.NEEDS_CUSTOMER,
            Wanted.AUTHENTICATES_ONCE: Outcome.SETTLED,
        }

    def test_an_approved_authorisation_takes_nothing_before_its_capture(self, gateway: Gateway) -> None:
        key = new_key()
        result = gateway.authorise(**self.call(self.save(gateway, Wanted.AUTHENTICATES_ALWAYS), key=key))
        self.answer_bank(gateway, result, approve=True)
        assert gateway.fetch(gateway_reference=result.gateway_reference).outcome is Outcome.SETTLED
        assert self.taken(gateway, key) == 0
        gateway.capture(
            gateway_reference=result.gateway_reference, amount=usd(120_00), idempotency_key=new_key()
        )
        assert self.taken(gateway, key) == 120_00

    # Captures.

    @pytest.mark.parametrize("minor", [120_00, 70_00])
    def test_all_or_part_of_an_authorisation_is_captured(self, gateway: Gateway, minor: int) -> None:
        key, capture_key = new_key(), new_key()
        held = gateway.authorise(**self.call(self.save(gateway), key=key))
        assert (held.outcome, self.taken(gateway, key)) == (Outcome.SETTLED, 0)
        capture: dict[str, Any] = {
            "gateway_reference": held.gateway_reference,
            "amount": usd(minor),
            "idempotency_key": capture_key,
        }
        first = gateway.capture(**capture)
        assert first.outcome is Outcome.SETTLED
        assert gateway.capture(**capture) == first == gateway.find(idempotency_key=capture_key)
        assert self.taken(gateway, key) == minor

    def test_a_second_capture_is_refused(self, gateway: Gateway) -> None:
        key = new_key()
        held = gateway.authorise(**self.call(self.save(gateway), key=key))
        gateway.capture(
            gateway_reference=held.gateway_reference, amount=usd(10_00), idempotency_key=new_key()
        )
        with pytest.raises(GatewayRefused):
            gateway.capture(
                gateway_reference=held.gateway_reference, amount=usd(10_00), idempotency_key=new_key()
            )
        assert self.taken(gateway, key) == 10_00

    def test_a_capture_beyond_the_authorisation_is_refused_and_may_be_tried_right(
        self, gateway: Gateway
    ) -> None:
        key, capture_key = new_key(), new_key()
        held = gateway.authorise(**self.call(self.save(gateway), key=key))
        with pytest.raises(GatewayRefused):
            gateway.capture(
                gateway_reference=held.gateway_reference, amount=usd(120_01), idempotency_key=capture_key
            )
        assert self.taken(gateway, key) == 0 and gateway.find(idempotency_key=capture_key) is None
        gateway.capture(
            gateway_reference=held.gateway_reference, amount=usd(120_00), idempotency_key=new_key()
        )
        assert self.taken(gateway, key) == 120_00

    def test_a_charge_and_an_unknown_reference_can_t_be_captured(self, gateway: Gateway) -> None:
        for reference in (self.charge(gateway).gateway_reference, "no-such-charge"):
            with pytest.raises(GatewayRefused):
                gateway.capture(gateway_reference=reference, amount=usd(1), idempotency_key=new_key())

    def test_another_currency_is_refused(self, gateway: Gateway) -> None:
        held, paid = self.authorise(gateway), self.charge(gateway)
        with pytest.raises(GatewayRefused):
            gateway.capture(
                gateway_reference=held.gateway_reference, amount=Money(1, "EUR"), idempotency_key=new_key()
            )
        with pytest.raises(GatewayRefused):
            gateway.refund(
                gateway_reference=paid.gateway_reference, amount=Money(1, "EUR"), idempotency_key=new_key()
            )

    # Voids.

    def test_a_voided_authorisation_can_t_be_captured(self, gateway: Gateway) -> None:
        held = self.authorise(gateway)
        void: dict[str, Any] = {"gateway_reference": held.gateway_reference, "idempotency_key": new_key()}
        first = gateway.void(**void)
        assert first.outcome is Outcome.SETTLED
        assert gateway.void(**void) == first
        present = gateway.fetch(gateway_reference=held.gateway_reference)
        assert (present.outcome, present.decline_code) == (Outcome.DECLINED, "voided")
        with pytest.raises(GatewayRefused):
            gateway.capture(
                gateway_reference=held.gateway_reference, amount=usd(1), idempotency_key=new_key()
            )

    def test_an_unfinished_authentication_is_voided_and_can_t_be_approved_after(
        self, gateway: Gateway
    ) -> None:
        key = new_key()
        result = gateway.charge(**self.call(self.save(gateway, Wanted.AUTHENTICATES_ALWAYS), key=key))
        void = gateway.void(gateway_reference=result.gateway_reference, idempotency_key=new_key())
        assert void.outcome is Outcome.SETTLED
        self.answer_bank(gateway, result, approve=True)
        assert gateway.fetch(gateway_reference=result.gateway_reference).outcome is Outcome.DECLINED
        assert self.taken(gateway, key) == 0

    @pytest.mark.parametrize("captured_later", [False, True])
    def test_money_that_moved_is_not_voided(self, gateway: Gateway, captured_later: bool) -> None:
        key, void_key = new_key(), new_key()
        act = gateway.authorise if captured_later else gateway.charge
        paid = act(**self.call(self.save(gateway), key=key))
        if captured_later:
            gateway.capture(
                gateway_reference=paid.gateway_reference, amount=usd(120_00), idempotency_key=new_key()
            )
        void = gateway.void(gateway_reference=paid.gateway_reference, idempotency_key=void_key)
        assert (void.outcome, void.decline_code) == (Outcome.DECLINED, "already_settled")
        assert gateway.find(idempotency_key=void_key) == void
        assert self.taken(gateway, key) == 120_00

    def test_voiding_a_declined_or_voided_charge_is_fine_and_an_unknown_one_refused(
        self, gateway: Gateway
    ) -> None:
        declined = self.charge(gateway, Wanted.CARD_DECLINED)
        for _ in range(2):
            void = gateway.void(gateway_reference=declined.gateway_reference, idempotency_key=new_key())
            assert void.outcome is Outcome.SETTLED
        assert gateway.fetch(gateway_reference=declined.gateway_reference).decline_code == "card_declined"
        with pytest.raises(GatewayRefused):
            gateway.void(gateway_reference="no-such-charge", idempotency_key=new_key())

    # Refunds.

    def test_many_refunds_up_to_what_was_captured_and_not_a_cent_more(self, gateway: Gateway) -> None:
        key = new_key()
        paid = gateway.charge(**self.call(self.save(gateway), minor=100_00, key=key))
        for minor, left in ((30_00, 70_00), (69_99, 1), (1, 0)):
            refund = gateway.refund(
                gateway_reference=paid.gateway_reference, amount=usd(minor), idempotency_key=new_key()
            )
            assert (refund.outcome, self.taken(gateway, key)) == (Outcome.SETTLED, left)
        with pytest.raises(GatewayRefused):
            gateway.refund(gateway_reference=paid.gateway_reference, amount=usd(1), idempotency_key=new_key())
        assert self.taken(gateway, key) == 0

    def test_a_refund_stays_within_a_partial_capture(self, gateway: Gateway) -> None:
        key = new_key()
        held = gateway.authorise(**self.call(self.save(gateway), minor=100_00, key=key))
        with pytest.raises(GatewayRefused):
            gateway.refund(gateway_reference=held.gateway_reference, amount=usd(1), idempotency_key=new_key())
        gateway.capture(
            gateway_reference=held.gateway_reference, amount=usd(40_00), idempotency_key=new_key()
        )
        with pytest.raises(GatewayRefused):
            gateway.refund(
                gateway_reference=held.gateway_reference, amount=usd(40_01), idempotency_key=new_key()
            )
        gateway.refund(gateway_reference=held.gateway_reference, amount=usd(40_00), idempotency_key=new_key())
        assert self.taken(gateway, key) == 0

    def test_the_same_refund_again_moves_nothing(self, gateway: Gateway) -> None:
        charge_key, key = new_key(), new_key()
        paid = gateway.charge(**self.call(self.save(gateway), minor=100_00, key=charge_key))
        refund: dict[str, Any] = {
            "gateway_reference": paid.gateway_reference,
            "amount": usd(60_00),
            "idempotency_key": key,
        }
        assert gateway.refund(**refund) == gateway.refund(**refund) == gateway.find(idempotency_key=key)
        with pytest.raises(GatewayRefused):
            gateway.refund(**(refund | {"amount": usd(40_00)}))
        assert self.taken(gateway, charge_key) == 40_00

    def test_a_declined_refund_leaves_the_money(self, gateway: Gateway) -> None:
        charge_key, key = new_key(), new_key()
        paid = gateway.charge(**self.call(self.save(gateway, Wanted.REFUND_DECLINED), key=charge_key))
        refund = gateway.refund(gateway_reference=paid.gateway_reference, amount=usd(1), idempotency_key=key)
        assert (refund.outcome, refund.decline_code) == (Outcome.DECLINED, "refund_failed")
        assert refund.message and gateway.find(idempotency_key=key) == refund
        assert self.taken(gateway, charge_key) == 120_00

    def test_a_removed_card_can_still_be_refunded(self, gateway: Gateway) -> None:
        key, card = new_key(), self.save(gateway)
        paid = gateway.charge(**self.call(card, key=key))
        gateway.remove_card(token=card.token)
        gateway.refund(
            gateway_reference=paid.gateway_reference, amount=usd(120_00), idempotency_key=new_key()
        )
        assert self.taken(gateway, key) == 0

    @pytest.mark.parametrize("wanted", [Wanted.CARD_DECLINED, Wanted.AUTHENTICATES_ALWAYS])
    def test_a_charge_that_took_nothing_gives_nothing_back(self, gateway: Gateway, wanted: Wanted) -> None:
        charge = self.charge(gateway, wanted)
        with pytest.raises(GatewayRefused):
            gateway.refund(
                gateway_reference=charge.gateway_reference, amount=usd(1), idempotency_key=new_key()
            )

    def test_an_unknown_charge_is_not_refunded_or_fetched(self, gateway: Gateway) -> None:
        with pytest.raises(GatewayRefused):
            gateway.refund(gateway_reference="no-such-charge", amount=usd(1), idempotency_key=new_key())
        with pytest.raises(GatewayRefused):
            gateway.fetch(gateway_reference="no-such-charge")
