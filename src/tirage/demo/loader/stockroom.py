"""Bottles in and out: what was bottled, broken, tasted and shipped, and the counters that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.demo.estate import SKUS
from tirage.demo.loader.buying import Supply
from tirage.demo.loader.context import Load
from tirage.demo.loader.team import Role
from tirage.demo.words import RELEASES
from tirage.inventory.models import Movement, Stock
from tirage.inventory.states import MovementReason

#: What happens in a cellar in a year: sku code, days ago, pieces, why.
_INCIDENTS = (
    ("EK-CS-22-750", 402, -6, MovementReason.BREAKAGE, "Pallet corner, one case wet"),
    ("EK-CS-22-750", 371, -24, MovementReason.TASTING, "Harvest dinner"),
    ("EK-CS-22-750", 96, -3, MovementReason.COUNTED, "Count before the autumn release"),
    ("EK-LB-22-750", 371, -6, MovementReason.TASTING, "Harvest dinner"),
    ("EK-CH-23-750", 310, -12, MovementReason.TASTING, "Tasting room, winter"),
    ("EK-CH-23-750", 96, 2, MovementReason.COUNTED, "Two bottles behind the rack"),
    ("EK-PN-24-750", 240, -12, MovementReason.TASTING, "Barrel tasting in May"),
    ("EK-VG-25-750", 212, -6, MovementReason.TASTING, "Porch, first warm weekend"),
    ("EK-CS-23-750", 33, -12, MovementReason.TASTING, "Samples for the team and two restaurants"),
    ("EK-CS-23-750", 21, -2, MovementReason.BREAKAGE, "Forklift"),
    ("EK-CS-23-1500", 14, -24, MovementReason.TRANSFER, "Kept for the dinner"),
    ("EK-LB-23-750", 33, -6, MovementReason.TASTING, "Samples for the team"),
    ("EK-CH-24-750", 33, -12, MovementReason.TASTING, "Tasting room, autumn"),
    ("EK-SY-23-750", 40, -6, MovementReason.TASTING, "Blending notes with Ingrid"),
)


@dataclass(slots=True)
class Stockroom:
    """Stock rows wait in ``load``; ``supply`` counts what can still be sold."""

    load: Load
    team: Mapping[Role, Actor]
    skus: Mapping[str, Sku]
    stocks: dict[str, Stock] = field(default_factory=dict)
    supply: Supply = field(default_factory=lambda: Supply({}))
    _booked: list[Movement] = field(default_factory=list)

    def open(self) -> None:
        """Every sku comes from the bottling line a month before its first release."""
        for one in SKUS:
            self.stocks[one.code] = self.load.add(Stock(sku=self.skus[one.code]))
            at = self.load.nine(_first_offered(one.code) - 31) - timedelta(hours=1)
            pieces = self.load.scaled(one.bottled, 24)
            self.supply.left[one.code] = 0
            self.move(one.code, pieces, MovementReason.OPENING, "From the bottling line", at, Role.FULFILMENT)
        for code, days, pieces, reason, note in _INCIDENTS:
            if abs(pieces) <= self.supply.left[code] // 8:
                self.move(
                    code, pieces, reason, note, self.load.nine(-days) + timedelta(hours=2), Role.FULFILMENT
                )

    def move(
        self, code: str, pieces: int, reason: MovementReason, note: str, at: datetime, role: Role
    ) -> None:
        """Books pieces that are for sale in or out."""
        self.supply.take(code, -pieces)
        self._write(code, pieces, reason, note, at, role)

    def keep_for_library(self, code: str, *, leave: int, at: datetime) -> None:
        """Takes all but ``leave`` of what is left to the library."""
        away = self.supply.left[code] - leave
        if away > 0:
            self.move(code, -away, MovementReason.TRANSFER, "To the library", at, Role.OWNER)

    def retire(self, release: str) -> None:
        """What was offered for the last time goes to the library two months after the release."""
        last = {item.sku: one for one in RELEASES for offer in one.offers for item in offer.items}
        for code, one in last.items():
            if one.name == release and one.closes_in_days < -300:
                self.keep_for_library(code, leave=0, at=self.load.nine(one.closes_in_days + 60))

    def close(self, shipments: Mapping[tuple[str, datetime], int], sold: Mapping[str, int]) -> None:
        """Shipments leave the books, and the counters say what orders still promise."""
        for (code, day), pieces in sorted(shipments.items(), key=lambda one: (one[0][1], one[0][0])):
            at = day + timedelta(hours=6)
            self._write(
                code, -pieces, MovementReason.SHIPPED, f"Shipped {day:%-d %B %Y}", at, Role.FULFILMENT
            )
        for code, pieces in sold.items():
            self.stocks[code].sold = pieces
        self._tell()

    def _write(
        self, code: str, pieces: int, reason: MovementReason, note: str, at: datetime, role: Role
    ) -> None:
        self.stocks[code].on_hand += pieces
        self._booked.append(
            Movement(
                stock=self.stocks[code],
                at=at,
                quantity=pieces,
                reason=reason.value,
                note=note,
                actor_label=self.team[role].label,
            )
        )

    def _tell(self) -> None:
        """The movements in the order of time, each with what was on hand after it."""
        actors = {actor.label: actor for actor in self.team.values()}
        on_hand: dict[str, int] = defaultdict(int)
        for movement in sorted(self._booked, key=lambda movement: movement.at):
            sku = movement.stock.sku
            on_hand[sku.code] += movement.quantity
            self.load.add(movement)
            self.load.act(
                EventName.STOCK_MOVED,
                "sku",
                sku,
                f"{movement.quantity:+d} ({movement.reason}), now {on_hand[sku.code]} on hand",
                by=actors[movement.actor_label],
                at=movement.at,
                data={
                    "quantity": movement.quantity,
                    "reason": movement.reason,
                    "on_hand": on_hand[sku.code],
                },
            )


def _first_offered(code: str) -> int:
    """The day, counted from today, on which a release first offers the sku; not after the autumn one."""
    days = [
        release.opens_in_days
        for release in RELEASES
        for offer in release.offers
        if any(item.sku == code for item in offer.items)
    ]
    return min([*days, -25])
