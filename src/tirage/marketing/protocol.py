"""What a newsletter service must do. Services implement this and know nothing else of ours. No Django.

No call may be made inside a transaction. Every call may be made again: a subscriber that is sent twice is on the list
once, and taking off somebody who is off is fine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    #: Anything that isn't filled by us, such as a choice.
    OTHER = "other"


class Refusal(StrEnum):
    """Why the service wouldn't take an address."""

    INVALID = "invalid"
    #: On the list of those whom the whole account never writes to.
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    #: Taken off the list there, by the team or by us.
    DELETED = "deleted"
    BOUNCED = "bounced"
    UNCONFIRMED = "unconfirmed"
    OTHER = "other"


class Leaving(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class ListThere:
    """A list of the service's; ``account`` is whose it is, where a key opens several."""

    id: str
    name: str
    account: str


@dataclass(frozen=True, slots=True)
class FieldThere:
    key: str
    name: str
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class Person:
    """One subscriber as it is sent: values by the key of their field; an empty one is taken out there."""

    email: str
    name: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    email: str
    why: Refusal
    #: The service's own words, for what isn't among ``Refusal``.
    message: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who is off the list; ``at`` in the account's own time, which may be half a day from ours."""

    email: str
    how: Leaving
    at: datetime


class Change(StrEnum):
    """What the service tells by itself of somebody on a list."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    #: Taken off by hand there, or by us.
    REMOVED = "removed"
    #: Another address, chosen there.
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Told:
    """Of one address; ``at`` as in ``Left``, ``to`` the new one of who moved."""

    what: Change
    email: str
    at: datetime
    to: str = ""


class ServiceBusy(Exception):
    """Asked too often. Ask again later."""


class ServiceSilent(Exception):
    """No answer, or one that can't be read: what was asked may have been done. Ask again later."""


class ServiceRefused(Exception):
    """The call itself was wrong: the key, the list or a field; asking again doesn't help. ``str()`` says what to do."""


class MailingService(Protocol):
    #: Kept with each list, such as ``campaign_monitor``.
    key: str
    #: As people call it.
    name: str
    #: The most subscribers in one call.
    most: int
    #: The most characters of a text.
    most_characters: int

    @property
    def is_connected(self) -> bool:
        """Whether there is a key to ask with. Asks nobody."""
        ...

    def lists(self) -> Sequence[ListThere]:
        """All lists that the key opens. Raises ServiceBusy, ServiceSilent, ServiceRefused, as all that follow."""
        ...

    def fields(self, *, list_id: str) -> Sequence[FieldThere]:
        """The list's own fields, besides address and name."""
        ...

    def make_field(self, *, list_id: str, name: str, kind: FieldKind) -> FieldThere:
        """Adds a field to the list; one of that name that is there already is it."""
        ...

    def subscribe(self, *, list_id: str, people: Sequence[Person], again: bool) -> Sequence[Refused]:
        """Puts people on the list, or changes what it knows of them; who wasn't taken, and why.

        ``again``: also those who were taken off it; without, they are refused. No welcome mail is sent."""
        ...

    def move(self, *, list_id: str, email: str, to: str) -> None:
        """Another address of the same person; one that isn't on the list is fine."""
        ...

    def unsubscribe(self, *, list_id: str, email: str) -> None:
        """They want no more mail; one that isn't on the list is fine."""
        ...

    def remove(self, *, list_id: str, email: str) -> None:
        """Takes somebody off the list who may come back; one that isn't on it is fine."""
        ...

    def left(self, *, list_id: str, how: Leaving, since: datetime | None) -> Iterator[Sequence[Left]]:
        """Who left the list since then, or ever, page by page."""
        ...

    def listen(self, *, list_id: str) -> str:
        """Has the service tell us by itself what happens on the list, until ``listen_no_more``; the key of that there.

        Asked again it is the same one. Raises ServiceRefused also when the service can't reach us."""
        ...

    def listen_no_more(self, *, list_id: str, hook: str) -> None:
        """Ends it; one that isn't there is fine."""
        ...
