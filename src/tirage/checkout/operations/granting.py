"""An order that nobody checked out: granted bottles of somebody without an order to add to, or a standing order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tirage.catalog.models import current_formats
from tirage.checkout import statements
from tirage.checkout.rules import discount_minor, percent_words
from tirage.checkout.volumes import Parcel, parts_of, refuse_beyond
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.customers.ages import (
    is_age_unknown,
    is_under_age,
    refuse_under_age,
    say_age_unknown,
    say_recipient_under_age,
)
from tirage.customers.models import Address, Customer
from tirage.delivery.queries import DeliveryQuote, quote_methods, special_of
from tirage.delivery.rules import Freight, Terms
from tirage.inventory.models import Stock
from tirage.inventory.operations import sell_held, take_holds
from tirage.inventory.rules import Wanted
from tirage.offers.models import Offer, OfferItem
from tirage.orders.operations import StartedOrder, book_payment, start_order
from tirage.orders.rules import ShipTo
from tirage.orders.statements import NewCharge, NewLine, tax_charges
from tirage.orders.states import Channel, ChargeKind
from tirage.taxes.rules import Bottles

#: The bottles are promised in the transaction that holds them.
_HELD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class GrantedWine:
    """Pieces of an offer item at its price."""

    item: OfferItem
    pieces: int
    price_minor: int


def place_granted(
    *,
    customer: Customer,
    offer: Offer,
    wines: Sequence[GrantedWine],
    address: Address | None,
    holder: str,
    channel: Channel = Channel.STAFF,
    actor: Actor,
    now: datetime,
) -> StartedOrder:
    """Places an order that owes what it costs; the caller asks for the money afterwards.

    It goes to the address the first way that customers may choose and that reaches it, by the group's discount and free
    shipping. ``holder`` names the bottles for a moment. Inside the caller's transaction; locks the place where it has
    limits (who has locked stock has locked it before), then stock. Records ``order.placed``,
    reacts with ``order.granted``. Raises DomainError ``address_missing``, ``not_deliverable``,
    ``beyond_volume_limit``, ``against_law``, ``test_offer``, ``terms_missing``, ``not_enough``, ``too_young``,
    ``birth_date_missing``, ``recipient_too_young``.
    """
    if address is None:
        raise DomainError("address_missing", "There is no address to send it to.")
    _refuse_minors(customer, address, now)
    row = statements.offer_by_id(customer.pk, offer.pk, now)
    if row is None:
        raise DomainError("suspended", "The account is closed.")
    if row["is_test"]:
        raise DomainError(
            "test_offer", "This is an offer to a test group: nothing of it is ordered in earnest."
        )
    if row["plan"] is not None:
        raise DomainError(
            "terms_missing",
            "Wine en primeur is bought by terms that the customer agrees to: nobody can order it for them.",
        )
    currency, discount_bp = current_winery().currency, row["discount_bp"] or 0
    wine = Money(sum(one.price_minor * one.pieces for one in wines), currency)
    discount = Money(discount_minor(wine.minor, discount_bp), currency)
    way = _way_to(address, wines, wine + discount, free_shipping=bool(row["free_shipping"]), now=now)
    if way.is_limited:
        volume = sum(one.item.sku.millilitres * one.item.sku.units * one.pieces for one in wines)
        skus = frozenset(one.item.sku_id for one in wines)
        refuse_beyond(Parcel(customer.pk, volume, parts_of(address), now, skus=skus), locks=True)
    order = start_order(
        customer_id=customer.pk,
        release_id=offer.release_id,
        offer_id=offer.pk,
        group_id=offer.group_id,
        channel=channel,
        currency=currency,
        method_id=way.method_id,
        ship_to=ShipTo.of(address),
        gift_note="",
        terms=Terms(discount_bp, way.is_free, way.tariff, way.tax, current_formats(), way.sent_after_days),
        lines=[NewLine(one.item.sku_id, one.item.pk, one.pieces, one.price_minor) for one in wines],
        charges=[
            NewCharge(ChargeKind.DISCOUNT.value, discount.minor, percent_words(discount_bp)),
            NewCharge(ChargeKind.SHIPPING.value, way.shipping_minor, way.name),
            *tax_charges(way.taxes),
        ],
        actor=actor,
        now=now,
    )
    _promise(wines, holder, now)
    book_payment(order_id=order.id, paid_minor=0, reaction="order.granted", actor=actor, now=now)
    return order


def _refuse_minors(customer: Customer, address: Address, now: datetime) -> None:
    """Nobody is granted wine who couldn't buy it, nor is it sent to a recipient who is known to be too young."""
    place = {"country": address.country, "state": address.state}
    refuse_under_age(customer.birth_date, now, **place)
    if is_age_unknown(customer.birth_date, **place):
        raise DomainError("birth_date_missing", say_age_unknown(**place))
    if is_under_age(address.birth_date, now, **place):
        raise DomainError("recipient_too_young", say_recipient_under_age(**place))


def _way_to(
    address: Address, wines: Sequence[GrantedWine], wine: Money, *, free_shipping: bool, now: datetime
) -> DeliveryQuote:
    quotes = quote_methods(
        country=address.country,
        state=address.state,
        special=special_of(address),
        location=address.location,
        freight=Freight(
            sum(one.item.sku.equivalents_milli * one.pieces for one in wines),
            wine.minor,
            sum(one.item.sku.grams * one.pieces for one in wines),
            tuple(
                Bottles(
                    one.pieces, one.price_minor * one.pieces, one.item.sku.units, one.item.sku.millilitres
                )
                for one in wines
            ),
        ),
        free_shipping=free_shipping,
        city=address.city,
        postal_code=address.postal_code,
        customer_id=address.customer_id,
        now=now,
    )
    ships = [quote for quote in quotes if quote.kind.is_sent and not quote.refuses]
    if not ships:
        place = f"{address.city}, {address.state or address.country}"
        raise DomainError("not_deliverable", f"No carrier takes wine to {place}.")
    return ships[0]


def _promise(wines: Sequence[GrantedWine], holder: str, now: datetime) -> None:
    """Takes exactly these bottles, or raises."""
    pieces: dict[int, int] = {}
    for one in wines:
        pieces[one.item.sku_id] = pieces.get(one.item.sku_id, 0) + one.pieces
    stocks = dict(Stock.objects.filter(sku_id__in=pieces).values_list("sku_id", "pk"))
    wanted = {stocks[sku_id]: Wanted(count) for sku_id, count in pieces.items() if sku_id in stocks}
    taken = take_holds(holder=holder, wanted=wanted, expires_at=now + _HELD, now=now)
    if len(wanted) < len(pieces) or any(one.held < one.asked for one in taken.values()):
        raise DomainError("not_enough", "The bottles are gone.")
    sell_held(holder=holder, quantities={stock_id: one.quantity for stock_id, one in wanted.items()})
