"""One page from held bottles to a paid order, and the ways back from the bank."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.checkout.meanwhile import moved_lines
from tirage.checkout.operations import (
    Placing,
    finish_payment,
    give_up_payment,
    place_order,
    retake_cart,
    set_cart,
)
from tirage.checkout.operations.splitting import split_cart
from tirage.checkout.queries import load_offer_page, load_set_aside
from tirage.checkout.rules import OfferPage
from tirage.checkout.ways_out import Out, pieces_in, read_out
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.texts import fitting
from tirage.customers.models import Customer
from tirage.customers.operations import save_address
from tirage.customers.queries import orders_tests
from tirage.delivery.days import say_date
from tirage.offers.rules import OfferStatus
from tirage.orders.models import Order
from tirage.orders.rules import GIFT_NOTE_LENGTH
from tirage.orders.states import OrderState
from tirage.parts.addressing import changes_country
from tirage.parts.client import client_address
from tirage.parts.faults import Fault
from tirage.parts.hands import carried_in
from tirage.parts.numbers import read_whole
from tirage.payments.models import Payment
from tirage.payments.operations import forget_declined_card, save_card
from tirage.payments.queries import card_to_suggest
from tirage.payments.states import CREDIT, OPEN, TRIAL, PaymentState
from tirage.storefront.checkout.bank import bank_page, is_ours
from tirage.storefront.checkout.bond import bond_words, plan_rows
from tirage.storefront.checkout.card_fields import allow_card_sources, card_faults, card_fields
from tirage.storefront.checkout.storing import STORAGE_CONTROLS, keep_storage, storage_typed
from tirage.storefront.checkout.till import (
    CHECKOUT,
    NEW,
    UNCHOSEN,
    Choice,
    Till,
    open_countries,
    open_till,
    read_choice,
    till_words,
)
from tirage.storefront.frame.forms import (
    AddressForm,
    BirthDateForm,
    address_fields,
    blank_address_fields,
    read_date,
)
from tirage.storefront.frame.identity import (
    current_visit,
    customer_actor,
    customer_required,
    page_context,
    shop_time,
)
from tirage.storefront.frame.watching import show_waiting, watched
from tirage.storefront.offer.aside import aside_of, kept_words, with_aside
from tirage.storefront.offer.black_box import answered, record_checkout, record_press
from tirage.storefront.offer.page import cart_field, show_offer, show_set_aside
from tirage.storefront.offer.whole import add_order_of
from tirage.storefront.offer.wines import held_until, say_bottles

#: What the names of a new address's fields begin with.
_TO = "to"


@customer_required(adult=True)
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Review and choose. A POST changes the choice: htmx gets the parts that depend on it, others the page."""
    if request.method != "POST":
        typed = read_choice(request.POST) if request.POST else read_choice(request.GET, credit=True)
        return show_checkout(request, customer, typed)
    choice = read_choice(request.POST)
    if request.POST.get("act") == "retake":
        return _retake(request, customer, choice)
    if request.POST.get("act") == "split":
        return _split(request, customer, choice)
    kind, value, _ = read_out(request.POST.get("instead", ""))
    if kind == Out.PIECES:
        return _take_fewer(request, customer, choice, value)
    if request.POST.get("act") == "address" and choice.address == NEW:
        try:
            choice = _keep_address(request, customer, choice)
        except DomainError as refusal:
            return show_checkout(request, customer, choice, address_refusal=refusal, status=422)
    return show_checkout(request, customer, choice)


def _retake(request: HttpRequest, customer: Customer, choice: Choice) -> HttpResponse:
    """Holds the cart again when its time was over, as far as there is stock; what was chosen and typed stays."""
    pressed = read_clock()
    try:
        outcome = retake_cart(customer=customer, actor=customer_actor(request), now=pressed)
    except DomainError as refusal:
        record_press(request, customer, "retake", refusal=refusal.message, at=pressed)
        return show_checkout(request, customer, choice, refusal=refusal, status=422)
    shortages = [shortage.message for shortage in outcome.shortages]
    answered(request, *shortages)
    record_press(request, customer, "retake", at=pressed)
    if outcome.expires_at is None:
        # Nothing is left of it: the page that says so is another.
        for words in shortages:
            messages.warning(request, words)
    return show_checkout(request, customer, choice, shortages=shortages, retaken=True)


def _split(request: HttpRequest, customer: Customer, choice: Choice) -> HttpResponse:
    """Keeps for later what may not go there now; what may stays in the cart, to be ordered. What was chosen stays."""
    pressed = read_clock()
    try:
        split = split_cart(
            customer=customer,
            address_reference=choice.address,
            expected=request.POST.get("split", "")[:400],
            actor=customer_actor(request),
            now=pressed,
        )
    except DomainError as refusal:
        record_press(request, customer, "split", refusal=refusal.message, at=pressed)
        return show_checkout(request, customer, choice, refusal=refusal, status=422)
    record_press(request, customer, "split", at=pressed)
    is_ = "is" if split.rest == 1 else "are"
    messages.success(
        request,
        f"{say_bottles(split.rest).capitalize()} {is_} kept for you and may go from {say_date(split.on)} on. "
        "What may go now is in your cart.",
    )
    return show_checkout(request, customer, choice)


def _take_fewer(request: HttpRequest, customer: Customer, choice: Choice, value: str) -> HttpResponse:
    """Leaves in the cart what may go; what was chosen and typed stays."""
    pressed = read_clock()
    pieces = {int(item): count for item, count in pieces_in(value).items() if item.isdecimal()}
    try:
        set_cart(customer=customer, quantities=pieces, actor=customer_actor(request), now=pressed)
    except DomainError as refusal:
        record_press(request, customer, "fewer", refusal=refusal.message, at=pressed)
        return show_checkout(request, customer, choice, refusal=refusal, status=422)
    record_press(request, customer, "fewer", at=pressed)
    return show_checkout(request, customer, choice)


@customer_required(adult=True, back="storefront:checkout")
@require_POST
def place(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The button. What was typed stays, whatever becomes of it; a second press finds the first one's order."""
    choice = read_choice(request.POST)
    try:
        fitting(choice.gift_note, GIFT_NOTE_LENGTH, "gift_note")
    except DomainError as refusal:
        return show_checkout(request, customer, choice, refusal=refusal, status=422)
    try:
        if choice.address == NEW:
            choice = _keep_address(request, customer, choice)
    except DomainError as refusal:
        return show_checkout(request, customer, choice, address_refusal=refusal, status=422)
    try:
        if choice.card == NEW and not _is_covered(request, choice):
            choice = _keep_card(request, customer, choice)
    except DomainError as refusal:
        status = 429 if refusal.code == "too_many_tries" else 422
        return show_checkout(request, customer, choice, card_refusal=refusal, status=status)
    try:
        storage = storage_typed(request.POST)
    except DomainError as refusal:
        return show_checkout(request, customer, choice, refusal=refusal, status=422)
    pressed = read_clock()
    try:
        placing = place_cart(request, customer, choice, attempt=_number(request, "attempt"))
    except DomainError as refusal:
        record_press(request, customer, "place", refusal=refusal.message, at=pressed)
        if (
            refusal.code == "too_young"
            and Customer.objects.filter(pk=customer.pk, adult_confirmed_at=None).exists()
        ):
            return redirect("storefront:adult")
        return show_checkout(request, customer, choice, refusal=refusal, status=422)
    keep_storage(customer, storage, customer_actor(request), read_clock())
    answered(request, *filter(None, [placing.order_reference, placing.message]))
    record_press(request, customer, "place", at=pressed)
    return after_placing(request, customer, choice, placing)


@watched
@customer_required()
@require_safe
def payment_return(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Back from the bank, or waiting for its answer: tells what is known and looks again by itself."""
    payment = _own_payment(customer, reference)
    if payment.state not in {state.value for state in OPEN} or _is_staff_looking(request):
        return _after_answer(request, payment)
    placing = finish_payment(
        customer=customer, payment_reference=reference, actor=customer_actor(request), now=read_clock()
    )
    payment.refresh_from_db()
    if placing.status == "needs_customer":
        return _show_waiting(request, payment, bank_page(payment))
    if placing.status == "unknown":
        return _show_waiting(request, payment, "")
    return _after_answer(request, payment)


@customer_required(back="storefront:payment_return")
@require_POST
def give_up(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Another card instead of the bank's question: the attempt is let go and the bottles return to the cart."""
    payment = _own_payment(customer, reference)
    give_up_payment(
        customer=customer, payment_reference=reference, actor=customer_actor(request), now=read_clock()
    )
    payment.refresh_from_db()
    if payment.state == PaymentState.VOIDED:
        return redirect(with_aside(f"{reverse('storefront:checkout')}?card={NEW}", aside_of(request)))
    return _to_payment(reference, aside_of(request))


def show_checkout(
    request: HttpRequest,
    customer: Customer,
    choice: Choice,
    *,
    refusal: DomainError | None = None,
    address_refusal: DomainError | None = None,
    card_refusal: DomainError | None = None,
    declined: str = "",
    card_forgotten: bool = False,
    shortages: Sequence[str] = (),
    retaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The checkout page, or the page that stands in for it when there is nothing to pay. htmx gets what follows the
    choice; where the whole page is another it is told to load that.
    """
    now = shop_time(request)
    aside = aside_of(request)
    page = _page_of(customer, aside, now)
    problem = refusal.message if refusal else ""
    is_live = request.headers.get("HX-Request") == "true"
    if is_live and (refusal or not _can_pay(page)):
        return _load_anew(request, problem)
    if page.cart and page.cart.pending_order_reference:
        return _to_payment(_open_payment(page.cart.pending_order_reference), aside)
    if aside and (page.status is not OfferStatus.OPEN or page.cart is None or not page.cart.lines):
        return show_set_aside(request, customer, aside, problem=problem, status=status)
    if page.status is not OfferStatus.OPEN:
        return show_offer(request, customer, problem=problem, status=status)
    if page.cart is None or not page.cart.lines:
        return _show_empty(request, problem, status)
    record_checkout(request, customer, page, problem=problem or declined or " ".join(shortages), now=now)
    till = open_till(customer, page, choice, now)
    stands = _closed(till) if request.method == "POST" and not refusal else []
    if is_live:
        carried = carried_in(request.POST, CHECKOUT)
        short = {words.partition(":")[0] for words in shortages}
        moved = moved_lines(carried, page) if carried else ()
        # What could not be taken again has its own words.
        moved = [words for words in moved if words.partition(":")[0] not in short]
        keeps_open = request.headers.get("HX-Trigger-Name") == "method"
        words = till_words(till, now, carried, keeps_open=keeps_open) | {"moved": moved, **_plan(till)}
        context = page_context(request, **words, now=now, shortages=shortages, retaken=retaken, faults=stands)
        return render(request, "storefront/checkout/update.html", context)
    if declined:
        stands = [_declined_fault(till, declined, card_forgotten)]
    faults = [*_faults(till, refusal), *card_faults(card_refusal), *stands]
    context = page_context(
        request,
        **till_words(till, now),
        **_plan(till),
        **bond_words(till, now),
        **kept_words(page, now),
        aside=aside,
        now=now,
        cart_field=cart_field(page),
        shortages=shortages,
        retaken=retaken,
        add_to=add_order_of(customer, page, now) if not page.cart.rules_met else "",
        faults=faults,
        opens=_opens(till, faults),
        **_fields(request, customer, till, refusal, address_refusal, card_refusal),
    )
    return allow_card_sources(render(request, "storefront/checkout/checkout.html", context, status=status))


def _plan(till: Till) -> dict[str, object]:
    """By what plan the total is paid, where there is one."""
    return {"plan": plan_rows(till.page.offer.campaign if till.page.offer else None, till.cart)}


def _page_of(customer: Customer, aside: str, now: datetime) -> OfferPage:
    """What is to be paid for: bottles set aside, where the page is about those, else the customer's cart."""
    return load_set_aside(customer, aside, now) if aside else load_offer_page(customer, now)


def _to_payment(reference: str, aside: str) -> HttpResponse:
    return redirect(with_aside(reverse("storefront:payment_return", args=[reference]), aside))


def _can_pay(page: OfferPage) -> bool:
    """Whether there is something to pay for, and nobody is paying for it already."""
    cart = page.cart
    return bool(page.status is OfferStatus.OPEN and cart and cart.lines and not cart.pending_order_reference)


def _load_anew(request: HttpRequest, problem: str) -> HttpResponse:
    """Parts of this page are no answer any more: the browser loads what stands in for it, which says why."""
    if problem:
        messages.warning(request, problem)
    return HttpResponse(
        status=204, headers={"HX-Redirect": with_aside(reverse("storefront:checkout"), aside_of(request))}
    )


def _faults(till: Till, refusal: DomainError | None) -> list[Fault]:
    """What was refused, each with its control on the page; what is wrong with fields of a form is said by that."""
    if refusal is None:
        return []
    controls = {
        "gift_note": ("gift_note", "Gift note"),
        **STORAGE_CONTROLS,
        "adult": ("adult", "Your age"),
        "terms": ("terms", "The terms of the sale"),
        "address": (_control("address", till.choice.address, till.addresses), ""),
        "method": (_control("way", till.choice.method, till.quote.methods if till.quote else ()), ""),
        "card": (_card_control(till), ""),
    }
    said = [refusal.message] if len(refusal.fields) == 1 else [*refusal.fields.values()]
    found = [
        Fault(words, *controls[name])
        for name, words in zip(refusal.fields, said, strict=True)
        if name in controls
    ]
    return found if found or "birth_date" in refusal.fields else [Fault(refusal.message)]


def _opens(till: Till, faults: Sequence[Fault]) -> set[str]:
    """The rows that stand open from the beginning: nothing is chosen there, something new is, or it isn't accepted."""
    at = {fault.field_id.partition("-")[0] for fault in faults}
    open_to = till.choice.address in {NEW, UNCHOSEN} or "address" in at
    open_by = till.choice.card in {NEW, UNCHOSEN} or "card" in at
    return {name for name, is_open in (("to", open_to), ("by", open_by)) if is_open}


def _card_control(till: Till) -> str:
    return _control("card", till.choice.card, till.cards) or "card_number"


def _control(what: str, chosen: str, rows: Sequence[Any]) -> str:
    """The id of the circle that is chosen, else of the first; empty where there is none."""
    if not rows:
        return ""
    known = {row.reference for row in rows} | {NEW}
    return f"{what}-{chosen if chosen in known else rows[0].reference}"


def _closed(till: Till) -> list[Fault]:
    """What stands against what was chosen: the law of a state, no way there, a thing that is gone."""
    words = [*till.gone, *filter(None, [till.problem])]
    at = _control("address", till.choice.address, till.addresses)
    return [Fault(one, at) for one in dict.fromkeys(words)]


def _declined_fault(till: Till, declined: str, card_forgotten: bool) -> Fault:
    words = f"{declined.rstrip('.')}. Nothing was charged{', and this card isn’t kept' if card_forgotten else ''}."
    if until := _kept_until(till.page):
        words += f" Your bottles are still yours until {until}: try another card, or the same one again."
    return Fault(words, _card_control(till), "Your card")


def _kept_until(page: OfferPage) -> str:
    """Until when the bottles of the page stay the customer's: with its day where that may be another."""
    return kept_words(page, read_clock())["until_words"] or held_until(page.cart)


def _fields(
    request: HttpRequest,
    customer: Customer,
    till: Till,
    refusal: DomainError | None,
    address_refusal: DomainError | None,
    card_refusal: DomainError | None,
) -> dict[str, object]:
    """The fields for what is new on the page: address, card, date of birth."""
    asks_birth_date = bool(refusal and "birth_date" in refusal.fields) or bool(till.choice.birth_date)
    birth = BirthDateForm({"birth_date": till.choice.birth_date}) if asks_birth_date else None
    if birth and refusal and "birth_date" in refusal.fields:
        birth.add_error("birth_date", refusal.fields["birth_date"])
    return {
        "gift_note_problem": refusal.fields.get("gift_note", "") if refusal else "",
        "adult_problem": refusal.fields.get("adult", "") if refusal else "",
        "terms_problem": refusal.fields.get("terms", "") if refusal else "",
        **_address_fields(request, till, address_refusal),
        "birth_form": birth,
        "card_fields": card_fields(customer, card_refusal, request.POST, test=till.page.is_test),
    }


def _address_fields(
    request: HttpRequest, till: Till, refusal: DomainError | None
) -> dict[str, SafeString | AddressForm]:
    """The fields of a new address, and the form where there is one: it says what is wrong with them."""
    countries, path = tuple(open_countries()), reverse("storefront:checkout")
    if not request.POST or till.choice.address != NEW:
        recipient = "" if till.addresses else till_name(request)
        return {"address_fields": blank_address_fields(countries, recipient, _TO, path)}
    redrawn = changes_country(request)
    form = AddressForm(request.POST, countries=countries, prefix=_TO, path=path, redrawn=redrawn)
    if refusal:
        form.refuse(refusal)
    return {"address_fields": address_fields(form), "address_form": form}


def till_name(request: HttpRequest) -> str:
    """The customer's name as the first recipient."""
    visit = current_visit(request)
    return f"{visit.customer.first_name} {visit.customer.last_name}".strip() if visit else ""


def _keep_address(request: HttpRequest, customer: Customer, choice: Choice) -> Choice:
    form = AddressForm(request.POST, countries=open_countries(), prefix=_TO)
    address = save_address(
        customer=customer,
        address_reference=None,
        values=form.values(),
        make_default=False,
        sure=form.sure,
        actor=customer_actor(request),
        now=read_clock(),
    )
    return replace(choice, address=address.reference)


def _keep_card(request: HttpRequest, customer: Customer, choice: Choice) -> Choice:
    details = {
        name: value for name, value in request.POST.items() if name.startswith("card_") and name != "card_key"
    }
    card = save_card(
        customer=customer,
        details={name: str(value) for name, value in details.items()},
        make_default=False,
        keep=choice.keep_card,
        test=not aside_of(request) and orders_tests(customer.pk),
        attempt_key=request.POST.get("card_key", "")[:32] or secrets.token_hex(8),
        ip=client_address(request),
        actor=customer_actor(request),
        now=read_clock(),
    )
    return replace(choice, card=card.reference)


def place_cart(request: HttpRequest, customer: Customer, choice: Choice, *, attempt: int) -> Placing:
    """Orders what is in the cart, for what the page that was sent showed."""
    return place_order(
        customer=customer,
        attempt=attempt,
        address_reference=_named(choice.address),
        method_reference=_named(choice.method),
        card_reference=_named(choice.card),
        expected_total_minor=_number(request, "expected"),
        adult_confirmed=choice.adult or customer.adult_confirmed_at is not None,
        birth_date=read_date(choice.birth_date),
        gift_note=choice.gift_note,
        use_credit=choice.credit,
        shown=carried_in(request.POST, CHECKOUT),
        set_aside=aside_of(request),
        terms_digest=choice.terms,
        actor=customer_actor(request),
        now=read_clock(),
    )


def after_placing(request: HttpRequest, customer: Customer, choice: Choice, placing: Placing) -> HttpResponse:
    """Where a placing leads: to the receipt, to the bank, or back to the checkout with what was said."""
    if placing.status == "placed":
        if placing.note:
            messages.warning(request, placing.note)
        return redirect("storefront:receipt", reference=placing.order_reference)
    if placing.status == "declined":
        words = placing.message or "Your card was declined."
        forgotten = _forget_declined(request, _own_payment(customer, placing.payment_reference))
        other = card_to_suggest(customer.pk, read_clock())
        return show_checkout(
            request,
            customer,
            replace(choice, card=other.reference if other else NEW),
            declined=words,
            card_forgotten=forgotten,
            status=402,
        )
    if placing.status == "needs_customer" and is_ours(placing.action_url):
        return redirect(placing.action_url)
    return _to_payment(placing.payment_reference, aside_of(request))


def _forget_declined(request: HttpRequest, payment: Payment) -> bool:
    """A card that was typed here and declined at once isn't kept: nobody wants to be offered it again."""
    if _is_staff_looking(request) or payment.gateway == TRIAL:
        return False
    return forget_declined_card(payment=payment, actor=customer_actor(request), now=read_clock())


def _after_answer(request: HttpRequest, payment: Payment) -> HttpResponse:
    """Where a payment with an answer leads; an open one (staff looking) just shows that it is open."""
    order = Order.objects.get(pk=payment.order_id)
    if order.step not in {OrderState.PENDING, OrderState.ABANDONED}:
        return redirect("storefront:receipt", reference=order.reference)
    if payment.state in {state.value for state in OPEN}:
        return _show_waiting(request, payment, "")
    forgotten = " This one isn't kept." if _forget_declined(request, payment) else ""
    messages.error(request, _declined_words(request, payment) + forgotten)
    return redirect(with_aside(reverse("storefront:checkout"), aside_of(request)))


def _declined_words(request: HttpRequest, payment: Payment) -> str:
    visit = current_visit(request)
    said = (payment.message or "Your card was declined.").rstrip(".") + "."
    until = _kept_until(_page_of(visit.customer, aside_of(request), read_clock())) if visit else ""
    kept = (
        f" Your bottles are still yours until {until}; try another card." if until else " Try another card."
    )
    return f"{said} Nothing was charged.{kept}"


def _show_waiting(request: HttpRequest, payment: Payment, action_url: str) -> HttpResponse:
    asks = payment.state == PaymentState.NEEDS_CUSTOMER
    context = page_context(
        request,
        action_url=action_url,
        payment=payment,
        waits_for_customer=asks,
        aside=aside_of(request),
        here=with_aside(request.path, aside_of(request)),
    )
    return show_waiting(request, "storefront/checkout/payment_waiting.html", context, looks_again=not asks)


def _show_empty(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    return render(
        request, "storefront/checkout/cart_empty.html", page_context(request, problem=problem), status=status
    )


def _own_payment(customer: Customer, reference: str) -> Payment:
    payment = (
        Payment.objects.select_related("order").filter(reference=reference, order__customer=customer).first()
    )
    if payment is None:
        raise Http404("no such payment of this customer")
    return payment


def _open_payment(order_reference: str) -> str:
    payments = (
        Payment.objects.filter(order__reference=order_reference).exclude(gateway=CREDIT).order_by("-id")
    )
    found = payments.values_list("reference", flat=True).first()
    if found is None:
        raise Http404("an order without a payment")
    return found


def _is_staff_looking(request: HttpRequest) -> bool:
    visit = current_visit(request)
    return visit is not None and visit.seen is not None


def _is_covered(request: HttpRequest, choice: Choice) -> bool:
    """Whether the page said that store credit pays for everything, so that no card has to be typed."""
    return choice.credit and _number(request, "expected") == 0


def _named(chosen: str) -> str:
    """A choice as the operation takes it: empty where nothing is chosen."""
    return "" if chosen == UNCHOSEN else chosen


def _number(request: HttpRequest, name: str) -> int:
    return read_whole(request.POST.get(name, ""))
