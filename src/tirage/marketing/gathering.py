"""What is known of the customers of a portion, and which of them something is sent about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from tirage.clubs.models import ClubMember
from tirage.clubs.states import LIVE
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Customer, Membership, Tag
from tirage.customers.sign_in import make_campaign_link
from tirage.customers.states import GroupKind
from tirage.marketing.models import MailingList, Subscriber, SyncRun
from tirage.marketing.protocol import MailingService, Person
from tirage.marketing.rules import LINK_DAYS, Facts, Ours, digest_of, link_turn, values_of
from tirage.marketing.states import Scope, Standing
from tirage.notifications.addresses import bounced
from tirage.segments.models import Segment
from tirage.segments.naming import Things, missing_things
from tirage.segments.queries import find_ids, ids_as_rows
from tirage.segments.rules import parse

#: The services' clocks may be so far from ours.
DOUBT = timedelta(days=1)
#: Where a link in a newsletter leads.
LINK_PATH = "/"


class Act(StrEnum):
    SEND = "send"
    #: They want no more mail: the service is told so.
    UNSUBSCRIBE = "unsubscribe"
    #: They don't belong on the list any more.
    REMOVE = "remove"
    #: Nothing is sent; why is noted.
    LEAVE_OUT = "leave_out"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about a customer. ``off`` is why they aren't on the list; ``email`` the address that it has."""

    customer: Customer
    subscriber: Subscriber | None
    act: Act
    off: str = ""
    email: str = ""
    #: Sent by another address before, which is changed there.
    moves_from: str = ""
    #: Puts them back who were off it.
    again: bool = False
    person: Person | None = None
    digest: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a list is for now, and who is in which segment; found once for several portions. None: everybody."""

    ids: frozenset[int] | None
    segments: Mapping[int, Sequence[str]]


def find_audience(mailing: MailingList, now: datetime) -> Audience:
    """Raises DomainError ``filter``, ``circle`` where its filter names what is there no more: that means nobody, and
    nobody is taken off for that.
    """
    ids = None
    if mailing.definition:
        node = parse(mailing.definition)
        if missing := missing_things(node, Things()):
            raise DomainError("filter", f"{missing[0]} Choose anew whom this list is for.")
        ids = frozenset(find_ids(node, now))
    segments: dict[int, list[str]] = defaultdict(list)
    if Ours.SEGMENTS.value in mailing.fields:
        for segment in Segment.objects.order_by("pk"):
            for pk in find_ids(parse(segment.definition), now):
                segments[pk].append(segment.name)
    return Audience(ids, segments)


def customers_of(mailing: MailingList, audience: Audience) -> QuerySet[Customer]:
    """Whom a run looks at: the audience, and everybody who is on the list."""
    if audience.ids is None:
        return Customer.objects.all()
    is_on_it = Subscriber.objects.filter(
        list=mailing, customer=OuterRef("pk"), state=Standing.SUBSCRIBED.value
    )
    return Customer.objects.filter(Q(pk__in=ids_as_rows(sorted(audience.ids))) | Exists(is_on_it))


def decide(
    run: SyncRun,
    mailing: MailingList,
    audience: Audience,
    service: MailingService,
    *,
    limit: int,
    now: datetime,
) -> list[Decision]:
    """What is done about the next ``limit`` customers of the run; about eight statements, however many they are."""
    rows = customers_of(mailing, audience).filter(pk__gt=run.cursor).annotate(is_bounced=bounced())
    people = list(rows.order_by("pk")[:limit])
    subscribers = {
        one.customer_id: one for one in Subscriber.objects.filter(list=mailing, customer__in=people)
    }
    facts = _facts(people, audience)
    made = []
    for customer in people:
        off = _why_off(customer, subscribers.get(customer.pk), audience, service)
        made.append(_decide(run, mailing, customer, subscribers.get(customer.pk), off, facts, service, now))
    return made


def _why_off(
    customer: Customer, subscriber: Subscriber | None, audience: Audience, service: MailingService
) -> str:
    """Why somebody isn't to be on the list; empty who is."""
    if not customer.is_active:
        return "Suspended."
    if customer.marketing_consent_at is None:
        return "Wants no more mail." if customer.marketing_left_at else "Never agreed to mail."
    if audience.ids is not None and customer.pk not in audience.ids:
        return "Not among those whom this list is for."
    if getattr(customer, "is_bounced", False):
        return "Their mailbox refused a mail of ours."
    if subscriber is None:
        return ""
    if subscriber.state == Standing.UNSUBSCRIBED and not _agreed_since(customer, subscriber):
        return f"Unsubscribed at {service.name}."
    if subscriber.state == Standing.BOUNCED and subscriber.email == customer.email:
        return f"Their mailbox refused mail from {service.name}."
    return ""


def _agreed_since(customer: Customer, subscriber: Subscriber) -> bool:
    """Whether they agreed anew after they had unsubscribed there; in doubt they didn't."""
    agreed, left = customer.marketing_consent_at, subscriber.left_at
    return agreed is not None and (
        agreed > subscriber.changed_at or (left is not None and agreed > left + DOUBT)
    )


def _decide(
    run: SyncRun,
    mailing: MailingList,
    customer: Customer,
    subscriber: Subscriber | None,
    off: str,
    facts: Mapping[int, Facts],
    service: MailingService,
    now: datetime,
) -> Decision:
    is_on_it = subscriber is not None and subscriber.state == Standing.SUBSCRIBED
    if off:
        if subscriber is not None and is_on_it:
            act = Act.UNSUBSCRIBE if customer.marketing_consent_at is None else Act.REMOVE
            return Decision(customer, subscriber, act, off, subscriber.email)
        return Decision(customer, subscriber, Act.LEAVE_OUT, off, customer.email)
    if (
        subscriber is not None
        and subscriber.state == Standing.REFUSED
        and subscriber.email == customer.email
        and run.scope == Scope.CHANGED
    ):
        return Decision(customer, subscriber, Act.KEEP, subscriber.reason, customer.email)
    asked = [Ours(name) for name in mailing.fields]
    values = values_of(facts[customer.pk], asked, service.most_characters)
    keys = {ours: mailing.fields[ours.value] for ours in asked}
    turn = link_turn(customer.session_epoch, now) if Ours.LINK in keys else ""
    digest = digest_of(customer.email, customer.name, values, keys, turn)
    is_same = subscriber is not None and is_on_it and subscriber.digest == digest
    if is_same and (run.scope == Scope.CHANGED or (subscriber and subscriber.run_id == run.pk)):
        return Decision(customer, subscriber, Act.KEEP, "", customer.email)
    filled = {keys[ours]: value for ours, value in values.items()}
    if Ours.LINK in keys:
        filled[keys[Ours.LINK]] = make_campaign_link(customer, LINK_PATH, LINK_DAYS, now=now)
    return Decision(
        customer,
        subscriber,
        Act.SEND,
        email=customer.email,
        moves_from=subscriber.email if subscriber and is_on_it and subscriber.email != customer.email else "",
        again=not is_on_it and _was_on_it(customer, subscriber),
        person=Person(customer.email, customer.name, filled),
        digest=digest,
        sent={ours.value: value for ours, value in values.items()},
    )


def _was_on_it(customer: Customer, subscriber: Subscriber | None) -> bool:
    """By this address: the service puts nobody back who was off its list, unless told to."""
    return (
        subscriber is not None
        and subscriber.email == customer.email
        and (subscriber.sent_at is not None or subscriber.state == Standing.UNSUBSCRIBED)
    )


def _facts(people: Sequence[Customer], audience: Audience) -> dict[int, Facts]:
    """Of each customer; three statements."""
    groups: dict[int, list[str]] = defaultdict(list)
    tiers: dict[int, str] = {}
    ids = [one.pk for one in people]
    memberships = Membership.objects.filter(customer__in=ids, group__is_test=False)
    for pk, name, kind in memberships.values_list("customer", "group__name", "kind"):
        groups[pk].append(name)
        if kind == GroupKind.ALLOCATION:
            tiers[pk] = name
    clubs = _names(
        ClubMember.objects.filter(customer__in=ids, state__in=[one.value for one in LIVE]).values_list(
            "customer", "club__name"
        )
    )
    tags = _names(Tag.customers.through.objects.filter(customer__in=ids).values_list("customer", "tag__name"))
    currency = current_winery().currency
    return {
        one.pk: Facts(
            first_name=one.first_name,
            last_name=one.last_name,
            groups=groups[one.pk],
            tier=tiers.get(one.pk, ""),
            clubs=clubs.get(one.pk, []),
            tags=tags.get(one.pk, []),
            segments=audience.segments.get(one.pk, ()),
            lifetime=Money(one.lifetime_minor, currency).decimal,
            orders=one.orders_count,
            first_order=local_time(one.first_order_at).date() if one.first_order_at else None,
            last_order=local_time(one.last_order_at).date() if one.last_order_at else None,
            signed_up=local_time(one.signed_up_at).date(),
        )
        for one in people
    }


def _names(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for pk, name in rows:
        found[pk].append(name)
    return found
