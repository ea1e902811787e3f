"""A customer says where wine goes that was bought before it was bottled, and pays what that costs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.rooms.futures.settled import arrive, ask
from tests.rooms.futures.test_storage import term
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.customers.models import Address
from tirage.futures.models import Settlement
from tirage.notifications.models import SentMail
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    return begin(build_world(read_clock()))


@pytest.fixture
def shop(futures: Futures) -> World:
    return futures.world


@pytest.fixture
def order(futures: Futures) -> Order:
    made = order_of(buy(futures, futures.world.ben, 12))
    arrive(futures, 60)
    return made


def at(order: Order) -> str:
    return f"/account/futures/{order.reference}/settle/"


def form(futures: Futures, **changes: str) -> dict[str, str]:
    world = futures.world
    facts = {
        "address": world.ben_home.reference,
        "way": world.ground.reference,
        "card": world.ben_card.reference,
    }
    return facts | {"shown": "15216", "act": "agree"} | changes


def test_what_it_costs_stands_there_line_by_line_and_is_paid_by_one_press(
    futures: Futures, order: Order, ben: Client
) -> None:
    assert ben.get(at(order)).status_code == 404, "nothing is asked yet"
    ask(futures)
    assert "Say where it goes" in words_of(ben.get("/account/futures/"))
    words = words_of(ben.get(at(order)))
    assert "Ground $52.00" in words and "8 % of $1,252.00" in words and "Together $152.16" in words
    assert "Agree and pay $152.16" in words and "Keep it in the cellar" in words
    words = words_of(ben.post(at(order), form(futures), follow=True))
    assert "All is settled, and your wine is made ready for its way." in words
    assert Settlement.objects.get().state == "settled"
    assert ben.get(at(order)).status_code == 302


def test_another_way_costs_something_else_and_a_pickup_no_delivery(
    futures: Futures, order: Order, ben: Client
) -> None:
    ask(futures)
    world = futures.world
    words = words_of(
        ben.get(at(order), {"address": world.ben_home.reference, "way": world.overnight.reference})
    )
    assert "Overnight $140.00" in words
    words = words_of(ben.get(at(order), {"way": world.pickup.reference}))
    assert "Ground" not in words.split("What it costs")[1] and "Agree and pay $87.00" in words


def test_a_price_that_wasnt_shown_is_refused_and_nothing_is_paid(
    futures: Futures, order: Order, ben: Client
) -> None:
    ask(futures)
    for shown in ("100", "", "much", "9" * 40):
        answer = ben.post(at(order), form(futures, shown=shown))
        assert answer.status_code == 422 and "another than you saw" in words_of(answer)
    assert Settlement.objects.get().state == "asked" and order.paid_minor == 1200_00


def test_kept_in_the_cellar_until_it_is_sent_for(futures: Futures, order: Order, ben: Client) -> None:
    ask(futures)
    words = words_of(ben.post(at(order), {"act": "keep"}, follow=True))
    assert "Your wine stays in our cellar." in words and "Have it whenever you like." in words
    assert "All is settled" in words_of(ben.post(at(order), form(futures), follow=True))


def test_neighbours_see_nothing_and_no_address_of_theirs_is_used(
    futures: Futures, order: Order, ben: Client, ana: Client
) -> None:
    ask(futures)
    assert ana.get(at(order)).status_code == ana.post(at(order), form(futures)).status_code == 404
    other = form(futures, address=futures.world.ana_home.reference)
    assert ben.post(at(order), other).status_code == 422 and Settlement.objects.get().state == "asked"


def test_without_an_address_or_a_card_the_page_asks_for_them(
    futures: Futures, order: Order, ben: Client
) -> None:
    ask(futures)
    Address.objects.filter(customer=futures.world.ben).update(removed_at=read_clock(), is_default=False)
    assert "First we need to know where it may go" in words_of(ben.get(at(order)))


def test_the_mail_leads_there(futures: Futures, order: Order) -> None:
    ask(futures)
    assert SentMail.objects.filter(kind="settlement_asked", customer=futures.world.ben).count() == 1


def test_it_is_reckoned_once_where_the_first_way_is_open(futures: Futures, order: Order, ben: Client) -> None:
    ask(futures)
    ben.get(at(order))
    with CaptureQueriesContext(connection) as asked:
        ben.get(at(order))
    assert (
        len([one for one in asked if "INSERT INTO" in one["sql"] and "changes_changedraft" in one["sql"]])
        == 1
    )
    assert len(asked) <= 37


def test_another_way_than_is_open_there_is_reckoned_by_one_that_is(
    futures: Futures, order: Order, ben: Client
) -> None:
    ask(futures)
    words = words_of(ben.get(at(order), {"way": "MET-NOBODY22"}))
    assert "Together $152.16" in words


def test_under_bond_to_an_account_of_their_own(
    futures: Futures, order: Order, ben: Client, owner_client: Client
) -> None:
    term()
    (settlement,) = ask(futures)
    words = words_of(ben.get(at(order)))
    assert "Storage is free until" in words and "$9.00 a case, $36.00 at most" in words
    bond = {"warehouse": "Octavian Vaults", "account": "O-4411"}
    words = words_of(ben.get(at(order), bond))
    assert "1 case at $9.00." in words and "Agree and pay $9.00" in words
    typed = bond | {"card": futures.world.ben_card.reference, "shown": "900", "act": "agree"}
    assert "All is settled" in words_of(ben.post(at(order), typed, follow=True))
    page = f"/winery/releases/{futures.release.reference}/settling/"
    assert "To be transferred under bond to Octavian Vaults, account O-4411" in words_of(
        owner_client.get(page)
    )
    decide = f"/winery/releases/settlements/{settlement.reference}/decide"
    words = words_of(owner_client.post(decide, {"act": "transferred"}, follow=True))
    assert "went to Octavian Vaults under bond" in words
    order.refresh_from_db()
    assert order.state == "shipped"
