"""The checkout: one transaction that promises the bottles, one call to the bank, one transaction that settles.

A crash between any two steps leaves a pending order with its payment's key; the reconciler finds out what became of
it. The bottles are the order's from the first step on, so a lapsing hold can't lose a paid order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from tirage.checkout import statements
from tirage.checkout.gone import say_gone_address, say_gone_card
from tirage.checkout.meanwhile import Change, compare, lines_shown
from tirage.checkout.operations.cart import refuse_closed
from tirage.checkout.operations.finishing import GRACE, Placing, present_placing, say_placing
from tirage.checkout.queries import CheckoutQuote, page_of, priced_of, quote_checkout, words_of_address
from tirage.checkout.rules import (
    CampaignFacts,
    CartView,
    OfferFacts,
    OfferPage,
    percent_words,
    usable_credit,
)
from tirage.checkout.taxing import OtherQuestion, Told, ask_tax
from tirage.checkout.volumes import Parcel
from tirage.compliance.taxing import taxing
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.money import Money, say_money
from tirage.core.reactions import react
from tirage.core.sql import day_out
from tirage.core.winery import current_winery
from tirage.customers.ages import (
    is_age_unknown,
    is_under_age,
    legal_age,
    refuse_under_age,
    say_recipient_under_age,
)
from tirage.customers.models import Customer
from tirage.customers.operations import confirm_adult_now, keep_refused_birth
from tirage.customers.operations.one_address import became_of
from tirage.delivery.states import MethodKind
from tirage.inventory.operations import Taken, could_hold, sell_held, sell_part_of_holds, take_holds
from tirage.inventory.rules import Wanted
from tirage.orders.models import Order
from tirage.orders.operations import TOO_SMALL, StartedOrder, book_payment, start_order
from tirage.orders.rules import ShipTo
from tirage.orders.statements import NewCharge, NewLine, tax_charges
from tirage.orders.states import Channel, ChargeKind, OrderState
from tirage.payments.gateways import gateway_key
from tirage.payments.models import Payment
from tirage.payments.operations import (
    Settled,
    StartedPayment,
    charge_kind,
    is_too_small,
    least_minor,
    rests_are_waived,
    send_charge,
    settle_result,
    spend_credit,
    start_charge,
)
from tirage.payments.protocol import Outcome
from tirage.payments.states import CREDIT, PaymentKind
from tirage.places import SpecialKind, special_kinds


@dataclass(frozen=True, slots=True)
class _Started:
    order: StartedOrder
    payment: StartedPayment | None


def place_order(
    *,
    customer: Customer,
    attempt: int,
    address_reference: str,
    method_reference: str,
    card_reference: str,
    expected_total_minor: int,
    adult_confirmed: bool,
    birth_date: date | None = None,
    gift_note: str = "",
    use_credit: bool = False,
    shown: Mapping[str, Any] | None = None,
    set_aside: str = "",
    terms_digest: str = "",
    actor: Actor,
    now: datetime,
) -> Placing:
    """Turns the customer's held cart into a paid order. Talks to the gateway, and before that to the service that
    is asked for tax where there is one; no transaction may be open.

    ``attempt`` is the cart's number of the form that was sent: the same form again finds its own order.
    ``expected_total_minor`` is what the customer saw was left to pay, after store credit where ``use_credit`` asks for
    it; anything else is refused. Credit that covers everything needs no card. ``shown`` is what the page showed
    (``meanwhile.checkout_shown``): an order of anything else is refused, naming what was, what is and why.
    ``set_aside`` names the cart of bottles that were set aside for the customer, who buys those then.
    ``terms_digest`` is that of the terms en primeur that the customer agreed to; it reacts with ``futures.ordered``.
    Locks cart, then the place where it has volume limits, then stock, then, with credit, the customer; settling locks
    payment, order, cart, customer. Raises DomainError with nothing changed:
    ``offer_closed``, ``cart_empty``, ``rules_not_met``, ``beyond_allowance``, ``hold_lost``, ``address_missing``,
    ``not_deliverable``, ``beyond_volume_limit``, ``against_law``, ``adult_missing``, ``birth_date_missing``,
    ``too_young`` (a date of birth that was typed for it is kept), ``recipient_too_young``, ``card_missing``,
    ``suspended``, ``terms_missing``, and Conflict ``cart_moved_on``, ``price_changed``,
    ``changed_meanwhile``, ``terms_changed``.
    """
    ask = _Ask(
        address_reference,
        method_reference,
        card_reference,
        expected_total_minor,
        gift_note,
        use_credit,
        shown,
        set_aside,
        terms_digest,
    )
    try:
        return _place_taxed(customer, attempt, ask, _Adult(adult_confirmed, birth_date), actor, now)
    except DomainError as refusal:
        if refusal.code == "too_young" and birth_date is not None:
            keep_refused_birth(customer=customer, birth_date=birth_date, actor=actor, now=now)
        raise


#: How often the service is asked, when what is ordered becomes another while it answers.
_ASKED_AT_MOST = 3


def _place_taxed(
    customer: Customer, attempt: int, ask: _Ask, adult: _Adult, actor: Actor, now: datetime
) -> Placing:
    """The network first, then the transaction: what was said holds only for what it was asked about."""
    for _ in range(_ASKED_AT_MOST):
        told = _tax_told(customer, attempt, ask, now)
        try:
            return _place(customer, attempt, replace(ask, told=told), adult, actor, now)
        except OtherQuestion:
            continue
    raise Conflict("changed_meanwhile", "Your order changed while its tax was asked for. Look at it again.")


def _tax_told(customer: Customer, attempt: int, ask: _Ask, now: datetime) -> Told | None:
    """What the service says of the tax; no statement where nobody is asked for it.

    What can't be ordered is nobody's question: placing says why.
    """
    if taxing() is None:
        return None
    try:
        with transaction.atomic():
            row, cart = _row_and_cart(customer, ask, now)
            if row is None or cart is None or cart["pending_order_id"] or cart["attempt"] != attempt:
                return None
            page = _page_of(row, cart, customer, now)
            if page.cart is None or not page.cart.lines or page.offer is None or page.offer.campaign:
                return None
            parties = _parties(customer, ask, page.is_test)
            quote = _quote(page, parties, customer, ask, now, locks=False)
    except DomainError:
        return None
    return ask_tax(page, quote, customer, parties, now)


def _page_of(row: dict[str, Any], cart: dict[str, Any], customer: Customer, now: datetime) -> OfferPage:
    row.update(cart_id=cart["id"], cart_reference=cart["reference"], expires_at=cart["expires_at"])
    return page_of(row, customer.pk, now)


def _place(
    customer: Customer, attempt: int, ask: _Ask, adult: _Adult, actor: Actor, now: datetime
) -> Placing:
    with transaction.atomic():
        row, cart = _row_and_cart(customer, ask, now)
        if row is None or cart is None:
            raise DomainError("cart_empty", "There is nothing in your cart.")
        earlier = _earlier_placing(customer, row["release_id"], cart, attempt, ask)
        if earlier is None:
            started = _start(customer, row, cart, ask, adult, actor, now)
    if earlier is not None:
        return earlier
    if started.payment is None:
        return Placing("placed", started.order.reference)
    return _pay(started.order.reference, started.payment, ask.set_aside, actor, now)


def _row_and_cart(
    customer: Customer, ask: _Ask, now: datetime
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The offer and the cart, locked, that are to be bought from."""
    if ask.set_aside:
        cart = statements.lock_set_aside(customer.pk, ask.set_aside)
        return statements.set_aside(customer.pk, ask.set_aside, now) if cart else None, cart
    row = statements.offer_of_customer(customer.pk, now)
    return row, statements.lock_cart(customer.pk, row["release_id"]) if row else None


_ORDERED_ELSEWHERE = (
    "This order had been placed in another window or on another device already, with other bottles than your page "
    "showed. Nothing more was ordered. If you want it otherwise, change the order."
)


@dataclass(frozen=True, slots=True)
class _Ask:
    address_reference: str
    method_reference: str
    card_reference: str
    expected_total_minor: int
    gift_note: str
    use_credit: bool
    shown: Mapping[str, Any] | None
    set_aside: str = ""
    terms_digest: str = ""
    #: What the service that is asked for tax said; None where nobody is asked.
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class _Adult:
    confirmed: bool
    birth_date: date | None


def _earlier_placing(
    customer: Customer, release_id: int, cart: dict[str, Any], attempt: int, ask: _Ask
) -> Placing | None:
    """The order that the same form made before, if it did; None when this is its first time.

    Another device's page of the same cart is the same form, so an order of other bottles than it showed is told apart.
    """
    if cart["pending_order_id"] is not None:
        payments = Payment.objects.select_related("order").exclude(gateway=CREDIT)
        payment = payments.get(order_id=cart["pending_order_id"])
        return Placing("unknown", payment.order.reference, payment.reference, "Your order is being paid.")
    if attempt == cart["attempt"]:
        return None
    own = Order.objects.filter(customer=customer, release_id=release_id, channel=Channel.OFFER.value)
    latest = own.order_by("-id").first()
    if attempt == cart["attempt"] - 1 and latest and latest.step == OrderState.PLACED:
        return Placing("placed", latest.reference, note="" if _is_of(latest, ask) else _ORDERED_ELSEWHERE)
    raise Conflict("cart_moved_on", "Your cart has changed since this page was opened. Look at it again.")


def _is_of(order: Order, ask: _Ask) -> bool:
    """Whether the order was placed with the bottles that the page showed."""
    if not ask.shown:
        return True
    placed = order.lines.filter(change__number=1).values_list("offer_item_id", "quantity")
    return dict(placed) == lines_shown(ask.shown)


def _start(
    customer: Customer,
    row: dict[str, Any],
    cart: dict[str, Any],
    ask: _Ask,
    adult: _Adult,
    actor: Actor,
    now: datetime,
) -> _Started:
    """Step one, under the cart's lock: check everything as of now, write order and payment, promise the bottles."""
    page = _page_of(row, cart, customer, now)
    refuse_closed(page, row["customer_status"])
    offer, view = _checked_cart(page)
    parties = _parties(customer, ask, page.is_test)
    quote, credit = _checked_quote(page, parties, customer, ask, now)
    place = quote.chosen.place if quote.chosen else ("", "")
    _refuse_minors(parties, adult, place, now)
    to_pay = quote.due_now - credit
    if offer.campaign:
        _refuse_unread(offer.campaign, ask)
    by_card = bool(to_pay) and not is_too_small(to_pay)
    if by_card and parties["card_id"] is None:
        raise _card_missing(customer, ask)
    waived = to_pay if not by_card and rests_are_waived() else to_pay * 0
    order = _write_order(customer, offer, view, quote, waived, parties, ask, actor, now)
    gateway = gateway_key(test=page.is_test)
    kind = PaymentKind.CHARGE if offer.campaign else charge_kind()
    payment = _write_payment(order, to_pay, parties, gateway, kind, actor, now) if by_card else None
    if offer.campaign:
        _start_futures(order, offer, parties, actor, now)
    statements.wait_for_order(cart["id"], order.id, now)
    _promise_bottles(page, view, now)
    if not parties["adult_confirmed_at"] or (adult.birth_date and not parties["birth_date"]):
        country, state = place
        confirm_adult_now(
            customer=customer,
            birth_date=adult.birth_date,
            country=country,
            state=state,
            actor=actor,
            now=now,
        )
    if credit:
        spend_credit(order_id=order.id, customer_id=customer.pk, amount=credit, actor=actor, now=now)
    if payment is None:
        book_payment(order_id=order.id, paid_minor=0, actor=actor, now=now)
    return _Started(order, payment)


def _refuse_unread(campaign: CampaignFacts, ask: _Ask) -> None:
    """Wine en primeur is bought by terms that were read: those of now, word for word."""
    if not ask.terms_digest:
        words = "Read the terms of the sale, and tick that you agree to them."
        raise DomainError("terms_missing", words, {"terms": words})
    if ask.terms_digest != campaign.terms_digest:
        words = (
            "The terms of the sale have changed since you opened this page. Read them again before you order."
        )
        raise Conflict("terms_changed", words, {"terms": words})


def _start_futures(
    order: StartedOrder, offer: OfferFacts, parties: dict[str, Any], actor: Actor, now: datetime
) -> None:
    """Other rooms keep what was agreed to, and what is due when."""
    react(
        "futures.ordered",
        order_id=order.id,
        release_id=offer.release_id,
        owed_minor=order.owed_minor,
        payment_method_id=parties["card_id"],
        actor=actor,
        now=now,
    )


def _checked_cart(page: OfferPage) -> tuple[OfferFacts, CartView]:
    if page.offer is None or page.cart is None or not page.cart.lines:
        raise DomainError("cart_empty", "There is nothing in your cart.")
    for line in page.cart.lines:
        refusal = line.item.limits.refusal(line.quantity, bought=line.item.used)
        if refusal:
            raise DomainError("beyond_allowance", f"{line.item.name}: {refusal}")
    unmet = [rule.text for rule in page.cart.progress if not rule.met]
    if unmet:
        raise DomainError("rules_not_met", f"Before you can order: {'; '.join(unmet)}.")
    return page.offer, page.cart


def _parties(customer: Customer, ask: _Ask, is_test: bool) -> dict[str, Any]:
    """Who orders, where to and with which card: a test order takes cards of its own, and no store credit."""
    found = statements.parties(
        customer_id=customer.pk,
        address_reference=ask.address_reference,
        card_reference=ask.card_reference,
        gateway=gateway_key(test=is_test),
    )
    if found is not None and is_test:
        found["credit_minor"] = 0
    if found is None:
        raise DomainError("suspended", "Your account is closed at the moment.")
    if ask.address_reference and found["address_id"] is None:
        current = became_of(customer.pk, ask.address_reference)
        if current != ask.address_reference:
            return _parties(customer, replace(ask, address_reference=current), is_test)
        raise DomainError("address_missing", say_gone_address(customer.pk, ask.address_reference))
    return found


def _card_missing(customer: Customer, ask: _Ask) -> DomainError:
    words = say_gone_card(customer.pk, ask.card_reference) if ask.card_reference else ""
    return DomainError("card_missing", words or "Choose a card, or add one.", {"card": "Choose a card."})


def _refuse_minors(parties: dict[str, Any], adult: _Adult, place: tuple[str, str], now: datetime) -> None:
    """Wine is sold to adults: never against a date of birth that is known or given now, and else as they say."""
    country, state = place
    born = [found for found in (day_out(parties["birth_date"]), adult.birth_date) if found]
    refuse_under_age(max(born, default=None), now, country=country, state=state)
    if is_under_age(day_out(parties["recipient_born"]), now, country=country, state=state):
        words = say_recipient_under_age(country, state)
        raise DomainError("recipient_too_young", words, {"address": words})
    if not parties["adult_confirmed_at"] and not adult.confirmed:
        raise DomainError(
            "adult_missing",
            f"Please confirm that you are {legal_age()} or older.",
            {"adult": "Please confirm."},
        )
    if is_age_unknown(max(born, default=None), country=country, state=state):
        age = legal_age(country, state)
        words = f"Give your date of birth: wine for this place is sold to people of {age} or older."
        raise DomainError("birth_date_missing", words, {"birth_date": words})


def _checked_quote(
    page: OfferPage, parties: dict[str, Any], customer: Customer, ask: _Ask, now: datetime
) -> tuple[CheckoutQuote, Money]:
    """The price, and what of it store credit pays, when both come to what the customer saw."""
    quote = _quote(page, parties, customer, ask, now, locks=True)
    if quote.beyond:
        code = "against_law" if quote.is_against_law else "beyond_volume_limit"
        raise DomainError(code, quote.problem, {"method": quote.problem})
    if quote.chosen is None:
        raise DomainError("not_deliverable", quote.problem, {"method": quote.problem})
    if quote.chosen.kind.is_sent and parties["address_id"] is None:
        raise DomainError("address_missing", "Choose where the wine goes.", {"address": "Choose an address."})
    if ask.told is not None:
        quote = ask.told.taxed(page, quote, customer.pk, parties, now)
    credit = usable_credit(
        quote.due_now,
        parties["credit_minor"] if ask.use_credit else 0,
        least_minor=least_minor(quote.total.currency),
    )
    _refuse_other(page, quote, credit, parties, ask)
    return quote, credit


def _quote(
    page: OfferPage, parties: dict[str, Any], customer: Customer, ask: _Ask, now: datetime, *, locks: bool
) -> CheckoutQuote:
    wine = page.cart.millilitres if page.cart else 0
    return quote_checkout(
        page,
        country=parties["country"] or "",
        state=parties["state"] or "",
        special=_special(parties),
        location=parties["location"] or "",
        method_reference=ask.method_reference,
        parcel=Parcel(customer.pk, wine, parties, now, skus=page.cart.skus if page.cart else frozenset()),
        locks=locks,
        city=parties["city"] or "",
        postal_code=parties["postal_code"] or "",
        customer_id=customer.pk,
    )


def _refuse_other(
    page: OfferPage, quote: CheckoutQuote, credit: Money, parties: dict[str, Any], ask: _Ask
) -> None:
    """What is bought is what the page showed; else what was, what is and why."""
    to_pay, locale = quote.due_now - credit, current_winery().locale
    change = Change((), ask.expected_total_minor, to_pay.minor)
    if ask.shown:
        words = (ask.address_reference, words_of_address(parties))
        change = compare(
            ask.shown, page, priced_of(page, quote, credit, to_pay), address=words, locale=locale
        )
    why = f": {'; '.join(change.said)}" if change.said else ""
    if ask.expected_total_minor != to_pay.minor:
        was = say_money(Money(ask.expected_total_minor, to_pay.currency), locale)
        raise Conflict(
            "price_changed",
            f"The total has changed since you saw it. It is {say_money(to_pay, locale)} instead of {was}{why}. "
            "Look at it again before you order.",
        )
    if change.said:
        raise Conflict(
            "changed_meanwhile",
            f"What you would order has changed since this page was opened{why}. "
            f"The total is still {say_money(to_pay, locale)}. Look at it again before you order.",
        )


def _special(parties: dict[str, Any]) -> frozenset[SpecialKind]:
    parts = ("country", "line1", "line2", "city", "state", "postal_code")
    return special_kinds(**{part: parties[part] or "" for part in parts})


def _write_order(
    customer: Customer,
    offer: OfferFacts,
    cart: CartView,
    quote: CheckoutQuote,
    waived: Money,
    parties: dict[str, Any],
    ask: _Ask,
    actor: Actor,
    now: datetime,
) -> StartedOrder:
    chosen = quote.chosen
    if chosen is None:
        raise RuntimeError("a checked quote has a method")
    return start_order(
        customer_id=customer.pk,
        release_id=offer.release_id,
        offer_id=offer.id,
        group_id=offer.group_id,
        channel=Channel.OFFER,
        currency=quote.total.currency,
        method_id=chosen.id,
        ship_to=_ship_to(parties, customer, chosen.kind),
        gift_note=ask.gift_note,
        terms=chosen.terms,
        lines=[
            NewLine(line.item.sku_id, line.item.offer_item_id, line.quantity, line.item.price.minor)
            for line in cart.lines
        ],
        charges=[
            NewCharge(ChargeKind.DISCOUNT.value, quote.discount.minor, percent_words(offer.discount_bp)),
            NewCharge(ChargeKind.SHIPPING.value, quote.shipping.minor, chosen.name),
            *tax_charges(quote.taxes),
            NewCharge(ChargeKind.WAIVED.value, -waived.minor, TOO_SMALL),
        ],
        state=OrderState.TRYING if offer.is_test else OrderState.PENDING,
        actor=actor,
        now=now,
    )


def _ship_to(parties: dict[str, Any], customer: Customer, kind: MethodKind) -> ShipTo:
    """The address as it is now; wine that is picked up or stored goes nowhere but has a name on it."""
    if not kind.is_sent:
        return ShipTo(recipient=customer.name, phone=customer.phone)
    return ShipTo(
        recipient=parties["recipient"],
        company=parties["company"],
        line1=parties["line1"],
        line2=parties["line2"],
        city=parties["city"],
        state=parties["state"],
        postal_code=parties["postal_code"],
        country=parties["country"],
        phone=parties["phone"],
        location=parties["location"] or "",
    )


def _write_payment(
    order: StartedOrder,
    amount: Money,
    parties: dict[str, Any],
    gateway: str,
    kind: PaymentKind,
    actor: Actor,
    now: datetime,
) -> StartedPayment:
    return start_charge(
        order_id=order.id,
        payment_method_id=parties["card_id"],
        token=parties["token"],
        gateway=gateway,
        amount=amount,
        description=order.reference,
        kind=kind,
        actor=actor,
        now=now,
    )


def _promise_bottles(page: OfferPage, cart: CartView, now: datetime) -> None:
    """From held to sold. A hold that lapsed meanwhile is taken again if the bottles are still there.

    Of bottles set aside those that aren't bought stay so until the order is placed: the card may be declined.
    """
    if page.is_test:
        _refuse_gone(cart, now)
        return
    if page.offer and page.offer.kept_until:
        chosen = dict.fromkeys((item.stock_id for item in page.items), 0)
        for item in page.items:
            chosen[item.stock_id] += item.in_cart
        sell_part_of_holds(holder=cart.reference, quantities=chosen, expires_at=page.offer.kept_until)
        return
    quantities = {line.item.stock_id: line.quantity for line in cart.lines}
    if any(line.item.own_hold != line.quantity for line in cart.lines):
        wanted = {id: Wanted(quantity) for id, quantity in sorted(quantities.items())}
        if page.offer and page.offer.campaign:
            react("stock.wanted", wanted=quantities, holder=cart.reference, now=now)
        _refuse_short(take_holds(holder=cart.reference, wanted=wanted, expires_at=now + GRACE, now=now))
    sell_held(holder=cart.reference, quantities=quantities)


def _refuse_gone(cart: CartView, now: datetime) -> None:
    """A test order promises nothing; it is refused where a real one would be whose hold had ended."""
    if not all(line.item.is_held for line in cart.lines):
        wanted = {line.item.stock_id: Wanted(line.quantity) for line in cart.lines}
        _refuse_short(could_hold(wanted=wanted, now=now))


def _refuse_short(taken: Mapping[int, Taken]) -> None:
    if any(result.held < result.asked for result in taken.values()):
        raise DomainError(
            "hold_lost",
            "Your hold had ended and some bottles are gone. Look at your cart and take what is left.",
        )


def _pay(
    order_reference: str, payment: StartedPayment, set_aside: str, actor: Actor, now: datetime
) -> Placing:
    """Steps two and three: ask the bank with no transaction open, then settle what it said."""
    back = f"?aside={set_aside}" if set_aside else ""
    result = send_charge(
        payment, return_url=f"{settings.SITE_URL}/checkout/return/{payment.reference}/{back}"
    )
    settled = settle_result(payment_id=payment.id, result=result, actor=actor, now=now)
    claims_money = result is not None and result.outcome is Outcome.SETTLED
    if not settled or (claims_money and settled is not Settled.PLACED):
        return present_placing(Payment.objects.select_related("order").get(pk=payment.id))
    return say_placing(order_reference, payment.reference, result)
