"""The winery's team. Its rows belong to the back office, which is reached as Django's user model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth import get_user_model

from tirage.core.actors import Actor, ActorKind
from tirage.demo.loader.context import Load

#: Shown by ``tirage demo``; the demo serves on this machine only.
PASSWORD = "an island above the fog"  # noqa: S105 - meant to be known


class Role(StrEnum):
    """The roles of the team that the demo has people for: all of them."""

    OWNER = "owner"
    MANAGER = "manager"
    HOSPITALITY = "hospitality"
    FULFILMENT = "fulfilment"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True)
class DemoStaff:
    name: str
    role: Role

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@ekholm.example.com"


STAFF = (
    DemoStaff("Ingrid Ekholm", Role.OWNER),
    DemoStaff("Tomas Aguilar", Role.MANAGER),
    DemoStaff("Hugo Bell", Role.HOSPITALITY),
    DemoStaff("Farah Nazari", Role.FULFILMENT),
    DemoStaff("Ruth Weiss", Role.READ_ONLY),
)


def build_staff(load: Load) -> dict[Role, Actor]:
    """The team, each as an actor, by role."""
    actors = {}
    for one in STAFF:
        member = get_user_model().objects.create_user(
            one.email, PASSWORD, name=one.name, role=one.role.value, reference=load.reference("STF")
        )
        actors[one.role] = Actor(ActorKind.STAFF, member.pk, member.name)
    return actors


def has_staff() -> bool:
    return get_user_model().objects.exists()
