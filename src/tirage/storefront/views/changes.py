"""Customers change their own orders: a draft with its differences, what it costs, and one button."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    Confirmed,
    confirm_draft,
    drop_draft,
    edit_draft,
    finish_change_payment,
    give_up_change_payment,
    open_draft,
)
from tirage.changes.queries import find_draft
from tirage.changes.states import LIVE, DraftState, RefundTo, SettleBy
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.customers.models import Customer
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import save_card
from tirage.payments.states import OPEN
from tirage.storefront.card_fields import allow_card_sources, card_fields
from tirage.storefront.changing import BY_CREDIT, TO, Desk, change_words, open_desk, read_edits
from tirage.storefront.forms import AddressForm, address_fields, blank_address_fields
from tirage.storefront.identity import current_visit, customer_actor, customer_required, page_context
from tirage.storefront.till import NEW, open_countries
from tirage.storefront.views.checkout import LOOK_AGAIN, bank_page, is_ours


@customer_required()
@require_POST
def begin(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Starts a change of an order, or goes on with the one begun before."""
    try:
        draft = open_draft(order_reference=reference, actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        if refusal.code == "not_found":
            raise Http404(refusal.message) from refusal
        messages.error(request, refusal.message)
        return redirect("storefront:order", reference=reference)
    return redirect("storefront:change", reference=draft.reference)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The draft: look, work out again, let go, or confirm."""
    draft = _own_draft(request, reference)
    if draft.state not in LIVE:
        return _ended(request, draft)
    if waiting := _open_payment(draft):
        return redirect("storefront:change_return", reference=waiting.reference)
    if request.method != "POST":
        return _show(request, customer, draft)
    return _ACTS.get(request.POST.get("act", "update"), _update)(request, customer, draft)


@customer_required()
@require_safe
def change_return(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Back from the bank, or waiting for its answer: tells what is known and looks again by itself."""
    payment = _own_payment(customer, reference)
    visit = current_visit(request)
    if visit and visit.seen:
        return _show_waiting(request, payment)
    confirmed = finish_change_payment(
        payment_reference=reference, actor=customer_actor(request), now=read_clock()
    )
    payment.refresh_from_db()
    if payment.state in {state.value for state in OPEN}:
        return _show_waiting(request, payment)
    return _after(request, customer, confirmed)


@customer_required()
@require_POST
def give_up(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Another card instead of the bank's question: the attempt is let go, the change waits."""
    payment = _own_payment(customer, reference)
    give_up_change_payment(payment_reference=reference, actor=customer_actor(request), now=read_clock())
    return redirect("storefront:change", reference=payment.purpose)


def _update(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """Works the sums out again, with the bottles that were added held."""
    try:
        edits = read_edits(open_desk(draft, customer, read_clock()), request.POST)
        if edits:
            _edit(request, draft, edits)
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    return redirect("storefront:change", reference=draft.reference)


def _edit(request: HttpRequest, draft: ChangeDraft, edits: Mapping[str, object]) -> ChangeDraft:
    return edit_draft(
        draft_reference=draft.reference,
        actor=customer_actor(request),
        now=read_clock(),
        **edits,  # type: ignore[arg-type]  # read_edits names edit_draft's own arguments
    )


def _go_on(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """The customer has seen what others did; lapsed bottles are taken again."""
    try:
        _edit(request, draft, {})
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    return redirect("storefront:change", reference=draft.reference)


def _let_go(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    try:
        drop_draft(draft_reference=draft.reference, actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    messages.info(request, "Your order stays as it is.")
    return redirect("storefront:order", reference=draft.order.reference)


def _confirm(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """The button. What was chosen since the sums were worked out is worked out first, and shown before it counts."""
    desk = open_desk(draft, customer, read_clock())
    try:
        if desk.quote.moved_on:
            return _show(request, customer, draft)
        if edits := read_edits(desk, request.POST):
            _edit(request, draft, edits)
            if not _is_as_seen(
                request,
                open_desk(find_draft(draft.reference, customer_actor(request)), customer, read_clock()),
            ):
                raise Conflict(
                    "price_changed", "The sum is another now. Look at it again, then press the button."
                )
        card = _card(request, customer, desk)
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    try:
        confirmed = confirm_draft(
            draft_reference=draft.reference,
            expected_difference_minor=_minor(request, "expected_difference"),
            expected_settlement_minor=_minor(request, "expected_settlement"),
            settle_by=SettleBy.CREDIT if request.POST.get("card") == BY_CREDIT else SettleBy.CARD,
            payment_method=card,
            refund_to=RefundTo.CREDIT if request.POST.get("refund_to") == "credit" else RefundTo.ORIGINAL,
            actor=customer_actor(request),
            now=read_clock(),
        )
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    return _after(request, customer, confirmed)


_ACTS = {"update": _update, "go_on": _go_on, "let_go": _let_go, "confirm": _confirm}


def _is_as_seen(request: HttpRequest, desk: Desk) -> bool:
    quote = desk.quote
    return (quote.difference.minor, quote.settlement.minor) == (
        _minor(request, "expected_difference"),
        _minor(request, "expected_settlement"),
    )


def _card(request: HttpRequest, customer: Customer, desk: Desk) -> PaymentMethod | None:
    """The card that was chosen, saved first when it is new; none where nothing is to be paid by card."""
    chosen = request.POST.get("card", "")
    if chosen == BY_CREDIT or _minor(request, "expected_settlement") <= 0:
        return None
    if chosen != NEW:
        return next((card for card in desk.cards if card.reference == chosen), None)
    try:
        return save_card(
            customer=customer,
            details={name: str(value) for name, value in request.POST.items() if name.startswith("card_")},
            make_default=False,
            attempt_key=request.POST.get("key", "")[:32],
            actor=customer_actor(request),
            now=read_clock(),
        )
    except DomainError as refusal:
        raise DomainError("card_refused", refusal.message) from refusal


def _after(request: HttpRequest, customer: Customer, confirmed: Confirmed) -> HttpResponse:
    """Where an answer leads."""
    if confirmed.status == "applied":
        messages.success(request, "Your order is changed. A mail with all of it is on its way.")
        return redirect("storefront:order", reference=confirmed.order_reference)
    if confirmed.status == "declined":
        said = (confirmed.message or "Your card was declined.").rstrip(".") + "."
        messages.error(request, f"{said} Nothing was charged and your order is as it was. Try another card.")
        return redirect("storefront:change", reference=confirmed.draft_reference)
    if confirmed.status == "needs_customer" and is_ours(confirmed.action_url):
        return redirect(confirmed.action_url)
    return redirect("storefront:change_return", reference=confirmed.payment_reference)


def _show(
    request: HttpRequest, customer: Customer, draft: ChangeDraft, *, refusal: DomainError | None = None
) -> HttpResponse:
    now = read_clock()
    desk = open_desk(
        find_draft(draft.reference, customer_actor(request)) if refusal else draft, customer, now
    )
    typed = {name: str(value) for name, value in request.POST.items()} if refusal else {}
    card_problem = refusal.message if refusal and refusal.code == "card_refused" else ""
    context = page_context(
        request,
        **change_words(desk, typed, refusal.fields if refusal else {}, now),
        now=now,
        problem="" if card_problem or refusal is None else refusal.message,
        key=secrets.token_hex(8),
        address_fields=_address_fields(request, customer, desk, refusal),
        card_fields=card_fields(customer, card_problem),
    )
    # htmx shows no page that was refused, and the sums' own request wants to show why.
    status = 422 if refusal and not request.headers.get("HX-Request") else 200
    return allow_card_sources(render(request, "storefront/change.html", context, status=status))


def _address_fields(
    request: HttpRequest, customer: Customer, desk: Desk, refusal: DomainError | None
) -> SafeString:
    countries = tuple(open_countries())
    if refusal is None or request.POST.get("address") != NEW:
        return blank_address_fields(countries, "", TO)
    form = AddressForm(request.POST, countries=countries, prefix=TO)
    if set(refusal.fields) & set(form.fields):
        form.refuse(refusal)
    return address_fields(form)


def _show_waiting(request: HttpRequest, payment: Payment) -> HttpResponse:
    waits = payment.state == "needs_customer"
    context = page_context(
        request,
        payment=payment,
        waits_for_customer=waits,
        action_url=bank_page(payment) if waits else "",
        look_again=0 if waits else LOOK_AGAIN,
    )
    return render(request, "storefront/change_waiting.html", context)


def _ended(request: HttpRequest, draft: ChangeDraft) -> HttpResponse:
    words = {
        DraftState.APPLIED: "This change has been made.",
        DraftState.DROPPED: "This change was let go; your order is as it was.",
        DraftState.LAPSED: "The time for this change was over; your order is as it was. You can begin again.",
    }
    messages.info(request, words[DraftState(draft.state)])
    return redirect("storefront:order", reference=draft.order.reference)


def _own_draft(request: HttpRequest, reference: str) -> ChangeDraft:
    """A draft that the customer began; the team's own are theirs, and are paid by their link."""
    try:
        draft = find_draft(reference, customer_actor(request))
    except DomainError as refusal:
        raise Http404(refusal.message) from refusal
    if draft.maker != "customer":
        raise Http404("a change that the team prepares")
    return draft


def _open_payment(draft: ChangeDraft) -> Payment | None:
    states = [state.value for state in OPEN]
    if draft.state == DraftState.OPEN:
        return None
    return Payment.objects.filter(purpose=draft.reference, state__in=states).order_by("-id").first()


def _own_payment(customer: Customer, reference: str) -> Payment:
    payment = (
        Payment.objects.select_related("order")
        .filter(reference=reference, order__customer=customer)
        .exclude(purpose="")
        .first()
    )
    if payment is None:
        raise Http404("no such payment of this customer")
    return payment


def _minor(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 16 else -1
