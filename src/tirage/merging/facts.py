"""Two accounts side by side: what each has, where they differ, what stands in the way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder

from tirage.clubs.models import ClubMember
from tirage.clubs.states import LIVE as LIVE_MEMBERS
from tirage.clubs.states import MemberState
from tirage.core.errors import Conflict
from tirage.customers.models import Customer, Membership
from tirage.customers.states import GroupKind
from tirage.joining.models import WaitingPlace
from tirage.joining.states import LIVE as LIVE_PLACES
from tirage.merging.references import count_all, rows_of
from tirage.merging.rules import Consent, Person, Side, differing, propose
from tirage.merging.table import RULES
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.states import OPEN
from tirage.standing.models import StandingLine, StandingOrder
from tirage.standing.states import LIVE as LIVE_STANDING
from tirage.standing.states import UNDER_WAY
from tirage.wishes.models import Wish

#: What a customer makes more of by looking around, or has more of by the worker: nothing that anybody decides by.
_EVERY_DAY = ("customers.CustomerSession.customer", "notifications.SentMail.customer")


@dataclass(frozen=True, slots=True)
class Account:
    """One of both, with what a page says of it beyond numbers."""

    customer: Customer
    person: Person
    #: Name, kind and since when, allocation groups first.
    groups: tuple[tuple[str, str, datetime], ...]
    addresses: tuple[str, ...]
    cards: tuple[str, ...]
    clubs: tuple[str, ...]
    tags: tuple[str, ...]
    standing: str
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Both:
    """``counts`` by the table's entry: of the one that stays, of the one that ends."""

    stays: Account
    ends: Account
    counts: dict[str, tuple[int, int]]

    @property
    def asked(self) -> tuple[str, ...]:
        """What somebody has to choose."""
        return differing(self.stays.person, self.ends.person)

    @property
    def proposed(self) -> dict[str, Side]:
        return propose(self.stays.person, self.ends.person)

    @property
    def digest(self) -> str:
        """Another one as soon as anything that the page shows has changed."""
        facts = [
            [
                one.person.email, one.person.name, one.person.phone, one.person.birth_date, one.person.group,
                one.person.consent, one.groups, one.addresses, one.cards, one.clubs, one.tags, one.standing,
                one.waiting_since, one.customer.reference, one.customer.credit_minor, one.customer.status,
                one.customer.note, one.customer.lifetime_minor,
            ]
            for one in (self.stays, self.ends)
        ]  # fmt: skip
        shown = {key: self.counts[key] for key, rule in RULES.items() if rule.one and key not in _EVERY_DAY}
        text = json.dumps([facts, shown], cls=DjangoJSONEncoder)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def consent_of(customer: Customer) -> Consent:
    if customer.marketing_left_at:
        return Consent.LEFT
    return Consent.AGREED if customer.marketing_consent_at else Consent.NEVER_ASKED


def look_at(stays: Customer, ends: Customer) -> Both:
    """Both as they are now; some twenty statements, whatever they have."""
    return Both(_account(stays), _account(ends), count_all((stays.pk, ends.pk)))


def _account(customer: Customer) -> Account:
    found = Membership.objects.filter(customer=customer).select_related("group")
    memberships = sorted(found, key=lambda one: (one.kind, one.group.name))
    tier = next((one.group.name for one in memberships if one.kind == GroupKind.ALLOCATION), "")
    person = Person(
        customer.email,
        f"{customer.first_name} {customer.last_name}".strip(),
        customer.phone,
        customer.birth_date,
        tier,
        consent_of(customer),
    )
    clubs = ClubMember.objects.filter(customer=customer, state__in=[state.value for state in LIVE_MEMBERS])
    live = StandingOrder.objects.filter(customer=customer, state__in=[state.value for state in LIVE_STANDING])
    place = WaitingPlace.objects.filter(customer=customer, state__in=[state.value for state in LIVE_PLACES])
    return Account(
        customer,
        person,
        tuple((one.group.name, one.kind, one.since) for one in memberships),
        tuple(str(one) for one in customer.addresses.filter(removed_at__isnull=True).order_by("pk")),
        tuple(
            one.label
            for one in customer.payment_methods.filter(removed_at__isnull=True, kept=True).order_by("pk")
        ),
        tuple(clubs.order_by("pk").values_list("club__name", flat=True)),
        tuple(customer.tags.order_by("name").values_list("name", flat=True)),
        next(iter(live.values_list("state", flat=True)), ""),
        next(iter(place.values_list("since", flat=True)), None),
    )


def refuse_under_way(stays: Customer, ends: Customer) -> None:
    """What has to end by itself before the account can. Raises Conflict with what it is and what to do."""
    if reason := find_obstacle(stays, ends):
        raise Conflict("under_way", reason)


def find_obstacle(stays: Customer, ends: Customer) -> str:
    """Why both can't be merged right now, in words; empty when they can. Six statements."""
    if ClubMember.objects.filter(customer__in=[stays, ends], state=MemberState.PAYING.value).exists():
        return (
            "A fee for joining a club is being paid. Wait until it has ended, which takes minutes at most, "
            "and look again."
        )
    is_open = [state.value for state in OPEN]
    unplaced = [OrderState.DRAFT.value, OrderState.PENDING.value]
    states = set(Order.objects.filter(customer=ends, state__in=unplaced).values_list("state", flat=True))
    if OrderState.DRAFT.value in states:
        return f"An order for {ends.name} is being put together. Place it or let it go, and look again."
    if states or Payment.objects.filter(order__customer=ends, state__in=is_open).exists():
        return (
            f"A payment of {ends.name} is under way. Wait until it has ended, which takes minutes at most, "
            "and look again."
        )
    wished = rows_of("wishes.Wish.customer", stays.pk).values("offer_item")
    granting = Wish.objects.filter(customer=ends, granting__gt=0, offer_item__in=wished)
    other = Wish.objects.filter(
        customer=stays,
        granting__gt=0,
        offer_item__in=rows_of("wishes.Wish.customer", ends.pk).values("offer_item"),
    )
    if granting.exists() or other.exists():
        return (
            "Both wish for the same wine, and one of the wishes is being granted. Wait until it is paid for, or let "
            "the grant go, and look again."
        )
    runs = StandingLine.objects.filter(customer=stays).values("run")
    lines = StandingLine.objects.filter(
        customer=ends, run__in=runs, outcome__in=[one.value for one in UNDER_WAY]
    )
    if lines.exists():
        return (
            f"The standing order of {ends.name} has bottles set aside or to be paid in a release for which "
            f"{stays.name} has one too. Wait until they are paid for, or take them back, and look again."
        )
    return ""
