"""What a standing order comes to: looked at as the customer's own offer page, whether it is open yet or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from tirage.checkout import statements
from tirage.checkout.queries import page_of
from tirage.checkout.rules import ItemView, OfferPage, discount_minor, measure_progress
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of, say_verdict
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.customers.ages import (
    is_age_unknown,
    is_under_age,
    say_age_unknown,
    say_recipient_under_age,
    say_under_age,
)
from tirage.customers.models import Address, Customer, Membership
from tirage.customers.states import GroupKind
from tirage.delivery.queries import DeliveryQuote, quote_methods, special_of
from tirage.delivery.rules import Freight
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus
from tirage.offers.states import ReleaseKind
from tirage.payments.models import PaymentMethod
from tirage.payments.queries import saved_cards
from tirage.standing.models import StandingLine, StandingOrder, StandingRun
from tirage.standing.rules import Allotted, fitting_pieces, pieces_of
from tirage.standing.states import Amount, StandingState

#: Of what was promised, pieces and price by offer item id.
Promise = dict[int, tuple[int, int]]
#: Other addresses of a customer that are tried, where one is named to which it may not go.
_MOST_TRIED = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be ordered, or why nothing is: then ``left_out`` says so for the team, ``asks`` for the customer."""

    wines: Promise = field(default_factory=dict)
    left_out: str = ""
    #: What the customer can do about it; empty where it is the winery's.
    asks: str = ""

    @property
    def pieces(self) -> int:
        return sum(pieces for pieces, _ in self.wines.values())

    @property
    def wine_minor(self) -> int:
        return sum(pieces * price for pieces, price in self.wines.values())


def offer_for(customer_id: int, release_id: int, now: datetime) -> Offer | None:
    """The active offer of the release for the customer's allocation group that hasn't closed."""
    group = Membership.objects.filter(customer=customer_id, kind=GroupKind.ALLOCATION.value).values("group")
    offers = Offer.objects.filter(
        release=release_id, group__in=group, group__is_test=False, is_active=True, closes_at__gt=now
    )
    return offers.select_related("group", "release").first()


def card_of(standing: StandingOrder, now: datetime) -> PaymentMethod | None:
    """The card that is charged: the one that was named, else the first that hasn't expired; of the gateway in use."""
    cards = saved_cards(standing.customer_id, now).filter(gateway=settings.TIRAGE_GATEWAY)
    if standing.card_id is not None:
        cards = cards.filter(pk=standing.card_id)
    card = cards.first()
    return card if card and not card.has_expired(now) else None


def address_of(standing: StandingOrder) -> Address | None:
    """Where it goes: the address that was named, else the customer's first."""
    addresses = Address.objects.filter(customer=standing.customer_id, removed_at__isnull=True)
    if standing.address_id is not None:
        addresses = addresses.filter(pk=standing.address_id)
    return addresses.order_by("-is_default", "-id").first()


def page_for(customer_id: int, offer: Offer, now: datetime) -> OfferPage | None:
    """The offer as the customer sees it; two statements."""
    row = statements.offer_by_id(customer_id, offer.pk, now)
    return page_of(row, customer_id, now) if row else None


def plan_line(line: StandingLine, standing: StandingOrder, now: datetime, *, by_stock: bool) -> Planned:
    """What the line's customer would get of the release now, within what was promised, and ``by_stock`` of what is
    free just now.
    """
    customer = Customer.objects.get(pk=line.customer_id)
    if words := _closed(customer, standing):
        return Planned(left_out=words)
    offer = offer_for(customer.pk, line.run.release_id, now)
    page = page_for(customer.pk, offer, now) if offer else None
    if offer is None or page is None or page.offer is None or page.status is OfferStatus.CLOSED:
        return Planned(left_out="No active offer of the release is for their group.")
    wines = _wines(line, standing, page, by_stock=by_stock)
    if not wines:
        return Planned(left_out=_nothing(page.items, by_stock=by_stock))
    if words := unmet_rules(page, {id: pieces for id, (pieces, _) in wines.items()}):
        return Planned(left_out=words, asks=words)
    if waits_for_word(line.run):
        # Its customer orders it, by a card of their choice, and says at its release where it goes.
        return Planned(wines)
    goes_to = address_of(standing)
    if words := _undeliverable(customer, goes_to, page, wines, now):
        may_go = _other_places(customer, goes_to, page, wines, now)
        return Planned(left_out=words, asks=f"{words} {may_go}".strip())
    if card_of(standing, now) is None:
        return Planned(left_out="No card is saved that still works.", asks="Please save a card that works.")
    return Planned(wines)


def waits_for_word(run: StandingRun) -> bool:
    """Wine en primeur is set aside and never ordered by itself: its customer agrees to the terms and the plan of each
    release."""
    return run.release.kind == ReleaseKind.EN_PRIMEUR


def _closed(customer: Customer, standing: StandingOrder) -> str:
    if not customer.is_active:
        return "The account is suspended."
    if standing.state == StandingState.PAUSED:
        return "The standing order is paused."
    return "" if standing.state == StandingState.ACTIVE else "The standing order has ended."


def _wines(line: StandingLine, standing: StandingOrder, page: OfferPage, *, by_stock: bool) -> Promise:
    allotted = [allot(item) for item in page.items]
    promised = promise_of(line.promised)
    target = pieces_of(Amount(standing.amount), standing.cap, allotted)
    if line.is_chosen:
        target = {wine.item_id: promised.get(wine.item_id, (0, 0))[0] for wine in allotted}
    elif promised:
        target = {id: min(pieces, promised.get(id, (0, 0))[0]) for id, pieces in target.items()}
    wines = {}
    for item, wine in zip(page.items, allotted, strict=True):
        most = min(target.get(wine.item_id, 0), wine.allowance)
        pieces = fitting_pieces(wine, min(most, item.free) if by_stock else most)
        if pieces:
            price = min(item.price.minor, promised.get(wine.item_id, (0, item.price.minor))[1])
            wines[wine.item_id] = (pieces, price)
    return wines


def allot(item: ItemView) -> Allotted:
    """A wine of a page as the rules of standing orders see it."""
    most = item.allowance
    return Allotted(
        item_id=item.offer_item_id,
        allowance=most - most % item.multiple,
        usual=max(item.usual - item.in_cart, 0),
        multiple=item.multiple,
        least=max(item.least - item.in_cart, 0),
        bottles=item.units,
    )


def promise_of(kept: Mapping[str, Sequence[int]]) -> Promise:
    """As it is kept in a column."""
    return {int(id): (int(pieces), int(price)) for id, (pieces, price) in kept.items()}


def keep_promise(wines: Promise) -> dict[str, list[int]]:
    """For a column."""
    return {str(id): [pieces, price] for id, (pieces, price) in wines.items()}


def _nothing(items: Sequence[ItemView], *, by_stock: bool) -> str:
    if not items:
        return "The offer has no wines."
    if any(item.bought for item in items):
        return "They have bought their allocation already."
    if by_stock and all(item.free < max(item.multiple, 1) for item in items):
        return "No bottle is left."
    return "Nothing of the offer is theirs by this standing order."


def unmet_rules(page: OfferPage, pieces: Mapping[int, int]) -> str:
    """Which of the offer's rules for a whole cart these pieces don't meet; empty when they meet all."""
    if page.offer is None:
        return ""
    found = [(item, pieces.get(item.offer_item_id, 0)) for item in page.items]
    bottles = sum(item.units * count for item, count in found)
    subtotal = Money(sum(item.price.minor * count for item, count in found), current_winery().currency)
    unmet = [
        one.text
        for one in measure_progress(page.offer.rules, bottles=bottles, subtotal=subtotal)
        if not one.met
    ]
    return f"The offer asks for more: {'; '.join(unmet)}." if unmet else ""


def _other_places(
    customer: Customer, goes_to: Address | None, page: OfferPage, wines: Promise, now: datetime
) -> str:
    """To which other addresses of theirs it may go, each tried; empty for none. Some statements for each of a few."""
    own = Address.objects.filter(customer=customer, removed_at__isnull=True).order_by("-is_default", "-id")
    others = [one for one in own if one != goes_to][:_MOST_TRIED]
    may_go = [one for one in others if not _undeliverable(customer, one, page, wines, now)]
    named = " or ".join(f"{one.recipient}, {one.line1}, {one.city}" for one in may_go[:2])
    return f"It may go to {named}: choose that as its address." if named else ""


def _undeliverable(
    customer: Customer, address: Address | None, page: OfferPage, wines: Promise, now: datetime
) -> str:
    """Why it can't be sent, as placing would say it later."""
    if address is None:
        return "There is no address to send it to."
    place = {"country": address.country, "state": address.state}
    if is_under_age(customer.birth_date, now, **place):
        return say_under_age(**place)
    if is_age_unknown(customer.birth_date, **place):
        return say_age_unknown(**place)
    if is_under_age(address.birth_date, now, **place):
        return say_recipient_under_age(**place)
    ways = _ways(address, page, wines, now)
    if not ways:
        return f"No carrier takes wine to {address.city}, {address.state or address.country}."
    if not ways[0].is_limited:
        return ""
    volumes = {item.offer_item_id: item.millilitres for item in page.items}
    volume = sum(volumes[id] * pieces for id, (pieces, _) in wines.items())
    skus = frozenset(item.sku_id for item in page.items if item.offer_item_id in wines)
    parcel = Parcel(customer.pk, volume, parts_of(address), now, skus=skus)
    return say_verdict(judge_parcel(parcel), parcel.place, asks=False)


def _ways(address: Address, page: OfferPage, wines: Promise, now: datetime) -> list[DeliveryQuote]:
    offer, found = page.offer, {item.offer_item_id: item for item in page.items}
    wine_minor = sum(pieces * price for pieces, price in wines.values())
    quotes = quote_methods(
        country=address.country,
        state=address.state,
        special=special_of(address),
        customer_id=address.customer_id,
        location=address.location,
        freight=Freight(
            sum(found[id].equivalents_milli * pieces for id, (pieces, _) in wines.items()),
            wine_minor + discount_minor(wine_minor, offer.discount_bp if offer else 0),
            sum(found[id].grams * pieces for id, (pieces, _) in wines.items()),
        ),
        free_shipping=bool(offer and offer.free_shipping),
        now=now,
    )
    return [quote for quote in quotes if quote.kind.is_sent and not quote.refuses]
