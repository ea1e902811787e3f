"""Who wishes for what in a release, and everything that a rule asks of them; a few statements however many they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

from django.conf import settings
from django.db.models import F, Max, QuerySet, Sum

from tirage.checkout.volumes import Parcel, judge_parcels, say_verdict
from tirage.core.winery import start_of_day
from tirage.customers.models import Address
from tirage.customers.states import CustomerStatus
from tirage.delivery.queries import quote_methods
from tirage.delivery.rules import Freight
from tirage.delivery.states import MethodKind
from tirage.offers.models import Release
from tirage.offers.states import ReleaseKind, WishKind
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import PaymentMethod
from tirage.payments.queries import expired
from tirage.places import address_key, special_kinds
from tirage.wishes.models import Wish
from tirage.wishes.rules import Objective
from tirage.wishes.states import WishState

#: Odds of a draw before the bonus for those who had nothing before.
SAME, BY_GROUP, BY_LOYALTY = "same", "group", "loyalty"
_PLACE = ("country", "line1", "line2", "city", "state", "postal_code")
#: Country, state, what is special about the address, and the carrier's location where it is one.
_Place: TypeAlias = tuple[str, str, Any, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run is made by besides its rule. ``case`` gives whole cases of so many pieces; 1 doesn't ask for them.

    ``bonus`` adds to the odds of a draw for each release in a row in which a customer wished and got nothing.
    ``since`` counts what was spent from that day on; without it all of it. ``objective``, ``minimum`` and
    ``prefers_case`` are the optimiser's (``rules.Aim``).
    """

    customer_cap: int | None = None
    household_cap: int | None = None
    case: int = 1
    odds: str = SAME
    bonus: int = 0
    since: date | None = None
    objective: str = Objective.EQUAL.value
    minimum: int = 1
    prefers_case: int = 1

    def as_json(self) -> dict[str, Any]:
        return {
            "objective": self.objective,
            "minimum": self.minimum,
            "prefers_case": self.prefers_case,
            "customer_cap": self.customer_cap,
            "household_cap": self.household_cap,
            "case": self.case,
            "odds": self.odds,
            "bonus": self.bonus,
            "since": self.since.isoformat() if self.since else None,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Terms:
        since = kept.get("since")
        return cls(**{**kept, "since": date.fromisoformat(since) if since else None})


@dataclass(slots=True)
class Asking:
    """One open wish with what a rule wants to know of its customer."""

    wish: dict[str, Any]
    household: str = ""
    spend_minor: int = 0
    weight: int = 1
    left_out: str = ""


@dataclass(slots=True)
class _Known:
    """Facts of the customers by their id."""

    homes: dict[int, dict[str, Any]] = field(default_factory=dict)
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    cards: set[int] = field(default_factory=set)
    spent: dict[int, int] = field(default_factory=dict)
    losses: dict[int, int] = field(default_factory=dict)


def open_wishes(release: Release, sku_ids: Collection[int]) -> QuerySet[Wish]:
    """Wishes of the release for these wines of which something can still be granted."""
    return Wish.objects.filter(
        offer_item__offer__release=release,
        offer_item__sku__in=list(sku_ids),
        state=WishState.OPEN.value,
        asked__gt=F("granted") + F("granting"),
    )


def gather(
    wishes: QuerySet[Wish], release: Release, terms: Terms, now: datetime, *, pieces: int | None = None
) -> list[Asking]:
    """Open wishes of the release, the oldest first, with why one is left out.

    ``pieces`` of each are to be granted, else all that is open of it. At most nine statements, one for each state, and
    two for each that has volume limits.
    """
    rows = wishes.order_by("made_at", "id").values(
        "id",
        "reference",
        "kind",
        "asked",
        "granted",
        "granting",
        "customer_id",
        "price_minor",
        sku=F("offer_item__sku_id"),
        multiple=F("offer_item__multiple"),
        millilitres=F("offer_item__sku__millilitres"),
        units=F("offer_item__sku__units"),
        offered=F("offer_item__price_minor"),
        list_price=F("offer_item__sku__price_minor"),
        rank=F("offer_item__offer__group__rank"),
        status=F("customer__status"),
        lifetime=F("customer__lifetime_minor"),
        first_order_at=F("customer__first_order_at"),
    )
    found = [Asking(dict(row)) for row in rows]
    known = _known(wishes, release, terms, now)
    ranks = sorted({asking.wish["rank"] for asking in found})
    closed = _closed_places(known, now)
    in_bond = release.kind == ReleaseKind.EN_PRIMEUR
    for asking in found:
        customer = asking.wish["customer_id"]
        asking.household = household_of(known.homes.get(customer))
        asking.spend_minor = known.spent.get(customer, 0) if terms.since else asking.wish["lifetime"]
        asking.weight = _weight(asking.wish, ranks, terms, now) + terms.bonus * known.losses.get(customer, 0)
        asking.left_out = _left_out(asking.wish, known, closed, in_bond=in_bond)
    _leave_out_beyond(found, known, pieces, now)
    return found


def _leave_out_beyond(found: Sequence[Asking], known: _Known, pieces: int | None, now: datetime) -> None:
    """Wishes for more than the law of where they would go lets go there, with what of the same customer is older."""
    asked: list[tuple[Asking, Parcel]] = []
    for one in found:
        to, wish = _goes_to(one.wish, known), one.wish
        if one.left_out or to is None or not _is_shipped(to):
            continue
        count = wish["asked"] - wish["granted"] - wish["granting"] if pieces is None else pieces
        parcel = Parcel(
            wish["customer_id"],
            count * wish["units"] * wish["millilitres"],
            to,
            to.get("made_at", now),
            to.get("id", 0),
            skus=frozenset({wish["sku"]}),
            asked_at=now,
        )
        asked.append((one, parcel))
    verdicts = judge_parcels([parcel for _, parcel in asked])
    for (one, parcel), verdict in zip(asked, verdicts, strict=True):
        one.left_out = say_verdict(verdict, parcel.place, asks=False)


def _known(wishes: QuerySet[Wish], release: Release, terms: Terms, now: datetime) -> _Known:
    customers = wishes.order_by().values("customer")
    homes = Address.objects.filter(customer__in=customers, is_default=True, removed_at__isnull=True)
    orders = Order.objects.filter(
        customer__in=customers, release=release, state=OrderState.PLACED.value
    ).order_by("id")
    cards = PaymentMethod.objects.filter(
        customer__in=customers, removed_at__isnull=True, gateway=settings.TIRAGE_GATEWAY
    ).exclude(expired(now))
    return _Known(
        {row["customer_id"]: row for row in homes.values("customer_id", *_PLACE)},
        {
            row["customer_id"]: {**row, "state": row["ship_state"]}
            for row in orders.values(
                "id",
                "customer_id",
                "made_at",
                "line1",
                "line2",
                "city",
                "postal_code",
                "country",
                "ship_state",
                "location",
                way=F("method__kind"),
            )
        },
        set(cards.values_list("customer_id", flat=True)),
        _spent(customers, terms.since) if terms.since else {},
        _losses(customers, release) if terms.bonus else {},
    )


def _spent(customers: Any, since: date) -> dict[int, int]:
    orders = Order.objects.filter(
        customer__in=customers,
        placed_at__gte=start_of_day(since),
        state__in=[OrderState.PLACED.value, OrderState.SHIPPED.value],
    )
    sums = orders.order_by().values("customer_id").annotate(spent=Sum("owed_minor"))
    return dict(sums.values_list("customer_id", "spent"))


def _losses(customers: Any, release: Release) -> dict[int, int]:
    """How many releases in a row, the latest first, each customer wished in and got nothing."""
    answered = Wish.objects.filter(customer__in=customers).exclude(offer_item__offer__release=release)
    by_release = (
        answered.exclude(state=WishState.WITHDRAWN.value)
        .order_by()
        .values("customer_id", "offer_item__offer__release")
        .annotate(got=Sum("granted"), at=Max("made_at"))
        .order_by("-at")
    )
    streaks: dict[int, int] = {}
    ended: set[int] = set()
    for row in by_release:
        customer = row["customer_id"]
        if row["got"]:
            ended.add(customer)
        elif customer not in ended:
            streaks[customer] = streaks.get(customer, 0) + 1
    return streaks


def _weight(wish: dict[str, Any], ranks: list[int], terms: Terms, now: datetime) -> int:
    """Odds before the bonus: one each; one more for each lower group; or one for each year as a customer."""
    if terms.odds == BY_GROUP:
        return len(ranks) - ranks.index(wish["rank"])
    if terms.odds == BY_LOYALTY and wish["first_order_at"]:
        days: int = (now - wish["first_order_at"]).days
        return 1 + max(days // 365, 0)
    return 1


def household_of(home: dict[str, Any] | None) -> str:
    """Who lives at one address is one household, however it is spelled."""
    if home is None:
        return ""
    place = ("line1", "line2", "city", "state", "postal_code", "country")
    return " ".join(address_key(*(home[part] or "" for part in place)))[:240]


def _place(row: dict[str, Any]) -> _Place:
    special = special_kinds(**{part: row[part] or "" for part in _PLACE})
    return row["country"], row["state"], special, row.get("location") or ""


def _closed_places(known: _Known, now: datetime) -> set[_Place]:
    """Places that no carrier takes wine to; each kind of place is asked for once."""
    rows: Iterable[dict[str, Any]] = [*known.homes.values(), *known.orders.values()]
    return {place for place in {_place(row) for row in rows} if not _reached(place, now)}


def _reached(place: _Place, now: datetime) -> bool:
    country, state, special, location = place
    ways = quote_methods(
        country=country,
        state=state,
        freight=Freight(1000),
        free_shipping=False,
        special=special,
        location=location,
        staff=True,
        now=now,
    )
    return any(way.kind.is_sent and not way.refuses for way in ways)


def _left_out(wish: dict[str, Any], known: _Known, closed: set[_Place], *, in_bond: bool) -> str:
    """Wine en primeur is set aside for its customer, who says at the checkout how it is paid; it goes nowhere yet."""
    customer = wish["customer_id"]
    if wish["status"] != CustomerStatus.ACTIVE:
        return "The account is suspended."
    if in_bond:
        return ""
    is_promise = wish["kind"] == WishKind.PROMISE
    if is_promise and customer not in known.cards:
        return "No card is saved that still works."
    goes_to = _goes_to(wish, known)
    if goes_to is None:
        return "No address is saved." if is_promise else ""
    if _is_shipped(goes_to) and _place(goes_to) in closed:
        return f"No carrier takes wine to {goes_to['city']}, {goes_to['state'] or goes_to['country']}."
    return ""


def _goes_to(wish: dict[str, Any], known: _Known) -> dict[str, Any] | None:
    """Where a wish would go: with the order that it comes to, else home.

    Who asks for the right to buy says at the checkout how it is paid, and where it goes.
    """
    customer = wish["customer_id"]
    order = known.orders.get(customer) if wish["kind"] == WishKind.PROMISE else None
    return order or known.homes.get(customer)


def _is_shipped(goes_to: dict[str, Any]) -> bool:
    way = goes_to.get("way") or MethodKind.SHIP.value
    return MethodKind(way).is_sent
