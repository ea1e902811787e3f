"""Who buys what and when: pure chance within the rules of the offer, in the order of time."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tirage.demo.loader.crowd import Buyer
from tirage.demo.loader.offering import Offering, limits_of, price_of
from tirage.demo.people import Tier
from tirage.offers.models import OfferItem
from tirage.offers.rules import measure_rules

#: How many people order during each hour of a day, from midnight on, winery time.
_HOURS = (2, 1, 0, 0, 0, 1, 3, 6, 9, 14, 12, 10, 11, 10, 9, 8, 8, 9, 10, 11, 12, 10, 7, 4)
#: Of those who order at all: within the first hours, later on the first day, in the last two days.
_PEAK, _FIRST_DAY, _LAST_DAYS = 0.42, 0.2, 0.07
#: How much of what zeal promises comes true at a release, by tier.
_TAKE = {Tier.RIDGE: 1.0, Tier.SLOPE: 0.92, Tier.FIELD: 0.78, Tier.EMPLOYEE: 0.8}


@dataclass(slots=True)
class Supply:
    """Pieces that are left of each sku, by code; ``kept`` is never sold."""

    left: dict[str, int]
    kept: dict[str, int] = field(default_factory=dict)

    def free(self, code: str) -> int:
        return max(self.left[code] - self.kept.get(code, 0), 0)

    def take(self, code: str, pieces: int) -> None:
        self.left[code] -= pieces


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer who comes to an offer with money in hand."""

    at: datetime
    buyer: Buyer
    offering: Offering
    appetite: float


def visits(
    offerings: Sequence[Offering],
    buyers: Sequence[Buyer],
    *,
    chance: random.Random,
    zone: ZoneInfo,
    until: datetime,
) -> Iterator[Visit]:
    """Everybody who orders from these offers before ``until``, by time."""
    by_tier = {offering.tier: offering for offering in offerings}
    found: list[Visit] = []
    for buyer in buyers:
        offering = by_tier.get(buyer.offer_tier)
        if offering is None or buyer.tier is Tier.TEST:
            continue
        for at in _moments(buyer, offering, chance, zone):
            # Drawn also for those who haven't come yet: the hour must not move what others take.
            appetite = chance.betavariate(2, 2) * 0.5 + buyer.person.thirst * 0.5
            if at < until and buyer.may_buy(at):
                found.append(Visit(at, buyer, offering, appetite))
    yield from sorted(found, key=lambda visit: (visit.at, visit.buyer.person.number))


def _moments(buyer: Buyer, offering: Offering, chance: random.Random, zone: ZoneInfo) -> list[datetime]:
    """When the person orders: not at all, once, or now and then a second time."""
    comes = chance.random() < buyer.person.zeal * _TAKE.get(buyer.tier, 0.5)
    first = _moment(offering.offer.opens_at, offering.offer.closes_at, chance, zone)
    again = chance.random() < 0.06
    if buyer.is_keen:
        return [offering.offer.opens_at + timedelta(minutes=11)]
    if not comes:
        return []
    second = first + timedelta(hours=chance.uniform(1, 70))
    return [first, second] if again and second < offering.offer.closes_at else [first]


def _moment(opens_at: datetime, closes_at: datetime, chance: random.Random, zone: ZoneInfo) -> datetime:
    kind = chance.random()
    if kind < _PEAK:
        return opens_at + timedelta(minutes=0.3 + chance.expovariate(1 / 34))
    if kind < _PEAK + _FIRST_DAY:
        return opens_at + timedelta(hours=1 + chance.betavariate(1.1, 1.7) * 13)
    days = (closes_at - opens_at).days
    day = days - 1 - chance.random() * 2 if kind > 1 - _LAST_DAYS else 1 + chance.expovariate(1 / (days / 5))
    at = (opens_at + timedelta(days=min(int(day), days - 1))).astimezone(zone)
    hour = chance.choices(range(24), _HOURS)[0]
    at = at.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60))
    return max(at.astimezone(UTC), opens_at + timedelta(hours=1))


class Basket:
    """What people of one release take, within their limits and what is left."""

    def __init__(self, supply: Supply, chance: random.Random) -> None:
        self.supply, self.chance = supply, chance
        self.bought: dict[tuple[int, int], int] = defaultdict(int)

    def fill(self, visit: Visit) -> list[tuple[OfferItem, int]]:
        """The lines of an order that the checkout would accept; none when there is no such order."""
        picked = {item.pk: self._wanted(item, visit) for item in visit.offering.items}
        self._meet_minimum(picked, visit)
        self._meet_maximum(picked, visit)
        lines = [(item, picked[item.pk]) for item in visit.offering.items if picked[item.pk]]
        return lines if lines and self._is_allowed(lines, visit) else []

    def buy(self, visit: Visit) -> list[tuple[OfferItem, int]]:
        """As ``fill``, and the pieces are gone for everybody else."""
        lines = self.fill(visit)
        for item, pieces in lines:
            self.supply.take(item.sku.code, pieces)
            self.bought[visit.buyer.person.number, item.sku_id] += pieces
        return lines

    def _most(self, item: OfferItem, visit: Visit) -> int:
        had = self.bought[visit.buyer.person.number, item.sku_id]
        most = min(limits_of(item).cap(bought=had), self.supply.free(item.sku.code))
        most -= most % item.multiple
        return 0 if most + had < item.purchase_minimum else most

    def _wanted(self, item: OfferItem, visit: Visit) -> int:
        most, appetite, draw = self._most(item, visit), visit.appetite, self.chance.random()
        if not item.default_quantity:
            eager = draw < 0.12 + 0.75 * appetite
            return (
                self._in_multiples(item, self.chance.randint(1, item.purchase_maximum), most)
                if most and eager
                else 0
            )
        if draw < 0.2 * (1 - appetite):
            return 0
        if draw + appetite < 0.62:
            return self._in_multiples(item, item.default_quantity // 2 or 1, most)
        wanted = item.purchase_maximum if draw + appetite > 1.18 else item.default_quantity
        return self._in_multiples(item, wanted, most)

    @staticmethod
    def _in_multiples(item: OfferItem, wanted: int, most: int) -> int:
        up = -(-max(wanted, item.purchase_minimum, 1) // item.multiple) * item.multiple
        return min(up, most)

    def _meet_minimum(self, picked: dict[int, int], visit: Visit) -> None:
        for item in visit.offering.items:
            missing = visit.offering.rules.bottles_minimum - _bottles(picked, visit.offering)
            if missing <= 0 or not any(picked.values()):
                return
            more = -(-missing // (item.multiple * item.sku.units)) * item.multiple
            picked[item.pk] = min(picked[item.pk] + more, self._most(item, visit))

    @staticmethod
    def _meet_maximum(picked: dict[int, int], visit: Visit) -> None:
        maximum = visit.offering.rules.bottles_maximum
        for item in reversed(visit.offering.items):
            if maximum is None:
                return
            while picked[item.pk] and _bottles(picked, visit.offering) > maximum:
                picked[item.pk] -= item.multiple

    @staticmethod
    def _is_allowed(lines: list[tuple[OfferItem, int]], visit: Visit) -> bool:
        bottles = sum(item.sku.units * pieces for item, pieces in lines)
        wine_minor = sum(price_of(item) * pieces for item, pieces in lines)
        rules = measure_rules(visit.offering.rules, bottles=bottles, subtotal_minor=wine_minor)
        return all(rule.met for rule in rules)


def _bottles(picked: dict[int, int], offering: Offering) -> int:
    return sum(item.sku.units * picked[item.pk] for item in offering.items)
