"""The pages of notes: what they say, to whom, and what becomes of it."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from django.core import mail as outbox
from django.test import Client

from tests.rooms.insights import told
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.winery import forget_winery
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.tasks import look_for_notes
from tirage.notifications import sending
from tirage.notifications.models import SentMail
from tirage.segments.models import CustomerList
from tirage.staff.models import StaffMember
from tirage.staff.notes_mail import tell_of_notes
from tirage.staff.states import Role

NOTES = "/winery/insights/notes/"
SEATTLE = "Seattle-Tacoma-Bellevue, WA grows: sales went from $12,000 to $18,500 in twelve months (+54%)"


@pytest.fixture
def seattle(world_today: World) -> Note:
    return told.note(world_today, told.search(world_today))


def page_of(note: Note) -> str:
    return f"{NOTES}{note.reference}/"


def test_before_anybody_looked_and_while_the_worker_does(owner_client: Client, world_today: World) -> None:
    assert "Nobody has looked yet" in words_of(owner_client.get(NOTES))
    assert "Nobody has looked yet" in words_of(owner_client.get("/winery/insights/empty-quarters/"))
    owner_client.post(f"{NOTES}look")
    words = words_of(owner_client.get(NOTES))
    assert "Waiting for its turn" in words and "You can leave this page" in words
    again = words_of(owner_client.post(f"{NOTES}look", follow=True))
    assert "under way already" in again
    run = NotesRun.objects.get()
    assert run.actor_label != "Tirage"
    assert "0 of 9" in words_of(owner_client.get(f"{NOTES}searches/{run.reference}/progress/"))
    look_for_notes.call(run.reference)
    assert owner_client.get(f"{NOTES}searches/{run.reference}/progress/").status_code == 302
    assert "Nothing stands out" in words_of(owner_client.get(NOTES))


def test_a_search_is_stopped(owner_client: Client, world_today: World) -> None:
    run = told.search(world_today, state="running", quarters=None)
    owner_client.post(f"{NOTES}searches/{run.reference}/stop")
    run.refresh_from_db()
    assert run.state == "stopped"


def test_a_note_is_told_with_its_figures_and_ways_to_act(owner_client: Client, seattle: Note) -> None:
    answer = owner_client.get(NOTES)
    words = words_of(answer)
    assert SEATTLE in words and "1,312 questions asked, 14 answers stood out" in words
    assert "filter=lives(area:metro-42660)" in unquote(answer.content.decode())
    words = words_of(owner_client.get(page_of(seattle)))
    for said in ("$18,500", "$12,000", "+54%", "+1%", "34", "50", "68%", "410", "1,000", "41%"):
        assert said in words
    assert "Chance alone does this in 1 of 5,000 cases" in words
    assert "Ana" in words and "Keep 2 customers as a list" in words


def test_a_note_of_timing_shows_every_day(owner_client: Client, world_today: World) -> None:
    note = told.note(world_today, told.search(world_today), told.busy_day())
    words = words_of(owner_client.get(page_of(note)))
    assert "Tuesday is the day on which customers buy: 60 of 93" in words
    assert "Sunday" in words and "Keep 2 customers" not in words


def test_its_customers_are_kept_as_a_list(owner_client: Client, seattle: Note) -> None:
    empty = owner_client.post(page_of(seattle), {"name": " "})
    assert empty.status_code == 400 and "Name the list" in words_of(empty)
    answer = owner_client.post(page_of(seattle), {"name": "Seattle grows"})
    kept = CustomerList.objects.get()
    assert answer.status_code == 302 and f"list(list:{kept.reference})" in unquote(answer["Location"])
    words = words_of(owner_client.get(answer["Location"]))
    assert "You kept 2 customers as the list Seattle grows" in words and "Ana" in words
    words = words_of(owner_client.get(NOTES))
    assert "kept its customers as the list Seattle grows" in words


def test_the_name_that_is_proposed_can_be_kept(owner_client: Client, seattle: Note) -> None:
    proposed = owner_client.get(page_of(seattle)).context["form"]["name"].value()
    assert proposed.startswith("Sales: Seattle-Tacoma-Bellevue, WA, ")
    owner_client.post(page_of(seattle), {"name": proposed})
    assert CustomerList.objects.get().name == proposed


def test_a_note_is_dismissed_and_taken_up_again(owner_client: Client, seattle: Note) -> None:
    words = words_of(owner_client.post(f"{page_of(seattle)}dismiss", follow=True))
    assert "You dismissed this note" in words and "dismissed it" in words
    words = words_of(owner_client.post(f"{page_of(seattle)}dismiss", follow=True))
    assert "Somebody has seen to this note" in words
    words = words_of(owner_client.get(page_of(seattle)))
    assert "Take it up again" in words
    owner_client.post(f"{page_of(seattle)}take-up")
    owner_client.post(f"{page_of(seattle)}done")
    assert "saw to it" in words_of(owner_client.get(page_of(seattle)))


def test_who_only_looks_changes_nothing(client_as: ClientAs, seattle: Note) -> None:
    read_only_client = client_as(Role.READ_ONLY)
    words = words_of(read_only_client.get(page_of(seattle)))
    assert "Keep 2 customers" not in words and "Dismiss" not in words
    assert read_only_client.post(page_of(seattle), {"name": "Mine"}).status_code == 403
    assert read_only_client.post(f"{page_of(seattle)}dismiss").status_code == 403
    assert not CustomerList.objects.exists()


def test_empty_quarters_are_explained(owner_client: Client, world_today: World) -> None:
    told.search(world_today)
    words = words_of(owner_client.get("/winery/insights/empty-quarters/"))
    assert "98040 Mercer Island, WA" in words and "5.0" in words and "$219,069" in words
    assert (
        "98004 Bellevue, WA" in words and "98112 Seattle, WA" in words and "21 of 50 among your best" in words
    )
    assert "1 of 154" in words and "Where you are isn’t known" in words
    world_today.winery.postal_address = "1 Main Street, St. Helena, CA 94574"
    world_today.winery.save()
    forget_winery()
    words = words_of(owner_client.get("/winery/insights/empty-quarters/"))
    assert "Where you are isn’t known" not in words and "how far it is from you" in words


def test_many_quarters_are_paged(owner_client: Client, world_today: World) -> None:
    told.search(world_today, quarters=[{**told.QUARTER, "unmet": at} for at in range(40)])
    answer = owner_client.get("/winery/insights/empty-quarters/?page=3")
    assert len(answer.context["page"]) == 10 and "Page 3 of 3" in words_of(answer)


def test_where_no_quarter_is_empty(owner_client: Client, world_today: World) -> None:
    told.search(world_today, quarters=[])
    assert "No ZIP stands out" in words_of(owner_client.get("/winery/insights/empty-quarters/"))


def test_who_wants_them_is_mailed_on_mondays(client_as: ClientAs, world_today: World) -> None:
    client, other = client_as(Role.READ_ONLY), client_as(Role.FULFILMENT)
    words = words_of(client.post(f"{NOTES}mail", {"wants": "yes"}, follow=True))
    assert "You are mailed the notes on Mondays" in words and "Stop mailing me" in words
    assert other.post(f"{NOTES}mail", {"wants": "yes"}).status_code == 403
    StaffMember.objects.filter(role=Role.FULFILMENT.value).update(wants_notes=True)
    run = told.search(world_today)
    note = told.note(world_today, run)
    told.note(world_today, run, told.busy_day(), rank=2)
    tell_of_notes(run_id=run.pk, now=world_today.now)
    (letter,) = SentMail.objects.filter(kind="notes_found")
    assert letter.to == StaffMember.objects.get(role=Role.READ_ONLY.value).email
    sending.send_one(letter.pk, world_today.now)
    (sent,) = outbox.outbox
    assert sent.subject == "Seattle-Tacoma-Bellevue, WA grows"
    assert "went from $12,000 to $18,500" in sent.body and "Tuesday is the day" in sent.body
    client.post(f"{NOTES}mail", {"wants": "no"})
    tell_of_notes(run_id=run.pk, now=world_today.now)
    assert SentMail.objects.filter(kind="notes_found").count() == 1
    note.run.notes.all().delete()
    tell_of_notes(run_id=run.pk, now=world_today.now)
