"""Clubs as customers and the team meet them, page by page."""

from __future__ import annotations

from django.test import Client

from tests.web.conftest import client_of
from tests.world import World
from tirage.clubs.models import Club, ClubMember
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
