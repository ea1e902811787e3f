"""The log: each act with who did it, what it was about and when, found by any of these."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.settings.log_list import ABOUT, LOG, about, read_subjects
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.staff.models import StaffMember
from tirage.staff.states import Role

PATH = "/winery/settings/log/"
OFFER = "Autumn 2026, Premier"


@pytest.fixture
def acts(world_today: World) -> World:
    """A price, a group and an allowance by Ingrid, a consent by Ana, and a job by Tirage, two days apart."""
    world, now = world_today, read_clock()
    Event.objects.all().delete()
    member = StaffMember.objects.create_user("ingrid@log.example", name="Ingrid Log", role=Role.MANAGER)
    ingrid = Actor(ActorKind.STAFF, member.pk, "Ingrid Log", "req-of-ingrid")
    ana = Actor(ActorKind.CUSTOMER, world.ana.pk, world.ana.name)
    told = (
        (
            EventName.OFFER_ITEMS_SAVED,
            "offer",
            world.premier_offer.pk,
            "raised the price of Estate to $120.00",
            None,
            ingrid,
        ),
        (EventName.GROUP_SAVED, "group", world.estate.pk, "renamed the group", None, ingrid),
        (
            EventName.ALLOWANCE_SAVED,
            "offer",
            world.premier_offer.pk,
            "gave Ana 12 bottles",
            world.ana.pk,
            ingrid,
        ),
        (EventName.CUSTOMER_CONSENT_CHANGED, "customer", world.ana.pk, "wants no mail", world.ana.pk, ana),
        (EventName.JOB_RETRIED, "job", 1, "", None, system()),
    )
    for days, (name, kind, pk, text, customer_id, actor) in enumerate(told):
        record_event(
            name,
            kind,
            pk,
            text=text,
            customer_id=customer_id,
            actor=actor,
            now=now - timedelta(days=10 - 2 * days),
        )
    return world


def sentences(client: Client, **asked: str) -> list[str]:
    """What the list finds, in its order, as its file has it."""
    answer = client.get(PATH, {**asked, "export": "csv"})
    text = b"".join(answer).decode("utf-8-sig")
    found = [row["What was done"] for row in csv.DictReader(io.StringIO(text))]
    return [words for words in found if not words.startswith("exported ")]


ALL = [
    "had a job tried again",
    "wants no mail",
    "gave Ana 12 bottles",
    "renamed the group",
    "raised the price of Estate to $120.00",
]


def test_the_latest_act_is_first(acts: World, owner_client: Client) -> None:
    assert sentences(owner_client) == ALL
    page = words_of(owner_client.get(PATH))
    assert "Ingrid Log" in page and acts.ana.name in page and OFFER in page
    assert (
        f'href="/winery/releases/offers/{acts.premier_offer.reference}/"'
        in owner_client.get(PATH).content.decode()
    )


def test_acts_are_found_by_who_what_and_whom(acts: World, owner_client: Client) -> None:
    member = StaffMember.objects.get(name="Ingrid Log")
    assert sentences(owner_client, member=member.reference) == ALL[2:]
    assert sentences(owner_client, by="customer") == [ALL[1]]
    assert sentences(owner_client, by="system") == [ALL[0]]
    assert sentences(owner_client, about="quantities") == [ALL[4]]
    assert sentences(owner_client, about="groups") == [ALL[3]]
    assert sentences(owner_client, about="allowances") == [ALL[2]]
    assert sentences(owner_client, act="customer.consent_changed") == [ALL[1]]
    for whom in (acts.ana.email.upper(), acts.ana.reference):
        assert sentences(owner_client, q=whom) == ALL[1:3]
    assert sentences(owner_client, q=acts.premier_offer.reference.lower()) == [ALL[2], ALL[4]]
    assert sentences(owner_client, q=acts.estate.name) == [ALL[3]]
    assert sentences(owner_client, q="nobody@nowhere.example") == []


def test_acts_are_found_by_day(acts: World, owner_client: Client) -> None:
    here = ZoneInfo(acts.winery.time_zone)
    day = (read_clock().astimezone(here) - timedelta(days=5)).date().isoformat()
    assert sentences(owner_client, first=day) == ALL[:2]
    assert sentences(owner_client, last=day) == ALL[2:]


def test_a_page_of_the_log_asks_for_its_subjects_once(acts: World) -> None:
    wanted = {
        ("offer", acts.premier_offer.pk),
        ("customer", acts.ana.pk),
        ("group", acts.estate.pk),
        ("job", 1),
    }
    assert {words for words, _ in read_subjects(wanted).values()} == {
        OFFER,
        acts.ana.name,
        acts.estate.name,
    }
    rows = list(LOG.load(LOG.rows().order_by("-id")))
    LOG.decorate(rows)
    assert [getattr(row, "subject") is None for row in rows] == [True, False, False, False, False]  # noqa: B009


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.OWNER, True),
        (Role.MANAGER, True),
        (Role.HOSPITALITY, False),
        (Role.FULFILMENT, False),
        (Role.READ_ONLY, False),
    ],
)
def test_only_those_of_the_settings_see_it(acts: World, client_as: ClientAs, role: Role, sees: bool) -> None:
    assert (client_as(role).get(PATH).status_code == 200) is sees


def test_every_act_is_about_something_that_can_be_chosen() -> None:
    assert {name.value for name in EventName if about(name.value) not in ABOUT} == set()
    assert about("offer.items_saved") == "quantities" and about("offer.saved") == "releases"
