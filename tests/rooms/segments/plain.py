"""The filter language once more, as a child would do it: everything read into memory, loops, no SQL.

Property tests compare it with what the database finds (``test_compiling.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tirage.checkout.models import Cart, OfferLook
from tirage.clubs.models import ClubMember
from tirage.core.winery import current_winery
from tirage.customers.models import Address, Customer, Membership, PastMembership, PastSuspension, Tag
from tirage.insights.models import Placement
from tirage.inventory.models import Hold
from tirage.notifications.mailbox_models import Mailbox
from tirage.notifications.models import OfferInvitation, SentMail
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.orders.models import Order, OrderCharge, OrderLine
from tirage.payments.models import Payment, PaymentMethod
from tirage.places import find_zip, is_inside, miles_between
from tirage.segments.models import CustomerListMember, SavedPlace, Segment
from tirage.segments.rules import Condition, Junction, Node, Span, Unit, parse
from tirage.wishes.models import Wish


@dataclass
class Books:
    """Everything there is, as lists."""

    now: datetime
    people: list[Customer]
    orders: list[Order]
    lines: list[OrderLine]
    charges: list[OrderCharge]
    wishes: list[Wish]
    payments: list[Payment]
    cards: list[PaymentMethod]
    addresses: list[Address]
    present: list[Membership]
    past: list[PastMembership]
    offers: list[Offer]
    items: list[OfferItem]
    allowances: list[CustomAllowance]
    quiet: list[PastSuspension]
    clubs: dict[tuple[str, int], set[str]]
    tags: set[tuple[str, int]]
    lists: set[tuple[str, int]]
    segments: dict[str, Node]
    #: Release and customer: invited to it, saw an offer of it, have something in its cart.
    marks: dict[str, set[tuple[str, int]]]
    mails: list[SentMail]
    classes: dict[int, str] = field(default_factory=dict)

    def of(self, name: str, key: str) -> dict[Any, list[Any]]:
        """The rows of one list by one of their columns, sorted out once."""
        kept: dict[Any, list[Any]] = self._sorted.get((name, key), {})
        if not kept:
            for row in getattr(self, name):
                kept.setdefault(getattr(row, key), []).append(row)
            self._sorted[name, key] = kept
        return kept

    @cached_property
    def _sorted(self) -> dict[tuple[str, str], dict[Any, list[Any]]]:
        return {}

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(current_winery().time_zone)

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


def read_books(now: datetime) -> Books:
    return Books(
        now=now,
        people=list(Customer.objects.all()),
        orders=list(Order.objects.select_related("release")),
        lines=list(OrderLine.objects.select_related("sku__vintage__wine")),
        charges=list(OrderCharge.objects.all()),
        wishes=list(
            Wish.objects.select_related("offer_item__sku__vintage__wine", "offer_item__offer__release")
        ),
        payments=list(Payment.objects.all()),
        cards=list(PaymentMethod.objects.all()),
        addresses=list(Address.objects.all()),
        present=list(Membership.objects.select_related("group")),
        past=list(PastMembership.objects.select_related("group")),
        offers=list(Offer.objects.select_related("release", "group")),
        items=list(OfferItem.objects.select_related("sku")),
        allowances=list(CustomAllowance.objects.all()),
        quiet=list(PastSuspension.objects.all()),
        clubs=_clubs(),
        tags={(tag.name, customer.pk) for tag in Tag.objects.all() for customer in tag.customers.all()},
        lists=set(CustomerListMember.objects.values_list("list__reference", "customer_id")),
        segments={one.reference: parse(one.definition) for one in Segment.objects.all()},
        marks={
            "invited": {
                (key, one.customer_id)
                for one in OfferInvitation.objects.select_related("offer__release", "offer__group")
                for key in (
                    one.offer.release.reference,
                    f"{one.offer.release.reference}{one.offer.group.reference}",
                )
            },
            "seen": set(OfferLook.objects.values_list("offer__release__reference", "customer_id")),
            "in_cart": {
                (cart.release.reference, cart.customer_id)
                for cart in Cart.objects.filter(kept_until=None).select_related("release")
                if Hold.objects.filter(holder=cart.reference, expires_at__gt=now)
            },
        },
        mails=list(SentMail.objects.all()),
    )


def _clubs() -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = {}
    for one in ClubMember.objects.select_related("club"):
        found.setdefault((one.club.reference, one.customer_id), set()).add(one.state)
    return found


#: Whether the states of somebody's memberships of one club are what is asked for.
_CLUB_STATES: dict[str, Callable[[set[str]], bool]] = {
    "member": lambda states: bool(states & {"active", "paused"}),
    "paused": lambda states: "paused" in states,
    "left": lambda states: "left" in states and not states & {"active", "paused"},
}


def who(books: Books, node: Node) -> set[int]:
    """The ids of everybody who fits."""
    return {person.pk for person in books.people if fits(books, node, person)}


def fits(books: Books, node: Node, person: Customer) -> bool:
    if isinstance(node, Condition):
        return _CHECKS[node.word](books, node, person)
    said = [fits(books, part, person) for part in node.parts]
    return {Junction.ALL: all, Junction.ANY: any, Junction.NONE: lambda parts: not any(parts)}[node.junction](
        said
    )


def _in_period(books: Books, found: Condition, moment: datetime | None) -> bool:
    if moment is None:
        return False
    day, last = books.day(moment), found.get("last")
    if isinstance(last, Span):
        return _back(books.today, last) <= day <= books.today
    since, until = found.get("since"), found.get("until")
    return not (isinstance(since, date) and day < since) and not (isinstance(until, date) and day > until)


def _back(today: date, span: Span) -> date:
    """Counted off a month at a time."""
    if span.unit is Unit.DAYS:
        return today - timedelta(days=span.count)
    year, month = today.year, today.month
    for _ in range(span.count * (12 if span.unit is Unit.YEARS else 1)):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    day = today.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def _between(found: Condition, value: Decimal | int) -> bool:
    low, high = found.number("from"), found.number("to")
    return (low is None or value >= low) and (high is None or value <= high)


def _standing(books: Books, person: Customer, found: Condition | None = None) -> list[Order]:
    return [
        order
        for order in books.of("orders", "customer_id").get(person.pk, [])
        if order.state in ("placed", "shipped")
        and (found is None or _in_period(books, found, order.placed_at))
    ]


def _wine(books: Books, orders: Iterable[Order]) -> Decimal:
    ids = {order.pk for order in orders}
    lines = sum(one.quantity * one.unit_price_minor for one in _lines(books, ids))
    charges = [one for pk in ids for one in books.of("charges", "order_id").get(pk, [])]
    off = sum(one.amount_minor for one in charges if one.kind == "discount")
    return Decimal(lines + off) / 100


def _lines(books: Books, orders: Iterable[int]) -> list[OrderLine]:
    return [one for pk in orders for one in books.of("lines", "order_id").get(pk, [])]


def _spent(books: Books, found: Condition, person: Customer) -> bool:
    return _between(found, _wine(books, _standing(books, person, found)))


def _orders(books: Books, found: Condition, person: Customer) -> bool:
    return _between(found, len(_standing(books, person, found)))


def _bottles(books: Books, found: Condition, person: Customer) -> bool:
    ids = {order.pk for order in _standing(books, person, found)}
    return _between(found, sum(one.quantity * one.sku.units for one in _lines(books, ids)))


def _average(books: Books, found: Condition, person: Customer) -> bool:
    orders = _standing(books, person, found)
    return bool(orders) and _between(found, _wine(books, orders) / len(orders))


def _refunded(books: Books, found: Condition, person: Customer) -> bool:
    ids = {order.pk for order in books.of("orders", "customer_id").get(person.pk, [])}
    paying = [one for pk in ids for one in books.of("payments", "order_id").get(pk, [])]
    mine = [one for one in paying if one.state == "settled"]
    paid = sum(one.amount_minor for one in mine if one.kind in ("charge", "capture"))
    back = sum(one.amount_minor for one in mine if one.kind == "refund")
    return paid > 0 and _between(found, Decimal(back * 100) / paid)


def _is_wine(found: Condition, sku: Any) -> bool:
    year = sku.vintage.year
    return (
        found.text("sku") in ("", sku.code)
        and found.text("wine") in ("", sku.vintage.wine.reference)
        and found.text("vintage") in ("", f"{sku.vintage.wine.reference}.{year if year else 'NV'}")
    )


def _bought(books: Books, found: Condition, person: Customer) -> bool:
    release = found.text("release")
    for order in _standing(books, person, found):
        if release and (order.release is None or order.release.reference != release):
            continue
        bottles = sum(one.quantity for one in _lines(books, [order.pk]) if _is_wine(found, one.sku))
        if bottles > 0:
            return True
    return False


def _placed(books: Books, person: Customer) -> list[datetime]:
    return sorted(order.placed_at for order in _standing(books, person) if order.placed_at)


def _first(books: Books, found: Condition, person: Customer) -> bool:
    placed = _placed(books, person)
    return bool(placed) and _in_period(books, found, placed[0])


def _last(books: Books, found: Condition, person: Customer) -> bool:
    placed = _placed(books, person)
    return bool(placed) and _in_period(books, found, placed[-1])


def _wished(books: Books, found: Condition, person: Customer) -> bool:
    became: dict[str, Callable[[Wish], bool]] = {
        "asked": lambda wish: True,
        "granted": lambda wish: wish.granted > 0,
        "declined": lambda wish: wish.state == "declined",
    }
    return any(
        wish.customer_id == person.pk
        and became[found.text("outcome")](wish)
        and _is_wine(found, wish.offer_item.sku)
        and found.text("release") in ("", wish.offer_item.offer.release.reference)
        and _in_period(books, found, wish.made_at)
        for wish in books.wishes
    )


def _group(books: Books, found: Condition, person: Customer) -> bool:
    on = found.get("on")
    mine = [
        one
        for one in books.present
        if one.customer_id == person.pk and one.group.reference == found.text("group")
    ]
    if not isinstance(on, date):
        return bool(mine)
    gone = [
        one
        for one in books.past
        if one.customer_id == person.pk and one.group.reference == found.text("group")
    ]
    begins = datetime(on.year, on.month, on.day, tzinfo=books.zone).astimezone(UTC)
    ends = datetime.combine(on + timedelta(days=1), datetime.min.time(), tzinfo=books.zone).astimezone(UTC)
    return any(one.since < ends for one in mine) or any(
        one.since < ends and one.until > begins for one in gone
    )


def _home(books: Books, person: Customer) -> Address | None:
    homes = (one for one in books.addresses if one.customer_id == person.pk and one.is_default)
    return next((one for one in homes if one.removed_at is None), None)


def _near(books: Books, found: Condition, person: Customer) -> bool:
    home, middle = _home(books, person), find_zip(found.text("zip"))
    there = find_zip(home.postal_code) if home and home.country == "US" else None
    if there is None or there.latitude is None or there.longitude is None:
        return False
    assert middle and middle.latitude is not None and middle.longitude is not None
    miles = miles_between(middle.latitude, middle.longitude, there.latitude, there.longitude)
    return miles <= found.whole("miles")


_HOME_FIELDS = {
    "state": "state",
    "metro": "metro",
    "county": "county",
    "zip": "zip_code",
    "country": "country",
}


def _placement(person: Customer) -> Placement | None:
    found = Placement.objects.filter(customer=person).first()
    return found if found and found.coverage != "excluded" else None


def _lives(books: Books, found: Condition, person: Customer) -> bool:
    kind, code = found.text("area").split("-", 1)
    home = _placement(person)
    if home is None or (kind in ("state", "zip") and home.country != "US"):
        return False
    return bool(getattr(home, _HOME_FIELDS[kind]) == code)


def _in_place(books: Books, found: Condition, person: Customer) -> bool:
    home, kept = _placement(person), SavedPlace.objects.filter(reference=found.text("place")).first()
    if home is None or kept is None or home.latitude is None or home.longitude is None:
        return False
    return is_inside(kept.corners, home.latitude, home.longitude)


def _valid(books: Books, person: Customer, day: date) -> list[PaymentMethod]:
    return [
        card
        for card in books.cards
        if card.customer_id == person.pk
        and card.kept
        and card.removed_at is None
        and (card.exp_year, card.exp_month) >= (day.year, day.month)
    ]


def _expires(books: Books, found: Condition, person: Customer) -> bool:
    """Valid today, and on the day after those days not any more."""
    then = _valid(books, person, books.today + timedelta(days=found.whole("days") + 1))
    return len(_valid(books, person, books.today)) > len(then)


def _anniversary(books: Books, found: Condition, person: Customer) -> bool:
    first = _placed(books, person)
    of: dict[str, date | None] = {
        "birthday": person.birth_date,
        "sign_up": books.day(person.signed_up_at),
        "first_order": books.day(first[0]) if first else None,
    }
    day = of[found.text("of")]
    if day is None or (found.text("of") != "birthday" and day >= books.today):
        return False
    for ahead in range(found.whole("days") + 1):
        coming = books.today + timedelta(days=ahead)
        try:
            kept = day.replace(year=coming.year)
        except ValueError:
            kept = date(coming.year, 2, 28)
        if kept == coming:
            return True
    return False


def _rfm(books: Books, found: Condition, person: Customer) -> bool:
    return rfm_class(books, person) == found.text("class")


def rfm_class(books: Books, person: Customer) -> str:
    if person.pk not in books.classes:
        books.classes[person.pk] = _rfm_class(books, person)
    return books.classes[person.pk]


def _rfm_class(books: Books, person: Customer) -> str:
    buyers = {one.pk: _placed(books, one) for one in books.people if _placed(books, one)}
    if person.pk not in buyers:
        return "never"

    def score(of: dict[int, Any]) -> int:
        return 1 + 5 * sum(value < of[person.pk] for value in of.values()) // len(of)

    r = score({pk: placed[-1] for pk, placed in buyers.items()})
    f = score({pk: len(placed) for pk, placed in buyers.items()})
    m = score({one.pk: _wine(books, _standing(books, one)) for one in books.people if one.pk in buyers})
    if min(r, f, m) >= 4:
        return "champions"
    if f >= 4 and r >= 3:
        return "loyal"
    if r >= 4 and f <= 2:
        return "new"
    if r <= 2:
        return "at_risk" if f >= 3 else "asleep"
    return "steady"


def _take(books: Books, found: Condition, person: Customer) -> bool:
    opened = opened_at(books)
    latest = sorted(opened, key=lambda pk: (opened[pk], pk), reverse=True)[: found.whole("releases")]
    offered, taken = offered_and_taken(books, person, latest)
    return offered > 0 and _between(found, Decimal(taken * 100) / offered)


def _shown(books: Books) -> list[tuple[Offer, datetime, datetime]]:
    shown = []
    for offer in books.offers:
        begins = max(offer.opens_at, offer.activated_at or offer.opens_at)
        ends = min(
            offer.closes_at, offer.deactivated_at or offer.closes_at, books.now + timedelta(microseconds=1)
        )
        if (offer.is_active or offer.deactivated_at) and begins < ends:
            shown.append((offer, begins, ends))
    return shown


def opened_at(books: Books) -> dict[int, datetime]:
    """When each release first opened."""
    opened: dict[int, datetime] = {}
    for offer, _, _ in _shown(books):
        opened[offer.release_id] = min(opened.get(offer.release_id, offer.opens_at), offer.opens_at)
    return opened


def offered_and_taken(books: Books, person: Customer, releases: Iterable[int]) -> tuple[int, int]:
    """Bottles that these releases offered to somebody, and what they took."""
    of = set(releases)
    offered = 0
    for offer, begins, ends in _shown(books):
        if offer.release_id not in of or not _was_offered(books, person, offer, begins, ends):
            continue
        for item in (one for one in books.items if one.offer_id == offer.pk):
            own = [
                one
                for one in books.allowances
                if one.offer_item_id == item.pk and one.customer_id == person.pk
            ]
            offered += (own[0] if own else item).purchase_maximum * item.sku.units
    ids = {order.pk for order in _standing(books, person) if order.release_id in of}
    return offered, sum(one.quantity * one.sku.units for one in _lines(books, ids))


def _was_offered(books: Books, person: Customer, offer: Offer, begins: datetime, ends: datetime) -> bool:
    inside = any(
        one.customer_id == person.pk and one.group_id == offer.group_id and one.since < ends
        for one in books.present
    ) or any(
        one.customer_id == person.pk
        and one.group_id == offer.group_id
        and one.since < ends
        and one.until > begins
        for one in books.past
    )
    suspended = person.status == "suspended" and (
        person.suspended_at is None or person.suspended_at <= begins
    )
    was = any(
        one.customer_id == person.pk and one.since <= begins and one.until >= ends for one in books.quiet
    )
    return inside and not suspended and not was


def _offered(books: Books, found: Condition, person: Customer) -> bool:
    """By the group that they are in, or else by the one that they left last."""
    windows = []
    for offer in books.offers:
        was = offer.is_active or (offer.deactivated_at is not None and offer.deactivated_at > offer.opens_at)
        if was and offer.release.reference == found.text("release"):
            begins = max(offer.opens_at, offer.activated_at or offer.opens_at)
            ends = min(offer.closes_at, offer.deactivated_at or offer.closes_at)
            if offer.is_active and offer.closes_at > books.now:
                ends = books.now
            windows.append((offer, begins, ends))
    in_it = [
        window
        for window in windows
        for one in books.present
        if (one.customer_id, one.group_id) == (person.pk, window[0].group_id) and one.since <= window[2]
    ]
    left = [
        (one.until, one.pk, window)
        for window in windows
        for one in books.past
        if (one.customer_id, one.group_id) == (person.pk, window[0].group_id)
        and one.since < window[2]
        and one.until > window[1]
    ]
    counted = in_it or [max(left, key=lambda one: one[:2])[2]] if in_it or left else []
    return any(
        not _was_silent(books, person, begins, ends)
        for offer, begins, ends in counted
        if found.text("group") == offer.group.reference or not (found.text("group") or offer.group.is_test)
    )


def _was_silent(books: Books, person: Customer, begins: datetime, ends: datetime) -> bool:
    if person.status == "suspended" and (person.suspended_at is None or person.suspended_at <= begins):
        return True
    return any(
        one.customer_id == person.pk and one.since <= begins and one.until >= ends for one in books.quiet
    )


def _marked(books: Books, found: Condition, person: Customer) -> bool:
    return (found.text("release") + found.text("group"), person.pk) in books.marks[found.word]


def _bounced(books: Books, found: Condition, person: Customer) -> bool:
    mine = [one for one in books.mails if one.customer_id == person.pk]
    refused = [one for one in mine if one.refused_by == person.email]
    told = Mailbox.objects.filter(address=person.email, why="bounced", taken_back_at__isnull=True)
    return told.exists() or any(
        not any(other.sent_at and other.sent_at > one.due_at for other in mine) for one in refused
    )


_CHECKS: dict[str, Callable[[Books, Condition, Customer], bool]] = {
    "offered": _offered,
    "invited": _marked,
    "seen": _marked,
    "in_cart": _marked,
    "bounced": _bounced,
    "spent": _spent,
    "orders": _orders,
    "bottles": _bottles,
    "average": _average,
    "refunded": _refunded,
    "credit": lambda books, found, person: _between(found, Decimal(person.credit_minor) / 100),
    "rfm": _rfm,
    "bought": _bought,
    "first_order": _first,
    "last_order": _last,
    "take": _take,
    "wished": _wished,
    "group": _group,
    "tier": lambda books, found, person: any(
        one.customer_id == person.pk and one.group.kind == "allocation" for one in books.present
    ),
    "club": lambda books, found, person: _CLUB_STATES[found.text("as")](
        books.clubs.get((found.text("club"), person.pk), set())
    ),
    "tag": lambda books, found, person: (found.text("tag"), person.pk) in books.tags,
    "segment": lambda books, found, person: (
        found.text("segment") in books.segments and fits(books, books.segments[found.text("segment")], person)
    ),
    "list": lambda books, found, person: (found.text("list"), person.pk) in books.lists,
    "state": lambda books, found, person: (
        (home := _home(books, person)) is not None
        and (home.country, home.state) == ("US", found.text("state"))
    ),
    "zip": lambda books, found, person: (
        (home := _home(books, person)) is not None and home.postal_code.startswith(found.text("zip"))
    ),
    "near": _near,
    "lives": _lives,
    "place": _in_place,
    "signed_up": lambda books, found, person: _in_period(books, found, person.signed_up_at),
    "source": lambda books, found, person: person.source == found.text("source"),
    "opted_in": lambda books, found, person: person.marketing_consent_at is not None,
    "suspended": lambda books, found, person: person.status == "suspended",
    "card": lambda books, found, person: bool(_valid(books, person, books.today)),
    "card_expires": _expires,
    "anniversary": _anniversary,
}
