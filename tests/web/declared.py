"""Every page declares what it is, and is tried accordingly; a place's tests inherit the tries.

A place writes its pages down in ``tests/web/<interface>/<place>/test_pages.py``::

    class TestPages(StaffPages):
        place = "orders"
        pages = (ListPage("orders"), DetailPage("order", about="order"), Act("order_note", about="order"))

``about`` is what the address names, a key of ``Stage.known``. ``tests/web/test_addresses.py`` walks the table of
addresses and finds the page that nobody has declared.
"""

from __future__ import annotations

import copy
import html
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.test import Client, TestCase
from django.urls import resolve, reverse
from hypothesis import settings

from tests.web.addresses import Address, addresses
from tests.web.defaults import wrong_defaults
from tests.web.hands import Hand, carries, other_value, shows_values
from tests.web.odd.forms import Form, forms_of
from tests.web.purposes import wrong_purposes
from tests.web.refusals import assert_says_so
from tests.web.stage import Stage, Words, build_stage
from tests.web.storefront.pages import counted
from tests.web.targets import Target, closed_to, shown_on
from tirage.core.models import Event
from tirage.parts.hands import SHOWN
from tirage.staff.permissions import GRANTS, Permission
from tirage.staff.states import Role

STATEMENTS = Path(__file__).with_name("statements.json")
#: What ``make statements`` sets; then figures are written instead of compared.
WRITES = os.environ.get("TIRAGE_STATEMENTS") == "write"
UNKNOWN = "none-such"
CSRF = "csrfmiddlewaretoken"
#: Controls into which anything can be typed, whatever the browser makes of it.
TYPED = frozenset(
    {"text", "textarea", "number", "email", "tel", "url", "date", "datetime-local", "search", "password"}
)


#: What no link asks for: words where numbers are expected, dates that aren't, figures that no column holds, marks that
#: statements know. (The null character is refused before any page; tests/web/test_characters.py.)
ODD = ["ana 'b\" %_\\\\ ü", "31.02.2026", "9999-12-31", "9" * 30]
if settings().max_examples > 100:
    ODD += ["-1", "1e400", "٣", "NaN", "0x10", "2026-W01"]


@dataclass(frozen=True, slots=True)
class Page:
    """One address. ``name`` is that of urls.py; ``got`` and ``posted`` are answers to whoever may come in."""

    name: str
    about: str = ""
    #: What an unknown reference gets: not found, or gone.
    lost: int = 404
    #: Open to everybody, signed in or not.
    is_open: bool = False
    #: What sending asks for besides looking; without it the answer is 403.
    saves: Permission | None = None
    #: Answers of this page besides those of its kind.
    answers: tuple[int, ...] = ()
    #: Its form changes something that exists: two fields of it that two people change, the first of them both.
    edits: tuple[str, ...] = ()
    #: The page that shows the form, where it is another one.
    shown_on: str = ""
    #: The word of its address that the first of ``edits`` changes.
    named_by: str = ""
    #: The fields of its forms begin with proposals, not with what stands.
    proposes: bool = False

    methods: ClassVar[tuple[str, ...]] = ("get",)
    got: ClassVar[frozenset[int]] = frozenset({200})
    posted: ClassVar[frozenset[int]] = frozenset()

    def may_answer(self, method: str) -> frozenset[int]:
        return (self.got if method == "get" else self.posted).union(self.answers)


class ListPage(Page):
    """Rows with filters, order and, for those who may, an export."""


class DetailPage(Page):
    """One thing with all that is known of it."""


class Part(Page):
    """Something of a page, asked for by the page itself; or a file. Often nothing is new: 204."""

    got: ClassVar[frozenset[int]] = frozenset({200, 204, 302})


class FormPage(Page):
    """Shows a form and takes it; an empty one is answered with what is missing, or saves what needs nothing."""

    methods: ClassVar[tuple[str, ...]] = ("get", "post")
    posted: ClassVar[frozenset[int]] = frozenset({200, 302, 400, 409, 422})


class Act(Page):
    """Does one thing and leads on; nothing can be looked at."""

    methods: ClassVar[tuple[str, ...]] = ("post",)
    posted: ClassVar[frozenset[int]] = frozenset({200, 204, 302, 400, 409, 422})


class BulkAct(Act):
    """Acts on many, as chosen on a list: nothing chosen is no error of the server, nor are unknown rows."""

    choices: ClassVar[tuple[dict[str, str], ...]] = (
        {},
        {"chosen": UNKNOWN},
        {"every": "1", "query": "state=no_such_state&page=x"},
    )


class BulkPage(BulkAct):
    """The acts on many that there were; sending a choice to it begins another."""

    methods: ClassVar[tuple[str, ...]] = ("get", "post")


class PlaceTests(TestCase):
    """What every page of a place is held to; ``StaffPages`` and ``ShopPages`` say who is who.

    Each engine is asked for every page, whole and with odd words; what pages say and lead to is the same on both, and
    what forms do with nothing and with rubbish is tried on both in ``tests/web/odd``.
    """

    interface: ClassVar[str] = ""
    place: ClassVar[str] = ""
    pages: ClassVar[tuple[Page, ...]] = ()
    stage: ClassVar[Stage]
    __test__ = False

    def __init_subclass__(cls) -> None:
        cls.__test__ = bool(cls.pages)

    @classmethod
    def setUpTestData(cls) -> None:
        cls.stage = build_stage()

    @classmethod
    def address(cls, page: Page) -> Address:
        return next(one for one in addresses(cls.interface) if one.name == f"{cls.interface}:{page.name}")

    def path(self, page: Page, words: Words | None = None) -> str:
        known = self.stage.known[page.about] if words is None else words
        return reverse(f"{self.interface}:{page.name}", kwargs=known)

    def send(self, client: Client, method: str, path: str, data: Any = None) -> Any:
        """The answer; what the request did is undone."""
        cookies = copy.deepcopy(client.cookies)
        with undone():
            answer = getattr(client, method)(path, data or {})
            if answer.streaming:
                b"".join(answer.streaming_content)
        client.cookies = cookies
        return answer

    @pytest.mark.once
    def test_each_is_of_this_place(self) -> None:
        for page in self.pages:
            module = self.address(page).view.__module__
            assert module.startswith(f"tirage.{self.interface}.{self.place}."), (page.name, module)

    def test_what_an_address_names_and_nobody_has_is_not_found(self) -> None:
        client = self.stage.clients[self.at_home()]
        for page in self.pages:
            for word in self.stage.known[page.about]:
                words = self.stage.known[page.about] | {word: UNKNOWN}
                for method in page.methods:
                    with self.subTest(page=page.name, word=word, method=method):
                        answer = self.send(client, method, self.path(page, words))
                        assert answer.status_code == page.lost, answer

    def test_statements_are_those_on_file(self) -> None:
        """Of a page that was looked at before, so that what every process keeps isn't counted."""
        client, found = self.stage.clients[self.at_home()], {}
        for page in self.pages:
            if "get" in page.methods:
                path = self.path(page)
                self.send(client, "get", path)
                with counted() as statements:
                    self.send(client, "get", path)
                found[f"{self.interface}:{page.name}"] = len(statements)
        if WRITES:
            write_statements(found)
        kept = {name: figures.get(connection.vendor) for name, figures in read_statements().items()}
        assert found == {name: kept.get(name) for name in found}, (
            "run make statements, and look at what changed"
        )

    def test_lists_answer_odd_questions(self) -> None:
        """Each field of a list's form is asked something odd, alone; so are order, page and export."""
        client = self.stage.clients[self.at_home()]
        for page in self.pages:
            if not isinstance(page, ListPage):
                continue
            path = self.path(page)
            fields = set(re.findall(r'name="([a-z_]+)"', client.get(path).content.decode())) - {CSRF}
            for name in sorted(fields | {"page", "sort", "export", "columns"}):
                for words in ODD:
                    with self.subTest(page=page.name, field=name, words=words):
                        assert self.send(client, "get", path, {name: words}).status_code < 500
            for kind in ("csv", "xlsx"):
                with self.subTest(page=page.name, export=kind):
                    assert self.send(client, "get", path, {"export": kind}).status_code == 200

    def test_bulk_acts_take_odd_choices(self) -> None:
        client = self.stage.clients[self.at_home()]
        for page in self.pages:
            for chosen in page.choices if isinstance(page, BulkAct) else ():
                with self.subTest(page=page.name, chosen=chosen):
                    answer = self.send(client, "post", self.path(page), chosen)
                    assert answer.status_code in page.may_answer("post"), answer

    def test_what_belongs_to_another_is_not_found(self) -> None:
        """Two references of one address that don't belong together; of the shop, somebody else's thing."""
        client = self.stage.clients[self.at_home()]
        for page in self.pages:
            for method in page.methods if page.about in self.stage.foreign else ():
                with self.subTest(page=page.name, method=method), undone():
                    before = Event.objects.count()
                    path = self.path(page, self.stage.foreign[page.about])
                    answer = getattr(client, method)(path)
                    assert answer.status_code == page.lost, answer
                    assert Event.objects.count() == before

    @pytest.mark.once
    def test_a_form_that_shows_what_stands_is_declared_as_one_that_edits(self) -> None:
        """And carries it, so that a save undoes nothing that somebody else did meanwhile."""
        client = self.stage.clients[self.at_home()]
        for page in self.pages:
            path = self.path(page)
            if not isinstance(page, (FormPage, DetailPage)) or page.proposes:
                continue
            answer = client.get(path)
            body = b"" if answer.streaming else answer.content
            for form in forms_of(body.decode(errors="replace"), path):
                if shows_values(form) and form.address.startswith(self.interface):
                    with self.subTest(page=page.name, form=form.address):
                        assert carries(form), form
                        own = {f"{self.interface}:{one.name}": one for one in self.pages}
                        assert form.address not in own or own[form.address].edits, (
                            "say which fields two people try"
                        )

    @pytest.mark.once
    def test_a_refused_form_says_so(self) -> None:
        """Each form with nothing in it and with rubbish: what is refused is summed up on top, and leads there."""
        client, seen = self.stage.clients[self.at_home()], set[tuple[str, ...]]()
        for page in self.pages:
            path = self.path(page)
            answer = self.send(client, "get", path) if "get" in page.methods else None
            if answer is None or answer.streaming:
                continue
            for form in forms_of(answer.content.decode(errors="replace"), path):
                if form.method != "post" or not form.address.startswith(self.interface) or form.key in seen:
                    continue
                seen.add(form.key)
                for typed in ("", "rubbish, and more than that"):
                    with self.subTest(page=page.name, form=form.address, typed=typed):
                        self.refuse(client, form, typed)

    @pytest.mark.once
    def test_enter_presses_the_main_button(self) -> None:
        """Of every form that a page shows."""
        client, wrong = self.stage.clients[self.at_home()], []
        for page in self.pages:
            if "get" in page.methods:
                path = self.path(page)
                answer = self.send(client, "get", path)
                body = b"" if answer.streaming else answer.content
                wrong += [
                    f"{page.name}, {one}" for one in wrong_defaults(body.decode(errors="replace"), path)
                ]
        assert not wrong, wrong

    def refuse(self, client: Client, form: Form, typed: str) -> None:
        """Sends the form with ``typed`` in whatever takes words, and follows it to the page that answers."""
        data: dict[str, list[str]] = {}
        for control in form.controls:
            value = typed if control.kind in TYPED else control.value
            if value is not None and control.kind != "file":
                data.setdefault(control.name, []).append(value)
        cookies = copy.deepcopy(client.cookies)
        with undone():
            answer: Any = client.post(form.path, data)
            if answer.status_code == 302:
                answer = client.get(answer["Location"])
            if answer.streaming:
                b"".join(answer.streaming_content)
            else:
                assert_says_so(answer)
        client.cookies = cookies

    @pytest.mark.once
    def test_two_hands(self) -> None:
        """Of two who have the form open each changes what they changed; a clash is shown, and decided knowingly."""
        client = self.stage.clients[self.at_home()]
        for page in self.pages:
            if not page.edits:
                continue
            at = next((one for one in self.pages if one.name == page.shown_on), page)
            with self.subTest(page=page.name), undone():
                where = partial(self.renamed, at, page.named_by)
                TwoHands(client, f"{self.interface}:{page.name}", page.edits, where).live()

    def renamed(self, page: Page, word: str, name: str) -> str:
        """The path of a page whose address has the ``name`` of the thing as one of its words."""
        known = self.stage.known[page.about]
        return self.path(page, known | {word: name} if word and name else known)

    @classmethod
    def at_home(cls) -> str:
        """Who sees every page of the interface."""
        raise NotImplementedError


class StaffPages(PlaceTests):
    """A place of the back office: each role comes in exactly where the view says, strangers nowhere."""

    interface = "backoffice"

    @classmethod
    def at_home(cls) -> str:
        return Role.OWNER.value

    @pytest.mark.once
    def test_strangers_are_led_to_the_door(self) -> None:
        for page in self.pages:
            for method in page.methods:
                answer = self.send(self.stage.clients["stranger"], method, self.path(page))
                assert answer.status_code == 302, page.name
                assert answer["Location"].startswith("/winery/sign-in/?next="), page.name

    @staticmethod
    def saving(page: Page, method: str) -> frozenset[Permission]:
        return frozenset([page.saves] if page.saves and method == "post" else ())

    @pytest.mark.once
    def test_each_role_comes_in_where_it_may(self) -> None:
        for page in self.pages:
            needed: frozenset[Permission] = self.address(page).view.needed_permissions
            for role in Role:
                for method in ("get", "post"):
                    with self.subTest(page=page.name, role=role.value, method=method):
                        before = Event.objects.count()
                        answer = self.send(self.stage.clients[role.value], method, self.path(page))
                        if method not in page.methods:
                            assert answer.status_code == 405, answer
                        elif not needed | self.saving(page, method) <= GRANTS[role]:
                            assert answer.status_code == 403, answer
                            assert Event.objects.count() == before
                        else:
                            assert answer.status_code in page.may_answer(method), answer
                            self.leads_where_one_may(answer, page, role)

    def leads_where_one_may(self, answer: Any, page: Page, role: Role) -> None:
        """No link, button or form of a page leads to what is refused to whom it shows, or to nothing."""
        path = self.path(page)
        targets = shown_on(answer, path)
        assert not list(closed_to(GRANTS[role], targets)), list(closed_to(GRANTS[role], targets))
        may_save = page.saves is None or page.saves in GRANTS[role]
        assert may_save or Target("post", path) not in targets, f"a form that needs {page.saves}"

    @pytest.mark.once
    def test_what_a_page_leads_to_is_there(self) -> None:
        """Links to single things, each followed once; lists and forms are pages of their own place."""
        client = self.stage.clients[self.at_home()]
        ways: dict[str, str] = {}
        for page in self.pages:
            if "get" in page.methods:
                for target in shown_on(self.send(client, "get", self.path(page)), self.path(page)):
                    if target.method == "get" and resolve(target.path).kwargs:
                        ways.setdefault(target.path, page.name)
        for path, name in ways.items():
            answer = self.send(client, "get", path)
            assert answer.status_code in {200, 204, 302}, (name, path, answer)


class ShopPages(PlaceTests):
    """A place of the storefront: strangers see what is open, a customer nothing of another's."""

    interface = "storefront"

    @classmethod
    def at_home(cls) -> str:
        return "ana"

    @pytest.mark.once
    def test_strangers_are_led_to_the_door(self) -> None:
        for page in self.pages:
            assert self.address(page).view.is_public is page.is_open, page.name
            for method in page.methods:
                answer = self.send(self.stage.clients["stranger"], method, self.path(page))
                led = answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=")
                assert led is not page.is_open, (page.name, answer)

    @pytest.mark.once
    def test_fields_say_what_they_are_for(self) -> None:
        """To browsers that fill them, and to who hears the page: each page with whatever form is on it."""
        wrong = []
        for page in self.pages:
            if "get" in page.methods:
                answer = self.send(self.stage.clients["ana"], "get", self.path(page))
                body = "" if answer.streaming else answer.content.decode(errors="replace")
                wrong += [f"{page.name}, {one}" for one in wrong_purposes(body)]
        assert not wrong, "\n".join(wrong)

    def test_who_is_signed_in_comes_in(self) -> None:
        for page in self.pages:
            for method in ("get", "post"):
                with self.subTest(page=page.name, method=method):
                    answer = self.send(self.stage.clients["ana"], method, self.path(page))
                    if method not in page.methods:
                        assert answer.status_code == 405, answer
                    else:
                        assert answer.status_code in page.may_answer(method), answer


@dataclass(frozen=True, slots=True)
class TwoHands:
    """Two people at one form, in ``fields``: the first is changed by both, and may name ``where`` the form is shown."""

    client: Client
    address: str
    fields: tuple[str, ...]
    where: Callable[[str], str]

    def open(self, value: str = "") -> Hand:
        return Hand.open(self.client, self.where(value), self.address)

    def live(self) -> None:
        both = self.fields[0]
        values = [other_value(self.open().control(both), turn) for turn in (1, 2, 3)]
        self.each_changes_their_own(values[0])
        self.both_change_the_same(*values)
        self.somebody_saw_nothing(values[2], values[0])

    def each_changes_their_own(self, value: str) -> None:
        both, other = self.fields[0], self.fields[-1]
        mine, theirs = self.open(), self.open()
        saved(theirs.send({both: value}))
        if other != both:
            typed = other_value(mine.control(other), 1)
            saved(mine.send({other: typed}))
            after = self.open(value)
            assert (after.value(both), after.value(other)) == (value, typed)

    def both_change_the_same(self, before: str, theirs: str, mine: str) -> None:
        both = self.fields[0]
        one, other = self.open(before), self.open(before)
        saved(other.send({both: theirs}))
        events = Event.objects.count()
        answer = one.send({both: mine})
        assert answer.status_code in (200, 400, 409, 422), answer
        shown = html.unescape(answer.content.decode()).replace("<br>", "\n")
        assert theirs in shown, "what somebody else made of it"
        again = one.go_on(answer)
        assert again.value(both) == mine, "what was typed is lost"
        assert self.open(theirs).value(both) == theirs, "a clash was written"
        assert Event.objects.count() == events
        saved(again.send({}))
        assert self.open(mine).value(both) == mine, "decided knowingly"

    def somebody_saw_nothing(self, before: str, mine: str) -> None:
        """What the form showed can't be read: whoever saw nothing is asked first."""
        both = self.fields[0]
        one = self.open(before)
        rubbish = {name: "rubbish" for name in one.form.names if name == SHOWN or name.endswith(f"-{SHOWN}")}
        answer = one.send({**rubbish, both: mine})
        assert answer.status_code in (200, 400, 409, 422), answer
        assert self.open(before).value(both) == before
        saved(one.go_on(answer).send({}))


def saved(answer: Any) -> None:
    """A form that is saved leads on."""
    assert answer.status_code == 302, re.findall(
        r"notice-problem.*?</div></div>", answer.content.decode(), re.S
    )


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back."""
    block: Any = transaction.atomic()
    # As Django's own test case does: acts that want to be outside every transaction may be tried in this one.
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def read_statements() -> dict[str, dict[str, int]]:
    """Page -> engine -> statements."""
    found: dict[str, dict[str, int]] = json.loads(STATEMENTS.read_text()) if STATEMENTS.exists() else {}
    return found


def write_statements(found: dict[str, int]) -> None:
    """Puts the figures of this engine beside those of the other. One process at a time."""
    there = {one.name for one in addresses()}
    kept = {name: figures for name, figures in read_statements().items() if name in there}
    for name, figure in found.items():
        kept.setdefault(name, {})[connection.vendor] = figure
    text = json.dumps({name: dict(sorted(kept[name].items())) for name in sorted(kept)}, indent=1)
    STATEMENTS.write_text(text + "\n")
