"""Where a member of the team is signed in, and the ways to end it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.conftest import member_with
from tests.web.staff.test_sign_in import PASSWORD, code_now
from tirage.core.clock import read_clock
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.staff.adapter import password_key, password_link
from tirage.staff.models import StaffMember, StaffSession
from tirage.staff.sessions import prune_staff_sessions
from tirage.staff.states import Role

ANDROID = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 "
    "Mobile Safari/537.36"
)
COOKIE = settings.SESSION_COOKIE_NAME


@pytest.fixture
def olive(winery: Winery) -> StaffMember:
    """An owner with a password; the winery asks for no second factor."""
    Winery.objects.update(staff_second_factor=False)
    forget_winery()
    member = member_with(Role.OWNER, second_factor=False)
    member.set_password(PASSWORD)
    member.save()
    return member


def enter(member: StaffMember, agent: str = "", address: str = "127.0.0.1") -> Client:
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    answer = client.post("/winery/sign-in/", {"login": member.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/winery/").status_code == 200


def copy_of(client: Client) -> Client:
    """A thief with the same cookie."""
    thief = Client()
    thief.cookies[COOKIE] = client.cookies[COOKIE].value
    return thief


def test_the_list_and_its_ends(olive: StaffMember) -> None:
    telephone, desk, tablet = enter(olive, ANDROID, "203.0.113.7"), enter(olive), enter(olive)
    thief = copy_of(telephone)
    page = desk.get("/winery/sign-in/devices/").content.decode()
    assert "Chrome on Android" in page and "From the network 203.0.113.x" in page
    assert page.count("This device") == 1 and page.count("Sign it out") == 2
    lost = StaffSession.objects.get(agent=ANDROID)
    assert (lost.member, lost.address) == (olive, "203.0.113.7")
    desk.post(f"/winery/sign-in/devices/{lost.reference}/end")
    assert [is_in(one) for one in (telephone, thief, desk, tablet)] == [False, False, True, True]
    desk.post("/winery/sign-in/devices/others/end")
    assert [is_in(one) for one in (tablet, desk)] == [False, True]
    assert "where you are signed in" in desk.get("/winery/sign-in/second-factor/").content.decode().lower()


def test_strangers_and_colleagues_end_nothing(olive: StaffMember) -> None:
    desk, other = enter(olive), Client()
    other.force_login(
        member_with(Role.MANAGER, second_factor=False),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    reference = StaffSession.objects.get(member=olive).reference
    assert other.post(f"/winery/sign-in/devices/{reference}/end").status_code == 404
    assert other.post(f"/winery/settings/team/{olive.reference}/sessions").status_code == 403
    assert Client().post(f"/winery/sign-in/devices/{reference}/end").status_code == 302
    assert is_in(desk)


def test_a_copy_of_the_cookie_is_dead_after_signing_out(olive: StaffMember) -> None:
    desk = enter(olive)
    thief = copy_of(desk)
    assert is_in(thief)
    desk.post("/winery/sign-in/out/")
    assert not is_in(thief)


def test_neither_key_nor_contents_are_in_the_database(olive: StaffMember) -> None:
    desk = enter(olive)
    row = str(StaffSession.objects.values().get())
    assert desk.cookies[COOKIE].value not in row and "_auth_user" not in row


def test_a_new_password_ends_the_others(olive: StaffMember) -> None:
    telephone, desk = enter(olive), enter(olive)
    fresh = PASSWORD + " more"
    answer = desk.post(
        "/winery/sign-in/password/change/", {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    )
    assert answer.status_code == 302
    assert (is_in(telephone), is_in(desk)) == (False, True)
    assert StaffSession.objects.filter(member=olive).count() == 1


def test_a_new_second_factor_ends_the_others(client: Client, olive: StaffMember) -> None:
    Winery.objects.update(staff_second_factor=True)
    forget_winery()
    TOTP.activate(olive, "JBSWY3DPEHPK3PXP")
    telephone = Client()
    telephone.force_login(olive, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post("/winery/sign-in/", {"login": olive.email, "password": PASSWORD})
    client.post("/winery/sign-in/second-factor/authenticate/", {"code": code_now()})
    assert (is_in(telephone), is_in(client)) == (True, True)
    assert client.post("/winery/sign-in/second-factor/totp/deactivate/").status_code == 302
    assert [row.member for row in StaffSession.objects.filter(member=olive)] == [olive]
    assert client.get("/winery/sign-in/devices/").status_code == 200


def test_an_owner_ends_all_of_a_member(olive: StaffMember) -> None:
    hugo = member_with(Role.FULFILMENT, second_factor=False)
    hugo.set_password(PASSWORD)
    hugo.save()
    desk, his = enter(olive), [enter(hugo, ANDROID), enter(hugo)]
    page = desk.get(f"/winery/settings/team/{hugo.reference}/").content.decode()
    assert "Chrome on Android" in page and "End all these sign-ins" in page
    desk.post(f"/winery/settings/team/{hugo.reference}/sessions")
    assert [is_in(one) for one in (*his, desk)] == [False, False, True]
    assert "ended all sign-ins of Fulfilment" in Event.objects.latest("pk").text
    desk.post(f"/winery/settings/team/{olive.reference}/sessions")
    assert is_in(desk), "of one's own, all others"
    assert "Signed in nowhere" in desk.get(f"/winery/settings/team/{hugo.reference}/").content.decode()


def test_last_seen_is_written_rarely(olive: StaffMember) -> None:
    desk = enter(olive)
    is_in(desk)
    with CaptureQueriesContext(connection) as fresh:
        is_in(desk)
    StaffSession.objects.update(seen_at=read_clock() - timedelta(minutes=11))
    with CaptureQueriesContext(connection) as due:
        is_in(desk)
    with CaptureQueriesContext(connection) as noted:
        is_in(desk)
    assert (len(due), len(noted)) == (len(fresh) + 1, len(fresh)), "one statement, once in ten minutes"


def test_a_session_that_ended_is_not_brought_back_by_a_page_on_its_way(olive: StaffMember) -> None:
    desk = enter(olive)
    session = desk.session
    assert session["_auth_user_id"] == str(olive.pk)
    StaffSession.objects.all().delete()
    session["late"] = True
    with pytest.raises(UpdateError):
        session.save()
    assert not StaffSession.objects.exists()


def test_ended_ones_are_forgotten_by_the_clock(olive: StaffMember) -> None:
    desk = enter(olive)
    assert prune_staff_sessions(now=read_clock() + timedelta(hours=11)) == 0
    assert prune_staff_sessions(now=read_clock() + timedelta(hours=13)) == 1
    assert not is_in(desk)


def test_the_link_of_a_closed_member_says_nothing(olive: StaffMember) -> None:
    hugo = member_with(Role.MANAGER, second_factor=False)
    link = "/" + password_link(password_key(hugo)).split("/", 3)[3]
    opened = Client()
    form = opened.get(link, follow=True).redirect_chain[-1][0]
    StaffMember.objects.filter(pk=hugo.pk).update(is_active=False)
    fresh = {"password1": PASSWORD, "password2": PASSWORD}
    for page in (Client().get(link, follow=True), opened.get(form), opened.post(form, fresh)):
        words = page.content.decode()
        assert "This link has been used" in words and hugo.name not in words and hugo.email not in words
    hugo.refresh_from_db()
    assert not hugo.has_usable_password()
