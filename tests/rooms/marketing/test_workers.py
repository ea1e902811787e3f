"""Runs are the worker's: two of them at one run send once, and one that is killed is gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from tests.campaign_monitor import KEY, CampaignMonitorThere, serving
from tests.world import World
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.consent import change_consent
from tirage.customers.models import Customer
from tirage.customers.states import ConsentSource
from tirage.integrations.campaign_monitor.service import CampaignMonitor
from tirage.marketing import syncing
from tirage.marketing.leaving import TASK as LEAVE
from tirage.marketing.lists import choose_list
from tirage.marketing.models import MailingList, Subscriber, SyncLine
from tirage.marketing.protocol import ListThere
from tirage.marketing.services import current_service
from tirage.marketing.states import Scope
from tirage.marketing.syncing import HOLD, start_sync, stop_sync, sweep_stopped_syncs, sync
from tirage.marketing.tasks import leave_lists, sync_list


def two_at_once(
    world: World, mailing: MailingList, monkeypatch: pytest.MonkeyPatch, there: CampaignMonitorThere
) -> int:
    """How many imports there are when another worker comes while one waits for its answer."""
    run = start_sync(mailing=mailing, scope=Scope.CHANGED, actor=world.staff, now=world.now)
    subscribe, others = CampaignMonitor.subscribe, [1]

    def while_another_comes(service: CampaignMonitor, **facts: Any) -> Any:
        answered = subscribe(service, **facts)
        if others:
            others.pop()
            sync(run=type(run).objects.get(pk=run.pk), portions=9, clock=lambda: world.now)
        return answered

    monkeypatch.setattr(CampaignMonitor, "subscribe", while_another_comes)
    sync(run=run, portions=9, clock=lambda: world.now)
    run.refresh_from_db()
    assert run.state == "finished" and len(there.lists["list-1"].emails()) == 3
    assert SyncLine.objects.filter(run=run, done="sent").count() == 3
    return there.count("import.json")


@pytest.mark.django_db
def test_two_workers_at_one_run_send_once(
    world: World, mailing: MailingList, there: CampaignMonitorThere, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert two_at_once(world, mailing, monkeypatch, there) == 1


@pytest.mark.django_db
def test_control_without_holding_the_run_they_send_twice(
    world: World, mailing: MailingList, there: CampaignMonitorThere, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(run: Any, token: str, now: Any) -> bool:
        return bool(
            type(run).objects.filter(pk=run.pk, state="running").update(holder=token, held_until=now + HOLD)
        )

    monkeypatch.setattr(syncing, "_take", take)
    assert two_at_once(world, mailing, monkeypatch, there) == 2


@pytest.mark.django_db
def test_what_was_sent_while_somebody_stopped_the_run_is_known(
    world: World, mailing: MailingList, there: CampaignMonitorThere, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_sync(mailing=mailing, scope=Scope.CHANGED, actor=world.staff, now=world.now)
    subscribe = CampaignMonitor.subscribe

    def stopped_meanwhile(service: CampaignMonitor, **facts: Any) -> Any:
        stop_sync(run=type(run).objects.get(pk=run.pk), now=world.now)
        return subscribe(service, **facts)

    monkeypatch.setattr(CampaignMonitor, "subscribe", stopped_meanwhile)
    sync_list.call(run.reference)
    run.refresh_from_db()
    assert (run.state, run.sent, run.holder) == ("stopped", 3, "")
    assert Subscriber.objects.filter(state="subscribed").count() == 3


@pytest.mark.django_db
def test_nothing_is_asked_inside_a_transaction(there: CampaignMonitorThere) -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError):
        current_service().lists()
    with pytest.raises(DomainError), transaction.atomic():
        raise DomainError("control", "The block above is what refuses.")
    assert there.calls == []


@pytest.mark.django_db
def test_who_takes_the_consent_back_is_unsubscribed_at_once_and_isnt_news_later(
    world: World, mailing: MailingList, there: CampaignMonitorThere
) -> None:
    run = start_sync(mailing=mailing, scope=Scope.CHANGED, actor=world.staff, now=world.now)
    sync(run=run, portions=9, clock=lambda: world.now)
    facts: dict[str, Any] = {"source": ConsentSource.ACCOUNT, "actor": world.staff, "now": world.now}
    change_consent(customer=world.dora, agrees=False, **facts)
    assert not DBTaskResult.objects.filter(task_path=LEAVE).exists(), "she is on no list"
    change_consent(customer=world.ana, agrees=False, **facts)
    job = DBTaskResult.objects.get(task_path=LEAVE)
    assert there.count("unsubscribe.json") == 0, "nothing is asked inside the act"
    leave_lists.call(*job.args_kwargs["args"])
    assert there.lists["list-1"].emails("Unsubscribed") == ["ana@example.com"]
    assert Subscriber.objects.get(customer=world.ana).state == "removed"
    run = start_sync(mailing=mailing, scope=Scope.CHANGED, actor=world.staff, now=world.now)
    sync(run=run, portions=9, clock=lambda: world.now)
    run.refresh_from_db()
    assert (run.state, run.heard, run.unsubscribed, there.count("unsubscribe.json")) == ("finished", 0, 0, 1)


#: Sends three portions, says so when the third is answered, and waits to be killed before it is written down.
VICTIM = """
import sys, threading
from http.client import HTTPConnection
import createsend.createsend as library
import django
django.setup()
from django.conf import settings
library.VerifiedHTTPSConnection = HTTPConnection
settings.TIRAGE_CAMPAIGN_MONITOR_API_KEY, settings.TIRAGE_CAMPAIGN_MONITOR_API_BASE = sys.argv[2:]
from tirage.marketing import syncing
from tirage.marketing.tasks import leave_lists, sync_list
send, portions = syncing.send, []
def send_and_wait(*facts):
    answered = send(*facts)
    portions.append(1)
    if len(portions) == 3:
        print("half way", flush=True)
        threading.Event().wait()
    return answered
syncing.send, syncing.PORTION = send_and_wait, 20
sync_list.call(sys.argv[1])
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_killed_sync_goes_on_where_it_stood(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from http.client import HTTPConnection

    import createsend.createsend as library

    now = read_clock()
    Customer.objects.all().update(marketing_consent_at=None)
    Customer.objects.bulk_create(
        Customer(email=f"p{number}@example.com", signed_up_at=now, marketing_consent_at=now)
        for number in range(100)
    )
    there = CampaignMonitorThere(now)
    monkeypatch.setattr(library, "VerifiedHTTPSConnection", HTTPConnection)
    with serving(there) as address:
        settings.TIRAGE_CAMPAIGN_MONITOR_API_KEY, settings.TIRAGE_CAMPAIGN_MONITOR_API_BASE = KEY, address
        chosen = ListThere("list-2", "Press", "")
        mailing = choose_list(chosen=chosen, service=current_service(), actor=system(), now=now)
        run = start_sync(mailing=mailing, scope=Scope.CHANGED, actor=system(), now=now)
        DBTaskResult.objects.update(status="RUNNING", started_at=now)
        facts = connection.settings_dict
        environment = {
            **os.environ,
            "TIRAGE_MODE": "test",
            "TIRAGE_VAR": str(django_settings.VAR),
            "TIRAGE_DATABASE_URL": f"postgresql://{facts['USER']}@/{facts['NAME']}?host={facts['HOST']}",
            "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        command = [sys.executable, "-c", VICTIM, run.reference, KEY, address]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout and victim.stdout.readline() == "half way\n"
            victim.send_signal(signal.SIGKILL)
        run.refresh_from_db()
        sent, known = len(there.lists["list-2"].emails()), SyncLine.objects.filter(done="sent").count()
        assert run.state == "running" and known < sent
        later = read_clock() + HOLD + timedelta(minutes=2)
        assert sweep_stopped_syncs(now=later) == 1
        sync(run=run, portions=20, clock=lambda: later)
        run.refresh_from_db()
    assert (run.state, run.sent) == ("finished", 100)
    assert len(there.lists["list-2"].emails()) == 100
    assert (
        SyncLine.objects.filter(done="sent").count() == Subscriber.objects.filter(state="subscribed").count()
    )
