"""What changes who a member of the team is, times what could be done before: nothing of it can be done after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.web.conftest import client_of
from tests.web.staff.test_devices import enter, is_in
from tests.web.staff.test_sign_in import PASSWORD, code_now
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.notifications.models import SentMail
from tirage.staff.adapter import password_key, password_link
from tirage.staff.devices import KNOWN, known_device, remember_device
from tirage.staff.models import StaffMember, StaffSession
from tirage.staff.operations import change_member, reset_second_factor
from tirage.staff.permissions import staff_actor
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db
DOOR = "/winery/sign-in/"


@pytest.fixture
def hugo(winery: Winery) -> StaffMember:
    """A manager with a password; the winery asks for no second factor."""
    Winery.objects.update(staff_second_factor=False)
    forget_winery()
    member = StaffMember.objects.create_user("hugo@halcyon.example", PASSWORD, name="Hugo", role="manager")
    TOTP.activate(member, "JBSWY3DPEHPK3PXP")
    return member


def fresh(member: StaffMember) -> StaffMember:
    return StaffMember.objects.get(pk=member.pk)


# What could be done before. Each gives back whether it still can.


def by_session(member: StaffMember) -> Callable[[], bool]:
    client = Client()
    client.force_login(fresh(member), backend="allauth.account.auth_backends.AuthenticationBackend")
    return lambda: is_in(client)


def by_known_device(member: StaffMember) -> Callable[[], bool]:
    response = HttpResponse()
    remember_device(response, fresh(member))
    request = RequestFactory().get(DOOR)
    request.COOKIES[KNOWN.name] = response.cookies[KNOWN.name].value
    return lambda: bool(known_device(request, member.email))


def by_mailed_link(member: StaffMember) -> Callable[[], bool]:
    path = password_link(password_key(fresh(member))).partition("//")[2].partition("/")[2]
    return lambda: Client().get("/" + path).status_code == 302


def by_password_typed_before(member: StaffMember) -> Callable[[], bool]:
    """The password was right; the second factor is still to come."""
    client = enter(member)

    def can() -> bool:
        client.post(f"{DOOR}second-factor/authenticate/", {"code": code_now()})
        return is_in(client)

    return can


PERMISSIONS = (by_session, by_known_device, by_mailed_link, by_password_typed_before)


# What changes.


def changed(member: StaffMember, role: Role = Role.MANAGER, *, is_active: bool = True) -> None:
    owner = StaffMember.objects.create_user("olive@halcyon.example", PASSWORD, name="Olive", role="owner")
    request = RequestFactory().get("/")
    request.user = owner
    change_member(
        member=member,
        name=member.name,
        role=role,
        is_active=is_active,
        actor=staff_actor(request),
        now=read_clock(),
    )


def another_role(member: StaffMember) -> None:
    changed(member, Role.READ_ONLY)


def closed_and_opened_again(member: StaffMember) -> None:
    changed(member, is_active=False)
    StaffMember.objects.filter(email="olive@halcyon.example").delete()
    changed(member, is_active=True)


def second_factor_taken_away(member: StaffMember) -> None:
    request = RequestFactory().get("/")
    request.user = member
    reset_second_factor(member=member, actor=staff_actor(request), now=read_clock())


def another_password(member: StaffMember) -> None:
    path = password_link(password_key(fresh(member))).partition("//")[2].partition("/")[2]
    client, more = Client(), PASSWORD + " more"
    page = client.get("/" + path).headers["location"]
    assert client.post(page, {"password1": more, "password2": more}).status_code == 302


def another_address_by_hand(member: StaffMember) -> None:
    """Straight in the database: no act of ours is needed for it to count."""
    StaffMember.objects.filter(pk=member.pk).update(email="hugh@halcyon.example")
    member.email = "hugh@halcyon.example"


CHANGES = (
    another_role,
    closed_and_opened_again,
    second_factor_taken_away,
    another_password,
    another_address_by_hand,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_what_could_be_done_before_cant_be_after(
    hugo: StaffMember, change: Callable[[StaffMember], None]
) -> None:
    can = {permission: permission(hugo) for permission in PERMISSIONS}
    change(hugo)
    assert [permission.__name__ for permission in PERMISSIONS if can[permission]()] == []


def test_what_changes_nobody_ends_nothing(hugo: StaffMember) -> None:
    """The control: each of them could be done."""
    can = {permission: permission(hugo) for permission in PERMISSIONS}
    hugo.name = "Hugo Bell"
    changed(hugo)
    assert [permission.__name__ for permission in PERMISSIONS if not can[permission]()] == []


# Who makes the change stays, and is told.


def test_who_changes_the_own_role_stays_and_is_told(winery: Winery) -> None:
    desk = client_of(Role.OWNER)
    olive = StaffMember.objects.get(role="owner")
    StaffMember.objects.create_user("other@halcyon.example", PASSWORD, name="Otto", role="owner")
    telephone = Client()
    telephone.force_login(olive, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = desk.post(
        f"/winery/settings/team/{olive.reference}/",
        {"name": olive.name, "role": "manager", "is_active": "on"},
    )
    assert answer.status_code == 302
    assert "You stay signed in here" in desk.get("/winery/").content.decode()
    assert (is_in(desk), is_in(telephone)) == (True, False)


def test_who_changes_the_own_password_is_told(hugo: StaffMember) -> None:
    second_factor_taken_away(hugo)
    desk = enter(hugo)
    more = PASSWORD + " more"
    answer = desk.post(
        f"{DOOR}password/change/",
        {"oldpassword": PASSWORD, "password1": more, "password2": more},
        follow=True,
    )
    assert "every other device is signed out" in answer.content.decode()
    assert is_in(desk)


def test_an_invitation_to_another_role_is_sent_anew(winery: Winery) -> None:
    member = StaffMember.objects.create_user("new@halcyon.example", name="Nora", role="hospitality")
    first = by_mailed_link(member)
    desk = client_of(Role.OWNER)
    answer = desk.post(
        f"/winery/settings/team/{member.reference}/",
        {"name": "Nora", "role": "manager", "is_active": "on"},
        follow=True,
    )
    assert "a new one is on its way to new@halcyon.example" in answer.content.decode()
    assert SentMail.objects.filter(kind="staff_invitation").count() == 1
    assert first() is False


def test_a_second_factor_that_was_being_set_up_ends_with_the_session(hugo: StaffMember) -> None:
    second_factor_taken_away(hugo)
    desk = enter(hugo)
    desk.get(f"{DOOR}second-factor/totp/activate/")
    assert StaffSession.objects.filter(member=hugo).exists()
    another_password(hugo)
    assert not StaffSession.objects.filter(member=hugo).exists()
