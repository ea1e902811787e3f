"""What Stripe tells us: believed when signed, done once, and never more than a reason to look."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import WEBHOOK_SECRET, event_of, filled_form, question_of, tell
from tests.rooms.checkout.journey import buy, customer_actor
from tests.world import World
from tirage.checkout.operations import Placing, finish_payment
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.integrations.stripe import inbox
from tirage.integrations.stripe.models import StripeCard, StripeEvent
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments import statements
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import hearing, reconcile_payments, refund_payment, save_card
from tirage.payments.states import PaymentKind, PaymentState

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(world_today: World, fake: FakeStripe) -> World:
    return world_today


def card_of(shop: World, fake: FakeStripe, behaviour: str = "succeeds") -> PaymentMethod:
    """A card that Ana saves."""
    return save_card(
        customer=shop.ana,
        details=filled_form(fake, shop.ana.reference, behaviour),
        make_default=True,
        actor=customer_actor(shop.ana),
        now=read_clock(),
    )


def order(shop: World, fake: FakeStripe, behaviour: str = "succeeds") -> Placing:
    """Ana buys two bottles."""
    card = card_of(shop, fake, behaviour)
    return buy(shop, shop.ana, {"CAB23": 2}, read_clock(), card_reference=card.reference)


def the_intent(fake: FakeStripe) -> dict[str, Any]:
    return list(fake.intents.values())[-1]


def confirmed(shop: World, fake: FakeStripe, *, approve: bool = True) -> Placing:
    """Ana's bank asks, and she answers."""
    placing = order(shop, fake, "authenticates_always")
    assert placing.status == "needs_customer"
    asked = question_of(placing.action_url)
    fake.answer_bank(asked["secret"], asked["card"], approve=approve)
    return placing


def come_back(shop: World, placing: Placing) -> str:
    """Ana's browser returns to the shop."""
    asked: dict[str, Any] = {"customer": shop.ana, "payment_reference": placing.payment_reference}
    return finish_payment(**asked, actor=customer_actor(shop.ana), now=read_clock()).status


def books(placing: Placing) -> tuple[str, int, int, int]:
    """The order's state, what it has been paid, its placings in the activity and its receipts."""
    found = Order.objects.get(reference=placing.order_reference)
    placed = Event.objects.filter(name="order.placed", subject_kind="order", subject_id=found.pk).count()
    return (
        found.state,
        found.paid_minor - found.owed_minor,
        placed,
        SentMail.objects.filter(kind="order_receipt").count(),
    )


PAID_ONCE = ("placed", 0, 1, 1)


class TestSignatures:
    def told(self, shop: World, fake: FakeStripe) -> tuple[Placing, str]:
        placing = confirmed(shop, fake)
        return placing, event_of("payment_intent.succeeded", the_intent(fake))

    @pytest.mark.parametrize(
        "signing",
        [
            {"secret": "whsec_another"},
            {"at": int(time.time()) - 600},
            {"signature": ""},
            {"signature": "t=1,v1=00"},
            {"signature": "nonsense"},
        ],
    )
    def test_what_isnt_signed_by_stripe_does_nothing(
        self, shop: World, fake: FakeStripe, signing: dict[str, Any]
    ) -> None:
        placing, body = self.told(shop, fake)
        asked = len(fake.asked)
        assert tell(body, **signing).status_code == 400
        assert not StripeEvent.objects.exists() and len(fake.asked) == asked
        assert Order.objects.get(reference=placing.order_reference).state == "pending"

    def test_a_signature_is_for_one_body(self, shop: World, fake: FakeStripe) -> None:
        _, body = self.told(shop, fake)
        import stripe

        signed = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)
        assert tell(body.replace("succeeded", "canceled"), signature=signed).status_code == 400

    def test_a_body_that_is_no_event_is_refused(self, shop: World, fake: FakeStripe) -> None:
        assert tell("not json").status_code == 400

    def test_without_a_secret_nobody_is_believed(
        self, shop: World, fake: FakeStripe, settings: LazySettings
    ) -> None:
        """Other payments' keys may be kept without it; an empty secret would be everybody's."""
        _, body = self.told(shop, fake)
        settings.TIRAGE_STRIPE_WEBHOOK_SECRET = ""
        assert tell(body, secret="").status_code == 400 and not StripeEvent.objects.exists()

    def test_a_body_without_end_is_not_read(self, shop: World, fake: FakeStripe) -> None:
        assert tell("x" * 3_000_000).status_code == 413 and not StripeEvent.objects.exists()

    def test_only_posts_are_heard_and_no_cookie_is_needed(self, shop: World, fake: FakeStripe) -> None:
        assert Client().get("/stripe/webhook/").status_code == 405
        strict = Client(enforce_csrf_checks=True)
        assert strict.post("/stripe/webhook/", "{}", content_type="application/json").status_code == 400


class TestPayments:
    def test_instead_of_the_return(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        assert tell(event_of("payment_intent.succeeded", the_intent(fake))).status_code == 200
        assert books(placing) == PAID_ONCE

    def test_before_the_return(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        tell(event_of("payment_intent.succeeded", the_intent(fake)))
        assert come_back(shop, placing) == "placed"
        assert books(placing) == PAID_ONCE

    def test_after_the_return(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        assert come_back(shop, placing) == "placed"
        assert tell(event_of("payment_intent.succeeded", the_intent(fake))).status_code == 200
        assert books(placing) == PAID_ONCE

    def test_neither_comes_and_the_reconciler_finds_out(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        reconcile_payments(now=read_clock() + timedelta(minutes=31))
        assert books(placing) == PAID_ONCE

    def test_told_a_hundred_times_does_it_once(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        body = event_of("payment_intent.succeeded", the_intent(fake))
        first = tell(body)
        asked, events = len(fake.asked), Event.objects.count()
        answers = {(said.status_code, said.content) for said in (tell(body) for _ in range(100))}
        assert (first.status_code, first.content) == (200, b"handled\n")
        assert answers == {(200, b"known\n")}
        assert (len(fake.asked), Event.objects.count()) == (asked, events)
        assert books(placing) == PAID_ONCE

    def test_told_again_hours_later_does_nothing_either(self, shop: World, fake: FakeStripe) -> None:
        confirmed(shop, fake)
        body = event_of("payment_intent.succeeded", the_intent(fake))
        tell(body)
        StripeEvent.objects.update(claimed_at=read_clock() - timedelta(hours=3))
        asked = len(fake.asked)
        assert tell(body).content == b"known\n"
        assert len(fake.asked) == asked

    def test_the_same_news_in_a_hundred_events_books_it_once(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        for _ in range(100):
            assert tell(event_of("payment_intent.succeeded", the_intent(fake))).content == b"handled\n"
        assert books(placing) == PAID_ONCE

    def test_control_without_its_guards_each_telling_books_it_again(
        self, shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The claim of the event, the look at what is open, and the condition of settling: all three are gone."""
        placing, advance = confirmed(shop, fake), statements.advance_payment
        everything = [state.value for state in PaymentState]

        def whatever_it_was(payment_id: int, **how: Any) -> Any:
            return advance(payment_id, **(how | {"sources": everything}))

        monkeypatch.setattr(inbox, "_claim", lambda event_id, now: True)
        monkeypatch.setattr(hearing, "OPEN", tuple(PaymentState))
        monkeypatch.setattr(statements, "advance_payment", whatever_it_was)
        body = event_of("payment_intent.succeeded", the_intent(fake))
        for _ in range(3):
            tell(body)
        found = Order.objects.get(reference=placing.order_reference)
        assert found.paid_minor == 3 * found.owed_minor

    def test_an_event_that_says_paid_of_a_payment_that_isnt_books_nothing(
        self, shop: World, fake: FakeStripe
    ) -> None:
        placing = order(shop, fake, "authenticates_always")
        lie = {**the_intent(fake), "status": "succeeded", "amount_received": 1_000_000}
        assert tell(event_of("payment_intent.succeeded", lie)).status_code == 200
        assert Payment.objects.get(reference=placing.payment_reference).state == PaymentState.NEEDS_CUSTOMER

    def test_events_out_of_order_end_where_the_payment_is(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        late = {**the_intent(fake), "status": "requires_payment_method"}
        tell(event_of("payment_intent.payment_failed", late))
        assert books(placing) == PAID_ONCE

    def test_a_failed_confirmation_gives_the_bottles_back_and_tells_the_customer(
        self, shop: World, fake: FakeStripe
    ) -> None:
        placing = confirmed(shop, fake, approve=False)
        tell(event_of("payment_intent.payment_failed", the_intent(fake)))
        payment = Payment.objects.get(reference=placing.payment_reference)
        assert (payment.state, payment.decline_code) == (PaymentState.DECLINED, "authentication_failed")
        assert Order.objects.get(reference=placing.order_reference).state == "abandoned"
        assert SentMail.objects.filter(kind="payment_failed").count() == 1
        assert the_intent(fake)["status"] == "canceled"

    def test_a_lost_answer_is_settled_by_the_key_in_the_event(self, shop: World, fake: FakeStripe) -> None:
        placing = order(shop, fake, "times_out_charged")
        assert placing.status == "unknown"
        assert Payment.objects.get(reference=placing.payment_reference).gateway_reference == ""
        tell(event_of("payment_intent.succeeded", the_intent(fake)))
        assert books(placing) == PAID_ONCE

    def test_a_payment_whose_own_request_is_at_work_is_left_to_it(
        self, shop: World, fake: FakeStripe
    ) -> None:
        placing = order(shop, fake, "times_out_charged")
        payments = Payment.objects.filter(reference=placing.payment_reference)
        payments.update(state=PaymentState.PENDING.value)
        tell(event_of("payment_intent.succeeded", the_intent(fake)))
        assert payments.get().state == PaymentState.PENDING
        payments.update(made_at=read_clock() - timedelta(seconds=31))
        tell(event_of("payment_intent.succeeded", the_intent(fake)))
        assert books(placing) == PAID_ONCE

    def test_payments_that_the_shop_didnt_make_are_none_of_its_business(
        self, shop: World, fake: FakeStripe
    ) -> None:
        foreign = {"id": "pi_of_the_tasting_room", "object": "payment_intent", "metadata": {}}
        asked = len(fake.asked)
        assert tell(event_of("payment_intent.succeeded", foreign)).status_code == 200
        assert len(fake.asked) == asked

    def test_an_event_we_dont_know_is_heard_and_left(self, shop: World, fake: FakeStripe) -> None:
        assert tell(event_of("balance.available", {"object": "balance"})).content == b"handled\n"


class TestSilence:
    def test_while_stripe_doesnt_answer_the_event_waits_for_its_next_delivery(
        self, shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        placing = confirmed(shop, fake)
        body = event_of("payment_intent.succeeded", the_intent(fake))
        from tirage.payments.protocol import GatewayTimeout

        def silent(*args: Any, **more: Any) -> None:
            raise GatewayTimeout("no answer")

        with monkeypatch.context() as patch:
            patch.setattr(inbox, "react", silent)
            assert tell(body).status_code == 503
        assert StripeEvent.objects.get().handled_at is None
        assert tell(body).content == b"handled\n"
        assert books(placing) == PAID_ONCE

    def test_who_dies_at_an_event_is_relieved_after_a_minute(self, shop: World, fake: FakeStripe) -> None:
        placing = confirmed(shop, fake)
        body = event_of("payment_intent.succeeded", the_intent(fake), "evt_dying")
        now = read_clock()
        row = StripeEvent.objects.create(
            event_id="evt_dying", kind="x", happened_at=now, heard_at=now, claimed_at=now
        )
        assert tell(body).status_code == 409
        assert Order.objects.get(reference=placing.order_reference).state == "pending"
        StripeEvent.objects.filter(pk=row.pk).update(claimed_at=now - timedelta(seconds=61))
        assert tell(body).content == b"handled\n"
        assert books(placing) == PAID_ONCE


class TestRefunds:
    def refunded(self, shop: World, fake: FakeStripe, behaviour: str) -> tuple[Payment, dict[str, Any]]:
        placing = order(shop, fake, behaviour)
        given = refund_payment(
            payment_reference=placing.payment_reference,
            amount_minor=10_00,
            reason="Corked",
            actor=customer_actor(shop.ana),
            now=read_clock(),
        )
        return given, list(fake.refunds.values())[-1]

    def test_a_refund_on_its_way_settles_when_it_arrives(self, shop: World, fake: FakeStripe) -> None:
        given, shape = self.refunded(shop, fake, "refund_waits")
        assert given.state == PaymentState.UNKNOWN
        shape["status"] = "succeeded"
        tell(event_of("refund.updated", shape))
        given.refresh_from_db()
        assert given.state == PaymentState.SETTLED

    def test_a_refund_that_fails_after_all_is_for_people(self, shop: World, fake: FakeStripe) -> None:
        given, shape = self.refunded(shop, fake, "succeeds")
        assert given.state == PaymentState.SETTLED
        shape["status"] = "failed"
        tell(event_of("refund.failed", shape))
        words = Order.objects.get(pk=given.order_id).attention
        assert "10.00" in words and "another way" in words

    def test_a_refund_of_ours_is_no_news(self, shop: World, fake: FakeStripe) -> None:
        given, shape = self.refunded(shop, fake, "succeeds")
        tell(event_of("refund.created", shape))
        tell(event_of("refund.updated", shape))
        assert Order.objects.get(pk=given.order_id).attention == ""

    def test_money_given_back_in_stripes_own_pages_is_told(self, shop: World, fake: FakeStripe) -> None:
        placing = order(shop, fake)
        shape = {
            "id": "re_by_hand",
            "object": "refund",
            "amount": 25_00,
            "currency": "usd",
            "metadata": {},
            "payment_intent": the_intent(fake)["id"],
            "status": "succeeded",
        }
        tell(event_of("refund.created", shape))
        found = Order.objects.get(reference=placing.order_reference)
        assert "25.00" in found.attention and "Stripe's own pages" in found.attention
        assert found.paid_minor == found.owed_minor


class TestDisputes:
    def dispute(self, fake: FakeStripe, **facts: Any) -> dict[str, Any]:
        return {
            "id": "dp_1",
            "object": "dispute",
            "amount": 190_00,
            "currency": "usd",
            "evidence_details": {"due_by": 1_792_000_000},
            "payment_intent": the_intent(fake)["id"],
            "reason": "product_not_received",
            "status": "needs_response",
            **facts,
        }

    def test_a_dispute_flags_its_order_with_what_to_do_until_when(
        self, shop: World, fake: FakeStripe
    ) -> None:
        placing = order(shop, fake)
        tell(event_of("charge.dispute.created", self.dispute(fake)))
        found = Order.objects.get(reference=placing.order_reference)
        assert "190.00" in found.attention and "product not received" in found.attention
        assert "by October 14" in found.attention
        assert Event.objects.filter(name="order.flagged", subject_id=found.pk).count() == 1

    @pytest.mark.parametrize(
        ("status", "words"), [("won", "is won"), ("lost", "is lost"), ("x", "is closed")]
    )
    def test_its_end_is_told_too(self, shop: World, fake: FakeStripe, status: str, words: str) -> None:
        placing = order(shop, fake)
        tell(event_of("charge.dispute.closed", self.dispute(fake, status=status)))
        assert words in Order.objects.get(reference=placing.order_reference).attention

    @pytest.mark.parametrize("intent", [None, "pi_of_the_tasting_room"])
    def test_a_dispute_about_something_else_flags_nothing(
        self, shop: World, fake: FakeStripe, intent: str | None
    ) -> None:
        order(shop, fake)
        assert (
            tell(event_of("charge.dispute.created", self.dispute(fake, payment_intent=intent))).status_code
            == 200
        )
        assert not Order.objects.exclude(attention="").exists()


class TestCards:
    def changed(self, card: PaymentMethod, **facts: Any) -> dict[str, Any]:
        shape = {"brand": "mastercard", "last4": "4444", "exp_month": 12, "exp_year": 2041}
        return {"id": card.token, "object": "payment_method", "card": {**shape, **facts}, "type": "card"}

    @pytest.mark.parametrize("kind", ["payment_method.automatically_updated", "payment_method.updated"])
    def test_a_renewed_card_is_known_by_its_new_number_and_expiry(
        self, shop: World, fake: FakeStripe, kind: str
    ) -> None:
        card = card_of(shop, fake)
        for _ in range(2):
            tell(event_of(kind, self.changed(card)))
        card.refresh_from_db()
        assert (card.label, card.exp_month, card.exp_year) == ("Mastercard 4444", 12, 2041)
        assert str(StripeCard.objects.get(token=card.token)) == "Mastercard 4444"
        (renewed,) = Event.objects.filter(name="card.renewed", customer_id=shop.ana.pk)
        assert "Visa 4242" in renewed.text and "12/2041" in renewed.text

    def test_a_card_in_its_last_month_is_noted(self, shop: World, fake: FakeStripe) -> None:
        card = card_of(shop, fake)
        tell(event_of("customer.source.expiring", {"id": card.token, "object": "card"}))
        assert Event.objects.filter(name="card.expiring", customer_id=shop.ana.pk).count() == 1

    def test_a_card_taken_off_in_stripes_pages_is_gone_here_and_another_is_offered_first(
        self, shop: World, fake: FakeStripe
    ) -> None:
        first, second = card_of(shop, fake), card_of(shop, fake)
        assert PaymentMethod.objects.get(pk=second.pk).is_default
        tell(event_of("payment_method.detached", {"id": second.token, "object": "payment_method"}))
        second.refresh_from_db()
        assert second.removed_at and not second.is_default
        assert PaymentMethod.objects.get(pk=first.pk).is_default

    def test_cards_we_dont_know_are_none_of_our_business(self, shop: World, fake: FakeStripe) -> None:
        unknown = PaymentMethod(token="pm_of_the_tasting_room")
        for kind in ("payment_method.updated", "payment_method.detached", "customer.source.expiring"):
            assert tell(event_of(kind, self.changed(unknown))).status_code == 200
        assert not Event.objects.filter(name__startswith="card.").exists()


def test_captures_are_settled_by_what_is_told_of_their_payment(shop: World, fake: FakeStripe) -> None:
    placing = order(shop, fake)
    paid = Payment.objects.get(reference=placing.payment_reference)
    # An authorisation whose capture was sent and never answered.
    intent = the_intent(fake)
    capture = Payment.objects.get(pk=paid.pk)
    capture.pk, capture.reference, capture.idempotency_key = None, "PAY-CAPTURE1", "PAY-CAPTURE1"
    capture.kind, capture.parent, capture.state = PaymentKind.CAPTURE.value, paid, PaymentState.UNKNOWN.value
    capture.gateway_reference, capture.settled_at = "", None
    capture.save(force_insert=True)
    from tirage.integrations.stripe.models import StripeCall

    StripeCall.objects.create(
        idempotency_key="PAY-CAPTURE1",
        kind="capture",
        about=intent["id"],
        amount_minor=paid.amount_minor,
        currency=paid.currency,
        made_at=read_clock(),
    )
    intent["metadata"]["tirage_capture"] = "PAY-CAPTURE1"
    tell(event_of("payment_intent.succeeded", intent))
    capture.refresh_from_db()
    assert capture.state == PaymentState.SETTLED


def test_the_guide_names_exactly_the_events_that_are_heard() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "stripe.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ +\| (`[a-z_]+\.[^|]*) \|", guide, re.MULTILINE)
    assert set(re.findall(r"`([a-z_.]+)`", " ".join(rows))) == set(inbox.HANDLERS)
