"""The activity reads as sentences by whoever did it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import tirage
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.telling import PASSIVE, WORDS, needs_name, say, tell

AT = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)
SOURCES = Path(tirage.__file__).parent
RECORDERS = ("record", "build_event", "settle_at_once", "end_asking", "_event", "flag_order")


def event(name: EventName, text: str = "", *, by: str = "Hugo Bell", **more: object) -> Event:
    facts: dict[str, object] = {"pk": 1, "actor_kind": "staff", "actor_id": 7, "customer_id": 3, "data": {}}
    return Event(at=AT, actor_label=by, name=name.value, text=text, **(facts | more))


def test_every_act_has_words_and_none_says_what_was_done_to_somebody() -> None:
    assert set(WORDS) == set(EventName)
    for name in EventName:
        assert not PASSIVE.match(str(WORDS[name])), name
        assert say(name.value, "") == WORDS[name]


def begun(source: Path) -> Iterator[tuple[int, str]]:
    """How the sentences begin that a module keeps: those handed to what records, and what is called ``text``."""
    tree = ast.parse(source.read_text())
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name.lstrip("_").startswith(RECORDERS) or name in RECORDERS:
                found = [*node.args, *(word.value for word in node.keywords if word.arg in (None, "text"))]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "text":
            found = [node.value]
        for value in found:
            for one in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
                first = one.values[0] if isinstance(one, ast.JoinedStr) and one.values else one
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and " " in first.value:
                    yield first.lineno, first.value


def test_no_act_is_kept_without_who_did_it() -> None:
    recording = [
        source
        for source in SOURCES.rglob("*.py")
        if "EventName" in source.read_text() and not {"migrations", "demo"} & set(source.parts)
    ]
    assert len(recording) > 30
    found = [
        f"{source.relative_to(SOURCES)}:{line}: {text}"
        for source in recording
        for line, text in begun(source)
        if PASSIVE.match(text)
    ]
    assert not found, "\n".join(found)


#: What the pages of the team say after a press: by whoever did it, never what was done to something.
FLASHED = re.compile(
    r"\b(?:is|are|was|were) (?:\w+ )?"
    r"(?:\w+ed|made|sent|kept|taken|given|gone|let go|put|written|active|inactive)\b"
    r"|^(?:Saved|Booked|Attached|Written|Removed|Moved|Deleted|Changed)\b"
    r"|^X (?!You)(?:\w+ )?(?:saved|removed|declined)\b"
)
SAY = {"success", "info", "warning", "say_mailed", "say"}


def said(source: Path) -> Iterator[tuple[int, str]]:
    """What a module of pages hands to ``messages``: written there, or by its functions called ``say_…``."""
    tree = ast.parse(source.read_text())
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in SAY and len(node.args) > 1:
                found = node.args[1:]
        elif isinstance(node, ast.FunctionDef) and re.match(
            r"_?(?:say_(?:saved|tried|result)|said_of|made_words)", node.name
        ):
            found = [
                one.value for one in ast.walk(node) if isinstance(one, ast.Return | ast.Assign) and one.value
            ]
        for value in found:
            for one in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
                parts = one.values if isinstance(one, ast.JoinedStr) else [one]
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)
                yield one.lineno, text


def test_what_pages_say_after_a_press_has_its_actor() -> None:
    rooms = [SOURCES / "backoffice", SOURCES / "staff", SOURCES / "customers", SOURCES / "fulfilment"]
    sources = [source for room in rooms for source in room.rglob("*.py")]
    lines = [(source, line, text) for source in sources for line, text in said(source)]
    assert len(lines) > 90
    found = [
        f"{source.relative_to(SOURCES)}:{line}: {text}"
        for source, line, text in lines
        if FLASHED.search(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "passive",
    [
        "X is saved.",
        "The order is cancelled.",
        "X mails are queued again.",
        "Saved: X.",
        "The offer to X is inactive: nobody sees it.",
    ],
)
def test_what_was_done_to_something_is_found(passive: str) -> None:
    assert FLASHED.search(passive)
    assert not FLASHED.search("You saved X. The next mail has them.")


@pytest.mark.parametrize(
    ("name", "once", "now"),
    [
        (EventName.GROUP_JOINED, "added to Ridge", "put Margaret Holm into Ridge"),
        (
            EventName.GROUP_JOINED,
            "joined Welcome, the default group",
            "put Margaret Holm into Welcome, the default group",
        ),
        (
            EventName.GROUP_MOVED,
            "moved to Ridge from A, B and C",
            "put Margaret Holm into Ridge, out of A, B and C",
        ),
        (
            EventName.GROUP_MOVED,
            "put the customer into Ridge, out of A",
            "put Margaret Holm into Ridge, out of A",
        ),
        (EventName.GROUP_LEFT, "taken out of Ridge", "took Margaret Holm out of Ridge"),
        (
            EventName.GROUP_MOVE_FINISHED,
            "3 customers moved to Ridge. 1 was there already.",
            "moved 3 customers to Ridge. 1 was there already.",
        ),
        (
            EventName.GROUP_MOVE_UNDONE,
            "2 customers have the groups of before again.",
            "gave 2 customers back the groups of before.",
        ),
        (EventName.CUSTOMER_SUSPENDED, "suspended: Asked us to", "suspended Margaret Holm: Asked us to"),
        (EventName.CUSTOMER_CREATED, "joined the list", "added Margaret Holm to the list"),
        (
            EventName.CUSTOMER_CONSENT_CHANGED,
            "wants no more mail",
            "noted that Margaret Holm wants no more mail",
        ),
        (EventName.MAIL_SENT, "was mailed “Your receipt”", "mailed Margaret Holm “Your receipt”"),
        (EventName.STOCK_MOVED, "-3 (breakage), now 40 on hand", "booked -3 (breakage), now 40 on hand"),
        (
            EventName.ALLOWANCE_SAVED,
            "has the group's limits for X again",
            "gave Margaret Holm the group's limits for X again",
        ),
    ],
)
def test_words_of_before_are_turned(name: EventName, once: str, now: str) -> None:
    (line,) = tell([event(name, once)], {3: "Margaret Holm"})
    assert str(line) == f"Hugo Bell {now}"
    assert needs_name(event(name, once)) == (
        "Margaret Holm" in now and name not in (EventName.CUSTOMER_CREATED,)
    ) or (once.startswith(("joined", "wants")))


def test_what_customers_do_themselves_is_said_of_them() -> None:
    own = {"by": "Ana", "actor_kind": "customer", "actor_id": 3}
    lines = tell([event(EventName.GROUP_JOINED, "joined Welcome, the default group", **own)])  # type: ignore[arg-type]
    assert str(lines[0]) == "Ana joined Welcome, the default group"
    lines = tell([event(EventName.CUSTOMER_CREATED, "joined the list", **own)])  # type: ignore[arg-type]
    assert str(lines[0]) == "Ana joined the list"


def test_a_note_stands_for_itself() -> None:
    (line,) = tell([event(EventName.CUSTOMER_NOTED, "was added to our best by Ann")])
    assert str(line) == "Hugo Bell: was added to our best by Ann"


def test_one_refund_is_one_line() -> None:
    """Asked for and gone; and where it changed the order, told with the change."""
    asked = event(
        EventName.PAYMENT_STARTED, "asked the bank to give back $10.00 (Corked)", pk=1, data={"payment_id": 5}
    )
    gone = event(
        EventName.PAYMENT_SETTLED, "gave back $10.00", pk=2, data={"payment_id": 5}, by="Payment check"
    )
    assert [str(line) for line in tell([gone, asked])] == ["Hugo Bell refunded $10.00 (Corked)"]
    assert [str(line) for line in tell([asked])] == ["Hugo Bell asked the bank to refund $10.00 (Corked)"]
    failed = event(
        EventName.PAYMENT_FAILED,
        "asked the bank to give $10.00 back, which said no",
        pk=3,
        data={"payment_id": 5},
    )
    assert len(tell([failed, asked])) == 2
    changed = event(EventName.ORDER_CHANGED, "gave back $10.00 (Corked). 1 Cabernet stays.", pk=4)
    assert [str(line) for line in tell([gone, asked, changed])] == [
        "Hugo Bell refunded $10.00 (Corked). 1 Cabernet stays."
    ]
