"""Standing orders: who agreed over the last months, the run of a small release that opens soon, and clubs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.customers.models import Address, Customer, Group
from tirage.demo.loader.clubs import leave_clubs, own
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED
from tirage.demo.people import Tier
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.states import WishKind
from tirage.payments.queries import good_cards
from tirage.standing.agreeing import Wanted, agree, pause
from tirage.standing.choosing import skip_release
from tirage.standing.models import StandingRun
from tirage.standing.running import plan_release, plan_run
from tirage.standing.states import Amount
from tirage.standing.terms import current_terms, save_terms

#: How many have one; the release that comes next, the days until it opens, and what each tier may take of it.
AGREED = 44
RELEASE = "Library release"
OPENS_IN = 3
WINES = {Tier.RIDGE: (("EK-CH-24-1500", 2), ("EK-PN-24-750", 6)), Tier.SLOPE: (("EK-PN-24-750", 3),)}
_AMOUNTS = (Amount.FULL, Amount.FULL, Amount.USUAL, Amount.CAPPED)


def leave_standing_orders(load: Load, groups: dict[Tier, Group], by: Actor) -> None:
    """Members of the first two tiers agreed, one of them by telephone; two skip, one has paused."""
    save_terms(values={"is_offered": True}, actor=by, now=load.now - timedelta(days=150))
    release = _release(load, groups)
    people = _people(release)
    for number, customer in enumerate(people):
        at = load.now - timedelta(days=120 - 2 * number, hours=3)
        _agree(customer, number, by, at)
    opens_at = load.nine(OPENS_IN)
    plan_release(release=release, opens_at=opens_at, now=load.now)
    run = StandingRun.objects.select_related("release").get(release=release)
    plan_run(run=run, now=load.now)
    if len(people) > 5:
        pause(customer=people[3], reason="On a journey until spring", actor=own(people[3]), now=load.now)
        for customer in people[4:6]:
            skip_release(customer=customer, run_reference=run.reference, actor=own(customer), now=load.now)
    plan_run(run=run, now=load.now, tell=False)
    leave_clubs(load, able(release), by)


def _agree(customer: Customer, number: int, by: Actor, at: datetime) -> None:
    amount = _AMOUNTS[number % len(_AMOUNTS)]
    noted = number % 9 == 4
    agree(
        customer=customer,
        wanted=Wanted(amount, 6 if amount is Amount.CAPPED else None),
        version=current_terms().version,
        adult_confirmed=True,
        said="On the telephone, when ordering in spring" if noted else "",
        actor=by if noted else own(customer),
        now=at,
    )


def _release(load: Load, groups: dict[Tier, Group]) -> Release:
    release = Release.objects.create(
        reference=load.reference("REL"),
        name=RELEASE,
        wish_kind=WishKind.OFF.value,
        note="A few cases out of the library for those who have been with us longest.",
        made_at=load.nine(-9),
    )
    skus = {sku.code: sku for sku in Sku.objects.all()}
    for tier, wines in WINES.items():
        offer = Offer.objects.create(
            reference=load.reference("OFR"),
            release=release,
            group=groups[tier],
            is_active=True,
            activated_at=load.nine(-4),
            opens_at=load.nine(OPENS_IN),
            closes_at=load.nine(OPENS_IN + 14),
            title="Out of the library",
            message="A few cases that we kept back, for you.",
        )
        OfferItem.objects.bulk_create(
            OfferItem(
                offer=offer,
                sku=skus[code],
                position=position,
                purchase_maximum=most,
                default_quantity=most // 2,
            )
            for position, (code, most) in enumerate(wines)
        )
    return release


def _people(release: Release) -> list[Customer]:
    """Those with a card and an address who have been there longest; the first of the named among them."""
    found_able = able(release)
    found = list(found_able.order_by("signed_up_at", "pk")[:AGREED])
    named = found_able.filter(email=NAMED["full"].email).first()
    if named and named not in found:
        found[0] = named
    return found


def able(release: Release) -> QuerySet[Customer]:
    """Those whom the release is for, with a card and an address."""
    at_home = Address.objects.filter(removed_at__isnull=True).values("customer")
    rows = Customer.objects.filter(pk__in=at_home)
    return rows.filter(
        status="active",
        memberships__group__offers__release=release,
        pk__in=good_cards(release.made_at).values("customer"),
    ).distinct()
