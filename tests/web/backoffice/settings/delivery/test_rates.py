"""Rates that begin on a day: on their pages, and from files with a look before."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.rooms.delivery.holding import held_by
from tests.rooms.delivery.limiting import law, limited
from tests.web.backoffice.changes.changing import text_of
from tests.web.hands import Hand
from tests.world import World
from tirage.core.winery import forget_winery, local_time
from tirage.delivery.models import Destination, Law, Method, Rate, RateTable
from tirage.delivery.states import BEGINNING

NEXT = "2031-01-01"


def at(world: World, day: str = "") -> str:
    return f"/winery/settings/delivery/methods/{world.ground.reference}/rates{day and '/' + day}"


def begin(client: Client, world: World, day: str = NEXT) -> None:
    answer = client.post(at(world, "new"), {"first_day": day})
    assert answer.status_code == 302 and answer["Location"].endswith(f"/rates/{day}")


def prices(world: World, day: date) -> list[int]:
    found = Rate.objects.filter(table__method=world.ground, table__first_day=day, zone=world.west)
    return list(found.order_by("up_to_milli").values_list("price_minor", flat=True))


def test_next_years_rates_begin_as_a_copy_and_wait(owner_client: Client, world: World) -> None:
    begin(owner_client, world)
    assert prices(world, date(2031, 1, 1)) == prices(world, BEGINNING) == [18_00, 24_00, 36_00]
    page = owner_client.get(at(world, NEXT)).content.decode()
    assert "From January 1, 2031" in page and "Waits" in page and "In force" in page
    sent = Hand.open(owner_client, at(world, NEXT), "backoffice:delivery_rates_from").send(
        {"price-1-0": "19"}
    )
    assert sent.status_code == 302
    assert prices(world, date(2031, 1, 1))[0] == 19_00 and prices(world, BEGINNING)[0] == 18_00
    assert owner_client.post(at(world, "new"), {"first_day": NEXT}).status_code == 400
    assert owner_client.post(at(world, "new"), {"first_day": "1999-01-01"}).status_code == 400
    assert owner_client.post(at(world, f"{NEXT}/remove")).status_code == 302
    assert list(RateTable.objects.filter(method=world.ground).values_list("first_day", flat=True)) == [
        BEGINNING
    ]


def test_days_that_are_none_are_not_found(owner_client: Client, world: World) -> None:
    for day in ("2031-01-02", "2031-13-01", "soon"):
        assert owner_client.get(at(world, day)).status_code == 404


def test_without_a_day_the_page_shows_what_is_in_force(owner_client: Client, world: World) -> None:
    today = world.now.date()
    begin(owner_client, world, (today - timedelta(days=3)).isoformat())
    assert owner_client.get(at(world)).context["table"].first_day == today - timedelta(days=3)


FILE = (
    "Method;In force from;Zone;Up to bottles;Price\n"
    "Ground;;West;3;18.00\nGround;;West;6;25.00\nGround;;East;3;28.00\nGround;;East;6;36.00\n"
    "Ground;;East;12;52.00\nGround;2031-01-01;West;12;40.00\n"
)


def read(client: Client, text: str = FILE) -> Any:
    file = SimpleUploadedFile("rates.csv", text.encode())
    return client.post("/winery/settings/delivery/rates/import", {"file": file})


def shown_in(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_file_is_shown_as_what_it_changes_before_anything_is(owner_client: Client, world: World) -> None:
    before = list(Rate.objects.order_by("pk").values())
    answer = read(owner_client)
    told = [
        (
            row["since"],
            row["cell"].zone.name,
            row["cell"].up_to_milli,
            row["cell"].stands,
            row["cell"].becomes,
        )
        for row in answer.context["changes"]
    ]
    assert told == [
        ("", "West", 6_000, 24_00, 25_00),
        ("", "West", 12_000, 36_00, None),
        ("from January 1, 2031", "West", 12_000, None, 40_00),
    ]
    assert answer.context["same"] == 4 and list(Rate.objects.order_by("pk").values()) == before
    shown = shown_in(answer.content.decode())
    owner_client.post("/winery/settings/delivery/rates/take", {"shown": shown, "take": ["0", "2"]})
    assert prices(world, BEGINNING) == [18_00, 25_00, 36_00], "what wasn't ticked stays"
    assert prices(world, date(2031, 1, 1)) == [40_00]


def test_what_somebody_changed_since_the_look_is_not_taken_over(owner_client: Client, world: World) -> None:
    shown = shown_in(read(owner_client).content.decode())
    Rate.objects.filter(table__method=world.ground, zone=world.west, up_to_milli=6_000).update(price_minor=1)
    take = {"shown": shown, "take": ["0", "1", "2"]}
    answer = owner_client.post("/winery/settings/delivery/rates/take", take, follow=True)
    assert "Somebody changed the rates of Ground into West meanwhile" in answer.content.decode()
    assert prices(world, BEGINNING) == [18_00, 1, 36_00]
    assert not RateTable.objects.filter(first_day=date(2031, 1, 1)).exists()


def test_a_table_by_weight_is_typed_in_pounds(owner_client: Client, world: World) -> None:
    sent = {"first_day": NEXT, "basis": "weight"}
    assert owner_client.post(at(world, "new"), sent).status_code == 302
    grid = {"columns": "1", "step-0": "50", "price-1-0": "61"}
    assert owner_client.post(at(world, NEXT), grid).status_code == 302
    rate = Rate.objects.get(table__first_day=date(2031, 1, 1))
    assert (rate.up_to_milli, rate.price_minor) == (22_680, 61_00)
    page = owner_client.get(at(world, NEXT))
    assert page.context["grid"].heads()[0][1] == "50" and "pounds" in page.content.decode()
    text = "Method,In force from,Counted in,Zone,Up to,Price\nGround,2031-01-01,weight,West,50,62\n"
    change = read(owner_client, text).context["changes"][0]
    assert (change["up_to"], change["cell"].stands, change["cell"].becomes) == ("50 lb", 61_00, 62_00)
    assert read(owner_client, text.replace("weight", "flat")).status_code == 400


def test_the_rules_of_a_table_are_a_form(owner_client: Client, world: World) -> None:
    begin(owner_client, world)
    name = "backoffice:delivery_rates_rules"
    sent = {
        "minimum_minor": "15",
        "maximum_minor": "",
        "included_from_milli": "12",
        "included_from_minor": "600",
    }
    assert Hand.open(owner_client, at(world, f"{NEXT}/rules"), name).send(sent).status_code == 302
    table = RateTable.objects.get(first_day=date(2031, 1, 1))
    assert (table.minimum_minor, table.maximum_minor) == (15_00, None)
    assert (table.included_from_milli, table.included_from_minor) == (12_000, 600_00)
    page = owner_client.get(at(world, NEXT)).content.decode()
    assert "at least $15.00" in page and "included from 12 bottles on" in page
    refused = Hand.open(owner_client, at(world, f"{NEXT}/rules"), name).send({"basis": "flat"})
    assert refused.status_code == 400 and "This table has prices" in refused.content.decode()


def test_what_bottles_count_as_is_a_table(owner_client: Client, world: World) -> None:
    at_formats, name = "/winery/settings/delivery/formats", "backoffice:delivery_formats"
    page = Hand.open(owner_client, at_formats, name)
    assert (page.value("bottles_1500x1"), page.value("weight_1500x1")) == ("2", "6")
    assert page.send({"bottles_1500x1": "2.5", "weight_1500x1": "7"}).status_code == 302
    forget_winery()
    assert (world.magnum.equivalents_milli, world.magnum.grams) == (2_500, 3_175)
    assert (world.cabernet.equivalents_milli, world.cabernet.grams) == (1_000, 1_361)
    assert Hand.open(owner_client, at_formats, name).send({"bottles_1500x1": "none"}).status_code == 400
    assert Hand.open(owner_client, at_formats, name).send({"bottles_1500x1": "2"}).status_code == 302


def tried(client: Client, world: World, **changes: str) -> Any:
    asked = {"place": "US-CA", "day": "2031-06-01", "wine_0": world.cabernet.code, "pieces_0": "4", **changes}
    return client.get("/winery/settings/delivery/try", asked)


def test_a_try_says_which_rule_priced_it(owner_client: Client, world: World) -> None:
    begin(owner_client, world)
    page = tried(owner_client, world).content.decode()
    assert "Zone West, rates from January 1, 2031 on." in page
    assert "It counts as 4 bottles. Up to 6 bottles:" in page and "$24.00" in page
    before = tried(owner_client, world, day="2030-12-31").content.decode()
    assert "rates that always held" in before
    free = tried(owner_client, world, has_free_shipping="on").content.decode()
    assert "Free: the group has free shipping" in free
    boxed = tried(owner_client, world, line1="PO Box 12").content.decode()
    assert "deliver wine to PO boxes" in boxed
    assert "send wine to Utah" in tried(owner_client, world, place="US-UT").content.decode()
    assert tried(owner_client, world, day="soon").status_code == 400


def test_a_try_prices_what_is_held_at_a_counter_by_its_own_table(owner_client: Client, world: World) -> None:
    way = held_by(world, price_minor=17_00)
    page = text_of(tried(owner_client, world).content.decode())
    assert way.name in page and "$17.00" in page
    free = text_of(tried(owner_client, world, pieces_0="24").content.decode())
    assert "$34.00" in free, "two parcels of twelve"
    Method.objects.filter(pk=way.pk).update(qualifies_for_free_shipping=True)
    page = text_of(tried(owner_client, world, has_free_shipping="on").content.decode())
    assert "Free: the group has free shipping" in page.partition(way.name)[2]
    law(world.california, "carriers", words="ups")
    gone = text_of(tried(owner_client, world).content.decode())
    assert "$17.00" not in gone, "the law wants another carrier"


def test_a_try_asks_laws_and_limits_one_by_one_in_order(owner_client: Client, world: World) -> None:
    california = Destination.objects.get(country="US", state="CA")
    assert "has no laws or limits" in tried(owner_client, world).content.decode()
    limited(california, 6)
    limited(california, 12, period="year")
    law(california, "dry_zips", words="945")
    law(california, "permit", words="DS-1", last_day=date(2031, 1, 1))
    law(california, "signature", words="21 and older")
    page = tried(owner_client, world).content.decode()
    rules = (
        "Permit DS-1.",
        "Nothing to ZIPs 945.",
        "An adult signs: 21 and older.",
        "in a month.",
        "in a year.",
    )
    assert tuple(sorted(rules, key=page.index)) == rules, "in the order in which they are asked"
    assert "Not in force since January 1, 2031. We have no permit to send wine to California" in page
    assert "Not by the law" in page and "Not asked: no ZIP was given." in page
    assert "3 l, after nothing in this period: it fits." in page
    Law.objects.filter(kind="permit").update(last_day=None)
    fits = tried(owner_client, world, postal_code="94110").content.decode()
    assert "Not by the law" not in fits and "In force: nothing against it." in fits
    dry = tried(owner_client, world, postal_code="94558").content.decode()
    assert "No wine may be sent to this ZIP in California" in dry and "Not by the law" in dry


def test_a_try_counts_what_its_customer_had(owner_client: Client, world: World) -> None:
    limited(Destination.objects.get(country="US", state="CA"), 6)
    bought(world, world.ana, {"CAB23": 4})
    day = local_time(world.now).date().isoformat()
    page = tried(owner_client, world, day=day, customer=world.ana.reference.lower()).content.decode()
    assert "3 l, after 3 l in this period: too much, 1.5 l would fit." in page
    assert "after nothing in this period" in tried(owner_client, world, day=day).content.decode()
    assert tried(owner_client, world, customer="CUS-ZZZZZZ").status_code == 400


def test_an_order_says_how_its_delivery_was_priced(owner_client: Client, world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 4})
    page = owner_client.get(f"/winery/orders/{order.reference}/").content.decode()
    assert "How delivery and tax are priced" in page and "Up to 6 bottles:" in page
    assert "Zone West, rates that always held." in page


def test_a_file_with_two_prices_for_one_step_is_refused(owner_client: Client, world: World) -> None:
    answer = read(owner_client, FILE + "ground;;west;3;99\n")
    assert answer.status_code == 400 and "another price" in answer.content.decode()
    assert read(owner_client, FILE + "Ground;1999-01-01;West;3;9\n").status_code == 400
