"""What the team tried before it opened: test orders, in no figure, one of them shipped."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.checkout.operations import set_cart
from tirage.checkout.queries import CheckoutQuote, load_offer_page, quote_checkout
from tirage.checkout.rules import OfferPage
from tirage.core.actors import Actor, ActorKind
from tirage.core.money import Money
from tirage.customers.models import Address, Customer
from tirage.demo.loader.context import Load
from tirage.fulfilment.operations import ship_order
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.orders.operations import start_order
from tirage.orders.rules import ShipTo
from tirage.orders.statements import NewCharge, NewLine, tax_charges
from tirage.orders.states import Channel, ChargeKind, OrderState
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations.charging import settle_as, start_charge
from tirage.payments.protocol import GatewayResult, Outcome, PastCard, PastCharge
from tirage.payments.states import TRIAL, PaymentState

#: When they tried, before now, and whether they marked it as shipped.
TRIES = ((timedelta(days=1, hours=3), True), (timedelta(hours=5), False))


def try_the_shop(load: Load, by: Actor) -> None:
    """Testers order from the open offer to their group with the card that works."""
    offers = Offer.objects.filter(is_active=True, closes_at__gt=load.now, group__is_test=True)
    offer = offers.filter(opens_at__lte=load.now - timedelta(hours=6)).order_by("pk").first()
    if offer is None:
        return
    found = Customer.objects.filter(memberships__group=offer.group, addresses__is_default=True)
    testers = list(found.order_by("pk").distinct()[: len(TRIES)])
    for number, (ago, ships) in enumerate(TRIES if testers else ()):
        tester = testers[number % len(testers)]
        order = _try(load, offer, tester, max(load.now - ago, offer.opens_at + timedelta(minutes=20)))
        if order and ships:
            ship_order(order_reference=order.reference, actor=by, now=load.now - timedelta(hours=4))


def _try(load: Load, offer: Offer, tester: Customer, at: datetime) -> Order | None:
    home = Address.objects.filter(customer=tester, is_default=True, removed_at__isnull=True).first()
    actor = Actor(ActorKind.CUSTOMER, tester.pk, tester.name)
    page = load_offer_page(tester, at)
    usual = {item.offer_item_id: min(item.usual or item.multiple, item.takeable) for item in page.items}
    wanted = {id: pieces for id, pieces in usual.items() if pieces}
    if not wanted:
        return None
    set_cart(customer=tester, quantities=wanted, actor=actor, now=at)
    page = load_offer_page(tester, at)
    quote = quote_checkout(page, country="US", state=home.state, proposes=True) if home else None
    if home is None or quote is None or quote.chosen is None:
        return None
    order = _placed(load, offer, tester, home, page, quote, actor, at)
    page.cart and tester.carts.filter(reference=page.cart.reference).delete()
    return order


def _placed(
    load: Load,
    offer: Offer,
    tester: Customer,
    home: Address,
    page: OfferPage,
    quote: CheckoutQuote,
    actor: Actor,
    at: datetime,
) -> Order:
    assert page.cart is not None and quote.chosen is not None
    started = start_order(
        customer_id=tester.pk,
        release_id=offer.release_id,
        offer_id=offer.pk,
        group_id=offer.group_id,
        channel=Channel.OFFER,
        currency=quote.total.currency,
        method_id=quote.chosen.id,
        ship_to=ShipTo.of(home),
        gift_note="",
        terms=quote.chosen.terms,
        lines=[
            NewLine(line.item.sku_id, line.item.offer_item_id, line.quantity, line.item.price.minor)
            for line in page.cart.lines
        ],
        charges=[
            NewCharge(ChargeKind.SHIPPING.value, quote.shipping.minor, quote.chosen.name),
            *tax_charges(quote.taxes),
        ],
        state=OrderState.TRYING,
        actor=actor,
        now=at,
    )
    _pay(load, started.id, quote.total, tester, actor, at)
    reference = load.reference("ORD")
    Order.objects.filter(pk=started.id).update(reference=reference)
    return Order.objects.get(pk=started.id)


def _pay(load: Load, order_id: int, total: Money, tester: Customer, actor: Actor, at: datetime) -> None:
    """With 4242 …; the gateway's books have it too, so that it can be refunded."""
    reference = load.reference("PAY")
    token, charge = f"ttc_{reference.lower()}", f"ttr_{reference.lower()}"
    card = PaymentMethod.objects.create(
        reference=load.reference("CRD"),
        customer=tester,
        gateway=TRIAL,
        token=token,
        brand="Visa",
        last4="4242",
        exp_month=12,
        exp_year=at.year + 3,
        kept=False,
        saved_at=at,
    )
    payment = start_charge(
        order_id=order_id,
        payment_method_id=card.pk,
        token=token,
        gateway=TRIAL,
        amount=total,
        description="A test order",
        actor=actor,
        now=at,
    )
    settle_as(payment.id, PaymentState.SETTLED, GatewayResult(Outcome.SETTLED, charge), actor, at)
    Payment.objects.filter(pk=payment.id).update(reference=reference, idempotency_key=reference)
    facts = ("Visa", "4242", 12, at.year + 3, "4242424242424242", at)
    gateway_for(TRIAL).write_past(  # type: ignore[attr-defined]  # as of the test gateway
        cards=[PastCard(token, tester.reference, *facts)],
        charges=[
            PastCharge(charge, reference, token, total, Outcome.SETTLED, "", "A test order", "", at),
        ],
        refunds=[],
    )
