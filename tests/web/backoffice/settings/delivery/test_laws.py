"""Laws of places in the back office: each kind asks what it needs, files and starting data are looked at first."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rooms.delivery.limiting import law
from tests.web.backoffice.settings.delivery.test_limits import carried, shown
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.delivery.models import Destination, Law
from tirage.delivery.starting import starting_laws
from tirage.delivery.states import LawKind

LAWS = "/winery/settings/delivery/laws"
TYPED = {"place": "US-NY", "first_day": "2026-01-01"}


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("closed", {}, "no wine may be sent there"),
        ("permit", {"words": "NY-77"}, "permit NY-77"),
        ("alcohol", {"percent": "16.5"}, "no wine stronger than 16.5 %"),
        ("formats", {"words": "3000 187"}, "no 187 ml and 3 l"),
        ("dry_zips", {"words": "84101, 847"}, "nothing to ZIPs 847 and 84101"),
        ("on_site", {}, "only what was bought at the winery"),
        ("carriers", {"words": "FedEx, UPS"}, "only by FedEx or UPS"),
        ("signature", {}, "an adult signs"),
        (
            "reporting",
            {"words": "Excise return", "every": "quarter", "due_on": "2030-01-20"},
            "reporting: Excise return, each quarter, next by January 20, 2030",
        ),
        ("reporting", {"words": "Each quarter"}, "reporting: Each quarter"),
    ],
)
def test_each_kind_asks_what_it_needs(
    owner_client: Client, world: World, kind: str, typed: dict[str, str], says: str
) -> None:
    answer = owner_client.post(f"{LAWS}/new/{kind}", TYPED | typed, follow=True)
    page = unescape(answer.content.decode())
    said = says[0].upper() + says[1:]
    assert "You saved the law of New York." in page and f"{said}, from January 1, 2026 on" in page
    saved = Law.objects.get()
    assert saved.kind == kind and saved.checked_on == local_time(read_clock()).date()


def test_labels_are_ticked_and_a_law_ends_or_goes(owner_client: Client, world: World) -> None:
    ticked = [str(world.cabernet.vintage_id)]
    owner_client.post(f"{LAWS}/new/labels", TYPED | {"labels": ticked})
    saved = Law.objects.get()
    assert [str(one.pk) for one in saved.labels.all()] == ticked
    both = [*ticked, str(world.chardonnay.vintage_id)]
    owner_client.post(f"{LAWS}/{saved.reference}/", {"first_day": "2026-01-01", "labels": both})
    assert saved.labels.count() == 2
    owner_client.post(
        f"{LAWS}/{saved.reference}/", {"first_day": "2026-01-01", "last_day": "2026-02-01", "labels": both}
    )
    until = f"until_{world.cabernet.vintage_id}"
    edited = {"first_day": "2026-01-01", "labels": both, until: "2031-12-31"}
    owner_client.post(f"{LAWS}/{saved.reference}/", edited)
    ends = dict(saved.registrations.values_list("vintage_id", "last_day"))
    assert ends == {world.cabernet.vintage_id: date(2031, 12, 31), world.chardonnay.vintage_id: None}
    page = shown(owner_client, f"{LAWS}/{saved.reference}/")
    assert "registered until" in page and 'value="2031-12-31"' in page
    gone = {"first_day": "2026-01-01", "last_day": "2026-02-01", "labels": both[1:], until: "2031-12-31"}
    owner_client.post(f"{LAWS}/{saved.reference}/", gone)
    assert list(saved.registrations.values_list("last_day", flat=True)) == [None]
    assert "Over" in shown(owner_client, LAWS)
    owner_client.post(f"{LAWS}/{saved.reference}/remove")
    assert not Law.objects.exists()


def test_what_nobody_knows_to_have_been_shown_is_asked_about(owner_client: Client, world: World) -> None:
    ceiling, registered = law(world.new_york, "alcohol", tenths=160), law(world.oregon, "labels")
    typed = {"first_day": "2020-01-01", "percent": "15", "shown": "torn"}
    answer = owner_client.post(f"{LAWS}/{ceiling.reference}/", typed)
    assert answer.status_code == 400 and Law.objects.get(pk=ceiling.pk).tenths == 160
    labels = [str(world.cabernet.vintage_id)]
    torn = {"first_day": "2020-01-01", "labels": labels, "shown": "torn"}
    answer = owner_client.post(f"{LAWS}/{registered.reference}/", torn)
    assert answer.status_code == 400 and registered.labels.count() == 0


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("alcohol", {}, "percent"),
        ("dry_zips", {"words": "!"}, "words"),
        ("closed", {"last_day": "2025-01-01"}, "last_day"),
    ],
)
def test_what_is_missing_is_asked_for_beside_its_field(
    owner_client: Client, world: World, kind: str, typed: dict[str, str], field: str
) -> None:
    answer = owner_client.post(f"{LAWS}/new/{kind}", TYPED | typed)
    assert answer.status_code == 400 and field in answer.context["form"].errors and not Law.objects.exists()
    assert owner_client.get(f"{LAWS}/new/gravity").status_code == 404


def test_a_file_shows_what_it_changes_before_it_is_taken_over(owner_client: Client, world: World) -> None:
    law(world.new_york, "alcohol", tenths=160, checked_on=date(2026, 5, 1), source="The state")
    law(world.oregon, "dry_zips", words="972", last_day=date(2030, 1, 31))
    answer = owner_client.get("/winery/settings/delivery/export/laws.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    same = owner_client.post(f"{LAWS}/import", {"file": SimpleUploadedFile("a.csv", text.encode())})
    assert unescape(same.content.decode()).count("As it stands") == 2, "what goes out comes back as it was"
    changed = text.replace("16.0", "14.5").replace(",16,", ",14.5,")
    assert changed != text
    answer = owner_client.post(f"{LAWS}/import", {"file": SimpleUploadedFile("a.csv", changed.encode())})
    page = unescape(answer.content.decode())
    assert "stronger than 16 %" in page and "stronger than 14.5 %" in page
    assert Law.objects.get(kind="alcohol").tenths == 160, "nothing is written by looking"
    owner_client.post(f"{LAWS}/take", {"shown": carried(page), "take": ["0", "1"]})
    assert Law.objects.get(kind="alcohol").tenths == 145
    wrong = changed.replace("14.5", "strong")
    answer = owner_client.post(f"{LAWS}/import", {"file": SimpleUploadedFile("a.csv", wrong.encode())})
    assert answer.status_code == 400 and "is not a percentage" in unescape(answer.content.decode())


def test_what_comes_with_the_program_counts_only_once_it_is_taken_over(
    owner_client: Client, world: World
) -> None:
    Destination.objects.create(country="US", state="MS", name="Mississippi")
    page = shown(owner_client, f"{LAWS}/starting")
    assert "Not under Delivery yet" in page and "Starting data, check it" in page and not Law.objects.exists()
    closed = [
        number
        for number, one in enumerate(starting_laws())
        if (one.state, one.kind) == ("MS", LawKind.CLOSED)
    ]
    answer = owner_client.post(f"{LAWS}/take", {"shown": carried(page), "take": closed}, follow=True)
    assert "You took 1 law over." in unescape(answer.content.decode())
    assert Law.objects.get().destination.state == "MS"


def test_all_are_taken_over_by_one_press_as_they_were_seen(owner_client: Client, world: World) -> None:
    page = shown(owner_client, f"{LAWS}/starting")
    known = set(Destination.objects.values_list("state", flat=True))
    count = sum(one.state in known for one in starting_laws())
    assert f"Take over all {count}" in page
    sent = {"shown": carried(page), "all": "1"}
    law(Destination.objects.get(state="CA"), "signature", first_day=date(2025, 1, 1))
    answer = owner_client.post(f"{LAWS}/take", sent, follow=True)
    assert "Somebody changed this law of California meanwhile" in unescape(answer.content.decode())
    assert Law.objects.count() == 1, "all or none"
    Law.objects.all().delete()
    answer = owner_client.post(f"{LAWS}/take", sent, follow=True)
    assert f"You took {count} laws over." in unescape(answer.content.decode())
    again = shown(owner_client, f"{LAWS}/starting")
    assert again.count("As it stands") == count and "There is nothing to take over." in again


def test_home_reminds_of_old_and_ending_laws(owner_client: Client, world: World) -> None:
    today = local_time(read_clock()).date()
    law(world.new_york, "permit", words="NY-77", checked_on=today, last_day=today + timedelta(days=20))
    assert "1 law of places ends soon or hasn’t been checked for a year." in shown(owner_client, "/winery/")
    Law.objects.update(last_day=today + timedelta(days=200))
    assert "law of places" not in shown(owner_client, "/winery/")


def test_a_report_that_is_due_is_on_home_until_it_is_noted(owner_client: Client, world: World) -> None:
    today = local_time(read_clock()).date()
    due = today + timedelta(days=3)
    duty = law(world.new_york, "reporting", words="Excise return", every="year", due_on=due, checked_on=today)
    assert "1 report to a state is due." in shown(owner_client, "/winery/")
    assert "1 report is due within two weeks" in shown(owner_client, LAWS)
    noted = owner_client.post(f"{LAWS}/{duty.reference}/reported", {"due_on": due.isoformat()}, follow=True)
    assert "You noted the report to New York. The next is due by" in unescape(noted.content.decode())
    again = owner_client.post(f"{LAWS}/{duty.reference}/reported", {"due_on": due.isoformat()}, follow=True)
    assert "Somebody noted this report meanwhile." in unescape(again.content.decode())
    old = owner_client.post(f"{LAWS}/{duty.reference}/reported", {"due_on": "soon"}, follow=True)
    assert "This page is too old." in unescape(old.content.decode())
    assert "is due" not in shown(owner_client, "/winery/")


def test_laws_of_one_place_are_shown_alone_and_what_is_due_comes_first(
    owner_client: Client, world: World
) -> None:
    law(world.new_york, "alcohol", tenths=160)
    law(world.oregon, "reporting", every="month", due_on=date(2020, 2, 1))
    page = shown(owner_client, LAWS)
    assert page.index("Reporting: ") < page.index("No wine stronger than 16 %")
    of_new_york = shown(owner_client, f"{LAWS}?place=US-NY")
    assert "No wine stronger" in of_new_york and "Reporting: " not in of_new_york.partition("<table")[2]
    assert "Reporting: " in shown(owner_client, f"{LAWS}?place=US-ZZ").partition("<table")[2]
