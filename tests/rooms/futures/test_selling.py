"""Buying before there are bottles: in bond, by terms that were read, within what the lots will bring."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from tests.rooms.checkout.journey import hold
from tests.rooms.futures.campaign import CODE, begin, buy, form_of, lot_values, order_of, plan
from tests.world import World
from tirage.changes.operations import cancel_order, refund_lines
from tirage.changes.rules import Bottles, line_key
from tirage.changes.states import RefundTo
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.fulfilment.operations import ship_order
from tirage.futures.lots import save_lot
from tirage.futures.models import Acceptance, Commitment, Instalment
from tirage.notifications.compose import compose, words_of
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.offers.operations import CampaignValues, save_campaign, save_release
from tirage.offers.states import PlanKind
from tirage.orders.models import CancelReason, Order
from tirage.orders.queries import order_charges
from tirage.payments.operations import give_credit
from tirage.payments.operations.balances import due_minor


def test_only_the_wine_is_paid_and_nothing_is_sent(world: World) -> None:
    futures = begin(world)
    order = order_of(buy(futures, world.ben, 12))
    assert (order.state, order.owed_minor, order.paid_minor) == ("placed", 1200_00, 1200_00)
    assert order_charges(order) == [] and order.method is None and order.line1 == ""
    with pytest.raises(DomainError) as refused:
        ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert refused.value.code == "not_released" and run_checks(world.now) == []


def test_the_lot_and_the_stock_count_what_was_sold(world: World) -> None:
    futures = begin(world)
    order = order_of(buy(futures, world.ben, 12))
    futures.lot.refresh_from_db()
    stock = world.stock(futures.sku)
    assert (futures.lot.committed, stock.on_hand, stock.expected, stock.sold) == (12, 0, 60, 12)
    assert [(one.line.order_id, one.pieces) for one in Commitment.objects.all()] == [(order.pk, 12)]


def test_no_more_is_sold_than_the_winery_will_bottle(world: World) -> None:
    futures = begin(world, expected=10)
    outcome = hold(world.ben, {CODE: 12}, world.now)
    assert [(short.asked, short.got) for short in outcome.shortages] == [(12, 10)]
    with pytest.raises(DomainError, match="Plan a cut"):
        save_lot(lot=futures.lot, sku=futures.sku, values=lot_values(9), actor=world.staff, now=world.now)
    futures.lot.refresh_from_db()
    assert futures.lot.expected == 10 == world.stock(futures.sku).expected


def test_a_lapsed_cart_isnt_in_the_way_of_a_smaller_lot(world: World) -> None:
    futures = begin(world, expected=10)
    hold(world.ben, {CODE: 10}, world.now)
    later = world.now + timedelta(hours=2)
    lot = save_lot(lot=futures.lot, sku=futures.sku, values=lot_values(4), actor=world.staff, now=later)
    assert lot.expected == 4 and world.stock(futures.sku).held == 0


def test_a_wine_that_is_in_the_cellar_gets_no_lot(world: World) -> None:
    with pytest.raises(DomainError, match="in the cellar already"):
        save_lot(lot=None, sku=world.cabernet, values=lot_values(), actor=world.staff, now=world.now)


def test_two_lots_are_filled_in_turn_and_left_the_other_way_round(world: World) -> None:
    futures = begin(world, expected=10)
    second = lot_values(20, name="Barrels 5 and 6", window_from=lot_values().window_until)
    other = save_lot(lot=None, sku=futures.sku, values=second, actor=world.staff, now=world.now)
    order = order_of(buy(futures, world.ben, 15))
    futures.lot.refresh_from_db()
    other.refresh_from_db()
    assert (futures.lot.committed, other.committed) == (10, 5)
    refund_lines(
        order_reference=order.reference,
        pieces={line_key(futures.sku.pk, 100_00): 7},
        bottles=Bottles.BACK,
        expected_minor=700_00,
        reason="Bought too much",
        actor=world.staff,
        now=world.now,
    )
    futures.lot.refresh_from_db()
    other.refresh_from_db()
    assert (futures.lot.committed, other.committed) == (8, 0) and run_checks(world.now) == []


def test_what_was_agreed_to_is_kept_word_for_word(world: World) -> None:
    futures = begin(world)
    plan(futures, terms="Barrels are tasted, not returned.\n\nDraft 3")
    order = order_of(buy(futures, world.ben, 6))
    plan(futures, terms="Other words")
    kept = Acceptance.objects.get(order=order)
    assert kept.terms == "Barrels are tasted, not returned.\n\nDraft 3" and kept.at == world.now
    assert kept.digest == hashlib.sha256(kept.terms.encode()).hexdigest()
    assert kept.card == world.ben_card and "charge it for the later parts" in kept.mandate


def test_unread_and_old_terms_are_refused_with_nothing_changed(world: World) -> None:
    futures = begin(world)
    hold(world.ben, {CODE: 6}, world.now)
    form = form_of(futures, world.ben, world.now)
    with pytest.raises(DomainError) as unread:
        place_order(**form | {"terms_digest": ""})
    plan(futures, PlanKind.NOW, terms="Newer words")
    with pytest.raises(DomainError) as old:
        place_order(**form)
    assert (unread.value.code, old.value.code) == ("terms_missing", "terms_changed")
    assert not Order.objects.exists() and not Acceptance.objects.exists()


def test_a_deposit_is_charged_now_and_the_rest_isnt_due(world: World) -> None:
    futures = begin(world)
    plan(futures)
    order = order_of(buy(futures, world.ben, 12))
    assert (order.owed_minor, order.paid_minor, order.later_minor) == (1200_00, 360_00, 840_00)
    assert due_minor(order, world.now) == 0
    assert [one.amount_minor for one in Instalment.objects.order_by("number")] == [360_00, 480_00]
    assert run_checks(world.now) == []


def test_odd_cents_are_lost_nowhere(world: World) -> None:
    futures = begin(world)
    futures.sku.price_minor = 33_33
    futures.sku.save()
    plan(futures)
    order = order_of(buy(futures, world.ben, 1))
    later = sum(one.amount_minor for one in Instalment.objects.filter(order=order))
    assert order.paid_minor + later == 33_33 and order.later_minor == later


def test_bottles_given_back_make_the_last_instalments_smaller(world: World) -> None:
    futures = begin(world)
    plan(futures)
    order = order_of(buy(futures, world.ben, 12))
    refunds = refund_lines(
        order_reference=order.reference,
        pieces={line_key(futures.sku.pk, 100_00): 6},
        bottles=Bottles.BACK,
        expected_minor=600_00,
        reason="Too much",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert refunds == () and (order.owed_minor, order.paid_minor, order.later_minor) == (
        600_00,
        360_00,
        240_00,
    )
    assert [one.amount_minor for one in Instalment.objects.order_by("number")] == [240_00, 0]
    assert run_checks(world.now) == []


def test_a_cancelled_order_owes_no_instalments_and_leaves_its_lot(world: World) -> None:
    futures = begin(world)
    plan(futures)
    order = order_of(buy(futures, world.ben, 12))
    CancelReason.objects.create(name="Customer asked")
    cancel_order(
        order_reference=order.reference,
        restock=True,
        refund_to=RefundTo.ORIGINAL,
        reason="Customer asked",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    futures.lot.refresh_from_db()
    assert (order.later_minor, order.paid_minor, futures.lot.committed) == (0, 0, 0)
    assert run_checks(world.now) == []


def test_store_credit_pays_of_the_deposit_only(world: World) -> None:
    futures = begin(world)
    plan(futures)
    give_credit(
        customer=world.ben, amount=Money(500_00, "USD"), reason="A gift", actor=world.staff, now=world.now
    )
    order = order_of(buy(futures, world.ben, 12, use_credit=True, expected_total_minor=0, card_reference=""))
    world.ben.refresh_from_db()
    assert (order.paid_minor, order.later_minor, world.ben.credit_minor) == (360_00, 840_00, 140_00)


def test_a_plan_comes_to_the_whole_price(world: World) -> None:
    futures = begin(world)
    with pytest.raises(DomainError) as refused:
        plan(futures, deposit_bp=4000)
    assert "have to come to 60 %" in refused.value.fields["instalments"]
    with pytest.raises(DomainError):
        save_campaign(
            release=world.release, values=CampaignValues(terms="None"), actor=world.staff, now=world.now
        )


def test_what_a_release_is_stays_once_it_was_seen(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        save_release(
            release=world.release, name="Autumn", kind="en_primeur", actor=world.staff, now=world.now
        )
    assert "kind" in refused.value.fields


def test_the_receipt_says_in_bond_and_what_comes_when(world: World) -> None:
    futures = begin(world)
    plan(futures)
    order = order_of(buy(futures, world.ben, 12))
    mail = SentMail.objects.get(kind__endswith="receipt")
    assert mail.kind == "early_receipt"
    letter = compose(words_of(MailKind.EARLY_RECEIPT), values_of(mail, world.winery), world.winery)
    words = letter.text
    assert "stays in bond" in words and "September 2028 to March 2029" in words
    assert "$360.00" in words and "On March 1, 2027" in words and "$480.00" in words
    assert order.reference in letter.subject and "They go to" not in words
