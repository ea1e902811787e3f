"""The team: invited, removed, let in again."""

from __future__ import annotations

from django.test import Client

from tests.web.conftest import ClientAs, member_with
from tests.world import World
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.notifications.models import SentMail
from tirage.notifications.values import data_of
from tirage.staff.models import StaffMember
from tirage.staff.states import Role


def test_an_invitation_mails_a_link(owner_client: Client, world: World) -> None:
    owner_client.post(
        "/winery/settings/team/invite",
        {"email": "Hugo@Halcyon.example", "name": "Hugo", "role": "hospitality"},
    )
    hugo = StaffMember.objects.get(email="hugo@halcyon.example")
    assert not hugo.has_usable_password()
    assert hugo.role == "hospitality"
    queued = SentMail.objects.get()
    assert (queued.to, queued.kind) == ("hugo@halcyon.example", "staff_invitation")
    assert "/winery/sign-in/password/reset/key/" in data_of(queued, "url")
    assert Event.objects.get(name=EventName.STAFF_INVITED.value).actor_label == "Owner"


def test_the_same_address_twice_is_refused(owner_client: Client, world: World) -> None:
    answer = owner_client.post(
        "/winery/settings/team/invite", {"email": "olive@halcyon.example", "name": "Olive", "role": "owner"}
    )
    assert "is on the team already" in answer.content.decode()


def test_nobody_removes_the_last_owner(owner_client: Client, world: World) -> None:
    StaffMember.objects.filter(pk=world.owner.pk).delete()
    last = StaffMember.objects.get(role="owner")
    for values in ({"role": "manager", "is_active": "on"}, {"role": "owner"}):
        answer = owner_client.post(f"/winery/settings/team/{last.reference}/", {"name": last.name, **values})
        assert answer.status_code == 400
        assert "is the only owner" in answer.content.decode()
    last.refresh_from_db()
    assert (last.role, last.is_active) == ("owner", True)


def test_a_closed_sign_in_ends_the_sessions(client_as: ClientAs, owner_client: Client, world: World) -> None:
    manager = client_as(Role.MANAGER)
    assert manager.get("/winery/").status_code == 200
    member = StaffMember.objects.get(role="manager")
    owner_client.post(f"/winery/settings/team/{member.reference}/", {"name": "Max", "role": "manager"})
    assert manager.get("/winery/").status_code == 302
    assert (
        Event.objects.filter(name=EventName.STAFF_CHANGED.value)
        .get()
        .text.endswith("closed the sign-in of Max")
    )


def test_a_lost_telephone(owner_client: Client, world: World) -> None:
    member = member_with(Role.FULFILMENT)
    owner_client.post(f"/winery/settings/team/{member.reference}/second-factor")
    assert not member.authenticator_set.exists()  # type: ignore[attr-defined]
