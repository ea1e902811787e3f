"""The people: customers with their addresses, groups, tags and cards."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

from tirage.core.actors import Actor, system
from tirage.core.events import EventName
from tirage.customers.models import Address, Customer, Group, Membership, Tag
from tirage.customers.rules import search_text_of
from tirage.customers.states import ConsentSource, CustomerStatus
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED, cast_people
from tirage.demo.people import DemoAddress, DemoPerson, Tier, make_people
from tirage.demo.words import GROUPS
from tirage.payments.gateways import current_gateway
from tirage.payments.models import PaymentMethod
from tirage.payments.protocol import PastCard

#: How many of a tier have saved a card: about seven of ten people in all.
_CARDS = {
    Tier.RIDGE: 0.97,
    Tier.SLOPE: 0.95,
    Tier.FIELD: 0.92,
    Tier.WAITING: 0.34,
    Tier.EMPLOYEE: 0.95,
    Tier.TEST: 1.0,
    Tier.NONE: 0.42,
}
#: Test cards that succeed, by brand, and how many people carry one.
_BRANDS = (
    ("Visa", "4242424242424242"),
    ("Mastercard", "5555555555554444"),
    ("American Express", "378282246310005"),
)
_BRAND_WEIGHTS = (58, 26, 16)
#: People of these tiers are asked to buy; employees buy with Field, at their own discount.
_MEMBERS = (Tier.RIDGE, Tier.SLOPE, Tier.FIELD, Tier.EMPLOYEE)


@dataclass(slots=True)
class Buyer:
    """A person with the rows that stand for them."""

    person: DemoPerson
    customer: Customer
    tier: Tier
    addresses: list[Address] = field(default_factory=list)
    cards: list[PaymentMethod] = field(default_factory=list)
    since: datetime | None = None
    suspended_at: datetime | None = None
    discount_bp: int = 0
    free_shipping: bool = False
    #: Of the named: has ordered nothing in the open release; orders in every one, and wishes for more.
    waits: bool = False
    is_keen: bool = False
    #: Orders nothing in the open release before the last minutes, in which the cart is filled.
    comes_last: bool = False

    @property
    def offer_tier(self) -> Tier:
        """The tier whose offers the person sees."""
        return Tier.FIELD if self.tier is Tier.EMPLOYEE else self.tier

    def may_buy(self, at: datetime) -> bool:
        return (
            bool(self.cards)
            and self.since is not None
            and self.since <= at
            and (self.suspended_at is None or at < self.suspended_at)
        )


def build_groups(load: Load, owner: Actor) -> dict[Tier, Group]:
    groups = {}
    for one in GROUPS:
        group = Group.objects.create(
            reference=load.reference("GRP"),
            name=one.name,
            internal_description=one.criteria,
            kind=one.kind,
            discount_bp=one.discount_bp,
            free_shipping=one.free_shipping,
            rank=one.rank,
            is_default=one.is_default,
            is_test=one.is_test,
        )
        at = load.nine(-860) + timedelta(minutes=one.rank)
        load.act(EventName.GROUP_SAVED, "group", group, f"saved the group {group.name}", by=owner, at=at)
        groups[one.tier] = group
    return groups


def build_people(load: Load, groups: dict[Tier, Group], host: Actor) -> list[Buyer]:
    """Everybody on the list, oldest first; rows wait in ``load``."""
    people, named = cast_people(make_people(load.today, count=load.count, seed=load.seed), load.now)
    chance = load.chance("crowd")
    crowd = _Crowd(load, groups, host, chance)
    buyers = [crowd.person(person, named.get(person.number)) for person in people]
    _tag(buyers)
    return buyers


def _tag(buyers: Sequence[Buyer]) -> None:
    """Tags are few and hang on saved customers, so they are linked by ``write_tags`` later."""
    names = sorted(set(chain.from_iterable(buyer.person.tags for buyer in buyers)))
    Tag.objects.bulk_create([Tag(name=name) for name in names])


def write_tags(buyers: Sequence[Buyer]) -> None:
    tags = {tag.name: tag for tag in Tag.objects.all()}
    link = Tag.customers.through
    rows = [
        link(tag_id=tags[name].pk, customer_id=buyer.customer.pk)
        for buyer in buyers
        for name in buyer.person.tags
    ]
    link.objects.bulk_create(rows, batch_size=500)


class _Crowd:
    def __init__(self, load: Load, groups: dict[Tier, Group], host: Actor, chance: random.Random) -> None:
        self.load, self.groups, self.host, self.chance = load, groups, host, chance
        self.gateway = current_gateway().key

    def person(self, person: DemoPerson, named_key: str | None) -> Buyer:
        named = NAMED.get(named_key) if named_key else None
        customer = self.load.add(self._customer(person))
        buyer = Buyer(
            person,
            customer,
            person.tier,
            waits=bool(named and named.waits),
            is_keen=bool(named and not named.waits),
        )
        buyer.addresses = [self._address(customer, one) for one in person.addresses]
        self.load.act(
            EventName.CUSTOMER_CREATED,
            "customer",
            customer,
            "joined the list",
            by=system(_source_words(person.source)),
            at=person.signed_up_at,
            customer=customer,
        )
        self._join(buyer)
        if person.is_suspended:
            self._suspend(buyer)
        if named or self.chance.random() < _CARDS[person.tier]:
            self._cards(buyer, named.card if named else "")
        return buyer

    def _customer(self, person: DemoPerson) -> Customer:
        member = person.tier in _MEMBERS
        customer = Customer(
            reference=self.load.reference("CUS"),
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            phone=person.phone,
            birth_date=person.birth_date,
            status=(CustomerStatus.SUSPENDED if person.is_suspended else CustomerStatus.ACTIVE).value,
            status_reason=person.suspended_because,
            marketing_consent_at=person.consented_at,
            marketing_source=ConsentSource.IMPORT.value if person.consented_at else "",
            adult_confirmed_at=person.signed_up_at + timedelta(minutes=3) if member else None,
            signed_up_at=person.signed_up_at,
            source=person.source,
            note=person.note,
        )
        customer.search_text = search_text_of(customer)
        return customer

    def _address(self, customer: Customer, one: DemoAddress) -> Address:
        return self.load.add(
            Address(
                reference=self.load.reference("ADR"),
                customer=customer,
                recipient=one.recipient,
                company=one.company,
                line1=one.line1,
                line2=one.line2,
                city=one.city,
                state=one.state,
                postal_code=one.postal_code,
                country=one.country,
                phone=one.phone,
                is_default=one.is_default,
            )
        )

    def _join(self, buyer: Buyer) -> None:
        """Into the tier's group, some time after signing up; employees drink with Field."""
        tiers = [tier for tier in dict.fromkeys((buyer.tier, buyer.offer_tier)) if tier in self.groups]
        for tier in tiers:
            group = self.groups[tier]
            since = self._since(buyer)
            self.load.add(Membership(customer=buyer.customer, group=group, kind=group.kind, since=since))
            waiting = tier is Tier.WAITING
            self.load.act(
                EventName.GROUP_JOINED,
                "customer",
                buyer.customer,
                f"joined {group.name}, the default group" if waiting else f"joined {group.name}",
                by=system("Sign-up") if waiting else self.host,
                at=since,
                customer=buyer.customer,
            )
            buyer.since = since
            buyer.discount_bp = max(buyer.discount_bp, group.discount_bp)
            buyer.free_shipping = buyer.free_shipping or group.free_shipping

    def _since(self, buyer: Buyer) -> datetime:
        signed_up = buyer.person.signed_up_at
        if buyer.tier is Tier.WAITING:
            return signed_up + timedelta(seconds=2)
        days = (self.load.now - signed_up).days
        return signed_up + timedelta(days=int(days * self.chance.betavariate(1.2, 3.2)), hours=2)

    def _suspend(self, buyer: Buyer) -> None:
        buyer.suspended_at = self.load.nine(-self.chance.randrange(20, 200)) + timedelta(hours=5)
        at = max(buyer.suspended_at, buyer.person.signed_up_at + timedelta(hours=1))
        buyer.customer.suspended_at = at
        self.load.act(
            EventName.CUSTOMER_SUSPENDED,
            "customer",
            buyer.customer,
            f"suspended the account ({buyer.person.suspended_because})",
            by=self.host,
            at=at,
            customer=buyer.customer,
        )

    def _cards(self, buyer: Buyer, like: str) -> None:
        """One card, sometimes two; a few have run out or run out soon, a few were removed."""
        chance = self.chance
        saved_at = max(buyer.person.signed_up_at, buyer.since or buyer.person.signed_up_at) + timedelta(
            minutes=9
        )
        self._card(buyer, like, saved_at, is_default=True)
        if chance.random() < 0.09 and not like:
            self._card(buyer, "", saved_at + timedelta(days=1), is_default=False)
        if chance.random() < 0.03 and not like:
            self._forget(buyer, saved_at - timedelta(minutes=2))

    def _forget(self, buyer: Buyer, saved_at: datetime) -> None:
        """A first card that was removed when another took its place."""
        self._card(buyer, "", saved_at, is_default=False)
        card = buyer.cards.pop()
        card.removed_at = min(saved_at + timedelta(minutes=3), self.load.now)
        self.load.cards[-1] = replace(self.load.cards[-1], removed_at=card.removed_at)
        self.load.act(
            EventName.CARD_REMOVED,
            "customer",
            buyer.customer,
            f"removed {card.label}",
            by=buyer.customer,
            at=card.removed_at,
            customer=buyer.customer,
        )

    def _card(self, buyer: Buyer, like: str, saved_at: datetime, *, is_default: bool) -> None:
        chance, today = self.chance, self.load.today
        brand, number = chance.choices(_BRANDS, _BRAND_WEIGHTS)[0]
        last4 = f"{chance.randrange(10_000):04}"
        if like:
            brand, number, last4 = "Visa", like, like[-4:]
        months = today.year * 12 + today.month - 1 + (40 if like else chance.randint(-2, 47))
        card = self.load.add(
            PaymentMethod(
                reference=self.load.reference("CRD"),
                customer=buyer.customer,
                gateway=self.gateway,
                token=self.load.token("tcd"),
                brand=brand,
                last4=last4,
                exp_month=months % 12 + 1,
                exp_year=months // 12,
                is_default=is_default,
                saved_at=min(saved_at, self.load.now),
            )
        )
        self.load.cards.append(_past_card(card, number))
        self.load.act(
            EventName.CARD_SAVED,
            "customer",
            buyer.customer,
            f"saved {card.label}",
            by=buyer.customer,
            at=card.saved_at,
            customer=buyer.customer,
        )
        buyer.cards.append(card)


def _past_card(card: PaymentMethod, number: str) -> PastCard:
    return PastCard(
        token=card.token,
        customer_reference=card.customer.reference,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        like=number,
        saved_at=card.saved_at,
    )


def _source_words(source: str) -> str:
    return {"imported list": "Import", "web form": "Sign-up", "staff": "Team"}.get(
        source, source.capitalize()
    )
