"""Jobs that were given up are seen and tried again; Home tells of what is late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django_tasks_db.models import DBTaskResult

from tests.rooms.cli.test_jobs import make_job
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Event, Heartbeat
from tirage.staff.states import Role

PATH = "/winery/settings/running/"


@pytest.fixture
def failed(world_today: World) -> DBTaskResult:
    """A move that failed at each of its tries, an hour ago."""
    return make_job(
        "FAILED",
        task_path="tirage.customers.tasks.move_group",
        finished_at=read_clock() - timedelta(hours=1),
        worker_ids=["one"] * 6,
        traceback="Traceback (most recent call last):\n  File …\nValueError: the group is gone\n",
    )


def test_a_given_up_job_is_seen_and_tried_again(owner_client: Client, failed: DBTaskResult) -> None:
    page = words_of(owner_client.get(PATH))
    assert "A bulk move" in page and "ValueError: the group is gone" in page and "1 job given up" in page
    assert "1 job given up" in words_of(owner_client.get("/winery/"))
    answer = owner_client.post(f"{PATH}jobs/{failed.pk}/again", follow=True)
    assert "You queued it again." in words_of(answer)
    failed.refresh_from_db()
    assert (failed.status, failed.worker_ids) == ("READY", [])
    assert Event.objects.get(name="job.retried").text == "had a job tried again: a bulk move"
    assert "goes on by itself" in words_of(owner_client.post(f"{PATH}jobs/{failed.pk}/again", follow=True))


def test_a_given_up_job_is_let_go(owner_client: Client, client_as: ClientAs, failed: DBTaskResult) -> None:
    assert client_as(Role.HOSPITALITY).post(f"{PATH}jobs/{failed.pk}/let-go").status_code == 403
    owner_client.post(f"{PATH}jobs/{failed.pk}/let-go")
    assert not DBTaskResult.objects.filter(pk=failed.pk).exists()
    assert owner_client.post(f"{PATH}jobs/{failed.pk}/again").status_code == 404


def test_home_says_that_no_card_is_charged(owner_client: Client, settings: LazySettings) -> None:
    assert "no card is charged" not in words_of(owner_client.get("/winery/"))
    settings.TIRAGE_MOVES_MONEY = False
    assert "Payment gateway: it is for tests, so no card is charged." in words_of(
        owner_client.get("/winery/")
    )


def test_what_is_queued_is_not_called_sent_while_no_worker_is_heard_of(
    owner_client: Client, world_today: World
) -> None:
    path = f"/winery/customers/{world_today.ana.reference}/link/"
    page = words_of(owner_client.post(path, follow=True))
    assert "Mails wait at the moment. Worker: never heard of." in page
    Heartbeat.objects.create(name="worker", ok_at=read_clock())
    assert "Mails wait" not in words_of(owner_client.post(path, follow=True))
