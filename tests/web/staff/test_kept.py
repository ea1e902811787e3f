"""A sign-in that ends while somebody types loses nothing of it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.conftest import client_of
from tests.web.odd.forms import Form, forms_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.staff import views
from tirage.staff.models import StaffMember, StaffSession
from tirage.staff.sessions import drop_sessions
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db
KEPT = "/winery/sign-in/kept/"


@pytest.fixture
def edit(world: World) -> str:
    return f"/winery/customers/{world.ben.reference}/edit/"


def form_to(page: str, path: str) -> Form:
    """The form that acts and is sent to ``path``; of the page there, where it says nothing else."""
    return next(form for form in forms_of(page, path) if (form.path, form.method) == (path, "post"))


def sent(form: Form, **changes: str) -> dict[str, str]:
    return {one.name: one.value for one in form.controls if one.value is not None} | changes


def member_of(client: Client) -> StaffMember:
    return StaffMember.objects.get(pk=client.session["_auth_user_id"])


def typed_after_the_end(client: Client, edit: str) -> StaffMember:
    """Opens the customer's form, loses the sign-in, and sends the form all the same."""
    form = form_to(client.get(edit).content.decode(), edit)
    member = member_of(client)
    drop_sessions(member)
    answer = client.post(edit, sent(form, last_name="Okafor", phone="+1 707 555 0101"))
    assert answer["Location"] == f"/winery/sign-in/?next={KEPT}"
    return member


def test_what_was_typed_waits_for_the_same_member_and_a_press(world: World, edit: str) -> None:
    client = client_of(Role.HOSPITALITY)
    member = typed_after_the_end(client, edit)
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(KEPT).content.decode()
    assert "Okafor" in page and "+1 707 555 0101" in unescape(page)
    assert Customer.objects.get(pk=world.ben.pk).last_name != "Okafor", "nothing is sent by itself"
    answer = client.post(edit, sent(form_to(page, edit)))
    assert answer.status_code == 302
    saved = Customer.objects.get(pk=world.ben.pk)
    assert (saved.last_name, saved.phone) == ("Okafor", "+17075550101")


def test_it_is_sealed_in_the_database(world: World, edit: str) -> None:
    client = client_of(Role.HOSPITALITY)
    typed_after_the_end(client, edit)
    assert StaffSession.objects.exists()
    assert all("Okafor" not in row.session_data for row in StaffSession.objects.all())


def test_nobody_else_gets_it(world: World, edit: str) -> None:
    client = client_of(Role.HOSPITALITY)
    typed_after_the_end(client, edit)
    other = member_of(client_of(Role.MANAGER))
    client.force_login(other, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(KEPT)
    assert answer.status_code == 302
    assert "kept_form" not in client.session


def test_it_is_forgotten_after_half_an_hour(world: World, edit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(Role.HOSPITALITY)
    member = typed_after_the_end(client, edit)
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    later = read_clock() + timedelta(minutes=31)
    monkeypatch.setattr(views, "read_clock", lambda: later)
    assert client.get(KEPT).status_code == 302


def test_a_role_that_lost_the_page_may_copy_but_not_send(world: World, edit: str) -> None:
    client = client_of(Role.HOSPITALITY)
    member = typed_after_the_end(client, edit)
    StaffMember.objects.filter(pk=member.pk).update(role=Role.READ_ONLY.value)
    member.refresh_from_db()
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(KEPT).content.decode()
    assert "Okafor" in page and "Send it now" not in page
    assert client.post(edit, {"last_name": "Okafor"}).status_code == 403


def test_it_can_be_let_go(world: World, edit: str) -> None:
    client = client_of(Role.HOSPITALITY)
    member = typed_after_the_end(client, edit)
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(KEPT).status_code == 302
    assert "kept_form" not in client.session


def test_files_are_said_to_be_chosen_again(world: World) -> None:
    client = client_of(Role.OWNER)
    client.get("/winery/")
    member = member_of(client)
    drop_sessions(member)
    path = next(
        form.path
        for form in forms_of(
            client_of(Role.MANAGER).get("/winery/settings/look/").content.decode(), "/winery/settings/look/"
        )
        if form.method == "post" and any(one.kind == "file" for one in form.controls)
    )
    client.post(path, {"paper": "#ffffff", "logo": SimpleUploadedFile("mark.svg", b"<svg/>")})
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(KEPT).content.decode()
    assert "mark.svg" in page and "can’t be kept" in page


def test_of_a_stranger_nothing_is_kept(world: World, edit: str) -> None:
    client = Client()
    answer = client.post(edit, {"last_name": "Okafor"})
    assert answer["Location"].startswith("/winery/sign-in/?next=/winery/customers/")
    assert not StaffSession.objects.exists()


def test_parts_of_a_page_are_not_exchanged_for_the_door(world: World) -> None:
    answer = Client().get("/winery/search?q=ben", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Trigger"] == "signed-out"
    assert not answer.content


def test_an_open_page_can_ask_who_is_there(world: World) -> None:
    assert Client().get("/winery/sign-in/alive/").status_code == 401
    client = client_of(Role.HOSPITALITY)
    said = client.get("/winery/sign-in/alive/").json()
    assert said["member"] == member_of(client).reference and said["key"]


def test_a_form_with_an_old_key_is_sent_once_more_by_a_press(world: World, edit: str) -> None:
    """Signing in again in another window changes the key of every page that is open."""
    member = member_of(client_of(Role.HOSPITALITY))
    client = Client(enforce_csrf_checks=True)
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    form = form_to(client.get(edit).content.decode(), edit)
    old = sent(form, last_name="Okafor", csrfmiddlewaretoken="x" * 64)
    assert "Okafor" not in client.post(edit, old).content.decode(), "whoever sent it is unknown"
    answer = client.post(edit, old, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    again = form_to(answer.content.decode(), edit)
    assert client.post(edit, sent(again)).status_code == 302
    assert Customer.objects.get(pk=world.ben.pk).last_name == "Okafor"
    elsewhere = client.post(
        edit, old, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    )
    assert not re.search(r"Send it now", elsewhere.content.decode())
