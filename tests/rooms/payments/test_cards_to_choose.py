"""Which card stands first wherever one is chosen: good ones, then declined ones, then those that have expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.world import World, save_test_card
from tirage.customers.models import Customer
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import make_default_card, remove_card, save_card
from tirage.payments.queries import card_to_suggest, cards_to_choose, saved_cards


def a_card(world: World, customer: Customer, last4: str, year: int, month: int = 6) -> PaymentMethod:
    card = save_test_card(customer, world.now, last4=last4, is_default=False)
    PaymentMethod.objects.filter(pk=card.pk).update(exp_year=year, exp_month=month)
    card.refresh_from_db()
    return card


def order_of(world: World, customer: Customer) -> list[str]:
    """The last figures in the order in which pages show them; both statements say the same."""
    first, second = saved_cards(customer.pk, world.now), cards_to_choose(customer.pk, world.now)
    assert [card.pk for card in first] == [card.pk for card in second]
    return [card.last4 for card in second]


def test_an_expired_card_comes_last_even_as_the_default(world: World) -> None:
    for number, year in (("0001", 2027), ("0002", 2025), ("0003", 2030)):
        a_card(world, world.ben, number, year)
    old = PaymentMethod.objects.get(customer=world.ben, last4="0002")
    make_default_card(customer=world.ben, card_reference=old.reference, actor=world.staff, now=world.now)
    assert order_of(world, world.ben) == ["0003", "0001", "4242", "0002"]
    PaymentMethod.objects.filter(customer=world.ben).exclude(pk=old.pk).update(removed_at=world.now)
    assert order_of(world, world.ben) == ["0002"] and card_to_suggest(world.ben.pk, world.now) is None


@pytest.mark.parametrize(("at", "expired"), [("2026-10-31T23:00", False), ("2026-11-01T08:00", True)])
def test_a_card_is_good_to_the_end_of_its_month_on_the_winerys_calendar(
    world: World, at: str, expired: bool
) -> None:
    """At 23:00 UTC on the 31st it is still the 31st in California; at 8:00 on the 1st it is the 1st there too."""
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    card = a_card(world, world.ben, "0001", 2026, 10)
    make_default_card(customer=world.ben, card_reference=card.reference, actor=world.staff, now=world.now)
    for cards in (list(saved_cards(world.ben.pk, now)), cards_to_choose(world.ben.pk, now)):
        assert (cards[0].pk != card.pk) is expired
    assert card.has_expired(now) is expired and not card.has_expired(now - timedelta(days=2))


def test_the_default_never_falls_to_an_expired_card_while_there_is_another(world: World) -> None:
    a_card(world, world.ben, "0001", 2027)
    a_card(world, world.ben, "0002", 2025)
    remove_card(customer=world.ben, card_reference=world.ben_card.reference, actor=world.staff, now=world.now)
    default = PaymentMethod.objects.get(customer=world.ben, is_default=True)
    assert default.last4 == "0001"
    PaymentMethod.objects.filter(pk=default.pk).update(exp_year=2025)
    details = {"card_number": "4242424242424242", "card_expiry": "12 / 39", "card_cvc": "123"}
    new = save_card(customer=world.ben, details=details, make_default=False, actor=world.staff, now=world.now)
    assert PaymentMethod.objects.get(customer=world.ben, is_default=True) == new
