"""Two servers and a worker, each on a machine of its own: a folder each, one PostgreSQL, a proxy in front.

Whatever one of them is told, the others know: nothing but the database is shared.
"""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.live.processes import GIVE_UP, ask, environment, key_in, running, serving, wait_for
from tests.live.proxy import taking_turns
from tirage.cli.cluster import Cluster

PASSWORD = "correct horse battery staple"
#: A winery with a list, an open offer and two of the team.
_FILL = f"""
import django
django.setup()
from django.contrib.auth import get_user_model
from tests.world import build_world
from tirage.core.clock import read_clock
from tirage.core.models import Winery
build_world(read_clock())
Winery.objects.update(staff_second_factor=False)
owner = get_user_model().objects.get()
owner.email = "olive@halcyon.example"
owner.set_password({PASSWORD!r})
owner.save()
ned = get_user_model()(email="ned@halcyon.example", name="Ned", role="manager", joined_at=read_clock())
ned.set_password({PASSWORD!r})
ned.save()
"""
ROWS = 2_100


@dataclass(frozen=True)
class House:
    """``url`` is the proxy's; ``servers`` are behind it, ``worker`` is the worker's folder."""

    url: str
    servers: tuple[str, str]
    worker: Path
    database_url: str


@pytest.fixture(scope="module")
def house(cluster: Cluster, tables: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    # Of a name of its own: where tests are shared out anew, a process may build it again.
    name = f"house_{secrets.token_hex(4)}"
    cluster.make_database(name, like=tables)
    database_url = cluster.url(name)
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other", "worker")]
    settings = [
        environment(folder, database_url, TIRAGE_MODE="demo", TIRAGE_TRUSTED_PROXIES="1")
        for folder in folders
    ]
    fill = settings[0] | {"DJANGO_SETTINGS_MODULE": "tirage.config.settings"}
    subprocess.run([sys.executable, "-c", _FILL], env=fill, check=True)
    with ExitStack() as stack:
        stack.enter_context(running(settings[2], "worker"))
        one, other = (stack.enter_context(serving(each)) for each in settings[:2])
        url = stack.enter_context(taking_turns([one, other]))
        yield House(url, (one, other), folders[2], database_url)


class Visitor:
    """A browser: its cookies, and which server answered last."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()
        self.servers: list[str] = []

    def get(self, path: str) -> requests.Response:
        return self._noted(self.session.get(self.url + path, timeout=GIVE_UP))

    def post(self, path: str, data: dict[str, str], form: str = "", **more: object) -> requests.Response:
        """Opens the form, at ``form`` or where it goes to, and sends it."""
        key = key_in(self.get(form or path).text)
        sent = self.session.post(
            self.url + path,
            {**data, "csrfmiddlewaretoken": key},
            timeout=GIVE_UP,
            **more,  # type: ignore[arg-type]
        )
        return self._noted(sent)

    def _noted(self, answer: requests.Response) -> requests.Response:
        for one in (*answer.history, answer):
            self.servers.append(one.headers["X-Served-By"])
        return answer


def sign_in(house: House, email: str = "olive@halcyon.example", password: str = PASSWORD) -> Visitor:
    visitor = Visitor(house.url)
    visitor.post("/winery/sign-in/", {"login": email, "password": password})
    return visitor


def test_who_signs_in_at_one_is_known_to_the_other(house: House) -> None:
    visitor = sign_in(house)
    visitor.servers.clear()
    pages = [visitor.get("/winery/orders/") for _ in range(2)]
    assert set(visitor.servers) == {"0", "1"}
    assert all(page.status_code == 200 and not page.history for page in pages)


def test_a_customer_asks_one_for_a_code_and_types_it_at_the_other(house: House) -> None:
    """The mail is the worker's, and lies in its folder."""
    visitor = Visitor(house.url)
    visitor.post("/sign-in/", {"email": "ana@example.com"})

    def mailed() -> list[str]:
        found = [file.read_text() for file in (house.worker / "mail").glob("*.eml")]
        return [text for text in found if "To: ana@example.com" in text]

    mails = wait_for(mailed)
    code = re.search(r"^(\d{3}) ?(\d{3})$", mails[0], re.MULTILINE)
    assert code, mails[0]
    visitor.post("/sign-in/code/", {"code": code[1] + code[2]})
    visitor.servers.clear()
    pages = [visitor.get("/orders/") for _ in range(2)]
    assert set(visitor.servers) == {"0", "1"}
    assert all(page.status_code == 200 and not page.history for page in pages)


def test_wrong_passwords_count_over_both(house: House) -> None:
    """The wait for the next try grows with each, whichever server was asked."""
    servers, waits = [], False
    # The first waits are seconds, which a slow machine may take for a try; the fifth is a minute.
    for _ in range(8):
        visitor = Visitor(house.url)
        tried = visitor.post(
            "/winery/sign-in/", {"login": "ned@halcyon.example", "password": "wrong password"}
        )
        servers.append(visitor.servers[-1])
        if waits := tried.status_code == 429:
            break
        # The form and its answer are two requests: with a third, the next try goes to the other server.
        visitor.get("/healthz")
    assert waits and set(servers) == {"0", "1"}
    wrong, seconds = ask(
        house.database_url,
        "SELECT wrong, extract(epoch FROM free_at - last_at) FROM core_wrongtries WHERE account LIKE 'ned@%'",
    )[0]
    assert wrong == len(servers) - 1 and seconds >= 5


def test_a_label_brought_to_one_is_shown_by_the_other(house: House) -> None:
    visitor = sign_in(house)
    found = ask(
        house.database_url,
        "SELECT w.reference, v.year FROM catalog_vintage v JOIN catalog_wine w ON w.id = v.wine_id LIMIT 1",
    )
    wine, year = found[0]
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
    visitor.post(
        f"/winery/cellar/wines/{wine}/vintages/{year}/label/",
        {},
        form=f"/winery/cellar/wines/{wine}/",
        files={"label": ("label.svg", picture, "image/svg+xml")},
    )
    digest = ask(house.database_url, "SELECT digest FROM catalog_label")[0][0]
    for server in house.servers:
        shown = requests.get(f"{server}/labels/{digest}/", timeout=GIVE_UP)
        assert shown.status_code == 200 and b"M0 0h9v9z" in shown.content


def test_a_list_brought_to_one_is_read_by_the_worker_and_looked_at_by_the_other(house: House) -> None:
    """Checked, reported on and imported, with every page asked of both."""
    visitor = sign_in(house)
    rows = "".join(f"p{n}@x.com,Person {n}\n" for n in range(ROWS)) + "nobody,Wrong Address\n"
    brought = visitor.post(
        "/winery/settings/import/",
        {"kind": "customers", "offer": ""},
        files={"file": ("list.csv", f"Email,Name\n{rows}", "text/csv")},
    )
    reference = re.search(r"IMP-\w+", brought.url)
    assert reference, brought.text
    page = f"/winery/settings/import/{reference[0]}"
    wait_for(
        lambda: (
            ask(house.database_url, "SELECT facts->'headers' IS NOT NULL FROM imports_importrun") == [(True,)]
        )
    )
    for _ in range(2):
        assert "Person 0" in visitor.get(f"{page}/columns").text
    chosen = {"column_email": "Email", "column_full_name": "Name", "dates": "auto"}
    visitor.post(f"{page}/columns", chosen)
    state = "SELECT state, good, bad FROM imports_importrun"
    wait_for(lambda: ask(house.database_url, state) == [("checked", ROWS, 1)])
    for _ in range(2):
        assert "1 of 2,101 rows needs another look." in visitor.get(f"{page}/").text
        report = visitor.get(f"{page}/problems.csv").text
        assert "nobody" in report and len(report.splitlines()) == 2
    visitor.post(f"{page}/start", {"skip_bad": "1"}, form=f"{page}/")
    wait_for(lambda: ask(house.database_url, state)[0][0] == "done")
    for _ in range(2):
        assert "2,100 new customers" in visitor.get(f"{page}/").text
    assert set(visitor.servers) == {"0", "1"}
    assert ask(house.database_url, "SELECT count(*) FROM imports_importpart WHERE of = 'upload'") == [(0,)]


def test_a_page_of_one_is_dressed_by_the_other(house: House) -> None:
    """Each has gathered its own static files; they have the same names, and the same content."""
    page, other = (requests.get(f"{server}/sign-in/", timeout=GIVE_UP).text for server in house.servers)
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert sheets and sheets == re.findall(r'href="(/static/[^"]+\.css)"', other)
    for sheet in sheets:
        answers = [requests.get(server + sheet, timeout=GIVE_UP) for server in house.servers]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].content == answers[1].content


def test_both_hear_of_new_settings(house: House) -> None:
    """What a process remembers of the winery it asks for again."""
    pages = [f"{server}/sign-in/" for server in house.servers]
    assert all("Nova Halcyon" not in requests.get(page, timeout=GIVE_UP).text for page in pages)
    ask(house.database_url, "UPDATE core_winery SET name = 'Nova Halcyon', version = version + 1")
    for page in pages:
        wait_for(lambda page=page: "Nova Halcyon" in requests.get(page, timeout=GIVE_UP).text)  # type: ignore[misc]


def test_no_folder_is_shared(house: House) -> None:
    """What lies in the folders is made from the package, or is the worker's own: nobody else needs it."""
    kept = {path.name for path in house.worker.iterdir()}
    assert kept <= {"mail", "worker.log"}, kept
