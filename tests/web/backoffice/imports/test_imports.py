"""The import pages: file, columns, check, run, result; who may."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import xlsxwriter
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.backoffice.imports.views import runs as views
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.customers.models import Customer, Group
from tirage.imports import operations, queries
from tirage.imports import progress as progress_of
from tirage.imports.groups import MOST_GROUPS
from tirage.imports.models import ImportPart, ImportRun
from tirage.imports.progress import telling
from tirage.inventory.models import Stock
from tirage.staff.states import Role
from tirage.tables.reading import open_table

pytestmark = pytest.mark.django_db

CUSTOMERS = (
    "E-mail;Wer;Address;City;State;ZIP\n"
    "a@x.com;Ana Ruiz;1 Main St;Napa;CA;94558\nb@x.com;Ben Ito;2 Main St;Napa;CA;\n"
)


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path


def bring(
    client: Client, content: str | bytes, *, kind: str = "customers", offer: str = "", name: str = "list.csv"
) -> ImportRun:
    """Uploads the file and lets the worker look at it; the run with its columns matched by name."""
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    response = client.post(reverse("backoffice:import"), {"kind": kind, "file": file, "offer": offer})
    assert response.status_code == 302, response.content.decode()
    run = ImportRun.objects.latest("pk")
    assert response["Location"] == reverse("backoffice:import_run", args=[run.reference])
    assert not run.facts
    work()
    run.refresh_from_db()
    return run


def columns(client: Client, run: ImportRun, **changed: str) -> str:
    """Checks the file with these columns; the import's page after it."""
    chosen = {f"column_{name}": header for name, header in run.mapping.items()}
    chosen |= {
        f"column_{name}": header
        for name, header in changed.items()
        if name in {"full_name", "counted", "movement"}
    }
    chosen |= {name: value for name, value in changed.items() if name in {"replace", "move_groups"}}
    response = client.post(reverse("backoffice:import_columns", args=[run.reference]), chosen, follow=True)
    return after_work(client, run) if response.status_code == 200 else response.content.decode()


def start(client: Client, run: ImportRun, **data: str) -> str:
    client.post(reverse("backoffice:import_start", args=[run.reference]), data)
    return after_work(client, run)


def after_work(client: Client, run: ImportRun) -> str:
    """The import's page once the worker has done what it was asked."""
    work()
    return client.get(reverse("backoffice:import_run", args=[run.reference]), follow=True).content.decode()


def work() -> None:
    """What the worker does with the jobs that wait, without its process."""
    for job in DBTaskResult.objects.filter(queue_name="slow", status="READY"):
        job.task.call(*job.args_kwargs["args"], **job.args_kwargs["kwargs"])
        job.delete()


def test_from_the_file_to_the_result(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, CUSTOMERS)
    page = owner_client.get(reverse("backoffice:import_columns", args=[run.reference])).content.decode()
    assert "Wer (Ana Ruiz)" in page and "Not used so far" in page and "A second address, to ship to" in page
    chosen, absent = page.split("more that no column was found for")
    assert 'name="column_postal_code"' in chosen and 'name="column_company"' in absent
    page = columns(owner_client, run, full_name="Wer")
    assert "1 of 2 rows needs another look." in page and "Enter the ZIP." in page
    assert not Customer.objects.filter(email="a@x.com").exists()
    report = owner_client.get(reverse("backoffice:import_problems", args=[run.reference]))
    lines = report.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == "Row,Column,Value,Reason" and lines[1].startswith("3,ZIP,,")
    assert "Import 1 and leave out 1" in page
    page = start(owner_client, run, skip_bad="1")
    assert "1 new customer." in page and "Look at the customers" in page
    assert Customer.objects.get(email="a@x.com").first_name == "Ana"
    assert "list.csv" in owner_client.get(reverse("backoffice:import")).content.decode()


def test_a_bad_row_stops_everything_unless_it_is_left_out(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, CUSTOMERS)
    columns(owner_client, run)
    page = start(owner_client, run)
    assert "1 of 2 rows needs another look." in page and "Nothing is imported yet." in page
    assert not Customer.objects.filter(email="a@x.com").exists()


def test_a_column_that_was_not_chosen_is_named(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, "Email,Address,City,State,Postzone\na@x.com,1 Main St,Napa,CA,94558\n")
    page = columns(owner_client, run)
    assert "No column was chosen for: ZIP." in page


GROUPS = "Email,Group\na@x.com,Founders\nb@x.com,Circle; Press\nc@x.com,founders\nd@x.com,Allocation\n"


def test_groups_that_a_file_names_are_made_in_one_step(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, GROUPS)
    page = columns(owner_client, run)
    path = reverse("backoffice:import_groups", args=[run.reference])
    assert path in page
    form = owner_client.get(path).context["form"]
    assert [(one.name, one.rows) for one, _, _ in form.rows()][:1] == [("Founders", 2)]
    names = [one.name for one, _, _ in form.rows()]
    sent = {f"kind_{place}": "allocation" for place in range(len(names))}
    sent |= {f"make_{names.index(name)}": "on" for name in ("Founders", "Press")}
    sent[f"kind_{names.index('Press')}"] = "standard"
    owner_client.post(path, sent)
    page = after_work(owner_client, run)
    kinds = dict(Group.objects.filter(name__in=["Founders", "Circle", "Press"]).values_list("name", "kind"))
    assert kinds == {"Founders": "allocation", "Press": "standard"}
    run.refresh_from_db()
    assert (run.state, run.good, run.bad) == ("checked", run.total - run.bad, run.bad)
    assert "There is no group “Circle”" in page and "There is no group “Founders”" not in page


def test_a_column_that_holds_no_groups_is_not_made_into_them(
    owner_client: Client, world_today: World
) -> None:
    rows = "".join(f"p{n}@x.com,Word {n}\n" for n in range(MOST_GROUPS + 1))
    run = bring(owner_client, "Email,Group\n" + rows)
    columns(owner_client, run)
    page = owner_client.get(reverse("backoffice:import_groups", args=[run.reference])).content.decode()
    assert "That is many groups" in page and "Make them" not in page


def test_groups_are_made_by_those_who_may(client_as: ClientAs, world_today: World) -> None:
    manager, reader = client_as(Role.MANAGER), client_as(Role.READ_ONLY)
    run = bring(manager, GROUPS)
    columns(manager, run)
    path = reverse("backoffice:import_groups", args=[run.reference])
    assert (manager.get(path).status_code, reader.get(path).status_code) == (200, 403)


def test_everything_after_the_upload_is_the_workers(owner_client: Client, world_today: World) -> None:
    file = SimpleUploadedFile("list.csv", b"Email\na@x.com\nb@x.com\n")
    page = owner_client.post(
        reverse("backoffice:import"), {"kind": "customers", "file": file}, follow=True
    ).content.decode()
    assert "Waiting for its turn" in page and "Look again" in page
    run = ImportRun.objects.get()
    here = reverse("backoffice:import_columns", args=[run.reference])
    progress = reverse("backoffice:import_progress", args=[run.reference])
    assert owner_client.get(here)["Location"] == reverse("backoffice:import_run", args=[run.reference])
    with telling(run.reference) as told:
        told.tell("reading", 0, 0, at_once=True)
        assert "Reading the file" in owner_client.get(progress, HTTP_HX_REQUEST="true").content.decode()
    work()
    run.refresh_from_db()
    assert "More than one column" not in owner_client.get(here).content.decode()
    page = owner_client.post(here, {"column_email": "Email"}, follow=True).content.decode()
    assert "Waiting for its turn" in page
    assert "hx-get" in owner_client.get(progress, HTTP_HX_REQUEST="true").content.decode()
    work()
    assert owner_client.get(progress, HTTP_HX_REQUEST="true")["HX-Refresh"] == "true"
    assert owner_client.get(progress).status_code == 302
    assert (
        "Every row is good"
        in owner_client.get(reverse("backoffice:import_run", args=[run.reference])).content.decode()
    )
    path = reverse("backoffice:import_start", args=[run.reference])
    assert "Waiting for its turn" in owner_client.post(path, follow=True).content.decode()
    with telling(run.reference) as told:
        told.tell("writing", 1, 2, at_once=True)
        assert "1 of 2" in owner_client.get(progress, HTTP_HX_REQUEST="true").content.decode()
    work()
    assert Customer.objects.filter(email__endswith="@x.com").count() == 2
    assert (
        "2 new customers."
        in owner_client.get(reverse("backoffice:import_run", args=[run.reference])).content.decode()
    )


def test_items_of_an_offer(owner_client: Client, world_today: World) -> None:
    world = world_today
    form = owner_client.get(
        reverse("backoffice:import") + f"?kind=offer-items&offer={world.premier_offer.reference}"
    )
    assert f'value="{world.premier_offer.reference}" selected' in form.content.decode()
    run = bring(owner_client, "Sku,Max\nCAB23,4\n", kind="offer-items", offer=world.premier_offer.reference)
    columns(owner_client, run)
    page = start(owner_client, run)
    assert "0 as they were" not in page
    assert reverse("backoffice:offer_items", args=[world.premier_offer.reference]) in page
    assert world.item(world.premier_offer, world.cabernet).purchase_maximum == 4


def test_items_need_their_offer(owner_client: Client, world_today: World) -> None:
    response = owner_client.post(
        reverse("backoffice:import"),
        {"kind": "offer-items", "file": SimpleUploadedFile("a.csv", b"Sku\nCAB23\n")},
    )
    assert response.status_code == 422 and "Choose the offer" in response.content.decode()


def test_stock_asks_which_column_counts(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, "Sku,Quantity\nCAB23,90\n", kind="stock")
    assert "Say which column holds the bottles" in columns(owner_client, run)
    columns(owner_client, run, counted="Quantity")
    start(owner_client, run)
    assert Stock.objects.get(sku=world_today.cabernet).on_hand == 90


def test_what_is_no_table_is_said(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, "   \n")
    page = owner_client.get(reverse("backoffice:import_run", args=[run.reference])).content.decode()
    assert run.state == "failed" and "This file is empty" in page


def test_a_refused_file_is_answered_with_the_reason_and_the_way_to_another(
    owner_client: Client, world_today: World
) -> None:
    run = bring(owner_client, 'Email,Name\na@x.com,"Ana\nb@x.com,Ben\nc@x.com,Cleo\n')
    page = owner_client.get(reverse("backoffice:import_run", args=[run.reference])).content.decode()
    assert run.state == "failed" and "quot" in run.outcome and run.outcome[:20] in page.replace("&#x27;", "'")
    (main,) = re.findall(r'<(?:a|button) class="button button-primary"[^>]*>(.*?)</(?:a|button)>', page)
    assert "Bring another file" in main and page.count("Bring another file") == 1
    assert '<dl class="tally">' not in page and "Check it again" not in page


def test_a_file_of_another_system_is_named_and_no_page_opens_it(
    owner_client: Client, world_today: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bring(owner_client, "Email Address,Email Subscription Status,Memo\na@x.com,subscribed,x\n")
    monkeypatch.setattr(queries, "open_table", None)
    page = owner_client.get(reverse("backoffice:import_columns", args=[run.reference])).content.decode()
    assert "This is a file of Square." in page and "Memo (x)" in page


def test_another_separator_is_another_file(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, "Email;Name,City\na@x.com;Ana,Napa\n")
    operations.answer_questions(run=run, answers={"delimiter": "semicolon"}, actor=system(), now=read_clock())
    page = owner_client.get(reverse("backoffice:import_run", args=[run.reference]), follow=True)
    assert "Waiting for its turn" in page.content.decode()
    work()
    run.refresh_from_db()
    assert run.facts["headers"] == ["Email", "Name,City"] and run.mapping["email"] == "Email"


def test_hidden_rows_are_refused_until_somebody_says_whether_they_belong(
    owner_client: Client, world_today: World
) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, email in enumerate(("Email", "a@x.com", "b@x.com")):
            sheet.write(number, 0, email)
        sheet.set_row(2, None, None, {"hidden": True})
    run = bring(owner_client, buffer.getvalue(), name="list.xlsx")
    page = columns(owner_client, run)
    assert "1 thing to say first" in page and "hidden or filtered out" in page
    run.refresh_from_db()
    assert (run.good, run.bad) == (1, 1)
    operations.answer_questions(run=run, answers={"hidden_rows": "without"}, actor=system(), now=read_clock())
    start(owner_client, run)
    assert Customer.objects.filter(email__endswith="@x.com").count() == 1


def test_how_long_it_takes_is_told_by_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((0.0, 1.0, 10.0, 20.0, 30.0))
    found: list[progress_of.Progress] = []
    monkeypatch.setattr(progress_of, "monotonic", lambda: next(moments))
    telling_it = progress_of.Telling(found.append)
    for done in (0, 10, 100, 200):
        telling_it.tell("checking", done, 1_000, at_once=True)
    telling_it.tell("writing", 500, 1_000, at_once=True)
    assert [one.left for one in found] == [None, None, 90, 80, None]
    assert views._say_far(found[2]) == "100 of 1,000, about 2 minutes left"
    assert views._say_far(found[3]) == "200 of 1,000, about 80 seconds left"
    assert views._say_far(found[0]) == "0 of 1,000"


def test_letting_a_file_go_forgets_it(owner_client: Client, world_today: World) -> None:
    run = bring(owner_client, CUSTOMERS)
    columns(owner_client, run)
    assert ImportPart.objects.filter(run=run).exists()
    owner_client.post(reverse("backoffice:import_cancel", args=[run.reference]))
    assert not ImportPart.objects.filter(run=run).exists()
    run.refresh_from_db()
    assert run.state == "cancelled"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["customers", "skus", "stock", "offer-items"])
def test_templates_open_as_tables(
    owner_client: Client, world_today: World, tmp_path: Path, kind: str, ending: str
) -> None:
    response = owner_client.get(reverse("backoffice:import_template", args=[kind, ending]))
    path = tmp_path / f"template.{ending}"
    path.write_bytes(response.getvalue())
    with open_table(path) as table:
        assert (len(table.sample()) >= 1 and "Sku" in table.headers) or "E-mail" in table.headers


PAGES = ("import_run", "import_columns", "import_progress", "import_problems")


@pytest.mark.parametrize("role", [Role.HOSPITALITY, Role.FULFILMENT, Role.READ_ONLY])
def test_others_may_not(client_as: ClientAs, owner_client: Client, world_today: World, role: Role) -> None:
    run = bring(owner_client, CUSTOMERS)
    client = client_as(role)
    assert client.get(reverse("backoffice:import")).status_code == 403
    assert all(
        client.get(reverse(f"backoffice:{page}", args=[run.reference])).status_code == 403 for page in PAGES
    )
    assert client.post(reverse("backoffice:import_start", args=[run.reference])).status_code == 403
    assert client.post(reverse("backoffice:import_cancel", args=[run.reference])).status_code == 403
    assert ImportRun.objects.get().state == "uploaded"


def test_strangers_are_sent_to_the_door(world_today: World, client: Client) -> None:
    assert "sign-in" in client.get(reverse("backoffice:import"))["Location"]


@pytest.mark.parametrize(
    ("role", "page", "kinds"),
    [
        (Role.MANAGER, "/winery/customers/", ["customers"]),
        (Role.MANAGER, "/winery/cellar/", ["skus", "stock"]),
        (Role.HOSPITALITY, "/winery/customers/", []),
        (Role.FULFILMENT, "/winery/cellar/", []),
    ],
)
def test_lists_lead_to_their_import_for_those_who_may(
    client_as: ClientAs, world: World, role: Role, page: str, kinds: list[str]
) -> None:
    client = client_as(role)
    html = client.get(page).content.decode()
    for kind in ("customers", "skus", "stock"):
        assert (f'href="/winery/settings/import/?kind={kind}"' in html) is (kind in kinds)
    for kind in kinds:
        chosen = client.get(f"/winery/settings/import/?kind={kind}").context["form"]["kind"].value()
        assert chosen == kind


ASKED = (
    "Email,Name,Birthday,Status,Address,City,ZIP,Country\n"
    "a@x.com,Ana Ruiz,3/4/1980,Lapsed,1 Sol,Vaduz,9490,Ländle\nb@x.com,Ben Ito,3/5/1981,Active,,,,\n"
)


def answers_of(page: str) -> dict[str, str]:
    """Field name of each question by its words."""
    found = re.findall(r'<label (?:class="field-label" )?for="id_(answer_\w+)"[^>]*>([^<]+)<', page)
    found += re.findall(
        r'<legend class="field-label">([^<]+)</legend>.*?name="(answer_\w+)"', page, re.DOTALL
    )
    return {words: name for one, other in found for words, name in [sorted((one, other), key=is_name)]}


def is_name(text: str) -> bool:
    return text.startswith("answer_")


def test_what_a_file_leaves_open_is_asked_on_its_page_and_answered_there(
    world: World, client_as: ClientAs
) -> None:
    client = client_as(Role.MANAGER)
    run = bring(client, ASKED)
    page = columns(client, run)
    assert "2 things to say first" in page and "Import 1 and leave out" not in page
    assert "The first rows, as they were understood" in page and "March 5, 1981" in page
    asked = answers_of(page)
    address = reverse("backoffice:import_answers", args=[run.reference])
    data = {asked["How are dates such as 3/4/1980, 3/5/1981 read?"]: "day_first", asked["Lapsed"]: "nothing"}
    refused = client.post(address, {**data, asked["Ländle"]: "Atlantis"})
    assert refused.status_code == 422 and "“Atlantis” is not on the list" in refused.content.decode()
    client.post(address, {**data, asked["Ländle"]: "Liechtenstein"})
    page = after_work(client, run)
    assert "Every row is good" in page and "May 3, 1981" in page and "As you said" in page
    start(client, run)
    assert Customer.objects.get(email="a@x.com").addresses.get().country == "LI"
    assert "as they were understood" in client.get(address.removesuffix("answers")).content.decode()
    late = client.post(address, data, follow=True).content.decode()
    assert "under way or over" in late
