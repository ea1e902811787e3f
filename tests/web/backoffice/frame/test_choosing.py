"""What is chosen of a list: all found but some, across pages, through errors, into files."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from tests.web.backoffice.frame.test_lists import order_of, orders  # noqa: F401 - a fixture
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.frame.choosing import MOST_NAMED
from tirage.core.events import EventName
from tirage.core.models import BulkRun, Event
from tirage.core.tasks import go_on_with_bulk
from tirage.fulfilment.models import ShipRun
from tirage.offers.models import Offer
from tirage.orders.models import Order, OrderLine
from tirage.wishes.models import Wish

LIST = "/winery/orders/"
KEEP = "/winery/lists/orders/choice"


def shown_on(answer: Any) -> list[str]:
    return re.findall(r'name="shown" value="([^"]+)"', answer.content.decode())


def ticked_on(answer: Any) -> list[str]:
    return re.findall(r'name="chosen" value="([^"]+)" checked', answer.content.decode())


def form_of(answer: Any, **more: Any) -> dict[str, Any]:
    """The list's form as a browser would send it: what it hides, and what is ticked."""
    hidden = dict(
        re.findall(
            r'<input type="hidden" name="(query|back|found|choice|minus)" value="([^"]*)"',
            answer.content.decode(),
        )
    )
    hidden["back"] = hidden["back"].replace("&amp;", "&")
    every = {"every": "1"} if 'name="every" value="1" checked' in answer.content.decode() else {}
    return {**hidden, **every, "shown": shown_on(answer), "chosen": ticked_on(answer), **more}


def file_of(answer: Any) -> list[str]:
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [row["Order"] for row in csv.DictReader(io.StringIO(body))]


def all_but_one(client: Client, left_out: str) -> Any:
    """The first page, chosen as a whole but for one row: as the script sends it."""
    page = client.get(LIST)
    ticked = [key for key in shown_on(page) if key != left_out]
    return form_of(page, every="1", minus="1", chosen=ticked)


def test_all_found_minus_one_is_one_less(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    sent = all_but_one(owner_client, orders[-3].reference)
    answer = owner_client.post("/winery/orders/shipping/choose", sent, follow=True)
    assert ShipRun.objects.get().total == 119
    assert "The list has changed" not in words_of(answer)
    assert not ShipRun.objects.filter(rows__order=orders[-3]).exists()


def test_a_choice_goes_from_page_to_page(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    sent = all_but_one(owner_client, orders[-3].reference)
    second = owner_client.post(KEEP, {**sent, "then": LIST + "?page=2"}, follow=True)
    assert len(ticked_on(second)) == 50
    assert second.context["chosen"].elsewhere == 1
    # Without a script too: the page says by itself that it is chosen as a whole.
    more = form_of(second, chosen=ticked_on(second)[1:])
    first = owner_client.post(KEEP, {**more, "then": LIST}, follow=True)
    assert len(ticked_on(first)) == 49
    assert first.context["chosen"].count == 118
    assert first.context["chosen"].elsewhere == 1
    owner_client.post("/winery/orders/shipping/choose", form_of(first))
    assert ShipRun.objects.get().total == 118


def test_named_rows_of_several_pages_are_chosen_together(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    first = owner_client.get(LIST)
    sent = form_of(first, chosen=shown_on(first)[:2])
    second = owner_client.post(KEEP, {**sent, "then": LIST + "?page=2"}, follow=True)
    assert ticked_on(second) == []
    sent = form_of(second, chosen=shown_on(second)[:1])
    back = owner_client.post(KEEP, {**sent, "then": LIST}, follow=True)
    assert ticked_on(back) == shown_on(first)[:2]
    # One is thought better of.
    owner_client.post("/winery/orders/shipping/choose", form_of(back, chosen=shown_on(first)[:1]))
    assert ShipRun.objects.get().total == 2


def test_a_choice_survives_a_refused_act(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    page = owner_client.get("/winery/customers/", {"sort": "-spend"})
    keys = shown_on(page)
    sent = form_of(page, every="1", minus="1", chosen=keys[1:], act="move")
    back = owner_client.post("/winery/customers/moves/", sent, follow=True)
    assert "Choose the group" in words_of(back)
    assert ticked_on(back) == keys[1:]
    assert 'name="every" value="1" checked' in back.content.decode()
    assert back.context["list"].sort == "-spend"


def test_filters_say_whose_a_choice_is(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    page = owner_client.get(LIST, {"to": "NY"})
    kept = owner_client.post(
        KEEP, {**form_of(page, chosen=shown_on(page)[:3]), "then": LIST + "?to=NY&page=1"}
    )
    here = owner_client.get(kept["Location"])
    assert len(ticked_on(here)) == 3
    assert "All 20 found: Ships to: New York" in words_of(here)
    other = owner_client.get(kept["Location"].replace("to=NY", "to=CA"), follow=True)
    assert ticked_on(other) == []
    assert "no longer knows what you chose" in words_of(other)
    chips = owner_client.get(kept["Location"]).context["list"].chips
    assert all("choice" not in chip.remove_url for chip in chips)


@pytest.mark.parametrize("minus", [True, False])
def test_a_file_has_what_is_chosen(owner_client: Client, orders: list[Order], minus: bool) -> None:  # noqa: F811
    left = orders[-3].reference
    page = owner_client.get(LIST)
    sent = all_but_one(owner_client, left) if minus else form_of(page, chosen=shown_on(page)[:2])
    answer = owner_client.post(KEEP, {**sent, "then": LIST + "?export=csv"}, follow=True)
    found = file_of(answer)
    count = 119 if minus else 2
    assert len(found) == count
    assert left not in found
    assert f"-{count}-chosen.csv" in answer["Content-Disposition"]
    event = Event.objects.get(name=EventName.EXPORT_MADE.value)
    assert event.text == f"exported {count} chosen of 120 orders as CSV"
    assert event.data["count"] == count


def test_nothing_chosen_is_the_whole_list(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    sent = form_of(owner_client.get(LIST))
    answer = owner_client.post(KEEP, {**sent, "then": LIST + "?export=csv"}, follow=True)
    assert len(file_of(answer)) == 120


def test_a_forgotten_choice_gives_no_file_of_everything(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    answer = owner_client.get(LIST, {"export": "csv", "choice": "0123456789ab"}, follow=True)
    assert "no longer knows what you chose" in words_of(answer)
    assert not Event.objects.filter(name=EventName.EXPORT_MADE.value).exists()


def test_rows_that_joined_since_are_said(owner_client: Client, world: World, orders: list[Order]) -> None:  # noqa: F811
    sent = all_but_one(owner_client, orders[-3].reference)
    order_of(world, world.ana, 130)
    answer = owner_client.post("/winery/orders/shipping/choose", sent, follow=True)
    assert "you chose 119 then, and it has 120 now" in words_of(answer)


def test_what_joins_while_somebody_looks_is_not_declined(owner_client: Client, world: World) -> None:
    """The page names each wish that it shows, and these are answered."""
    item = world.item(world.estate_offer, world.cabernet)

    def wish(customer: Any) -> Wish:
        return Wish.objects.create(
            customer=customer,
            offer_item=item,
            kind="request",
            asked=2,
            made_at=world.now,
            changed_at=world.now,
        )

    wish(world.ben)
    sent = {"every": "1", "query": "state=open", "found": "1"}
    preview = owner_client.post("/winery/wishes/decline", sent)
    wish(world.clara)
    owner_client.post(f"{preview['Location'].partition('?')[0]}run")
    go_on_with_bulk.call(BulkRun.objects.get().reference)
    assert list(Wish.objects.filter(state="declined").values_list("customer_id", flat=True)) == [world.ben.pk]


def test_more_than_can_be_named_is_refused(owner_client: Client, orders: list[Order]) -> None:  # noqa: F811
    many = [f"ORD-{number:08}" for number in range(900)]
    sent = form_of(owner_client.get(LIST))
    for at in range(3):
        kept = owner_client.post(
            KEEP, {**sent, "shown": [], "chosen": [f"{one}{at}" for one in many], "then": LIST}
        )
        sent["choice"] = kept["Location"].partition("choice=")[2]
    assert sent["choice"] == ""
    assert f"At most {MOST_NAMED:,}" in words_of(owner_client.get(LIST))


def test_members_who_may_do_nothing_choose_nothing(client_as: Any, orders: list[Order]) -> None:  # noqa: F811
    from tirage.staff.states import Role

    page = client_as(Role.READ_ONLY).get(LIST)
    assert shown_on(page) == []


# Sums


def test_a_list_says_its_sums_over_all_found(owner_client: Client, world: World, orders: list[Order]) -> None:  # noqa: F811
    change = orders[0].changes.create(
        number=1, kind="placing", at=world.now, actor_label="Ana", difference_minor=1
    )
    for order, quantity in ((orders[0], 3), (orders[40], 2)):
        OrderLine.objects.create(
            order=order, change=change, sku=world.cabernet, quantity=quantity, unit_price_minor=90_00
        )
    Order.objects.filter(pk=orders[1].pk).update(state="abandoned")
    # 119 orders of 100.00 and their number in cents, one of 20 declined for good; 19 unpaid.
    found = owner_client.get(LIST).context["list"]
    assert found.totals == ["$11,971.39 in all", "$1,901.89 not paid yet", "5 bottles"]
    assert owner_client.get(LIST, {"to": "CA", "page": "2"}).context["list"].totals == [
        "$10,069.50 in all",
        "2 bottles",
    ]


def test_sums_are_one_statement(
    owner_client: Client,
    orders: list[Order],  # noqa: F811
    django_assert_num_queries: Any,
) -> None:
    found = owner_client.get(LIST).context["list"]
    fresh = type(found)(found.definition, found.data)
    with django_assert_num_queries(2):
        assert (fresh.count, len(fresh.totals)) == (120, 2)


def test_many_rows_are_added_up_once_the_page_stands(
    owner_client: Client,
    orders: list[Order],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tirage.backoffice.frame.lists.BROAD_ROWS", 100)
    page = owner_client.get(LIST, {"sort": "total"})
    assert "in all" not in words_of(page)
    address = page.context["list"].totals_url
    assert address == "?sort=total&totals=1"
    # As the page asks for it, and by its link.
    part = owner_client.get(LIST + address, headers={"HX-Request": "true"})
    assert "$12,071.40 in all" in words_of(part)
    assert "<table" not in part.content.decode()
    assert "$12,071.40 in all" in words_of(owner_client.get(LIST + address))
    assert "in all" in words_of(owner_client.get(LIST, {"to": "NY"}))


def test_wishes_are_summed_by_wine_against_what_is_there(owner_client: Client, world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet)
    assert Offer.objects.exists()
    for customer, asked in ((world.ben, 2), (world.clara, 5)):
        Wish.objects.create(
            customer=customer,
            offer_item=item,
            kind="request",
            asked=asked,
            made_at=world.now,
            changed_at=world.now,
        )
    answer = owner_client.get("/winery/wishes/")
    assert answer.context["list"].totals == ["7 pieces asked for"]
    [one] = answer.context["about"]
    assert (one.sku, one.customers, one.asked) == (world.cabernet, 2, 7)
    assert one.short == max(7 - one.available, 0)
