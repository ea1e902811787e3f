"""A standing order at a release en primeur: its bottles are set aside in their turn, and wait for a word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.rooms.futures.campaign import CODE, Futures, begin, plan
from tests.rooms.standing.standing import agreed, announced, worked
from tests.world import World, acting
from tirage.checkout.models import Cart
from tirage.checkout.operations import place_order
from tirage.checkout.operations.setting_aside import end_set_aside
from tirage.checkout.queries import load_set_aside, quote_checkout
from tirage.cli.doctor import run_checks
from tirage.futures.for_customers import waiting_for_word
from tirage.inventory.models import Hold
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.standing.agreeing import end
from tirage.standing.models import StandingLine, StandingRun
from tirage.standing.terms import save_terms

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def futures(world: World) -> Futures:
    """Paid by a deposit and instalments; it opens in four days, for twelve."""
    made = begin(world)
    plan(made)
    save_terms(values={"is_offered": True, "kept_days": 7}, actor=world.staff, now=world.now)
    Offer.objects.filter(pk=made.offer.pk).update(
        opens_at=world.now + timedelta(days=4), closes_at=world.now + timedelta(days=24)
    )
    return made


def run_of(futures: Futures) -> StandingRun:
    """Ben's bottles are set aside."""
    agreed(futures.world, futures.world.ben)
    return worked(futures.world, announced(futures.world))


def until(futures: Futures) -> datetime:
    return futures.world.now + timedelta(days=11)


def test_it_is_set_aside_and_nothing_is_ordered_or_charged(futures: Futures) -> None:
    run = run_of(futures)
    line = StandingLine.objects.get()
    assert (run.state, line.outcome, line.pieces) == ("finished", "aside", 24)
    assert not Order.objects.exists() and not Payment.objects.exists()
    assert line.cart is not None and line.cart.kept_until == until(futures), "days count from the opening"
    (waits,) = waiting_for_word(run.begins_at)
    assert waits.cart == line.cart and waits.pieces == 24
    kinds = list(SentMail.objects.filter(customer=futures.world.ben).values_list("kind", flat=True))
    assert kinds.count("early_aside") == 1 and "standing_coming" not in kinds
    assert run_checks(run.begins_at) == []


def test_with_the_word_it_is_an_order_by_its_plan(futures: Futures) -> None:
    run, ben = run_of(futures), futures.world.ben
    line = StandingLine.objects.get()
    assert line.cart is not None
    page = load_set_aside(ben, line.cart.reference, run.begins_at)
    assert page.cart is not None
    quote = quote_checkout(page, country="", state="")
    facts = form_of_aside(futures, line.cart, quote.due_now.minor, run.begins_at)
    assert place_order(**facts).status == "placed"
    line.refresh_from_db()
    order = Order.objects.get()
    assert (line.outcome, line.order) == ("ordered", order)
    assert (order.owed_minor, order.paid_minor, order.later_minor) == (2400_00, 720_00, 1680_00)
    assert order.acceptance.terms == futures.campaign.terms and run_checks(run.begins_at) == []


def form_of_aside(futures: Futures, cart: Cart, minor: int, now: datetime) -> dict[str, Any]:
    ben = futures.world.ben
    return {
        "customer": ben,
        "set_aside": cart.reference,
        "attempt": cart.attempt,
        "address_reference": "",
        "method_reference": "",
        "card_reference": futures.world.ben_card.reference,
        "expected_total_minor": minor,
        "adult_confirmed": True,
        "terms_digest": futures.campaign.terms_digest,
        "actor": acting(ben),
        "now": now,
    }


def test_without_a_word_it_goes_back(futures: Futures) -> None:
    run_of(futures)
    end_set_aside(now=until(futures) + timedelta(minutes=1))
    line = StandingLine.objects.get()
    assert line.outcome == "returned" and "before the customer agreed" in line.reason
    assert not Hold.objects.exists() and not Order.objects.exists()
    assert run_checks(until(futures)) == []


def test_who_ended_it_meanwhile_has_nothing_set_aside(futures: Futures) -> None:
    run = run_of(futures)
    end(customer=futures.world.ben, reason="", actor=acting(futures.world.ben), now=run.begins_at)
    assert not Hold.objects.exists() and StandingLine.objects.get().outcome != "aside"


def test_neither_card_nor_address_is_asked_for_before(futures: Futures) -> None:
    ben = futures.world.ben
    agreed(futures.world, ben)
    ben.payment_methods.update(removed_at=futures.world.now, is_default=False)
    run = worked(futures.world, announced(futures.world))
    assert StandingLine.objects.get().outcome == "aside" and run.state == "finished"
    assert Cart.objects.filter(lines__offer_item__sku__code=CODE, lines__kept=24).count() == 1
