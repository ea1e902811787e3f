"""The black box of a release day: what the shop showed to whom, and what was pressed, as it happened.

Pages note what they have worked out anyway in this process's memory, and a thread writes it down within a second, many
rows in a statement: nobody at 9:00 waits for it, and no page sends a statement more. A process that is killed takes the
last second's notes with it; nothing else depends on them.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.db import DataError, Error, IntegrityError, connection, transaction

from tirage.checkout import statements
from tirage.checkout.models import Recording
from tirage.checkout.states import RecordingKind
from tirage.core.sql import moment_in
from tirage.customers.models import Customer
from tirage.offers.models import Offer

#: How long it is kept.
KEPT = timedelta(days=90)
EVERY_SECONDS = 1.0
#: Notes that wait at most, should the database be away: beyond it the oldest go.
MOST_WAITING = 20_000
BATCH = 500
MOST_FORGOTTEN = 5_000

_log = structlog.get_logger(__name__)


class ShownWine(NamedTuple):
    """A wine as a page showed it: the stepper, its most, the words beside it; and what was true of it, in pieces.

    ``free`` could be taken by this customer, their own hold included; ``elsewhere`` was in others' carts, or being paid
    for by them.
    """

    sku_id: int
    quantity: int
    maximum: int
    limit: str
    state: str
    problem: str
    in_cart: int
    is_held: bool
    bought: int
    wished: int
    wish_maximum: int
    free: int
    elsewhere: int


class _Note(NamedTuple):
    customer_id: int
    offer_id: int | None
    at: datetime
    kind: RecordingKind
    name: str
    data: Mapping[str, Any]


_notes: deque[_Note] = deque(maxlen=MOST_WAITING)
_writing = threading.Lock()


def note_shown(
    *,
    customer_id: int,
    offer_id: int | None,
    name: str,
    status: str,
    wines: Sequence[ShownWine] = (),
    held_until: datetime | None = None,
    problem: str = "",
    at: datetime,
) -> None:
    """A page that the customer got; in memory, for ``write_recordings``."""
    data = {
        "status": status,
        "wines": wines,
        "held_until": held_until.isoformat() if held_until else "",
        "problem": problem,
    }
    _notes.append(_Note(customer_id, offer_id, at, RecordingKind.SHOWN, name, data))


def note_pressed(
    *,
    customer_id: int,
    offer_id: int | None = None,
    name: str,
    bottles: Mapping[int, int],
    wishes: Mapping[int, int],
    said: Sequence[str],
    was_refused: bool,
    at: datetime,
) -> None:
    """A button that the customer pressed, with the numbers that were sent (by offer item id) and what was answered."""
    data = {
        "bottles": [list(one) for one in bottles.items()],
        "wishes": [list(one) for one in wishes.items()],
        "said": list(said),
        "refused": was_refused,
    }
    _notes.append(_Note(customer_id, offer_id, at, RecordingKind.PRESSED, name[:20], data))


def write_recordings() -> int:
    """Writes down what was noted in this process; how many. What can't be written now waits for the next time."""
    with _writing:
        written = 0
        while _notes:
            notes = [_notes.popleft() for _ in range(min(BATCH, len(_notes)))]
            try:
                written += _write(notes)
            except Error:
                _notes.extendleft(reversed(notes))
                raise
        return written


def _write(notes: Sequence[_Note]) -> int:
    """One that the database refuses keeps no other from being written."""
    try:
        return _insert(notes)
    except (DataError, IntegrityError):
        return sum(_insert_alone(note) for note in notes)


def _insert_alone(note: _Note) -> int:
    try:
        return _insert([note])
    except (DataError, IntegrityError) as problem:
        _log.warning("the black box lost a note: %s", " ".join(str(problem).split()))
        return 0


@transaction.atomic
def _insert(notes: Sequence[_Note]) -> int:
    """Whose customer or offer was removed meanwhile is nobody's any more."""
    people = set(
        Customer.objects.filter(pk__in={note.customer_id for note in notes}).values_list("pk", flat=True)
    )
    named = {note.offer_id for note in notes if note.offer_id}
    offers = {None, *Offer.objects.filter(pk__in=named).values_list("pk", flat=True)}
    rows = [
        (note.customer_id, note.offer_id, moment_in(note.at), note.kind.value, note.name, _stored(note.data))
        for note in notes
        if note.customer_id in people and note.offer_id in offers
    ]
    return statements.insert_recordings(rows) if rows else 0


def _stored(data: Mapping[str, Any]) -> str:
    """As JSON, without the one character that PostgreSQL keeps nowhere: an answer may repeat what somebody typed."""
    text = json.dumps(data)
    return json.dumps(_storable(data)) if "\\u0000" in text else text


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {name: _storable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(one) for one in value]
    return value


def forget_notes() -> None:
    """What one test noted, another must not write."""
    _notes.clear()


def forget_recordings(*, now: datetime) -> int:
    """Removes what is older than it is kept, oldest first; how many rows. Run by the schedule."""
    gone = 0
    while True:
        oldest = list(Recording.objects.order_by("pk").values_list("pk", "at")[:MOST_FORGOTTEN])
        old = [pk for pk, at in oldest if at < now - KEPT]
        gone += Recording.objects.filter(pk__in=old).delete()[0] if old else 0
        if len(old) < MOST_FORGOTTEN:
            return gone


def keep_recording() -> None:
    """A thread that writes this process's notes; for servers."""
    threading.Thread(target=_keep_recording, name="black-box", daemon=True).start()


def _keep_recording() -> None:
    while True:
        time.sleep(EVERY_SECONDS)
        if not _notes:
            continue
        try:
            write_recordings()
        except Error as problem:
            _log.warning("the black box is written later: %s", " ".join(str(problem).split()))
        finally:
            connection.close()
