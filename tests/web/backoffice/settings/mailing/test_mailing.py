"""Newsletters: what the pages say, chosen and sent through the stand-in of the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from tests.campaign_monitor import CampaignMonitorThere, connected
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer, Group
from tirage.marketing.models import MailingList, SyncRun
from tirage.marketing.tasks import sync_list

HERE = "/winery/settings/newsletters/"


@pytest.fixture
def there(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignMonitorThere]:
    with connected(CampaignMonitorThere(world.now), settings, monkeypatch) as one:
        yield one


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def chosen(owner_client: Client) -> MailingList:
    owner_client.post(f"{HERE}new/", {"list": "list-1"}, follow=True)
    return MailingList.objects.get()


def test_without_a_key_the_page_says_how_to_connect(world: World, owner_client: Client) -> None:
    said = text(owner_client.get(HERE))
    assert "Not connected" in said and "TIRAGE_CAMPAIGN_MONITOR_API_KEY" in said
    assert "Choose a list" not in said
    assert "isn’t connected" in text(owner_client.get(f"{HERE}new/"))


def test_names_inside_others_are_pointed_out_here_and_where_groups_are_named(
    world: World, owner_client: Client
) -> None:
    assert "is inside" not in text(owner_client.get(HERE)) + text(
        owner_client.get("/winery/customers/groups/")
    )
    Group.objects.create(name="Premier 50", kind="allocation")
    for path in (HERE, "/winery/customers/groups/"):
        assert "“Premier” is inside “Premier 50”" in text(owner_client.get(path)), path
    form = {"name": "Estate club", "kind": "standard", "discount": "0", "discount_bp": "0", "rank": "7"}
    saved = owner_client.post("/winery/customers/groups/new/", form, follow=True)
    assert "“Estate” is inside “Estate club”" in text(saved)
    assert "Premier 50" not in text(saved), "the others are none of this group’s"


def test_a_list_is_chosen_filled_and_sent_and_says_why_somebody_isnt_on_it(
    world: World, owner_client: Client, there: CampaignMonitorThere
) -> None:
    page = text(owner_client.get(f"{HERE}new/"))
    assert "Friends of the house" in page and "Press" in page
    mailing = chosen(owner_client)
    assert "Friends of the house" not in text(owner_client.get(f"{HERE}new/"))
    edit = f"{HERE}{mailing.reference}/edit"
    form = owner_client.get(edit).content.decode()
    assert "A new field “Clubs”" in form and "A new field “Groups”" not in form and "Colour" not in form
    asked = {"definition": "", "every": "day", "field_groups": "[Groups]", "field_clubs": "+"}
    answer = owner_client.post(edit, asked, follow=True)
    assert "You saved Friends of the house." in text(answer)
    assert there.lists["list-1"].fields["[Clubs]"] == ("Clubs", "Text")
    mailing.refresh_from_db()
    assert mailing.fields == {"groups": "[Groups]", "clubs": "[Clubs]"} and mailing.next_at
    begun = owner_client.post(f"{HERE}{mailing.reference}/sync", {"scope": "changed"}, follow=True)
    assert "Asking who left" in text(begun)
    run = SyncRun.objects.get()
    DBTaskResult.objects.all().delete()
    sync_list.call(run.reference)
    done = owner_client.get(f"{HERE}runs/{run.reference}/")
    assert "You sent 3 customers." in text(done)
    assert f'href="/winery/customers/{world.ana.reference}/"' in done.content.decode()
    listed = owner_client.get(f"{HERE}{mailing.reference}/", {"state": "left_out"})
    assert "Dora Diaz" in text(listed) and "Suspended." in text(listed) and "Ana Alvarez" not in text(listed)
    assert "Groups: Premier" in text(owner_client.get(f"{HERE}{mailing.reference}/"))
    gone = owner_client.post(f"{HERE}{mailing.reference}/forget", follow=True)
    assert "You let go of Friends of the house." in text(gone) and not MailingList.objects.exists()
    assert len(there.lists["list-1"].emails()) == 3


def test_a_field_is_filled_by_one_of_ours(
    world: World, owner_client: Client, there: CampaignMonitorThere
) -> None:
    mailing = chosen(owner_client)
    asked = {"definition": "", "every": "hand", "field_groups": "[Groups]", "field_tags": "[Groups]"}
    answer = owner_client.post(f"{HERE}{mailing.reference}/edit", asked)
    assert answer.status_code == 400 and "Groups goes into this field already" in text(answer)
    mailing.refresh_from_db()
    assert mailing.fields == {}


@pytest.mark.parametrize("trouble", [429, 500, 401])
def test_a_service_that_doesnt_answer_is_said_and_nothing_is_lost(
    world: World, owner_client: Client, there: CampaignMonitorThere, trouble: int
) -> None:
    mailing = chosen(owner_client)
    MailingList.objects.update(fields={"groups": "[Groups]"})
    there.troubles = [trouble] * 2
    said = text(owner_client.get(f"{HERE}new/"))
    assert "doesn’t answer just now" in said or "doesn’t show this list" in said
    edit = f"{HERE}{mailing.reference}/edit"
    page = owner_client.get(edit)
    assert page.status_code == 200 and "A new field" not in text(page)
    there.troubles = [trouble]
    owner_client.post(edit, {"definition": "", "every": "hour", "field_groups": "[Groups]"})
    mailing.refresh_from_db()
    assert (mailing.every, mailing.fields) == ("hour", {"groups": "[Groups]"})


def test_a_run_that_waits_says_when_it_tries_again_and_one_that_failed_what_to_do(
    world: World, owner_client: Client, there: CampaignMonitorThere
) -> None:
    mailing = chosen(owner_client)
    owner_client.post(f"{HERE}{mailing.reference}/sync", {"scope": "all"})
    run = SyncRun.objects.get()
    there.troubles = [429]
    sync_list.call(run.reference)
    path = f"{HERE}runs/{run.reference}/"
    said = text(owner_client.get(path))
    assert "asks us to be slower" in said and "Waiting to try again" in said and "Try now" in said
    there.key = "another"
    owner_client.post(f"{path}again")
    sync_list.call(run.reference)
    said = text(owner_client.get(path))
    assert "refuses the key" in said and "Go on" in said and there.key not in said
    there.key = "a-key-of-the-tests"
    owner_client.post(f"{path}again")
    sync_list.call(run.reference)
    assert "You sent 3 customers." in text(owner_client.get(path))
    latest = text(owner_client.get(HERE))
    assert "Finished" in latest and "Connected" in latest


def test_pages_of_a_list_dont_grow_with_its_customers(
    world: World, owner_client: Client, there: CampaignMonitorThere, django_assert_max_num_queries: Any
) -> None:
    mailing, now = chosen(owner_client), read_clock()
    Customer.objects.bulk_create(
        Customer(
            email=f"p{number}@example.com", signed_up_at=now, marketing_consent_at=now - timedelta(days=1)
        )
        for number in range(120)
    )
    owner_client.post(f"{HERE}{mailing.reference}/sync", {"scope": "all"})
    sync_list.call(SyncRun.objects.get().reference)
    with django_assert_max_num_queries(16):
        assert "1–50 of 124" in text(owner_client.get(f"{HERE}{mailing.reference}/"))
    with django_assert_max_num_queries(16):
        assert "1–50 of 123" in text(owner_client.get(f"{HERE}runs/{SyncRun.objects.get().reference}/"))


def test_being_told_at_once_is_one_button(
    world: World, there: CampaignMonitorThere, owner_client: Client
) -> None:
    mailing = chosen(owner_client)
    page = f"{HERE}{mailing.reference}/"
    assert "Be told at once" in text(owner_client.get(page))
    said = text(owner_client.post(f"{page}told", follow=True))
    assert "tells at once from now on" in said and "it had nothing to tell yet" in said
    assert "Try the connection" in said and there.lists["list-1"].hooks
    there.reaches = False
    assert "can’t reach" in text(owner_client.post(f"{page}told", follow=True))
    there.reaches = True
    owner_client.post(f"{page}told")
    owner_client.post(f"{page}forget")
    assert not there.lists["list-1"].hooks and not MailingList.objects.exists()
