"""A whole payment gateway in our own database: it moves no money and behaves like one that does.

Each call writes and commits on its own, as another company's books would, and refuses to run inside a
transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from tirage.core.clock import read_clock
from tirage.core.locks import refuse_inside_transaction
from tirage.core.money import Money
from tirage.core.site import is_own_address
from tirage.integrations.test_gateway.cards import (
    ANSWER_LOST,
    DECLINES,
    MESSAGES,
    Behaviour,
    has_expired,
    read_card,
    refused,
)
from tirage.integrations.test_gateway.lapsing import ends_at, has_lapsed
from tirage.integrations.test_gateway.listing import list_page, look_up
from tirage.integrations.test_gateway.models import TestCard, TestCharge, TestMovement
from tirage.integrations.test_gateway.past import write_past
from tirage.integrations.test_gateway.statements import (
    CardOnFile,
    fingerprint_of,
    insert_once,
    load_card,
    new_token,
)
from tirage.integrations.test_gateway.states import ChargeKind, ChargeState, MovementKind
from tirage.payments.protocol import (
    NO_FORMER_CARD,
    CardRefused,
    GatewayFact,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Listed,
    ListedPage,
    Outcome,
    PastCard,
    PastCharge,
    PastRefund,
    SavedCard,
    usual_least,
)

_OUTCOMES = {
    ChargeState.NEEDS_CUSTOMER: Outcome.NEEDS_CUSTOMER,
    ChargeState.SETTLED: Outcome.SETTLED,
    ChargeState.DECLINED: Outcome.DECLINED,
    ChargeState.VOIDED: Outcome.DECLINED,
}


class TestGateway:
    """Implements ``tirage.payments.protocol.Gateway``. docs/payments.md lists the cards."""

    # The name begins with Test: pytest must not take it for a test.
    __test__ = False

    key = "test"
    card_form_template = "test_gateway/card_form.html"
    card_form_sources: Mapping[str, Sequence[str]] = {}
    #: What the tokens of cards and the references of charges begin with.
    card_prefix, charge_prefix = "tcd", "tch"

    def __init__(self, clock: Callable[[], datetime] = read_clock) -> None:
        self._clock = clock

    def card_form(self, *, customer_reference: str) -> Mapping[str, str]:
        """See the protocol."""
        return {}

    def least(self, *, currency: str) -> int:
        """See the protocol."""
        return usual_least(currency)

    def describe(self, *, now: datetime) -> Sequence[GatewayFact]:
        """See the protocol."""
        return [GatewayFact("Gateway", "The test gateway: test cards only, and no money moves")]

    def save_card(
        self, *, customer_reference: str, details: Mapping[str, str], idempotency_key: str
    ) -> SavedCard:
        """See the protocol. Two statements at most."""
        self._refuse_when_retired()
        refuse_inside_transaction()
        _check_key(idempotency_key)
        now = self._clock()
        facts = read_card(details, now)
        if facts.behaviour is Behaviour.SAVE_DECLINED:
            raise refused("card_declined")
        # Never of the number or the code: their hashes could be turned back into them.
        fingerprint = fingerprint_of(
            customer_reference, facts.brand, facts.last4, facts.exp_month, facts.exp_year, facts.behaviour
        )
        card = TestCard(
            token=new_token(self.card_prefix),
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            customer_reference=customer_reference,
            brand=facts.brand,
            last4=facts.last4,
            exp_month=facts.exp_month,
            exp_year=facts.exp_year,
            behaviour=facts.behaviour.value,
            saved_at=now,
        )
        if not insert_once(card):
            card = TestCard.objects.get(idempotency_key=idempotency_key)
            _check_fingerprint(card.fingerprint, fingerprint)
        elif facts.behaviour is Behaviour.SAVE_TIMES_OUT:
            raise GatewayTimeout("no answer to a saved card")
        return SavedCard(card.token, card.brand, card.last4, card.exp_month, card.exp_year)

    def remove_card(self, *, token: str) -> None:
        """See the protocol. One statement."""
        refuse_inside_transaction()
        TestCard.objects.filter(token=token, removed_at__isnull=True).update(removed_at=self._clock())

    def take_over(self, *, customer_reference: str, former_customer: str, token: str) -> SavedCard:
        """See the protocol. A card of these books under the former customer's name."""
        self._refuse_when_retired()
        refuse_inside_transaction()
        cards = TestCard.objects.filter(token=token, removed_at__isnull=True)
        card = cards.filter(customer_reference=former_customer).first()
        if card is None:
            raise CardRefused("no_card", NO_FORMER_CARD)
        return SavedCard(card.token, card.brand, card.last4, card.exp_month, card.exp_year)

    def let_go(self, *, token: str) -> None:
        """See the protocol."""

    def charge(
        self, *, token: str, amount: Money, idempotency_key: str, description: str, return_url: str
    ) -> GatewayResult:
        """See the protocol. Two statements; three when the key was used before."""
        return self._ask_bank(ChargeKind.CHARGE, token, amount, idempotency_key, description, return_url)

    def authorise(
        self, *, token: str, amount: Money, idempotency_key: str, description: str, return_url: str
    ) -> GatewayResult:
        """See the protocol. Two statements; three when the key was used before."""
        return self._ask_bank(ChargeKind.AUTHORISE, token, amount, idempotency_key, description, return_url)

    def _ask_bank(
        self, kind: ChargeKind, token: str, amount: Money, key: str, description: str, return_url: str
    ) -> GatewayResult:
        self._refuse_when_retired()
        refuse_inside_transaction()
        _check_key(key)
        _check_amount(amount)
        if return_url and not is_own_address(return_url):
            raise GatewayRefused("the return address is not one of this shop")
        card, key_is_taken = load_card(token, key)
        if card is None:
            raise GatewayRefused("no such card")
        if key_is_taken:
            raise GatewayRefused("this key belongs to another call")
        if card.behaviour == Behaviour.TIMES_OUT_LOST:
            raise GatewayTimeout("no answer, and nothing has arrived")
        now = self._clock()
        state, code = _decide(card, now)
        if amount.minor < self.least(currency=amount.currency):
            state, code = ChargeState.DECLINED, "amount_too_small"
        charge = TestCharge(
            gateway_reference=new_token(self.charge_prefix),
            idempotency_key=key,
            fingerprint=fingerprint_of(kind, token, amount.minor, amount.currency, description, return_url),
            card_token=token,
            behaviour=card.behaviour,
            kind=kind.value,
            state=state.value,
            first_outcome=_OUTCOMES[state].value,
            amount_minor=amount.minor,
            currency=amount.currency,
            captured_minor=amount.minor if state is ChargeState.SETTLED and kind is ChargeKind.CHARGE else 0,
            decline_code=code,
            description=description[:300],
            return_url=return_url,
            made_at=now,
        )
        if not insert_once(charge):
            return _first_result(key, charge.fingerprint)
        if card.behaviour in ANSWER_LOST:
            raise GatewayTimeout("no answer, though the bank was asked")
        return _charge_result(charge, _OUTCOMES[state], code)

    def capture(self, *, gateway_reference: str, amount: Money, idempotency_key: str) -> GatewayResult:
        """See the protocol."""
        _check_amount(amount)
        return self._move(MovementKind.CAPTURE, gateway_reference, amount, idempotency_key)

    def void(self, *, gateway_reference: str, idempotency_key: str) -> GatewayResult:
        """See the protocol."""
        return self._move(MovementKind.VOID, gateway_reference, None, idempotency_key)

    def refund(self, *, gateway_reference: str, amount: Money, idempotency_key: str) -> GatewayResult:
        """See the protocol. The result's reference is the refund's own."""
        _check_amount(amount)
        return self._move(MovementKind.REFUND, gateway_reference, amount, idempotency_key)

    def _move(self, kind: MovementKind, reference: str, amount: Money | None, key: str) -> GatewayResult:
        refuse_inside_transaction()
        _check_key(key)
        charge = TestCharge.objects.filter(gateway_reference=reference).first()
        if charge is None:
            raise GatewayRefused("no such charge")
        if amount is not None and amount.currency != charge.currency:
            raise GatewayRefused(f"this charge was made in {charge.currency}")
        if TestCharge.objects.filter(idempotency_key=key).exists():
            raise GatewayRefused("this key belongs to another call")
        minor, now = amount.minor if amount else 0, self._clock()
        declined = _decline_code(kind, charge, now)
        movement = TestMovement(
            gateway_reference=new_token("trf") if kind is MovementKind.REFUND else reference,
            idempotency_key=key,
            fingerprint=fingerprint_of(kind, reference, minor),
            charge=charge,
            kind=kind.value,
            outcome=(Outcome.DECLINED if declined else Outcome.SETTLED).value,
            decline_code=declined,
            amount_minor=minor,
            made_at=now,
        )
        with transaction.atomic():
            # The key first: a rival with the same key waits here for our commit and then finds the row.
            is_first = insert_once(movement)
            if is_first and not declined:
                _change_charge(movement)
        if not is_first:
            return _first_movement(key, movement.fingerprint)
        if kind is MovementKind.REFUND and charge.behaviour == Behaviour.REFUND_TIMES_OUT:
            raise GatewayTimeout("no answer to a refund")
        return _movement_result(movement)

    def find(self, *, idempotency_key: str) -> GatewayResult | None:
        """See the protocol: the present state; under the key of any call but ``save_card``."""
        if charge := TestCharge.objects.filter(idempotency_key=idempotency_key).first():
            return _present_result(charge, self._clock())
        if movement := TestMovement.objects.filter(idempotency_key=idempotency_key).first():
            return _movement_result(movement)
        return None

    def fetch(self, *, gateway_reference: str) -> GatewayResult:
        """See the protocol; GatewayRefused when there is no such charge."""
        charge = TestCharge.objects.filter(gateway_reference=gateway_reference).first()
        if charge is None:
            raise GatewayRefused("no such charge")
        return _present_result(charge, self._clock())

    def list_page(self, *, since: datetime, until: datetime, cursor: str = "") -> ListedPage:
        """See the protocol. One statement, or two where charges end and refunds begin."""
        refuse_inside_transaction()
        return list_page(since, until, cursor, self._clock())

    def look_up(self, *, gateway_reference: str) -> Listed | None:
        """See the protocol."""
        refuse_inside_transaction()
        return look_up(gateway_reference, self._clock())

    def adopt(self, *, gateway_reference: str) -> None:
        """See the protocol: every charge in these books can be moved."""
        if not TestCharge.objects.filter(gateway_reference=gateway_reference).exists():
            raise GatewayRefused("no such charge")

    def write_past(
        self, *, cards: Sequence[PastCard], charges: Sequence[PastCharge], refunds: Sequence[PastRefund]
    ) -> None:
        """See the protocol; only while this is the gateway in use."""
        self._refuse_when_retired()
        write_past(cards, charges, refunds)

    def _refuse_when_retired(self) -> None:
        # A shop that went live must not give wine for the test cards that its customers once saved.
        if self.key != settings.TIRAGE_GATEWAY:
            raise GatewayRefused("the test gateway is switched off")

    @staticmethod
    def totals() -> dict[str, Money]:
        """Captured minus refunded by each charge's key. For tests and ``tirage doctor``."""
        rows = TestCharge.objects.values_list(
            "idempotency_key", "captured_minor", "refunded_minor", "currency"
        )
        return {
            key: Money(captured - refunded, currency) for key, captured, refunded, currency in rows.iterator()
        }


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= 120:
        raise GatewayRefused("an idempotency key has 1 to 120 characters")


def _check_amount(amount: Money) -> None:
    if amount.minor <= 0:
        raise GatewayRefused("an amount is more than nothing")


def _check_fingerprint(stored: str, asked: str) -> None:
    if stored != asked:
        raise GatewayRefused("this key was used with other arguments")


def _decide(card: CardOnFile, now: datetime) -> tuple[ChargeState, str]:
    """What the bank says of a charge, and the decline code."""
    behaviour = Behaviour(card.behaviour)
    if behaviour in DECLINES:
        return ChargeState.DECLINED, behaviour.value
    if has_expired(card.exp_month, card.exp_year, now):
        return ChargeState.DECLINED, "expired_card"
    if behaviour is Behaviour.AUTHENTICATES_ONCE and not card.is_authenticated:
        return ChargeState.NEEDS_CUSTOMER, ""
    if behaviour in {Behaviour.AUTHENTICATES_ALWAYS, Behaviour.TIMES_OUT_AUTHENTICATES}:
        return ChargeState.NEEDS_CUSTOMER, ""
    return ChargeState.SETTLED, ""


def _decline_code(kind: MovementKind, charge: TestCharge, now: datetime) -> str:
    """Why the bank declines a movement; empty when it doesn't."""
    if kind is MovementKind.REFUND and charge.behaviour == Behaviour.REFUND_DECLINED:
        return "refund_failed"
    return "authorization_expired" if kind is MovementKind.CAPTURE and has_lapsed(charge, now) else ""


def _change_charge(movement: TestMovement) -> None:
    """Applies a movement by one conditional UPDATE, so that no two can both fit; raises GatewayRefused."""
    rows = TestCharge.objects.filter(pk=movement.charge_id)
    minor = movement.amount_minor
    if movement.kind == MovementKind.REFUND:
        if not rows.filter(captured_minor__gte=F("refunded_minor") + minor).update(
            refunded_minor=F("refunded_minor") + minor
        ):
            raise GatewayRefused("more than was captured can't be refunded")
    elif movement.kind == MovementKind.CAPTURE:
        waiting = rows.filter(
            kind=ChargeKind.AUTHORISE.value, state=ChargeState.SETTLED.value, captured_minor=0
        )
        if not waiting.filter(amount_minor__gte=minor).update(captured_minor=minor):
            raise GatewayRefused("only what is set aside can be captured, once, and not beyond its amount")
    # A void closes what is open; nothing to do where nothing can move any more.
    elif not rows.filter(captured_minor=0).exclude(state=ChargeState.DECLINED.value).update(
        state=ChargeState.VOIDED.value
    ) and rows.filter(captured_minor__gt=0):
        movement.outcome, movement.decline_code = Outcome.DECLINED.value, "already_settled"
        TestMovement.objects.filter(idempotency_key=movement.idempotency_key).update(
            outcome=movement.outcome, decline_code=movement.decline_code
        )


def _result(outcome: Outcome, reference: str, code: str = "") -> GatewayResult:
    return GatewayResult(
        outcome=outcome,
        gateway_reference=reference,
        decline_code=code,
        message=MESSAGES.get(code, ""),
        action_url=(
            reverse("test_gateway:authenticate", args=[reference])
            if outcome is Outcome.NEEDS_CUSTOMER
            else ""
        ),
    )


def _charge_result(charge: TestCharge, outcome: Outcome, code: str) -> GatewayResult:
    """The result of a charge or authorisation, with its end where something is set aside."""
    result = _result(outcome, charge.gateway_reference, code)
    return replace(result, expires_at=ends_at(charge)) if outcome is Outcome.SETTLED else result


def _first_result(key: str, fingerprint: str) -> GatewayResult:
    charge = TestCharge.objects.get(idempotency_key=key)
    _check_fingerprint(charge.fingerprint, fingerprint)
    outcome = Outcome(charge.first_outcome)
    return _charge_result(charge, outcome, charge.decline_code if outcome is Outcome.DECLINED else "")


def _first_movement(key: str, fingerprint: str) -> GatewayResult:
    movement = TestMovement.objects.get(idempotency_key=key)
    _check_fingerprint(movement.fingerprint, fingerprint)
    return _movement_result(movement)


def _movement_result(movement: TestMovement) -> GatewayResult:
    return _result(Outcome(movement.outcome), movement.gateway_reference, movement.decline_code)


def _present_result(charge: TestCharge, now: datetime) -> GatewayResult:
    state = ChargeState(charge.state)
    if has_lapsed(charge, now):
        return _result(Outcome.DECLINED, charge.gateway_reference, "authorization_expired")
    code = "voided" if state is ChargeState.VOIDED else charge.decline_code
    return _charge_result(charge, _OUTCOMES[state], code)
