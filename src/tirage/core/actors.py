"""Who did it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or program that acts; ``label`` is the name that the activity shows."""

    kind: ActorKind
    id: int | None
    label: str
    request_id: str = ""

    @property
    def is_staff(self) -> bool:
        return self.kind is ActorKind.STAFF

    @property
    def is_customer(self) -> bool:
        return self.kind is ActorKind.CUSTOMER


def system(label: str = "Tirage") -> Actor:
    """The program itself: jobs, reconcilers, imports by command."""
    return Actor(ActorKind.SYSTEM, None, label)
