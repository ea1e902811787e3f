"""Money to collect in the back office: the list, one press to try again, links, letting go, many at once."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.rooms.checkout.journey import buy
from tests.rooms.payments.owing import OWED, card_that, owe_more, owing_order
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.backoffice.home.live import needs_attention
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun, Event, Winery
from tirage.core.tasks import go_on_with_bulk
from tirage.core.winery import forget_winery
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink, Payment
from tirage.payments.operations import ask_for_balance, charge_balance
from tirage.staff.states import Role

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/winery/payments/collect/"


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


def failed(shop: World, order: Order, behaviour: Behaviour, last4: str) -> Collection:
    card = card_that(shop, order.customer, behaviour, last4)
    charge_balance(
        order_id=order.pk, card_reference=card.reference, return_url="", actor=shop.staff, now=read_clock()
    )
    return Collection.objects.get(order=order)


@pytest.fixture
def soft(shop: World) -> Collection:
    """Ben's card has no money."""
    order = owing_order(shop, shop.ben, read_clock())
    return failed(shop, order, Behaviour.INSUFFICIENT_FUNDS, "9995")


@pytest.fixture
def hard(shop: World) -> Collection:
    """Ana's card was stolen."""
    order = owing_order(shop, shop.ana, read_clock(), 80_00)
    return failed(shop, order, Behaviour.STOLEN_CARD, "9979")


def let_work(collection: Collection) -> None:
    customer = collection.order.customer.reference
    TestCard.objects.filter(customer_reference=customer).update(behaviour="succeeds")


def test_the_list_says_who_how_much_why_and_what_comes_next(
    owner_client: Client, soft: Collection, hard: Collection
) -> None:
    words = words_of(owner_client.get(LIST, {"state": "open"}))
    assert "2 amounts to collect" in words
    for part in (
        "Ben Baker",
        "$50.00",
        "Not enough money on the card",
        "Will be tried again",
        soft.order.reference,
    ):
        assert part in words, part
    for part in ("Ana Alvarez", "$80.00", "The card was reported stolen", "The customer has a link until"):
        assert part in words, part


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 2),
        ({"state": "open"}, 2),
        ({"state": "collected"}, 0),
        ({"step": "planned"}, 1),
        ({"step": "stopped"}, 1),
        ({"what": "balance"}, 2),
        ({"what": "change"}, 0),
        ({"code": "stolen_card"}, 1),
        ({"q": "ana"}, 1),
        ({"amount_from": "60"}, 1),
        ({"amount_to": "60"}, 1),
    ],
)
def test_filters(
    owner_client: Client, soft: Collection, hard: Collection, filters: dict[str, str], count: int
) -> None:
    assert owner_client.get(LIST, filters).context["list"].count == count


def test_it_is_found_by_its_orders_number(owner_client: Client, soft: Collection, hard: Collection) -> None:
    assert owner_client.get(LIST, {"q": soft.order.reference}).context["list"].count == 1
    assert owner_client.get(LIST, {"q": soft.reference}).context["list"].count == 1
    assert owner_client.get(LIST, {"q": "CHG-"}).context["list"].count == 0


def test_another_card_is_suggested_than_the_one_just_declined(
    owner_client: Client, shop: World, soft: Collection
) -> None:
    page = owner_client.get(f"{LIST}{soft.reference}/")
    assert [card.last4 for card in page.context["cards"]] == ["4242", "9995"]
    assert "Visa 9995, just declined" in words_of(page)
    chosen = {"card": page.context["cards"][0].reference}
    said = words_of(owner_client.post(f"{LIST}{soft.reference}/retry", chosen, follow=True))
    assert "You collected $50.00 from Ben Baker." in said
    assert (
        Payment.objects.get(order=soft.order, amount_minor=OWED, state="settled").payment_method
        == shop.ben_card
    )
    theirs = {"card": shop.ana_card.reference}
    Collection.objects.filter(pk=soft.pk).update(state="open", closed_at=None)
    assert "Choose another" in words_of(
        owner_client.post(f"{LIST}{soft.reference}/retry", theirs, follow=True)
    )


def test_the_customers_page_begins_with_what_is_owed(
    owner_client: Client, shop: World, soft: Collection
) -> None:
    placing = buy(shop, shop.ben, {"CHA24": 3}, read_clock())
    second = owe_more(Order.objects.get(reference=placing.order_reference), 7_00, read_clock())
    page = owner_client.get(f"/winery/customers/{shop.ben.reference}/")
    panels = [panel.title for panel in page.context["main_panels"]]
    assert panels[0] == "Owes"
    words = words_of(page)
    assert "Owes $57.00" in words
    assert "Balance · Will be tried again" in words
    html = page.content.decode()
    assert f'href="{LIST}{soft.reference}/"' in html
    assert f'href="/winery/orders/{second.reference}/#collect"' in html
    assert 'id="collect"' in owner_client.get(f"/winery/orders/{second.reference}/").content.decode()


@pytest.mark.parametrize("sort", ["age", "-attempts", "next", "-amount"])
def test_it_sorts(owner_client: Client, soft: Collection, hard: Collection, sort: str) -> None:
    assert owner_client.get(LIST, {"sort": sort}).status_code == 200


def test_the_list_takes_few_queries(
    owner_client: Client, soft: Collection, hard: Collection, django_assert_max_num_queries: Any
) -> None:
    owner_client.get(LIST)
    with django_assert_max_num_queries(11):
        owner_client.get(LIST, {"state": "open"})


def test_it_is_exported_as_it_stands(owner_client: Client, soft: Collection, hard: Collection) -> None:
    answer = owner_client.get(LIST, {"export": "csv", "step": "planned"})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = list(csv.DictReader(io.StringIO(body)))
    assert (row["Customer"], row["Reason"], row["Tries"]) == (
        "Ben Baker",
        "Not enough money on the card",
        "1",
    )
    assert row["Next"].startswith("Will be tried again ")
    sheet = owner_client.get(LIST, {"export": "xlsx"})
    assert b"".join(sheet.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


def test_one_press_tries_again_and_says_what_came_of_it(owner_client: Client, soft: Collection) -> None:
    path = f"{LIST}{soft.reference}/retry"
    refused = owner_client.post(path, follow=True)
    assert "$50.00 of Ben Baker did not come: This card doesn't have enough funds" in words_of(refused)
    let_work(soft)
    paid = owner_client.post(path, {"query": "state=open"}, follow=True)
    assert paid.redirect_chain[0][0] == f"{LIST}?state=open"
    assert "You collected $50.00 from Ben Baker" in words_of(paid)
    soft.refresh_from_db()
    assert (soft.state, soft.attempts) == ("collected", 2)
    again = owner_client.post(path, follow=True)
    assert "closed already" in words_of(again) and Payment.objects.filter(amount_minor=OWED).count() == 3


def test_what_is_only_set_aside_is_not_called_collected(owner_client: Client, soft: Collection) -> None:
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    TestCard.objects.filter(token=soft.payment_method.token).update(behaviour="succeeds")  # type: ignore[union-attr]
    done = owner_client.post(f"{LIST}{soft.reference}/retry", follow=True)
    assert "You set aside $50.00 on the card of Ben Baker. The money comes when the order ships." in words_of(
        done
    )


def test_a_bank_that_wants_the_customer_and_one_that_stays_silent_are_said(
    owner_client: Client, soft: Collection, hard: Collection
) -> None:
    TestCard.objects.filter(token=soft.payment_method.token).update(behaviour="authenticates_always")  # type: ignore[union-attr]
    TestCard.objects.filter(token=hard.payment_method.token).update(behaviour="times_out_charged")  # type: ignore[union-attr]
    asks = owner_client.post(f"{LIST}{soft.reference}/retry", follow=True)
    assert "wants to hear from Ben Baker" in words_of(asks)
    silent = owner_client.post(f"{LIST}{hard.reference}/retry", follow=True)
    assert "hasn’t answered yet" in words_of(silent)
    listed = words_of(owner_client.get(LIST))
    assert "The bank waits for the customer" in listed and "The bank hasn’t answered" in listed
    assert "Try now" not in listed


def test_the_page_tells_the_tries_and_has_the_link_to_copy(owner_client: Client, soft: Collection) -> None:
    page = owner_client.get(f"{LIST}{soft.reference}/")
    words = words_of(page)
    assert "$50.00 to collect" in words and "Visa 9995" in words and "Declined" in words
    assert f"/pay/{PayLink.objects.get().reference}." in page.content.decode()
    assert Client().get(page.context["link_url"]).status_code == 200


def test_a_page_takes_few_queries(
    owner_client: Client, soft: Collection, django_assert_max_num_queries: Any
) -> None:
    path = f"{LIST}{soft.reference}/"
    owner_client.get(path)
    with django_assert_max_num_queries(8):
        owner_client.get(path)


def test_the_link_is_mailed_again_or_made_anew(owner_client: Client, soft: Collection) -> None:
    path = f"{LIST}{soft.reference}/link"
    mailed = owner_client.post(path, follow=True)
    assert "on its way to ben@example.com" in words_of(mailed)
    assert SentMail.objects.filter(kind="pay_link_balance").count() == 1 and PayLink.objects.count() == 1
    PayLink.objects.update(expires_at=read_clock() - timedelta(days=1))
    copied = owner_client.post(path, {"copy": "1"}, follow=True)
    assert "You mailed nobody" in words_of(copied) and PayLink.objects.count() == 2
    assert SentMail.objects.filter(kind="pay_link_balance").count() == 1


def test_another_card_is_asked_for_by_mail(owner_client: Client, shop: World, hard: Collection) -> None:
    before = SentMail.objects.filter(kind="card_needed").count()
    owner_client.post(f"{LIST}{hard.reference}/card")
    assert SentMail.objects.filter(kind="card_needed").count() == before + 1
    shop.ana.status = "suspended"
    shop.ana.save()
    refused = owner_client.post(f"{LIST}{hard.reference}/card", follow=True)
    assert "suspended" in words_of(refused)
    assert SentMail.objects.filter(kind="card_needed").count() == before + 1


def test_letting_go_needs_a_reason(owner_client: Client, soft: Collection) -> None:
    path = f"{LIST}{soft.reference}/let-go"
    refused = owner_client.post(path, {"reason": " "})
    assert refused.status_code == 400 and "Write a few words" in words_of(refused)
    soft.refresh_from_db()
    assert soft.state == "open"
    done = owner_client.post(path, {"reason": "A friend of the house"}, follow=True)
    assert "nobody collects them any more. Ben Baker still owes them." in words_of(done)
    assert "$50.00 of the order are still owed; nobody asks for them by itself." in words_of(done)
    assert "the order still owes it" in Event.objects.get(name="collection.let_go").text
    soft.refresh_from_db()
    assert soft.state == "let_go"


def drafted(client: Client, **sent: Any) -> str:
    """The path of the run that a choice of the list made."""
    return str(client.post(f"{LIST}retry", sent)["Location"].partition("?")[0])


def test_many_are_shown_first_then_tried_by_the_worker(
    owner_client: Client, soft: Collection, hard: Collection
) -> None:
    path = drafted(owner_client, chosen=[soft.reference, hard.reference], query="state=open")
    preview = words_of(owner_client.get(path))
    assert "1 amount, $50.00 in all, is tried again" in preview and "1 amount is left out" in preview
    let_work(soft)
    assert "Waiting for its turn 0 of 2" in words_of(owner_client.post(f"{path}run", follow=True))
    soft.refresh_from_db()
    assert soft.state == "open"
    go_on_with_bulk.call(BulkRun.objects.get().reference)
    told = words_of(owner_client.get(path))
    assert "You worked through 2 amounts: 1 came, 1 did not." in told
    assert f"{hard.order.reference} · Ana Alvarez The bank said no for good" in told
    soft.refresh_from_db()
    hard.refresh_from_db()
    assert (soft.state, hard.state, hard.attempts) == ("collected", "open", 1)


def test_all_that_a_filter_found_are_tried(owner_client: Client, soft: Collection, hard: Collection) -> None:
    drafted(owner_client, every="1", query="q=ben")
    assert [row.key for row in BulkRun.objects.get().rows.all()] == [soft.reference]


def test_nothing_to_try_says_so(owner_client: Client, hard: Collection) -> None:
    page = words_of(owner_client.get(drafted(owner_client, chosen=[hard.reference])))
    assert "Nothing to try among them" in page


def test_who_may_only_look_presses_nothing(client_as: ClientAs, soft: Collection) -> None:
    client = client_as(Role.READ_ONLY)
    listed = words_of(client.get(LIST))
    assert "Ben Baker" in listed and "Try" not in listed.replace("Tries", "").replace("Tried", "")
    page = client.get(f"{LIST}{soft.reference}/")
    assert page.status_code == 200 and "/pay/" not in page.content.decode()
    for act in ("retry", "link", "card", "let-go"):
        assert client.post(f"{LIST}{soft.reference}/{act}", {"reason": "x"}).status_code == 403
    assert client.post(f"{LIST}retry", {"chosen": [soft.reference], "sure": "1"}).status_code == 403
    assert client.post(f"/winery/orders/{soft.order.reference}/pay-link").status_code == 403
    soft.refresh_from_db()
    assert (soft.state, soft.attempts) == ("open", 1)


def test_home_says_how_much_is_to_be_collected(
    owner_client: Client, soft: Collection, hard: Collection
) -> None:
    texts = [one.text for one in needs_attention(read_clock())]
    assert "$130.00 to collect from 2 orders; 1 waits for somebody." in texts
    assert "$130.00 to collect" in words_of(owner_client.get("/winery/"))
    assert "Money to collect 2" in words_of(owner_client.get("/winery/payments/"))


def test_an_orders_page_sends_a_pay_link_and_shows_what_is_asked(owner_client: Client, shop: World) -> None:
    order = owing_order(shop, shop.ben, read_clock())
    path = f"/winery/orders/{order.reference}/"
    assert "Send a pay link" in words_of(owner_client.get(path))
    sent = owner_client.post(f"{path}pay-link", follow=True)
    assert "on its way to ben@example.com" in words_of(sent)
    assert "The customer has a link until" in words_of(sent) and Collection.objects.get().attempts == 0
    copied = owner_client.post(f"{path}pay-link", {"copy": "1"}, follow=True)
    assert "Asked for with a pay link" in words_of(copied) and copied.context["link_url"]


def test_a_paid_order_has_nothing_to_send(owner_client: Client, shop: World) -> None:
    order = owing_order(shop, shop.ben, read_clock())
    Order.objects.filter(pk=order.pk).update(owed_minor=order.paid_minor)
    path = f"/winery/orders/{order.reference}/"
    assert "Send a pay link" not in words_of(owner_client.get(path))
    refused = owner_client.post(f"{path}pay-link", follow=True)
    assert "nothing to pay" in words_of(refused) and not PayLink.objects.exists()


def test_what_grew_since_is_asked_for_in_full(owner_client: Client, shop: World) -> None:
    order = owing_order(shop, shop.ben, read_clock())
    ask_for_balance(order_reference=order.reference, actor=shop.staff, now=read_clock())
    owe_more(order, 10_00, read_clock())
    owner_client.post(f"/winery/orders/{order.reference}/pay-link")
    assert PayLink.objects.get(revoked_at=None).amount_minor == OWED + 10_00
