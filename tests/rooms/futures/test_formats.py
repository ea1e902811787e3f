"""Wine of one lot in several formats: changed until it is bottled, bought as long as there is wine, never made more."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.rooms.checkout.journey import customer_actor, hold
from tests.rooms.futures.campaign import CODE, Futures, begin, buy, form_of, lot_values, order_of, plan
from tests.rooms.futures.cut import planned
from tests.rooms.futures.formats import MAGNUM, choose, magnums, wine_of
from tests.rooms.futures.given import offer
from tests.rooms.futures.settled import arrive, ask
from tests.world import World
from tirage.catalog.models import Sku
from tirage.checkout.operations import place_order
from tirage.checkout.queries import load_offer_page
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.futures.formats.changing import Wish, look_at
from tirage.futures.formats.offering import save_format
from tirage.futures.formats.rules import exchanged, priced
from tirage.futures.holding import holding_of
from tirage.futures.lots import save_lot
from tirage.futures.models import FormatChange, Lot, PortfolioPart
from tirage.futures.portfolios import save_portfolio
from tirage.offers.models import OfferItem
from tirage.orders.models import Order
from tirage.payments.models import Collection, Payment

pytestmark = pytest.mark.django_db(transaction=True)
WINE = 60 * 750


@pytest.fixture
def futures(world: World) -> Futures:
    return begin(world)


@pytest.fixture
def order(futures: Futures) -> Order:
    return order_of(buy(futures, futures.world.ben, 12))


def held(order: Order) -> list[tuple[str, int]]:
    order.refresh_from_db()
    found = holding_of(order)
    return [(one.lot.sku.code, one.pieces) for one in found.held] if found else []


def test_twelve_bottles_become_six_magnums_and_the_supplement_is_collected(
    futures: Futures, order: Order
) -> None:
    large = magnums(futures)
    seen = look_at(Wish(order, futures.lot, large, 12), futures.world.now)
    assert (seen.pieces, seen.difference.minor, seen.to_pay.minor) == (6, 60_00, 60_00)
    assert held(order) == [(CODE, 12)], "looking changes nothing"
    assert choose(futures, order, futures.lot, large, 12, 60_00).status == "applied"
    assert held(order) == [(MAGNUM, 6)] and order.owed_minor == 1260_00 and order.paid_minor == 1200_00
    collection = Collection.objects.get()
    assert collection.amount_minor == 60_00 and collection.payment_method == futures.world.ben_card
    made = FormatChange.objects.get()
    assert (made.pieces_off, made.pieces_on) == (12, 6) and made.change is not None
    assert made.change.kind == "change" and wine_of(futures.lot) == WINE
    assert run_checks(futures.world.now) == []


def test_and_back_which_gives_the_supplement_back(futures: Futures, order: Order) -> None:
    large = magnums(futures, supplement=0)
    choose(futures, order, futures.lot, large, 4, 0)
    assert held(order) == [(CODE, 8), (MAGNUM, 2)]
    Lot.objects.filter(pk=large.pk).update(supplement_minor=5_00)
    choose(futures, order, large, futures.lot, 2, -10_00)
    assert held(order) == [(CODE, 12)]
    assert Payment.objects.filter(kind="refund", amount_minor=10_00).count() == 1
    assert wine_of(futures.lot) == WINE and run_checks(futures.world.now) == []


def test_of_an_order_by_instalments_the_last_ones_shrink(futures: Futures) -> None:
    plan(futures)
    order = order_of(buy(futures, futures.world.ben, 12))
    large = magnums(futures, supplement=0)
    choose(futures, order, futures.lot, large, 12, 0)
    order.refresh_from_db()
    assert (order.owed_minor, order.later_minor) == (1200_00, 840_00)
    Lot.objects.filter(pk=large.pk).update(supplement_minor=5_00)
    choose(futures, order, large, futures.lot, 2, -10_00)
    order.refresh_from_db()
    assert (order.owed_minor, order.later_minor) == (1190_00, 830_00) and run_checks(futures.world.now) == []


def test_the_last_of_a_lot_can_be_changed_for_nobody_else_has_it(world: World) -> None:
    futures = begin(world, expected=12)
    order = order_of(buy(futures, world.ben, 12))
    large = magnums(futures)
    choose(futures, order, futures.lot, large, 12, 60_00)
    assert held(order) == [(MAGNUM, 6)] and wine_of(futures.lot) == 12 * 750
    futures.lot.refresh_from_db()
    assert (futures.lot.expected, futures.lot.committed) == (0, 0)


@pytest.mark.parametrize(
    ("pieces", "words"), [(3, "takes 2 of these"), (0, "Between 1 and 12"), (14, "Between")]
)
def test_only_whole_pieces_of_what_is_there(futures: Futures, order: Order, pieces: int, words: str) -> None:
    large = magnums(futures)
    with pytest.raises(DomainError, match=words):
        choose(futures, order, futures.lot, large, pieces, 0)
    assert held(order) == [(CODE, 12)] and not FormatChange.objects.exists()


def test_not_at_another_price_than_was_seen(futures: Futures, order: Order) -> None:
    with pytest.raises(Conflict, match="another amount"):
        choose(futures, order, futures.lot, magnums(futures), 12, 50_00)
    assert held(order) == [(CODE, 12)] and wine_of(futures.lot) == WINE


def after_bottling(futures: Futures) -> datetime:
    assert futures.lot.bottling_on is not None
    return datetime.combine(
        futures.lot.bottling_on, datetime.min.time(), futures.world.now.tzinfo
    ) + timedelta(hours=12)


def test_not_once_it_is_bottled(futures: Futures, order: Order) -> None:
    large = magnums(futures)
    with pytest.raises(Conflict, match="its format stays"):
        choose(futures, order, futures.lot, large, 12, 60_00, now=after_bottling(futures))
    assert held(order) == [(CODE, 12)]


def test_not_while_it_is_cut_nor_once_it_is_asked_for(futures: Futures, order: Order) -> None:
    large = magnums(futures)
    cut = planned(futures, 10)
    with pytest.raises(Conflict, match="less of this wine"):
        choose(futures, order, futures.lot, large, 4, 20_00)
    cut.delete()
    arrive(futures, 12)
    ask(futures, order)
    with pytest.raises(Conflict, match=r"its format stays"):
        choose(futures, order, futures.lot, large, 4, 20_00)


def test_what_somebody_is_offered_stays(futures: Futures, order: Order) -> None:
    offer(futures, order, 10)
    with pytest.raises(DomainError, match="Between 1 and 2"):
        choose(futures, order, futures.lot, magnums(futures), 4, 20_00)


def test_where_cases_are_unmixed_whole_cases_stay(futures: Futures) -> None:
    OfferItem.objects.update(multiple=6)
    order = order_of(buy(futures, futures.world.ben, 12))
    large = magnums(futures)
    with pytest.raises(DomainError, match="whole cases of 6, unmixed"):
        choose(futures, order, futures.lot, large, 4, 20_00)
    choose(futures, order, futures.lot, large, 6, 30_00)
    assert held(order) == [(CODE, 6), (MAGNUM, 3)]


def test_it_stays_in_its_portfolio(futures: Futures, order: Order) -> None:
    ben = futures.world.ben
    pieces = {(order.pk, futures.lot.pk): 8}
    save_portfolio(
        customer=ben,
        portfolio=None,
        name="For Ida",
        pieces=pieces,
        actor=customer_actor(ben),
        now=futures.world.now,
    )
    large = magnums(futures)
    choose(futures, order, futures.lot, large, 8, 40_00)
    parts = {one.lot_id: one.pieces for one in PortfolioPart.objects.all()}
    assert parts == {futures.lot.pk: 4, large.pk: 2}, "what was in none is changed first"


def test_magnums_are_bought_of_the_same_wine(futures: Futures) -> None:
    magnums(futures, offered=True)
    ben, now = futures.world.ben, futures.world.now
    free = {item.code: item.free for item in load_offer_page(ben, now).items}
    assert free == {CODE: 60, MAGNUM: 30}
    hold(ben, {CODE: 10, MAGNUM: 20}, now)
    order = order_of(place_order(**form_of(futures, ben, now)))
    assert held(order) == [(CODE, 10), (MAGNUM, 20)] and wine_of(futures.lot) == WINE
    free = {item.code: item.free for item in load_offer_page(futures.world.ben, now).items}
    assert free == {CODE: 10, MAGNUM: 5} and run_checks(now) == []


def test_more_than_there_is_wine_for_is_not_held(world: World) -> None:
    futures = begin(world, expected=12)
    magnums(futures, offered=True)
    outcome = hold(world.ben, {CODE: 8, MAGNUM: 4}, world.now)
    assert outcome.shortages and wine_of(futures.lot) == 12 * 750
    assert run_checks(world.now) == []


def test_formats_are_bottled_and_released_with_their_lot(futures: Futures) -> None:
    large = magnums(futures)
    values = lot_values(bottling_on=futures.lot.bottling_on, name="Barrels 1 to 3")
    save_lot(
        lot=futures.lot, sku=futures.sku, values=values, actor=futures.world.staff, now=futures.world.now
    )
    large.refresh_from_db()
    assert large.name == "Barrels 1 to 3"
    with pytest.raises(Conflict, match="drawn from there"):
        save_lot(
            lot=large,
            sku=large.sku,
            values=lot_values(9, name=large.name),
            actor=futures.world.staff,
            now=futures.world.now,
        )


def test_only_of_the_same_wine_and_not_twice_over(futures: Futures) -> None:
    large = magnums(futures)
    again = save_format(
        lot=futures.lot,
        sku=large.sku,
        supplement_minor=7_00,
        actor=futures.world.staff,
        now=futures.world.now,
    )
    assert again.pk == large.pk and again.supplement_minor == 7_00
    for lot, sku, words in (
        (futures.lot, futures.world.magnum, "same wine and vintage"),
        (large, futures.sku, "format of another lot"),
    ):
        with pytest.raises(DomainError, match=words):
            save_format(
                lot=lot, sku=sku, supplement_minor=0, actor=futures.world.staff, now=futures.world.now
            )
    assert Sku.objects.filter(lots__of=futures.lot).count() == 1


def test_as_much_wine_at_prices_that_come_to_the_total() -> None:
    assert exchanged(12, 750, 4500) == 2 and exchanged(2, 4500, 450) == 20
    assert priced(100_01, 2) == {50_01: 1, 50_00: 1} and priced(-5, 3) == {0: 3}
