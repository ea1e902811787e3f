"""Stripe's news, the customer's browser and the reconciler all at once, on PostgreSQL. Each race has its control."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Condition
from typing import Any

import pytest

from tests.gateways.contract import new_key, usd
from tests.gateways.stripe.fake import FakeStripe
from tests.gateways.stripe.shop import event_of, filled_form, new_card, question_of, tell
from tests.gateways.test_test_gateway_races import at_once
from tests.rooms.checkout.journey import buy, customer_actor
from tests.world import World, build_world
from tirage.checkout.operations import Placing, finish_payment
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.integrations.stripe import books, inbox
from tirage.integrations.stripe.gateway import StripeGateway
from tirage.integrations.stripe.models import StripeCall, StripeEvent
from tirage.orders.models import Order
from tirage.payments import statements
from tirage.payments.operations import reconcile_payments, save_card
from tirage.payments.protocol import Outcome
from tirage.payments.states import PaymentState

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


@pytest.fixture
def shop(transactional_db: None, fake: FakeStripe) -> World:
    return build_world(read_clock())


class TestSettling:
    def confirmed(self, shop: World, fake: FakeStripe) -> Placing:
        """Ana's bank has let her pay; nobody in the shop knows yet."""
        card = save_card(
            customer=shop.ana,
            details=filled_form(fake, shop.ana.reference, "authenticates_always"),
            make_default=True,
            actor=customer_actor(shop.ana),
            now=read_clock(),
        )
        placing = buy(shop, shop.ana, {"CAB23": 2}, read_clock(), card_reference=card.reference)
        asked = question_of(placing.action_url)
        assert fake.answer_bank(asked["secret"], asked["card"], approve=True)
        return placing

    def all_roads(self, shop: World, fake: FakeStripe, placing: Placing) -> list[Any]:
        """Two different events, the browser twice, and the reconciler."""
        intent = list(fake.intents.values())[-1]
        come_back: Callable[[], Any] = partial(
            finish_payment,
            customer=shop.ana,
            payment_reference=placing.payment_reference,
            actor=customer_actor(shop.ana),
            now=read_clock(),
        )
        return at_once(
            partial(tell, event_of("payment_intent.succeeded", intent)),
            partial(tell, event_of("payment_intent.succeeded", intent)),
            come_back,
            come_back,
            partial(reconcile_payments, now=read_clock() + timedelta(minutes=31)),
        )

    def test_whichever_road_comes_first_the_money_is_booked_once(self, shop: World, fake: FakeStripe) -> None:
        placing = self.confirmed(shop, fake)
        results = self.all_roads(shop, fake, placing)
        assert not [one for one in results if isinstance(one, Exception)]
        found = Order.objects.get(reference=placing.order_reference)
        assert (found.state, found.paid_minor) == ("placed", found.owed_minor)
        assert Event.objects.filter(name="order.placed", subject_id=found.pk).count() == 1

    def test_control_without_its_condition_each_road_books_it_again(
        self, shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        advance = statements.advance_payment
        everything = [state.value for state in PaymentState]
        arrivals: list[int] = []
        arrived = Condition()

        def whatever_it_was(payment_id: int, **how: Any) -> Any:
            with arrived:
                arrivals.append(payment_id)
                arrived.notify_all()
                arrived.wait_for(lambda: arrivals.count(payment_id) >= 2, timeout=20)
            return advance(payment_id, **(how | {"sources": everything}))

        placing = self.confirmed(shop, fake)
        monkeypatch.setattr(statements, "advance_payment", whatever_it_was)
        self.all_roads(shop, fake, placing)
        found = Order.objects.get(reference=placing.order_reference)
        assert found.paid_minor > found.owed_minor


class TestHearing:
    def deliveries(
        self, shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[list[int], int]:
        """The same event many times at once: the answers, and how often it was handled."""
        handled: list[str] = []
        monkeypatch.setitem(inbox.HANDLERS, "tirage.tested", lambda about, now: handled.append(about["id"]))
        body = event_of("tirage.tested", {"id": "one"}, "evt_doubled")
        answers = at_once(*[partial(tell, body)] * AT_ONCE)
        return [answer.status_code for answer in answers], len(handled)

    def test_an_event_that_comes_many_times_at_once_is_handled_once(
        self, shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        statuses, handled = self.deliveries(shop, fake, monkeypatch)
        assert handled == 1
        assert set(statuses) <= {200, 409} and 200 in statuses
        assert StripeEvent.objects.get().handled_at

    def test_control_looking_before_claiming_handles_it_several_times(
        self, shop: World, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked = Barrier(AT_ONCE, timeout=20)

        def look(event_id: str, now: Any) -> bool:
            is_free = StripeEvent.objects.filter(event_id=event_id, handled_at__isnull=True).exists()
            looked.wait()
            return is_free

        monkeypatch.setattr(inbox, "_claim", look)
        assert self.deliveries(shop, fake, monkeypatch)[1] == AT_ONCE


class TestOneKey:
    def charges(self, fake: FakeStripe) -> tuple[list[Any], int]:
        """One key many times at once, at a Stripe that remembers no keys (a day later, say)."""
        asked: dict[str, Any] = {
            "token": new_card(fake),
            "amount": usd(120_00),
            "idempotency_key": new_key(),
            "description": "",
            "return_url": "",
        }
        fake.remembers_keys = False
        results = at_once(*[lambda: StripeGateway().charge(**asked)] * AT_ONCE)
        return results, fake.taken(asked["idempotency_key"])

    def test_one_key_charges_once_even_without_stripes_memory(
        self, transactional_db: None, fake: FakeStripe
    ) -> None:
        results, taken = self.charges(fake)
        assert len(set(results)) == 1 and results[0].outcome is Outcome.SETTLED
        assert (taken, StripeCall.objects.filter(kind="charge").count()) == (120_00, 1)

    def test_control_where_the_last_name_counts_it_charges_several_times(
        self, transactional_db: None, fake: FakeStripe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = Barrier(AT_ONCE, timeout=20)

        def keep_mine(call: StripeCall, stripe_id: str) -> None:
            made.wait()
            StripeCall.objects.filter(pk=call.pk).update(stripe_id=stripe_id)
            call.stripe_id = stripe_id

        monkeypatch.setattr(books, "keep_stripe_id", keep_mine)
        assert self.charges(fake)[1] == AT_ONCE * 120_00
