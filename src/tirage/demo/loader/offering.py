"""The releases with their offers, from the words of the estate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.events import EventName
from tirage.customers.models import Group
from tirage.demo.loader.context import Load
from tirage.demo.people import Tier
from tirage.demo.words import RELEASES, DemoItem, DemoOffer, DemoRelease, Stage
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.rules import CheckoutRules, Limits

#: Days from the close of a release's last offer to the first day of packing.
PACKED_AFTER = 21


@dataclass(frozen=True, slots=True)
class Offering:
    """One offer with everything needed to buy from it."""

    stage: Stage
    tier: Tier
    release: Release
    offer: Offer
    items: tuple[OfferItem, ...]

    @property
    def rules(self) -> CheckoutRules:
        offer = self.offer
        return CheckoutRules(offer.bottles_minimum, offer.bottles_maximum, offer.spend_minimum_minor)


def limits_of(item: OfferItem) -> Limits:
    return Limits(item.purchase_minimum, item.purchase_maximum, item.wish_maximum, item.multiple)


def price_of(item: OfferItem) -> int:
    return item.sku.price_minor if item.price_minor is None else item.price_minor


def build_offerings(
    load: Load, groups: dict[Tier, Group], skus: dict[str, Sku], manager: Actor
) -> list[Offering]:
    """All offers, oldest release first; written at once, because there are a dozen."""
    made = []
    for words in RELEASES:
        release = _release(load, words, manager)
        made += [
            _offering(load, words, offer, release, groups[offer.tier], skus, manager)
            for offer in words.offers
        ]
    return made


def _release(load: Load, words: DemoRelease, manager: Actor) -> Release:
    made_at = min(load.nine(words.opens_in_days - 34), load.nine(-6)) + timedelta(minutes=52)
    release = Release.objects.create(
        reference=load.reference("REL"),
        name=words.name,
        wish_kind=words.wish_kind,
        note=words.note,
        packing_on=None if words.stage is Stage.FINISHED else _packing_on(load, words),
        shown_early=words.stage is Stage.OPEN,
        made_at=made_at,
    )
    load.act(
        EventName.RELEASE_SAVED,
        "release",
        release,
        f"made the release {release.name}",
        by=manager,
        at=made_at,
    )
    return release


def _packing_on(load: Load, words: DemoRelease) -> date:
    """Some weeks after its last offer closes; the settings end customers' changes three days before."""
    return load.today + timedelta(days=words.closes_in_days + PACKED_AFTER)


def _offering(
    load: Load,
    words: DemoRelease,
    one: DemoOffer,
    release: Release,
    group: Group,
    skus: dict[str, Sku],
    manager: Actor,
) -> Offering:
    offer = Offer.objects.create(
        reference=load.reference("OFR"),
        release=release,
        group=group,
        is_active=words.stage is not Stage.DRAFT,
        opens_at=load.nine(words.opens_in_days + one.opens_later_days),
        closes_at=load.nine(words.closes_in_days),
        title=one.title,
        message=one.message,
        confirmation_message=one.confirmation,
        bottles_minimum=one.bottles_minimum,
        bottles_maximum=one.bottles_maximum,
        spend_minimum_minor=one.spend_minimum_minor,
    )
    items = [_item(offer, position, item, skus) for position, item in enumerate(one.items)]
    OfferItem.objects.bulk_create(items)
    _record(load, offer, group, release.made_at, manager)
    return Offering(words.stage, one.tier, release, offer, tuple(items))


def _item(offer: Offer, position: int, one: DemoItem, skus: dict[str, Sku]) -> OfferItem:
    return OfferItem(
        offer=offer,
        sku=skus[one.sku],
        position=position,
        purchase_minimum=one.minimum,
        purchase_maximum=one.maximum,
        wish_maximum=one.wish,
        default_quantity=one.default,
        multiple=one.multiple,
        price_minor=one.price_minor,
    )


def _record(load: Load, offer: Offer, group: Group, made_at: datetime, manager: Actor) -> None:
    load.act(
        EventName.OFFER_SAVED,
        "offer",
        offer,
        f"saved the offer to {group.name}",
        by=manager,
        at=made_at + timedelta(minutes=20),
    )
    if offer.is_active:
        at = min(offer.opens_at - timedelta(days=2, hours=-6), load.nine(-2) - timedelta(hours=18))
        load.act(
            EventName.OFFER_ACTIVATED,
            "offer",
            offer,
            f"activated the offer to {group.name}",
            by=manager,
            at=at,
        )
