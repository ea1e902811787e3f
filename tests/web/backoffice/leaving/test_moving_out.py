"""Everything as one file, as an owner sees it: begun, left alone, fetched by who began it, deleted."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import ClientAs, member_with
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.leaving.exporting import look_after_exports, write_export
from tirage.leaving.models import EverythingExport, EverythingPart
from tirage.staff.models import StaffMember
from tirage.staff.states import Role

PAGE = reverse("backoffice:move_out")


def second_owner() -> Client:
    member, client = member_with(Role.MANAGER), Client()
    StaffMember.objects.filter(pk=member.pk).update(role=Role.OWNER.value)
    member.refresh_from_db()
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def begun(client: Client) -> EverythingExport:
    assert client.post(reverse("backoffice:move_out_begin")).status_code == 302
    return EverythingExport.objects.latest("pk")


def fetched(client: Client, export: EverythingExport) -> bytes | None:
    """None where the file isn't given."""
    answer = client.get(reverse("backoffice:move_out_file", args=[export.reference]))
    return b"".join(answer.streaming_content) if answer.streaming else None  # type: ignore[attr-defined]


def text_of(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_who_began_it_fetches_it_and_nobody_else(client_as: ClientAs, world: World) -> None:
    olive, other = client_as(Role.OWNER), second_owner()
    export = begun(olive)
    assert "You can leave this page" in text_of(olive)
    begun(other)
    assert EverythingExport.objects.count() == 1 and "is being written" in text_of(other)
    assert fetched(olive, export) is None
    write_export(reference=export.reference, now=read_clock())
    export.refresh_from_db()
    answer = olive.get(reverse("backoffice:move_out_progress", args=[export.reference]), HTTP_HX_REQUEST="1")
    assert answer.headers["HX-Refresh"] == "true"
    data = fetched(olive, export)
    assert data is not None and len(data) == export.size
    assert "csv/customers_customer.csv" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert fetched(other, export) is None and "had it written" in text_of(other)
    assert list(Event.objects.filter(name="everything.fetched").values_list("actor_id", flat=True)) == [
        export.actor_id
    ]


def test_it_is_given_out_until_its_days_are_over(owner_client: Client, world: World) -> None:
    export = begun(owner_client)
    write_export(reference=export.reference, now=read_clock())
    EverythingExport.objects.update(keep_until=read_clock() - timedelta(seconds=1))
    assert fetched(owner_client, export) is None
    assert "kept any more" in text_of(owner_client)
    assert look_after_exports(now=read_clock()) == 1
    assert not EverythingPart.objects.exists() and "Deleted" in text_of(owner_client)


@pytest.mark.parametrize("is_written", [True, False])
def test_it_can_be_stopped_and_deleted(owner_client: Client, world: World, is_written: bool) -> None:
    export = begun(owner_client)
    if is_written:
        write_export(reference=export.reference, now=read_clock())
    owner_client.post(reverse("backoffice:move_out_let_go", args=[export.reference]))
    # A worker that takes it up afterwards finds that it is over.
    assert write_export(reference=export.reference, now=read_clock()).state == "gone"
    assert not EverythingPart.objects.exists()
    assert Event.objects.filter(name="everything.let_go").count() == 1
    assert "Write everything into a file" in text_of(owner_client)


def test_a_manager_has_nothing_of_it(client_as: ClientAs, world: World) -> None:
    manager = client_as(Role.MANAGER)
    assert manager.get(PAGE).status_code == 403
    assert "move-out" not in manager.get(reverse("backoffice:settings")).content.decode()
    assert manager.post(reverse("backoffice:move_out_begin")).status_code == 403
