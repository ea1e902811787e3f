"""One load: its clock, its chance, its references, and the rows waiting to be written together."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model

from tirage.core.actors import Actor, ActorKind
from tirage.core.audit import build_event
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.references import ALPHABET, LENGTH
from tirage.customers.models import Customer
from tirage.demo.estate import ESTATE
from tirage.payments.protocol import PastCard, PastCharge, PastRefund

BATCH = 1_000
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Act:
    """A recorded act whose subject may not have its key yet, nor the rows that ``data`` names."""

    name: EventName
    kind: str
    subject: Model
    text: str
    by: Actor | Customer
    at: datetime
    customer: Customer | None
    data: Mapping[str, Any]

    def event(self) -> Event:
        return build_event(
            self.name,
            self.kind,
            self.subject.pk,
            text=self.text,
            data={name: one.pk if isinstance(one, Model) else one for name, one in self.data.items()},
            customer_id=self.customer.pk if self.customer else None,
            actor=acting(self.by),
            now=self.at,
        )


def acting(by: Actor | Customer) -> Actor:
    """The customer as an actor; anybody else is one already."""
    return Actor(ActorKind.CUSTOMER, by.pk, by.name) if isinstance(by, Customer) else by


@dataclass(slots=True)
class Load:
    """Everything decided so far. Rows are built without keys and written in the order of their dependence,
    so that figures are known when a row is first written, and nothing is written twice.
    """

    now: datetime
    count: int
    seed: int
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(ESTATE.time_zone))
    rows: dict[type[Model], list[Any]] = field(default_factory=lambda: defaultdict(list))
    acts: list[Act] = field(default_factory=list)
    #: What an operation recorded of an earlier day.
    told: list[Event] = field(default_factory=list)
    cards: list[PastCard] = field(default_factory=list)
    charges: list[PastCharge] = field(default_factory=list)
    refunds: list[PastRefund] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _names: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._names = self.chance("references")

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def chance(self, part: str) -> random.Random:
        """A stream of its own for each part, so that one part's draws don't move another's.

        The same on every day: who buys what is the demo's story, and the day only says when.
        """
        return random.Random(f"{self.seed} {part}")

    def nine(self, days: int) -> datetime:
        """Nine in the morning, winery time, so many days from today."""
        day = self.today + timedelta(days=days)
        return datetime.combine(day, time(9), tzinfo=self.zone).astimezone(UTC)

    def reference(self, prefix: str) -> str:
        while True:
            made = prefix + "-" + "".join(self._names.choices(ALPHABET, k=LENGTH))
            if made not in self._taken:
                self._taken.add(made)
                return made

    def token(self, prefix: str) -> str:
        return f"{prefix}_{self._names.getrandbits(96):024x}"

    def add(self, row: Row) -> Row:
        self.rows[type(row)].append(row)
        return row

    def act(
        self,
        name: EventName,
        kind: str,
        subject: Model,
        text: str,
        *,
        by: Actor | Customer,
        at: datetime,
        customer: Customer | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.acts.append(Act(name, kind, subject, text, by, at, customer, data or {}))

    def scaled(self, number: int, least: int = 1) -> int:
        """A number for five thousand people, for as many as there are."""
        return max(least, number * self.count // 5_000)

    def write(self, model: type[Model]) -> None:
        model._default_manager.bulk_create(self.rows.pop(model, []), batch_size=BATCH)

    def write_events(self) -> None:
        """By time, because an activity reads from the newest row backwards."""
        events = [*self.told, *(act.event() for act in self.acts)]
        Event.objects.bulk_create(sorted(events, key=lambda event: event.at), batch_size=BATCH)
