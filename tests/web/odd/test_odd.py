"""Whatever is sent to whichever address, the answer is no failure of the server, and a refusal has written nothing.

Pages and their forms are found by walking the table of addresses and reading what the pages show. A few odd values for
each field here, the same in every run; with ``make thorough`` all of them.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from hypothesis import settings

from tests.campaign_monitor import CampaignMonitorThere, connected
from tests.rooms.clubs.test_clubs import club
from tests.rooms.payments.owing import card_that
from tests.web.addresses import addresses
from tests.web.declared import FormPage, Page, PlaceTests
from tests.web.odd import values
from tests.web.odd.asking import Asker, Target
from tests.web.odd.forms import Form
from tests.web.odd.search import Search
from tests.web.stage import Stage, build_stage
from tests.world import World, acting
from tirage.backoffice.frame.lists import columns_cookie
from tirage.clubs.joining import Joins, join_club
from tirage.clubs.models import Club
from tirage.integrations.test_gateway.cards import Behaviour

pytestmark = pytest.mark.django_db
WEB = Path(__file__).parents[1]
IS_THOROUGH = settings().max_examples > 100
#: Bytes of memory that all odd requests together may take.
MORE_MEMORY = 2 * 1024**3
#: Who asks: whoever sees most, and who sees least.
ASKING = {"backoffice": ("owner",), "storefront": ("ana", "ben", "stranger")}


@pytest.fixture
def stage(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """With what only some forms need: a fee that the bank asks about, and a newsletter service to choose lists of."""
    found = build_stage()
    found.known["club being paid"] = {"reference": _being_paid(found.world).reference}
    with connected(CampaignMonitorThere(found.world.now), settings, monkeypatch):
        yield found


def _being_paid(world: World) -> Club:
    """A club whose joining fee Ana's bank wants to see her about."""
    fee = club(world, name="Table", fee_minor=50_00)
    asks = card_that(world, world.ana, Behaviour.AUTHENTICATES_ALWAYS)
    joins = Joins(version=1, standing_version=1, card_reference=asks.reference, adult_confirmed=True)
    join_club(club=fee, customer=world.ana, joins=joins, actor=acting(world.ana), now=world.now)
    return fee


#: What some pages need to show their form: another thing of the stage, what is asked for besides.
ABOUT = {"storefront:club_fee": "club being paid"}
ASKED = {"backoffice:merge": lambda stage: {"with": stage.world.ana.reference}}


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    """Whoever asks for endless memory is refused it and named, before the machine ends the whole run."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = Path("/proc/self/statm")
    if not taken.exists():  # Only Linux bounds what a process may take.
        yield
        return
    pages = int(taken.read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MORE_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def pages(interface: str) -> list[Page]:
    """Every page that a place declares."""
    found: list[Page] = []
    for file in sorted((WEB / interface).rglob("test_pages.py")):
        module = import_module(".".join(("tests.web", *file.relative_to(WEB).with_suffix("").parts)))
        tests: type[PlaceTests] = module.TestPages
        found += tests.pages
    return found


def about_of(interface: str, page: Page) -> str:
    """What of the stage a page is about."""
    return ABOUT.get(f"{interface}:{page.name}", page.about)


def path_of(stage: Stage, interface: str, page: Page) -> str:
    name = f"{interface}:{page.name}"
    path = reverse(name, kwargs=stage.known[about_of(interface, page)])
    return f"{path}?{urlencode(ASKED[name](stage))}" if name in ASKED else path


def forms_found(stage: Stage, asker: Asker, interface: str) -> dict[tuple[str, ...], tuple[Target, Form]]:
    """Every form of the interface once, with whom it was shown to."""
    found: dict[tuple[str, ...], tuple[Target, Form]] = {}
    for page, who in product(pages(interface), ASKING[interface]):
        if "get" in page.methods:
            target = Target(who, stage.clients[who], path_of(stage, interface, page))
            for form in asker.forms_on(target):
                if form.method == "post" and form.address:
                    found.setdefault(form.key, (target, form))
    return found


def try_interface(stage: Stage, interface: str, part: int, parts: int, *, each: int, sweeps: int) -> Search:
    """Its pages, its forms and its acts: every ``parts``-th of each."""
    search = Search()
    asker = Asker(search, each, sweeps)
    forms = forms_found(stage, asker, interface)
    offered = {form.address for _, form in forms.values()}
    without = {
        f"{interface}:{page.name}" for page in pages(interface) if isinstance(page, FormPage)
    } - offered
    assert without <= LED_ON, f"no page shows a form of {sorted(without)}"
    families = sorted({form.family for _, form in forms.values()})
    mine = set(families[part::parts])
    for target, form in forms.values():
        if form.family in mine:
            asker.submit(target, form)
    for page in pages(interface)[part::parts]:
        path = path_of(stage, interface, page)
        for who in ASKING[interface][:1]:
            target = Target(who, stage.clients[who], path)
            if "get" in page.methods:
                asker.look(target)
            if "post" in page.methods and f"{interface}:{page.name}" not in offered:
                asker.act(target)
    return search


#: Forms that the stage's pages don't show, since it is past them or not there yet; they are asked as acts.
LED_ON = {
    "storefront:another_format",
    "storefront:give",
    "storefront:passkeys",
    "storefront:plan",
    "storefront:sign_in_code",
    "storefront:sign_in_passkey",
    "storefront:standing_agree",
    "backoffice:erase",
    "backoffice:ladder",
    "backoffice:new_cut",
    "backoffice:policy_undo",
    "backoffice:release_tests",
    "backoffice:second_offer",
    "backoffice:set_early_aside",
    "backoffice:settling",
    "backoffice:suggest_maximums",
}


@pytest.mark.parametrize("part", range(3))
def test_the_back_office(stage: Stage, part: int) -> None:
    search = try_interface(stage, "backoffice", part, 3, each=1, sweeps=1)
    assert not search.faults, search.report()
    assert search.asked > 300


def test_the_shop(stage: Stage) -> None:
    search = try_interface(stage, "storefront", 0, 1, each=1, sweeps=2)
    assert not search.faults, search.report()
    assert search.asked > 300


if IS_THOROUGH:

    @pytest.mark.chance
    @pytest.mark.parametrize("interface", ["backoffice", "storefront"])
    @pytest.mark.parametrize("part", range(6))
    def test_every_value_in_every_field(stage: Stage, interface: str, part: int) -> None:
        """For hours."""
        search = try_interface(stage, interface, part, 6, each=0, sweeps=40)
        assert not search.faults, search.report()


def test_addresses_beside_the_interfaces(stage: Stage) -> None:
    """The door of the staff, health, style sheets, the test gateway's own page."""
    search = Search()
    asker = Asker(search, 1, 2)
    for one in addresses():
        if one.interface in ASKING:
            continue
        words = {word: "x" for word in WORDS if f":{word}>" in one.path or f"<{word}>" in one.path}
        try:
            path = reverse(one.name, kwargs=words)
        except NoReverseMatch:
            continue
        for who, client in (("owner", stage.clients["owner"]), ("stranger", Client())):
            target = Target(who, client, path)
            for form in asker.forms_on(target):
                if form.method == "post" and form.address:
                    asker.submit(target, form)
            asker.look(target)
            asker.act(target)
    assert not search.faults, search.report()
    assert search.asked > 100


WORDS = ("gateway_reference", "name", "room", "uidb36", "key")
ODD_WORDS = (
    "²",
    "٣",
    "9" * 30,
    "0000",
    "x" * 300,
    "\u202e",
    "%00",
    "..",
    "a b",
    "\ud800",
    "'",
    "-1",
    "ORD-WWWWWWWM",
)


def test_addresses_that_name_nothing(stage: Stage) -> None:
    search, turn = Search(), 0
    for interface in ASKING:
        client = stage.clients[ASKING[interface][0]]
        for page in pages(interface):
            known = stage.known[page.about]
            for word in known:
                turn += 1
                for odd in ODD_WORDS if IS_THOROUGH else (ODD_WORDS[turn % len(ODD_WORDS)],):
                    path = path_of(stage, interface, page)
                    path = path.replace(known[word], _quoted(odd), 1)
                    search.send(client, page.methods[0], path)
    assert not search.faults, search.report()


def _quoted(word: str) -> str:
    from urllib.parse import quote

    return word if word == "%00" else quote(word.encode("utf-8", "surrogatepass"), safe="")


ODD_HEADERS = [
    *product(
        [
            "HTTP_REFERER",
            "HTTP_X_FORWARDED_FOR",
            "HTTP_ACCEPT_LANGUAGE",
            "HTTP_USER_AGENT",
            "HTTP_HX_REQUEST",
        ],
        ["", "\xb2\xff", "x" * 5_000, "9" * 400, "//[::1", ", ,,"],
    ),
    ("HTTP_IF_MODIFIED_SINCE", "Mon, 99 Foo 99999 99:99:99 GMT"),
    ("HTTP_IF_NONE_MATCH", '"' * 99),
    ("HTTP_RANGE", "bytes=-1-999999999999999999999"),
    ("HTTP_HOST", "²"),
    ("HTTP_HOST", "a:99999999"),
    ("HTTP_HOST", ""),
    ("HTTP_X_HTTP_METHOD_OVERRIDE", "DELETE"),
    ("REMOTE_ADDR", ""),
]


def test_headers_and_cookies(stage: Stage) -> None:
    search = Search()
    for header, odd in ODD_HEADERS:
        for who, path in (("owner", "/winery/orders/"), ("ana", "/offer/"), ("stranger", "/sign-in/")):
            told: dict[str, Any] = {header: odd}
            search.send(stage.clients[who], "get", path, said=f"{header}={odd[:40]!r}", **told)
        sent: dict[str, Any] = {header: odd}
        search.send(Client(), "post", "/sign-in/", b"email=ana@example.com", said=header, **sent)
    for who, path in (("owner", "/winery/orders/"), ("ana", "/offer/"), ("ana", "/checkout/")):
        kept = stage.clients[who].cookies
        names = {
            *kept,
            columns_cookie("orders"),
            "csrftoken",
            "sessionid",
            "messages",
            "tirage_adult",
            "seen_as",
        }
        for name in sorted(names):
            others = "; ".join(f"{other}={kept[other].value}" for other in kept if other != name)
            for odd in (
                "",
                "²".encode().decode("latin-1"),
                "x" * 4_000,
                "1.2.3",
                "%00",
                '"\\777"',
                "e30:1:x",
                "\xff",
            ):
                said = f"cookie {name}={odd[:20]!r}"
                search.send(stage.clients[who], "get", path, said=said, HTTP_COOKIE=f"{name}={odd}; {others}")
    assert not search.faults, search.report()


def test_control_a_fault_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tirage.backoffice.frame.views.own_path", lambda request, path: path)
    search = Search()
    asker = Asker(search, 1, 1)
    target = Target("owner", stage.clients["owner"], "/winery/orders/")
    for form in asker.forms_on(target):
        if form.address == "backoffice:columns":
            asker.submit(target, form)
    assert any(
        fault.startswith("NoReverseMatch at tirage/backoffice/frame/views.py") for fault in search.faults
    )


def test_control_so_is_what_a_refusal_wrote(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from tirage.backoffice.settings.views import look

    monkeypatch.setattr(look, "_save_look", look._save_look.__wrapped__)  # type: ignore[attr-defined]
    search = Search()
    asker = Asker(search, 1, 0)
    target = Target("owner", stage.clients["owner"], "/winery/settings/look/")
    for form in asker.forms_on(target):
        if form.address == "backoffice:look":
            asker.submit(target, form)
    assert any("yet written" in fault and "core_winery" in fault for fault in search.faults), search.report()


def test_every_odd_value_can_be_sent() -> None:
    assert len(set(values.ALL)) == len(values.ALL)
