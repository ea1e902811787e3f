"""Paying by a mailed link, signed out: what is asked for, a card, and what became of it."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tirage.changes.collecting import BUSY, pay_by_link
from tirage.changes.operations import give_up_change_payment
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.parts.faults import Fault
from tirage.parts.numbers import read_whole
from tirage.payments.models import PayLink, Payment
from tirage.payments.operations import (
    Attempt,
    ask_for_balance,
    count_try,
    find_pay_link,
    forget_declined_card,
    open_payment,
    pay_link_url,
    reconcile_payment,
    state_of_link,
    void_payment,
)
from tirage.payments.states import OPEN, LinkState, PaymentState
from tirage.storefront.checkout.bank import bank_page, is_ours
from tirage.storefront.checkout.card_fields import card_faults, card_fields
from tirage.storefront.checkout.till import NEW
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.storefront.frame.watching import show_waiting, watched
from tirage.storefront.links.by_link import by_link, keep_card, page_by_link, status_of
from tirage.storefront.links.paying import asked_by, paid_words, pay_words, refused_words

#: Nothing can be paid by a link that isn't ours, or any more: what the answer says.
_ENDINGS = {"unknown": 404, "paid": 200, "settled": 200}


@watched
@page_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """What is asked for and a card to pay it with; an attempt that is still open; thanks; or why not."""
    link = find_pay_link(token=token)
    if link is None:
        return _show_ending(request, "unknown", None)
    state = state_of_link(link, read_clock())
    if state is LinkState.REVOKED or (state is LinkState.EXPIRED and request.method == "POST"):
        return _show_ending(request, state.value, link)
    if request.method == "POST":
        return _give_up(request, link) if request.POST.get("act") == "give_up" else _pay(request, link)
    if waiting := _still_open(request, link):
        return _show_waiting(request, waiting, is_live=state is LinkState.LIVE)
    link.refresh_from_db(fields=["used_at", "revoked_at"])
    link.order.refresh_from_db()
    return _show(request, link)


@customer_required(back="storefront:order")
@require_POST
def pay_order(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """From an order's page to where its balance is paid: the same page as a mailed link's, without the mail."""
    if not customer.orders.filter(reference=reference).exists():
        raise Http404("no such order of this customer")
    try:
        link = ask_for_balance(
            order_reference=reference, mail=False, actor=customer_actor(request), now=read_clock()
        )
    except DomainError as refused:
        messages.info(request, refused.message)
        return redirect("storefront:order", reference=reference)
    return redirect(urlsplit(pay_link_url(link)).path)


def _pay(request: HttpRequest, link: PayLink) -> HttpResponse:
    """Charges the chosen card, or a new one. Sent twice, the second time finds the first one's attempt."""
    customer, chosen = link.order.customer, request.POST.get("card", "")[:40]
    actor, now = by_link(request, customer), read_clock()
    try:
        count_try(link=link, actor=actor, now=now)
        if chosen == NEW and not asked_by(link, now).ending:
            chosen = keep_card(request, customer, for_one_payment=True).reference
        attempt = pay_by_link(
            link=link,
            card_reference=chosen,
            expected_minor=read_whole(request.POST.get("expected", "")),
            actor=actor,
            now=now,
        )
    except DomainError as refused:
        if refused.code in BUSY:
            return redirect(request.path)
        return _show(request, link, chosen=chosen, refused=refused, status=status_of(refused))
    return _after(request, link, attempt)


def _after(request: HttpRequest, link: PayLink, attempt: Attempt) -> HttpResponse:
    if attempt.status == "declined":
        said = (attempt.message or "Your bank declined this card.").rstrip(".") + "."
        kept = " This card isn't kept." if _forget_declined(request, link, attempt) else ""
        problem = f"{said} Nothing was charged.{kept}"
        return _show(request, link, chosen=NEW, problem=problem, status=402)
    if attempt.status == "needs_customer" and is_ours(attempt.action_url):
        return redirect(attempt.action_url)
    return redirect(request.path)


def _forget_declined(request: HttpRequest, link: PayLink, attempt: Attempt) -> bool:
    """A card that was typed here and declined at once isn't kept: nobody wants to be offered it again."""
    payment = Payment.objects.select_related("payment_method__customer").get(
        reference=attempt.payment_reference
    )
    return forget_declined_card(
        payment=payment, actor=by_link(request, link.order.customer), now=read_clock()
    )


def _give_up(request: HttpRequest, link: PayLink) -> HttpResponse:
    """Another card instead of the bank's question: the attempt is let go."""
    payment = open_payment(order_id=link.order_id, purpose=link.purpose)
    if payment and payment.state == PaymentState.NEEDS_CUSTOMER:
        actor, now = by_link(request, link.order.customer), read_clock()
        if link.purpose:
            give_up_change_payment(payment_reference=payment.reference, actor=actor, now=now)
        else:
            void_payment(payment_id=payment.pk, reason="Given up by the customer.", actor=actor, now=now)
    return redirect(request.path)


def _still_open(request: HttpRequest, link: PayLink) -> Payment | None:
    """An attempt without an outcome, after asking the bank: nobody pays while there is one."""
    payment = open_payment(order_id=link.order_id, purpose=link.purpose)
    if payment:
        reconcile_payment(payment=payment, actor=by_link(request, link.order.customer), now=read_clock())
    return payment if payment and payment.state in {state.value for state in OPEN} else None


def _show(
    request: HttpRequest,
    link: PayLink,
    *,
    chosen: str = "",
    problem: str = "",
    refused: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    now = read_clock()
    asked = asked_by(link, now)
    if asked.ending:
        return _show_ending(request, asked.ending, link)
    of_card = refused if chosen == NEW else None
    problem = problem or (refused.message if refused else refused_words(link))
    context = page_context(
        request,
        **pay_words(link, asked, chosen, now),
        faults=card_faults(of_card) or ([Fault(problem, "pay", "How you pay")] if problem else []),
        key=secrets.token_hex(8),
        keep_card=request.POST.get("keep_card") == "1",
        card_fields=card_fields(link.order.customer, of_card, request.POST),
    )
    return render(request, "storefront/links/pay.html", context | {"customer": None}, status=status)


def _show_waiting(request: HttpRequest, payment: Payment, *, is_live: bool) -> HttpResponse:
    """A link that has lapsed while the bank decides says that it does, and nothing of what for."""
    asks = is_live and payment.state == PaymentState.NEEDS_CUSTOMER
    context = page_context(
        request,
        asks=asks,
        amount=payment.amount_minor if is_live else None,
        reference=payment.order.reference if is_live else "",
        action_url=bank_page(payment) if asks else "",
    )
    context["customer"] = None
    return show_waiting(request, "storefront/links/pay_waiting.html", context, looks_again=not asks)


def _show_ending(request: HttpRequest, ending: str, link: PayLink | None) -> HttpResponse:
    """What became of a link; one that was revoked or has lapsed says nothing of its owner."""
    is_good = link is not None and link.revoked_at is None and read_clock() < link.expires_at
    words = paid_words(link) if link and is_good and ending == "paid" else {}
    reference = link.order.reference if link and is_good else ""
    context = page_context(request, ending=ending, reference=reference, **words)
    return render(
        request,
        "storefront/links/pay_ending.html",
        context | {"customer": None},
        status=_ENDINGS.get(ending, 410),
    )
