"""The map: friends abroad, a few addresses that say nothing of where somebody lives, and everybody placed."""

from __future__ import annotations

import random
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from tirage.core.actors import Actor
from tirage.customers.models import Address, Customer
from tirage.demo.loader.named import NAMED
from tirage.insights.rebuilding import begin_rebuild, rebuild
from tirage.orders.models import Order
from tirage.segments.places import save_place

#: Country, city, state and postal code of those who heard of the estate abroad, and how many they are.
ABROAD = (
    ("SE", "Stockholm", "", "114 35", 14),
    ("SE", "Göteborg", "", "411 08", 5),
    ("GB", "London", "", "SW1A 1AA", 16),
    ("GB", "Edinburgh", "", "EH1 1YZ", 4),
    ("CA", "Vancouver", "BC", "V6B 1A1", 9),
    ("CA", "Toronto", "ON", "M5H 2N2", 8),
    ("DK", "København", "", "1050", 5),
    ("NO", "Oslo", "", "0150", 4),
    ("DE", "München", "", "80331", 5),
    ("CH", "Zürich", "", "8001", 5),
    ("FR", "Paris 16", "", "75116", 4),
    ("JP", "Tokyo", "", "100-0001", 7),
    ("HK", "Hong Kong", "", "", 4),
    ("SG", "Singapore", "", "018956", 3),
    ("AU", "Sydney", "NSW", "2000", 4),
)
#: Recipient (empty for the customer’s own name), company, street and flat: what isn’t anybody’s home.
NOT_HOME = (
    ("", "Halvorsen & Bright LLP", "201 Mission Street", "Suite 1200"),
    ("", "Pier Nine Studios", "9 Pier Nine", ""),
    ("", "", "FedEx Office Print & Ship, 50 Fremont Street", ""),
    ("", "", "UPS Access Point 84412", "1160 Polk Street"),
    ("Beatriz Quintanilla-Moreau", "", "77 Harriet Street", ""),
    ("", "", "Amazon Locker Tamarind", "633 Folsom Street"),
)


#: Corners of what somebody drew on the map: latitude and longitude.
DRAWN = (
    ("The bay", ((38.2, -123.1), (38.35, -121.9), (37.3, -121.5), (36.9, -121.9), (37.4, -122.6))),
    ("The Northwest drive", ((49.0, -123.0), (48.9, -121.6), (45.2, -122.0), (45.2, -123.3))),
)


def put_on_the_map(now: datetime, actor: Actor) -> None:
    """Gives some of those who have neither an address nor an order one, places everybody, and draws two places."""
    lot = random.Random(1_851)
    idle = Customer.objects.filter(
        ~Exists(Address.objects.filter(customer=OuterRef("pk"))),
        ~Exists(Order.objects.filter(customer=OuterRef("pk"))),
    ).exclude(email__in=[one.email for one in NAMED.values()])
    # Half of them keep having none; a small demo has fewer friends.
    people = list(idle.order_by("pk"))[::2]
    Address.objects.bulk_create(
        _address(one, lot, *where) for one, where in zip(people, _wanted(), strict=False)
    )
    _move_abroad(lot)
    rebuild(run=begin_rebuild(now=now, queue=False), clock=lambda: now)
    for name, corners in DRAWN:
        save_place(name=name, outline=corners, actor=actor, now=now)


def _move_abroad(lot: random.Random) -> None:
    """Some who bought live abroad, and have their wine sent to friends in the country as ever."""
    settled = Q(club_members__isnull=False) | Q(standing_orders__isnull=False)
    buyers = Customer.objects.filter(
        Exists(Order.objects.filter(customer=OuterRef("pk"), state__in=["placed", "shipped"])),
        Exists(Address.objects.filter(customer=OuterRef("pk"), is_default=True, removed_at__isnull=True)),
    ).exclude(settled | Q(email__in=[one.email for one in NAMED.values()]))
    movers = list(buyers.distinct().order_by("-pk"))[::17]
    homes = [place for place, said in _wanted() if not said and place["country"] != "US"]
    for one, place in zip(movers, homes[::3], strict=False):
        one.addresses.filter(is_default=True).update(is_default=False)
        _address(one, lot, place, {}).save()


_STREETS = ("Park Road", "Harbour Street", "Church Lane", "Station Road", "Museum Street", "King Street")


def _wanted() -> list[tuple[dict[str, str], dict[str, str]]]:
    """Where they live and what else is written on the envelope, one after the other."""
    found: list[tuple[dict[str, str], dict[str, str]]] = []
    for recipient, company, line1, line2 in NOT_HOME:
        said = {"recipient": recipient, "company": company, "line1": line1, "line2": line2}
        found.append(
            ({"country": "US", "city": "San Francisco", "state": "CA", "postal_code": "94105"}, said)
        )
    for country, city, state, code, many in ABROAD:
        found += [({"country": country, "city": city, "state": state, "postal_code": code}, {})] * many
    return found


def _address(customer: Customer, lot: random.Random, place: dict[str, str], said: dict[str, str]) -> Address:
    facts = {
        "recipient": customer.name,
        "line1": f"{lot.randrange(1, 90)} {lot.choice(_STREETS)}",
        **{name: value for name, value in said.items() if value},
    }
    return Address(customer=customer, is_default=True, **place, **facts)
