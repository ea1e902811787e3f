"""The customer's own side: words read and agreed to, a release changed and skipped, paused, ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.standing.standing import agreed, announced, offered
from tests.world import World
from tirage.customers.models import Customer
from tirage.standing.acting import work_next
from tirage.standing.models import StandingAgreement, StandingLine, StandingOrder
from tirage.standing.running import start_run
from tirage.standing.terms import save_terms

PAGE = "/account/standing/"


def text(client: Client, path: str = PAGE) -> str:
    return client.get(path).content.decode()


def test_the_words_are_read_before_the_button(shop: World, ana: Client) -> None:
    assert "we don’t offer standing orders" in text(ana)
    assert ana.get(f"{PAGE}agree/").status_code == 302
    offered(shop)
    assert "What shall we order for you?" in text(ana)
    chosen = {
        "amount": "capped",
        "cap": "6",
        "address": shop.ana_home.reference,
        "card": shop.ana_card.reference,
    }
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    assert "Write how many bottles at most" in text(ana, f"{PAGE}agree/?{query}".replace("cap=6", "cap="))
    page = text(ana, f"{PAGE}agree/?{query}")
    assert "Halcyon Ridge orders my allocation up to 6 bottles in all" in page and "Visa 4242" in page
    assert StandingOrder.objects.count() == 0, "looking agrees to nothing"
    assert ana.post(f"{PAGE}agree/?{query}", {"version": "1"}).headers["Location"] == PAGE
    kept = StandingAgreement.objects.get()
    assert kept.words in page and kept.words in text(ana)


def test_words_that_changed_are_shown_anew(shop: World, ana: Client) -> None:
    offered(shop)
    query = f"amount=full&address={shop.ana_home.reference}&card={shop.ana_card.reference}"
    save_terms(values={"words": "Yes to {amount}."}, actor=shop.staff, now=shop.now)
    refused = ana.post(f"{PAGE}agree/?{query}", {"version": "1"})
    page = refused.content.decode()
    assert refused.status_code == 422 and "The words have changed" in page and "Yes to my full" in page
    assert 'value="2"' in page
    assert ana.post(f"{PAGE}agree/?{query}", {"version": "2"}).status_code == 302


def test_who_has_confirmed_no_age_is_asked(shop: World, ana: Client) -> None:
    offered(shop)
    Customer.objects.filter(pk=shop.ana.pk).update(adult_confirmed_at=None)
    query = f"amount=full&address={shop.ana_home.reference}&card={shop.ana_card.reference}"
    assert "I am 21 or older" in text(ana, f"{PAGE}agree/?{query}")
    assert ana.post(f"{PAGE}agree/?{query}", {"version": "1"}).status_code == 422
    assert ana.post(f"{PAGE}agree/?{query}", {"version": "1", "adult": "on"}).status_code == 302


def test_a_release_is_changed_skipped_and_taken_back(shop: World, ben: Client) -> None:
    offered(shop)
    agreed(shop, shop.ben)
    run = announced(shop)
    page = text(ben)
    item = shop.item(shop.estate_offer, shop.cabernet)
    assert f'name="bottles_{item.pk}"' in page and "Order these bottles for me" in page
    here = f"{PAGE}{run.reference}/"
    refused = ben.post(f"{here}choose", {f"bottles_{item.pk}": "9"})
    assert refused.status_code == 422 and "at most 3." in refused.content.decode()
    ben.post(f"{here}choose", {f"bottles_{item.pk}": "2"})
    line = StandingLine.objects.get()
    assert (line.pieces, line.is_chosen) == (2, True)
    assert "is skipped" in ben.post(f"{here}skip", follow=True).content.decode()
    assert "You skip this release" in text(ben)
    ben.post(f"{here}unskip")
    assert StandingLine.objects.get().outcome == "waiting"
    assert ben.post(f"{PAGE}STR-NONESUCH/skip").status_code == 404


def test_paused_gone_on_with_and_ended(shop: World, ben: Client) -> None:
    offered(shop)
    agreed(shop, shop.ben)
    announced(shop)
    assert "is paused" in ben.post(f"{PAGE}pause", follow=True).content.decode()
    assert "While your standing order is paused" in text(ben)
    assert "goes on" in ben.post(f"{PAGE}resume", follow=True).content.decode()
    ben.post(f"{PAGE}end", {"reason": "Moving"})
    assert StandingOrder.objects.get().reason == "Moving"
    assert "What shall we order for you?" in text(ben)


@pytest.mark.parametrize("missing", ["address", "card"])
def test_what_is_missing_is_asked_for_first(shop: World, ben: Client, missing: str) -> None:
    offered(shop)
    now = shop.now + timedelta(0)
    if missing == "address":
        shop.ben.addresses.update(removed_at=now)
    else:
        shop.ben.payment_methods.update(removed_at=now)
    words = {"address": "where it goes", "card": "which card to charge"}
    assert words[missing] in text(ben)


def test_what_a_run_holds_is_not_offered_to_be_bought(shop: World, ben: Client) -> None:
    offered(shop)
    agreed(shop, shop.ben)
    run = start_run(run=announced(shop), actor=shop.staff, now=shop.now)
    work_next(run=run, limit=1, now=shop.now)
    assert "being ordered right now" in text(ben)
    assert "/set-aside/" not in text(ben, "/offer/")
