"""Granting wishes in the back office: shared out, changed by hand, begun, looked at afterwards."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.rooms.wishes.granting import line_of, told, wished
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.payments.models import PaymentMethod
from tirage.wishes.models import GrantRun, Wish
from tirage.wishes.tasks import grant_wishes

NEW = "/winery/wishes/grants/new/"


@pytest.fixture
def wishes(world: World) -> dict[str, Wish]:
    bought(world, world.ben, {"CAB23": 2})
    return {
        "ana": wished(world, world.ana, world.premier_offer, world.cabernet, 3),
        "ben": wished(world, world.ben, world.estate_offer, world.cabernet, 3),
    }


def sent(world: World, **changes: str) -> dict[str, str]:
    give = {f"give-{world.cabernet.pk}": "4", f"reserve-{world.cabernet.pk}": "10"}
    return {
        "release": world.release.reference,
        "rule": "equal",
        "odds": "same",
        "kept_days": "7",
        "keeps_rest": "on",
        **give,
        **changes,
    }


def test_what_there_is_stands_beside_what_is_asked(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    page = owner_client.get(NEW)
    (wine,) = page.context["form"].wines
    assert (wine.sku, wine.customers, wine.asked, wine.available) == (world.cabernet, 2, 6, 98)
    assert "Grant wishes" in owner_client.get("/winery/wishes/").content.decode()


def test_a_run_from_sharing_out_to_its_result(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    PaymentMethod.objects.filter(customer=world.ana).update(removed_at=world.now)
    answer = owner_client.post(NEW, sent(world), follow=True)
    run = GrantRun.objects.get()
    words = words_of(answer)
    assert "No card is saved that still works." in words and "Grant 3 pieces to 1 customer" in words
    assert "3 of 6 asked for" in words and "1 with nothing" in words and "$360" in words
    ben = line_of(run, wishes["ben"])
    path = f"/winery/wishes/grants/{run.reference}/"
    refused = owner_client.post(f"{path}adjust", {f"pieces-{ben.pk}": "4"})
    assert refused.status_code == 400 and "Between 0 and 3." in words_of(refused)
    assert owner_client.post(f"{path}adjust", {f"pieces-{ben.pk}": "two"}).status_code == 400
    owner_client.post(f"{path}adjust", {f"pieces-{ben.pk}": "2", "page": "1"})
    assert "Grant 2 pieces to 1 customer" in words_of(owner_client.get(path))
    assert "Granting wishes" in words_of(owner_client.post(f"{path}start", follow=True)) or (
        "Waiting for its turn" in words_of(owner_client.get(path))
    )
    grant_wishes.func(run.reference)
    assert told(run)["Ben"] == ("granted", 2)
    words = words_of(owner_client.get(path))
    assert "You granted 2 pieces to 1 customer." in words and "Left out" in words
    assert "Equal share" in words_of(owner_client.get("/winery/wishes/grants/"))
    table = owner_client.get(f"{path}export").getvalue().decode()
    assert "ben@example.com" in table and "No card is saved that still works." in table


def test_more_than_there_is_is_refused_beside_its_field(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    answer = owner_client.post(NEW, sent(world, **{f"give-{world.cabernet.pk}": "95"}))
    assert answer.status_code == 400 and "98 are there, so 88 can be given." in words_of(answer)
    assert owner_client.post(NEW, sent(world, rule="favourites")).status_code == 400
    assert not GrantRun.objects.exists()


def test_a_draw_has_a_certificate_and_other_rules_have_none(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    owner_client.post(NEW, sent(world, rule="draw", seed="Harvest 2026"))
    drawn = GrantRun.objects.get()
    document = json.loads(owner_client.get(f"/winery/wishes/grants/{drawn.reference}/certificate").content)
    assert document["seed"] == "Harvest 2026"
    granted = {one["wish"]: one["granted"] for one in document["wishes"]}
    assert sum(granted.values()) == 4 and set(granted) == {wish.reference for wish in wishes.values()}
    assert "Ana" not in json.dumps(document) and "ben@" not in json.dumps(document)
    owner_client.post(NEW, sent(world))
    other = GrantRun.objects.latest("pk")
    assert owner_client.get(f"/winery/wishes/grants/{other.reference}/certificate").status_code == 404


def test_a_run_is_stopped_and_gone_on_with(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    owner_client.post(NEW, sent(world))
    run = GrantRun.objects.get()
    path = f"/winery/wishes/grants/{run.reference}/"
    owner_client.post(f"{path}start")
    owner_client.post(f"{path}stop")
    grant_wishes.func(run.reference)
    assert set(told(run).values()) == {("waiting", 0)}
    assert "2 were not reached" in words_of(owner_client.get(path))
    owner_client.post(f"{path}start")
    grant_wishes.func(run.reference)
    assert told(run) == {"Ana": ("granted", 2), "Ben": ("granted", 2)}
