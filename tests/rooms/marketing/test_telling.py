"""Campaign Monitor tells at once what happens on a list, by an address with a secret of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from tests.campaign_monitor import CampaignMonitorThere
from tests.rooms.marketing.test_syncing import states, synced
from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.marketing.models import MailingList, Subscriber
from tirage.marketing.services import current_service
from tirage.marketing.tasks import hear_told
from tirage.marketing.telling import TASK, be_told, be_told_no_more

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(world: World, there: CampaignMonitorThere, mailing: MailingList, settings: Any) -> MailingList:
    """A synced list of which we are told."""
    settings.ROOT_URLCONF = "tests.rooms.marketing.hooked"
    Customer.objects.update(marketing_consent_at=world.now - timedelta(days=9), marketing_left_at=None)
    synced(world, mailing)
    return be_told(mailing=mailing, service=current_service(), actor=world.staff, now=world.now)


def tell(there: CampaignMonitorThere, *events: dict[str, Any]) -> int:
    """It posts; the worker does what it was left."""
    address, body = there.tell("list-1", *events)
    answer = Client().post(urlsplit(address).path, body, content_type="application/json")
    for job in DBTaskResult.objects.filter(task_path=TASK, status="READY"):
        hear_told.call(*job.args_kwargs["args"])
        job.delete()
    return answer.status_code


def event(world: World, kind: str, email: str, state: str = "", **more: str) -> dict[str, Any]:
    at = world.now + timedelta(hours=3)
    said = {"Type": kind, "EmailAddress": email, "Date": f"{at:%Y-%m-%d %H:%M:%S}", **more}
    return said | ({"State": state} if state else {})


def test_it_is_registered_once_and_ended(
    world: World, there: CampaignMonitorThere, told: MailingList
) -> None:
    by: dict[str, Any] = {"service": current_service(), "actor": world.staff, "now": world.now}
    hook = there.lists["list-1"].hooks["hook-1"]
    assert (told.hook, hook["Events"]) == ("hook-1", ["Subscribe", "Deactivate", "Update"])
    hook["Status"] = "Deactivated"
    assert be_told(mailing=told, **by).hook == "hook-1" and hook["Status"] == "Active"
    assert len(there.lists["list-1"].hooks) == 1
    assert be_told_no_more(mailing=told, **by).hook == "" and not there.lists["list-1"].hooks
    assert be_told_no_more(mailing=told, **by).hook == "", "one that isn't there is fine"
    words = list(
        Event.objects.filter(name="mailing_list.saved").order_by("-pk").values_list("text", flat=True)[:2]
    )
    assert [one.split(" tell ")[1] for one in words] == [
        "no more who leaves Friends of the house",
        "at once who leaves Friends of the house",
    ]


def test_an_address_that_isnt_reached_is_said_and_nothing_stays_there(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    there.reaches = False
    with pytest.raises(DomainError, match="can’t reach"):
        be_told(mailing=mailing, service=current_service(), actor=world.staff, now=world.now)
    mailing.refresh_from_db()
    assert mailing.hook == "" and not there.lists["list-1"].hooks


def test_who_unsubscribes_takes_the_consent_back_at_once(
    world: World, there: CampaignMonitorThere, told: MailingList
) -> None:
    left = event(world, "Deactivate", "Ana@example.com", "Unsubscribed")
    assert tell(there, left) == tell(there, left) == 200
    ana = Customer.objects.get(pk=world.ana.pk)
    assert ana.marketing_consent_at is None and ana.marketing_source == "newsletter"
    assert states(told)["Ana"] == "unsubscribed" and states(told)["Ben"] == "subscribed"
    assert Event.objects.filter(customer_id=ana.pk, name="customer.consent_changed").count() <= 1
    told.refresh_from_db()
    assert told.told_at is not None
    there.leave("ana@example.com", "Unsubscribed", world.now + timedelta(hours=3))
    assert synced(world, told, hours=4).heard == 0, "a sync that hears of it later has no news"


def test_bounces_and_who_is_taken_off_by_hand_stand_on_the_list(
    world: World, there: CampaignMonitorThere, told: MailingList
) -> None:
    tell(
        there,
        event(world, "Deactivate", "ana@example.com", "Bounced"),
        event(world, "Deactivate", "ben@example.com", "Deleted"),
        event(world, "Subscribe", "clara@example.com"),
    )
    assert (states(told)["Ana"], states(told)["Ben"]) == ("bounced", "refused")
    reason = Subscriber.objects.get(customer=world.ben).reason
    assert reason.startswith("Taken off the list at Campaign Monitor by somebody")
    assert Customer.objects.get(pk=world.ana.pk).marketing_consent_at is not None


def test_another_address_there_is_made_ours_again_and_the_team_reads_of_it(
    world: World, there: CampaignMonitorThere, told: MailingList
) -> None:
    people = there.lists["list-1"].people
    people["new@example.com"] = people.pop("ana@example.com")
    moved = event(world, "Update", "new@example.com", "Active", OldEmailAddress="ana@example.com")
    assert tell(there, moved) == 200
    assert "ana@example.com" in people and "new@example.com" not in people
    assert Subscriber.objects.get(customer=world.ana).email == "ana@example.com"
    said = Event.objects.get(name="newsletter.address")
    assert said.customer_id == world.ana.pk and "new@example.com is the new address" in said.text
    tell(there, moved)
    assert Event.objects.filter(name="newsletter.address").count() == 2, "told again, it happened again"


def test_only_the_right_secret_is_believed(
    world: World, there: CampaignMonitorThere, told: MailingList, settings: Any
) -> None:
    left = event(world, "Deactivate", "ana@example.com", "Unsubscribed")
    address, body = there.tell("list-1", left)
    path = urlsplit(address).path
    client = Client()

    def post(to: str, text: str) -> int:
        return client.post(to, text, content_type="application/json").status_code

    assert post(path[:-1] + ("0" if path[-1] != "0" else "1"), body) == 403
    assert post(path.replace("list-1", "list-2"), body) == 403
    assert [post(path, text) for text in ("", "[]", "{}", '{"Events": [{}]}', "[" * 9_999)] == [400] * 5
    assert post(path, '{"Events": [], "ListID": "other"}') == 200
    assert client.get(path).status_code == 405
    assert not DBTaskResult.objects.filter(task_path=TASK).exists()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 8
    assert post(path, body) == 200, "an old key counts while it is named"
    settings.SECRET_KEY_FALLBACKS = []
    assert post(path, body) == 403


def test_a_list_that_was_let_go_of_says_nothing(
    world: World, there: CampaignMonitorThere, told: MailingList
) -> None:
    told.delete()
    assert tell(there, event(world, "Deactivate", "ana@example.com", "Unsubscribed")) == 200
    assert Customer.objects.get(pk=world.ana.pk).marketing_consent_at is not None
