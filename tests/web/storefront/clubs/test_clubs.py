"""Clubs as customers and the team meet them, page by page."""

from __future__ import annotations

from django.test import Client

from tests.web.conftest import client_of
from tests.world import World
from tirage.clubs.models import Club, ClubMember
from tirage.payments.models import PaymentMethod
from tirage.staff.states import Role
from tirage.standing.models import StandingOrder

PLAN = {
    "name": "Cellar club",
    "description": "Twelve bottles a year.",
    "terms": "I belong to it until I say otherwise.",
    "amount": "capped",
    "cap": "6",
    "is_open": "on",
}
PAGE = "/account/clubs/"


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_club_is_made_joined_paused_and_left(shop: World, ana: Client) -> None:
    manager = client_of(Role.MANAGER)
    assert manager.post("/winery/customers/clubs/new/", PLAN).status_code == 400
    here = manager.post("/winery/customers/clubs/new/", PLAN | {"group": shop.estate.reference}).headers[
        "Location"
    ]
    club = Club.objects.get()
    assert "Cellar club" in text(ana, PAGE)
    shown = text(ana, f"{PAGE}{club.reference}/")
    assert "I belong to it" in shown and "my allocation up to 6 bottles in all" in shown
    typed = {"address": shop.ana_home.reference, "card": shop.ana_card.reference}
    stale = typed | {"version": "2", "standing_version": "1"}
    assert ana.post(f"{PAGE}{club.reference}/", stale).status_code == 422
    joined = ana.post(
        f"{PAGE}{club.reference}/", typed | {"version": "1", "standing_version": "1"}, follow=True
    )
    assert "Welcome to Cellar club" in joined.content.decode()
    assert "Ana Alvarez" in text(manager, here) and StandingOrder.objects.get().cap == 6
    ana.post(f"{PAGE}{club.reference}/pause")
    assert ClubMember.objects.get().state == StandingOrder.objects.get().state == "paused"
    ana.post(f"{PAGE}{club.reference}/resume")
    ana.post(f"{PAGE}{club.reference}/leave", {"reason": "Too much wine"})
    member = ClubMember.objects.get()
    assert (member.state, member.reason) == ("left", "Too much wine")
    assert "Too much wine" in text(manager, f"/winery/customers/clubs/members/{member.reference}/")
    assert ana.post(f"{PAGE}{club.reference}/leave").status_code == 404


def test_the_team_enters_a_member_who_called(shop: World) -> None:
    manager = client_of(Role.MANAGER)
    plan = PLAN | {"group": shop.employees.reference, "amount": "", "cap": "", "is_open": ""}
    here = manager.post("/winery/customers/clubs/new/", plan).headers["Location"]
    typed = {"email": "ben@example.com", "said": "On the telephone", "version": "1", "standing_version": "1"}
    assert manager.post(f"{here}join", typed | {"said": ""}).status_code == 400
    assert manager.post(f"{here}join", typed | {"email": "nobody@example.com"}).status_code == 400
    assert manager.post(f"{here}join", typed).status_code == 302
    member = ClubMember.objects.get()
    page = f"/winery/customers/clubs/members/{member.reference}/"
    manager.post(f"{page}pause", {"reason": "On a journey"})
    manager.post(f"{page}leave", {"reason": "Asked us to"})
    member.refresh_from_db()
    assert (member.state, member.reason, member.said) == ("left", "Asked us to", "On the telephone")
    assert "Cellar club" in text(manager, f"/winery/customers/{shop.ben.reference}/")


def in_club(shop: World, ana: Client, manager: Client) -> str:
    """Ana joins a club that orders by itself; its page."""
    plan = PLAN | {"group": shop.estate.reference, "amount": "full", "cap": ""}
    manager.post("/winery/customers/clubs/new/", plan)
    here = f"{PAGE}{Club.objects.get().reference}/"
    typed = {"address": shop.ana_home.reference, "card": shop.ana_card.reference}
    ana.post(here, typed | {"version": "1", "standing_version": "1"})
    return here


def test_a_member_chooses_another_card_and_address(shop: World, ana: Client) -> None:
    here = in_club(shop, ana, client_of(Role.MANAGER))
    assert shop.ana_card.label in text(ana, PAGE) and f"{here}ways/" in text(ana, PAGE)
    PaymentMethod.objects.filter(pk=shop.ana_card.pk).update(removed_at=shop.now)
    assert "The card that you chose is no longer saved" in text(ana, PAGE)
    assert "which card to charge" in text(ana, f"{here}ways/")
    card = {"card_number": "4242 4242 4242 4242", "card_expiry": "12/40", "card_cvc": "123", "key": "k"}
    reference = Club.objects.get().reference
    saved = ana.post(f"/account/cards/new/?club={reference}", card)
    other = PaymentMethod.objects.latest("pk")
    assert saved.headers["Location"] == f"{here}ways/?card={other.reference}"
    assert f'value="{other.reference}" selected' in text(ana, saved.headers["Location"])
    typed = {"address": shop.ana_brooklyn.reference, "card": other.reference}
    assert ana.post(f"{here}ways/", typed | {"card": shop.ben_card.reference}).status_code == 422
    assert ana.post(f"{here}ways/", typed).headers["Location"] == PAGE
    member = ClubMember.objects.get()
    assert (member.card, member.address) == (other, shop.ana_brooklyn)
    assert StandingOrder.objects.get().card == other
    assert other.label in text(ana, PAGE) and "no longer saved" not in text(ana, PAGE)


def test_the_team_sees_the_trouble_with_a_card_and_chooses_another(shop: World, ana: Client) -> None:
    manager = client_of(Role.MANAGER)
    in_club(shop, ana, manager)
    member = ClubMember.objects.get()
    page = f"/winery/customers/clubs/members/{member.reference}/"
    assert shop.ana_card.label in text(manager, page)
    PaymentMethod.objects.filter(pk=shop.ana_card.pk).update(exp_year=2020)
    assert "has expired" in text(manager, page) and "no saved card" in text(manager, page)
    PaymentMethod.objects.filter(pk=shop.ana_card.pk).update(exp_year=2090)
    typed = {"address": shop.ana_brooklyn.reference, "card": shop.ana_card.reference}
    assert manager.post(f"{page}ways", typed | {"address": "ADR-OTHER"}).status_code == 400
    assert manager.post(f"{page}ways", typed).status_code == 302
    member.refresh_from_db()
    assert member.address == shop.ana_brooklyn and StandingOrder.objects.get().address == shop.ana_brooklyn
