"""Lists at Campaign Monitor follow ours: what is sent, to whom, and who isn't and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from tests.campaign_monitor import CUT, CUT_AFTER, CampaignMonitorThere
from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.consent import change_consent
from tirage.customers.models import Customer
from tirage.customers.operations import set_tags
from tirage.customers.sign_in import SignedIn, sign_in_with_campaign_link
from tirage.customers.states import ConsentSource
from tirage.marketing import sending
from tirage.marketing.lists import forget_list, save_list
from tirage.marketing.models import MailingList, Subscriber, SyncLine, SyncRun
from tirage.marketing.rules import MOST_FAILURES
from tirage.marketing.states import Scope
from tirage.marketing.syncing import (
    TASK,
    begin_due_syncs,
    go_on_with_sync,
    say_sync,
    start_sync,
    stop_sync,
    sweep_stopped_syncs,
    sync,
)

pytestmark = pytest.mark.django_db


def synced(world: World, mailing: MailingList, scope: Scope = Scope.CHANGED, **after: Any) -> SyncRun:
    now = world.now + timedelta(**after)
    run = start_sync(mailing=mailing, scope=scope, actor=world.staff, now=now)
    sync(run=run, portions=20, clock=lambda: now)
    run.refresh_from_db()
    return run


def states(mailing: MailingList) -> dict[str, str]:
    return dict(Subscriber.objects.filter(list=mailing).values_list("customer__first_name", "state"))


def agrees(world: World, customer: Customer, agrees: bool, **after: Any) -> None:
    change_consent(
        customer=customer,
        agrees=agrees,
        source=ConsentSource.ACCOUNT,
        actor=world.staff,
        now=world.now + timedelta(**after),
    )


def test_everybody_who_agreed_is_sent_with_their_fields(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(lifetime_minor=1_234_50, last_order_at=world.now)
    agrees(world, world.clara, agrees=False)
    run = synced(world, mailing)
    assert run.state == "finished" and say_sync(run) == "sent 2 customers."
    friends = there.lists["list-1"]
    assert friends.emails() == ["ana@example.com", "ben@example.com"]
    assert friends.people["ana@example.com"].name == "Ana Alvarez"
    assert friends.people["ana@example.com"].fields == {
        "[Groups]": "Premier",
        "[LifetimeValue]": "1234.50",
        "[LastOrder]": "2026-10-06",
    }
    assert "[LastOrder]" not in friends.people["ben@example.com"].fields
    left_out = Subscriber.objects.filter(list=mailing, state="left_out")
    assert dict(left_out.values_list("customer__first_name", "reason")) == {
        "Clara": "Wants no more mail.",
        "Dora": "Suspended.",
    }
    assert (run.total, run.seen, run.left_out) == (4, 4, 2)
    event = Event.objects.get(name="mailing_list.synced")
    assert event.text == "sent 2 customers with the mailing list Friends of the house"


def test_only_what_is_different_is_sent_again_unless_all_is_asked_for(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    synced(world, mailing)
    before = there.count("import.json")
    run = synced(world, mailing, hours=1)
    assert (run.sent, there.count("import.json")) == (0, before)
    Customer.objects.filter(pk=world.ben.pk).update(lifetime_minor=50_00)
    run = synced(world, mailing, hours=2)
    assert list(run.lines.values_list("customer__first_name", "done")) == [("Ben", "sent")]
    assert [one["EmailAddress"] for one in there.calls[-1].body["Subscribers"]] == ["ben@example.com"]
    assert synced(world, mailing, Scope.ALL, hours=3).sent == 3


def test_who_takes_the_consent_back_here_is_unsubscribed_there(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    synced(world, mailing)
    agrees(world, world.ana, agrees=False, hours=1)
    run = synced(world, mailing, hours=2)
    assert there.lists["list-1"].emails("Unsubscribed") == ["ana@example.com"]
    assert (run.unsubscribed, states(mailing)["Ana"]) == (1, "removed")
    agrees(world, world.ana, agrees=True, hours=3)
    synced(world, mailing, hours=4)
    assert "ana@example.com" in there.lists["list-1"].emails(), "who agrees anew is put back"


def test_who_is_not_meant_any_more_is_taken_off_and_may_come_back(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    synced(world, mailing)
    fields = mailing.fields
    facts: dict[str, Any] = {"fields": fields, "every": "hand", "actor": world.staff, "now": world.now}
    save_list(mailing=mailing, definition=f"group(group:{world.premier.reference})", **facts)
    run = synced(world, mailing, hours=1)
    assert there.lists["list-1"].emails() == ["ana@example.com"] and run.removed == 2
    assert there.lists["list-1"].emails("Deleted") == ["ben@example.com", "clara@example.com"]
    save_list(mailing=mailing, definition="", **facts)
    synced(world, mailing, hours=2)
    assert len(there.lists["list-1"].emails()) == 3


def test_who_unsubscribes_there_takes_the_consent_back_here_and_stays_off(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    synced(world, mailing)
    there.leave("ana@example.com", "Unsubscribed", world.now + timedelta(hours=1))
    run = synced(world, mailing, Scope.ALL, hours=2)
    ana = Customer.objects.get(pk=world.ana.pk)
    assert ana.marketing_consent_at is None and ana.marketing_source == "newsletter"
    assert run.heard == 1 and states(mailing)["Ana"] == "unsubscribed"
    assert there.lists["list-1"].emails("Unsubscribed") == ["ana@example.com"]
    told = Event.objects.get(name="customer.consent_changed", customer_id=ana.pk)
    assert told.text.endswith("by the link in a newsletter")
    agrees(world, world.ana, agrees=True, hours=3)
    run = synced(world, mailing, hours=4)
    assert run.heard == 0, "the same is heard once"
    assert "ana@example.com" in there.lists["list-1"].emails()
    assert synced(world, mailing, hours=5).heard == 0
    assert Customer.objects.get(pk=world.ana.pk).marketing_consent_at is not None


def test_years_of_unsubscribing_are_heard_page_by_page_and_a_later_consent_counts(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    for number in range(1_001):
        there.leave(f"p{number}@example.com", "Unsubscribed", world.now - timedelta(days=900))
    there.leave("ana@example.com", "Unsubscribed", world.now - timedelta(days=500))
    there.leave("ben@example.com", "Unsubscribed", world.now - timedelta(days=100))
    run = synced(world, mailing)
    pages = [one.query["page"] for one in there.calls if one.path.endswith("unsubscribed.json")]
    assert pages == ["1", "2"] and run.heard == 2
    assert states(mailing) == {
        "Ana": "subscribed",
        "Ben": "unsubscribed",
        "Clara": "subscribed",
        "Dora": "left_out",
    }


def test_a_bounced_mailbox_is_left_alone_until_there_is_another(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    synced(world, mailing)
    there.leave("ben@example.com", "Bounced", world.now + timedelta(hours=1))
    synced(world, mailing, Scope.ALL, hours=2)
    assert states(mailing)["Ben"] == "bounced"
    assert Customer.objects.get(pk=world.ben.pk).marketing_consent_at, "a mailbox decides nothing"
    Customer.objects.filter(pk=world.ben.pk).update(email="benjamin@example.com")
    synced(world, mailing, hours=3)
    assert "benjamin@example.com" in there.lists["list-1"].emails()
    assert there.lists["list-1"].emails("Bounced") == ["ben@example.com"]


def test_another_address_is_changed_there_and_never_takes_somebody_elses(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    synced(world, mailing)
    Customer.objects.filter(pk=world.ana.pk).update(email="ana@new.example")
    synced(world, mailing, hours=1)
    assert there.lists["list-1"].emails() == ["ana@new.example", "ben@example.com", "clara@example.com"]
    Customer.objects.filter(pk=world.clara.pk).update(email="clara@new.example")
    Customer.objects.filter(pk=world.ben.pk).update(email="clara@example.com")
    synced(world, mailing, hours=2)
    friends = there.lists["list-1"]
    assert friends.emails() == ["ana@new.example", "clara@example.com", "clara@new.example"]
    assert friends.people["clara@example.com"].name == "Ben Baker"
    assert friends.people["clara@new.example"].name == "Clara Chen"


def test_refused_addresses_say_why_and_dont_hold_up_the_others(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    Customer.objects.filter(pk=world.ana.pk).update(email="ana@nowhere.invalid")
    there.suppressed.add("ben@example.com")
    run = synced(world, mailing)
    assert (run.state, run.sent, run.refused) == ("finished", 1, 2)
    reasons = dict(run.lines.filter(done="refused").values_list("customer__first_name", "reason"))
    assert "the address isn’t one" in reasons["Ana"] and "suppression list" in reasons["Ben"]
    assert synced(world, mailing, hours=1).refused == 0, "only another address is tried by itself"
    Customer.objects.filter(pk=world.ana.pk).update(email="ana@example.com")
    assert synced(world, mailing, hours=2).sent == 1
    assert synced(world, mailing, Scope.ALL, hours=3).refused == 1


@pytest.mark.parametrize("before", [0, 2], ids=["hearing who left", "sending"])
@pytest.mark.parametrize(
    "trouble", [429, 500, (503, "<html>away</html>"), (200, "no JSON"), (200, "{}"), CUT, CUT_AFTER]
)
def test_what_gets_no_answer_is_tried_again_and_nobody_is_lost_or_doubled(
    world: World, there: CampaignMonitorThere, mailing: MailingList, trouble: Any, before: int
) -> None:
    there.troubles = [*[None] * before, trouble]
    run = synced(world, mailing)
    assert (run.state, run.failures, run.retry_at) == ("running", 1, world.now + timedelta(minutes=1))
    assert run.sent == 0 and "Campaign Monitor" in run.problem
    sync(run=run, portions=5, clock=lambda: world.now + timedelta(seconds=59))
    assert len(there.calls) == before + 1, "it waits"
    DBTaskResult.objects.all().delete()
    later = world.now + timedelta(minutes=1)
    assert sweep_stopped_syncs(now=later) == 1
    sync(run=run, portions=5, clock=lambda: later)
    run.refresh_from_db()
    assert (run.state, run.sent, run.failures, run.problem) == ("finished", 3, 0, "")
    assert len(there.lists["list-1"].emails()) == 3
    assert SyncLine.objects.filter(run=run, done="sent").count() == 3


def test_what_was_answered_before_a_trouble_is_not_asked_for_again(
    world: World, there: CampaignMonitorThere, mailing: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_SINGLE", 2)
    synced(world, mailing)
    for customer in (world.ana, world.ben, world.clara):
        agrees(world, customer, agrees=False, hours=1)
    there.calls.clear()
    there.troubles = [None, None, None, 429]
    run = synced(world, mailing, hours=2)
    assert (run.state, run.unsubscribed, run.failures) == ("running", 1, 1)
    sync(run=run, portions=9, clock=lambda: world.now + timedelta(hours=3))
    run.refresh_from_db()
    assert (run.state, run.unsubscribed) == ("finished", 3)
    asked = [one.body["EmailAddress"] for one in there.calls if one.path.endswith("unsubscribe.json")]
    assert asked == ["ana@example.com", "ben@example.com", "ben@example.com", "clara@example.com"]


def test_after_many_silences_the_run_asks_for_somebody_and_goes_on_when_told(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    run = start_sync(mailing=mailing, scope=Scope.CHANGED, actor=world.staff, now=world.now)
    there.troubles = [500] * MOST_FAILURES
    for number in range(MOST_FAILURES):
        sync(run=run, portions=5, clock=lambda number=number: world.now + timedelta(hours=2 * number))  # type: ignore[misc]
    run.refresh_from_db()
    assert run.state == "failed" and "doesn’t answer" in run.problem
    run = go_on_with_sync(run=run, actor=world.staff, now=world.now)
    sync(run=run, portions=5, clock=lambda: world.now + timedelta(days=9))
    run.refresh_from_db()
    assert (run.state, run.sent, run.problem) == ("finished", 3, "")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda there: setattr(there, "key", "another"), "refuses the key"),
        (lambda there: there.lists.pop("list-1"), "doesn’t show this list"),
        (lambda there: there.troubles.append(404), "no such list any more"),
        (lambda there: there.troubles.append(403), "refused"),
    ],
)
def test_what_asking_again_wont_mend_ends_the_run_with_what_to_do(
    world: World,
    there: CampaignMonitorThere,
    mailing: MailingList,
    spoil: Callable[[CampaignMonitorThere], object],
    words: str,
) -> None:
    spoil(there)
    run = synced(world, mailing)
    assert run.state == "failed" and words in run.problem
    assert there.key not in run.problem and len(there.calls) == 1


def test_two_runs_of_a_list_are_one(world: World, there: CampaignMonitorThere, mailing: MailingList) -> None:
    facts: dict[str, Any] = {"mailing": mailing, "actor": world.staff, "now": world.now}
    run = start_sync(scope=Scope.CHANGED, **facts)
    assert start_sync(scope=Scope.ALL, **facts).pk == run.pk
    assert DBTaskResult.objects.filter(task_path=TASK).count() == 1
    with pytest.raises(Conflict) as refused:
        forget_list(mailing=mailing, actor=world.staff, now=world.now)
    assert refused.value.code == "under_way"
    run = stop_sync(run=run, now=world.now)
    assert not sync(run=run, portions=5, clock=lambda: world.now) and there.calls == []
    other = start_sync(scope=Scope.CHANGED, **facts)
    assert other.pk != run.pk
    with pytest.raises(Conflict):
        go_on_with_sync(run=run, actor=world.staff, now=world.now)
    forget_list(mailing=stop_sync(run=other, now=world.now).list, actor=world.staff, now=world.now)
    assert not MailingList.objects.exists()


def test_a_list_is_synced_by_itself_and_late_ones_once(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    save_list(
        mailing=mailing,
        definition="",
        fields=mailing.fields,
        every="hour",
        actor=world.staff,
        now=world.now,
    )
    assert begin_due_syncs(now=world.now + timedelta(minutes=59)) == 0
    late = world.now + timedelta(hours=5, minutes=10)
    assert [begin_due_syncs(now=late), begin_due_syncs(now=late)] == [1, 0]
    run = SyncRun.objects.get()
    assert (run.scope, run.actor_kind) == ("changed", "system")
    mailing.refresh_from_db()
    assert mailing.next_at == world.now + timedelta(hours=6)


def test_without_a_key_nothing_begins(
    world: World, there: CampaignMonitorThere, mailing: MailingList, settings: Any
) -> None:
    settings.TIRAGE_CAMPAIGN_MONITOR_API_KEY = ""
    MailingList.objects.update(every="hour", next_at=world.now)
    with pytest.raises(DomainError) as refused:
        start_sync(mailing=mailing, scope=Scope.ALL, actor=world.staff, now=world.now)
    assert refused.value.code == "not_connected" and begin_due_syncs(now=world.now) == 0
    assert there.calls == []


def test_a_filter_that_finds_nobody_any_more_takes_nobody_off(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    """A run that can't begin by itself is kept with its reason."""
    synced(world, mailing)
    MailingList.objects.update(definition="segment(segment:SEG-GONE)", every="hour", next_at=world.now)
    begin_due_syncs(now=world.now)
    run = SyncRun.objects.latest("pk")
    assert run.state == "failed" and run.problem
    assert len(there.lists["list-1"].emails()) == 3


def test_the_link_signs_in_and_is_sent_anew_each_month_only(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    there.lists["list-1"].fields["[Link]"] = ("Sign-in link", "Text")
    there.lists["list-1"].fields["[Tags]"] = ("Tags", "Text")
    set_tags(customer=world.ana, names=["Magnums", "Library"], actor=world.staff, now=world.now)
    fields = {"link": "[Link]", "tags": "[Tags]"}
    mailing = save_list(
        mailing=mailing, definition="", fields=fields, every="hand", actor=world.staff, now=world.now
    )
    synced(world, mailing)
    ana = there.lists["list-1"].people["ana@example.com"]
    token = ana.fields["[Link]"].rstrip("/").rpartition("/")[2]
    signed_in = sign_in_with_campaign_link(token=token, actor=world.staff, now=world.now + timedelta(days=29))
    assert isinstance(signed_in, SignedIn) and signed_in.customer == world.ana
    assert ana.fields["[Tags]"] == "Library, Magnums" and len(ana.fields["[Link]"]) <= 250
    assert ana.fields["[Link]"] not in str(Subscriber.objects.get(customer=world.ana).sent)
    first = ana.fields["[Link]"]
    assert synced(world, mailing, hours=1).sent == 0
    synced(world, mailing, days=31)
    assert ana.fields["[Link]"] != first
    Customer.objects.filter(pk=world.ana.pk).update(session_epoch=7)
    assert synced(world, mailing, days=31, hours=1).sent == 1, "what opened nothing any more is replaced"


def test_an_address_whose_customer_is_gone_leaves_the_list(
    world: World, there: CampaignMonitorThere, mailing: MailingList
) -> None:
    synced(world, mailing)
    Subscriber.objects.filter(customer=world.clara).update(customer=None)
    Customer.objects.filter(pk=world.clara.pk).update(email="clara@elsewhere.example")
    run = synced(world, mailing, hours=1)
    assert there.lists["list-1"].emails("Deleted") == ["clara@example.com"] and run.removed == 1
    assert not Subscriber.objects.filter(customer__isnull=True).exists()


def test_a_portion_costs_the_same_however_many_it_has(
    world: World, there: CampaignMonitorThere, mailing: MailingList, django_assert_max_num_queries: Any
) -> None:
    Customer.objects.bulk_create(
        Customer(email=f"p{number}@example.com", signed_up_at=world.now, marketing_consent_at=world.now)
        for number in range(300)
    )
    run = start_sync(mailing=mailing, scope=Scope.CHANGED, actor=world.staff, now=world.now)
    with django_assert_max_num_queries(60):
        sync(run=run, portions=20, clock=lambda: world.now)
    assert len(there.lists["list-1"].emails()) == 303
