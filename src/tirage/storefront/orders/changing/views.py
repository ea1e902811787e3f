"""Customers change their own orders: a draft with its differences, what it costs, and one button."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
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
from tirage.changes.operations.steps import ASK_TO_CHANGE, TOO_LATE
from tirage.changes.queries import find_draft
from tirage.changes.states import LIVE, DraftState, Maker, RefundTo, SettleBy
from tirage.changes.window import is_over
from tirage.checkout.gone import ASK_CARD, say_gone_card
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.parts.addressing import CHANGE_COUNTRY, changes_country
from tirage.parts.client import client_address
from tirage.parts.faults import Fault
from tirage.parts.numbers import read_whole
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import forget_declined_card, save_card
from tirage.payments.states import OPEN, TRIAL, PaymentState
from tirage.storefront.checkout.bank import bank_page, is_ours
from tirage.storefront.checkout.card_fields import allow_card_sources, card_faults, card_fields
from tirage.storefront.checkout.storing import keep_storage, storage_typed
from tirage.storefront.checkout.till import NEW, open_countries
from tirage.storefront.frame.forms import AddressForm, address_fields, blank_address_fields
from tirage.storefront.frame.identity import current_visit, customer_actor, customer_required, page_context
from tirage.storefront.frame.watching import show_waiting, watched
from tirage.storefront.orders.changing.desk import BY_CREDIT, TO, Desk, open_desk, read_edits
from tirage.storefront.orders.changing.meanwhile import Meanwhile, rebase, shown_field
from tirage.storefront.orders.changing.under_way import why_not_now
from tirage.storefront.orders.changing.words import WineChoice, change_words, control_of, say_to_customers

_OPEN = {state.value for state in OPEN}
#: What stays chosen on the page when the draft has taken up everything else.
_KEPT = ("card", "refund_to", "storage_warehouse", "storage_account")
#: Where the fields of another country come from: the same words for every draft, so that they are printed once.
_HERE = "."


@customer_required(back="storefront:order")
@require_POST
def begin(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Starts a change of an order, or goes on with the one begun before."""
    try:
        draft = open_draft(order_reference=reference, actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        order = customer.orders.select_related("release").filter(reference=reference).first()
        if order is None:
            raise Http404(refusal.message) from refusal
        messages.error(request, why_not_now(order, read_clock()) or refusal.message)
        return redirect("storefront:order", reference=reference)
    return redirect("storefront:change", reference=draft.reference)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The draft: look, work out again, let go, or confirm."""
    draft = _own_draft(request, reference)
    if elsewhere := _elsewhere(request, draft):
        return elsewhere
    if request.method != "POST":
        return _show(request, customer, draft)
    return _ACTS.get(request.POST.get("act", ""), _update)(request, customer, draft)


@watched
@customer_required()
@require_safe
def change_return(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Back from the bank, or waiting for its answer: tells what is known and looks again by itself."""
    payment = _own_payment(customer, reference)
    visit = current_visit(request)
    if visit and visit.seen:
        is_open = payment.state in _OPEN
        return _show_waiting(request, payment) if is_open else _to_order(payment.order.reference)
    confirmed = finish_change_payment(
        payment_reference=reference, actor=customer_actor(request), now=read_clock()
    )
    payment.refresh_from_db()
    if payment.state in _OPEN:
        return _show_waiting(request, payment)
    return _after(request, confirmed)


@customer_required(back="storefront:change_return")
@require_POST
def give_up(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Another card instead of the bank's question: the attempt is let go, the change waits."""
    payment = _own_payment(customer, reference)
    give_up_change_payment(payment_reference=reference, actor=customer_actor(request), now=read_clock())
    return redirect("storefront:change", reference=payment.purpose)


# The acts of the draft's page


def _update(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """Works the sums out again, with the bottles that were added held; the page, or with htmx what follows the form."""
    desk = open_desk(draft, customer, read_clock())
    if desk.quote.moved_on:
        return _look_first(request, customer, draft)
    is_live = _is_live(request) and request.POST.get("act") != "address"
    meanwhile = rebase(request, desk)
    try:
        if edits := read_edits(desk, request.POST, is_live=is_live):
            _edit(request, draft, edits)
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal, meanwhile=meanwhile)
    return _show(request, customer, draft, meanwhile=meanwhile)


def _look_first(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """Others have changed the order: nothing is decided before that was seen. The whole page is another then."""
    if not _is_live(request):
        return _show(request, customer, draft)
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


def _edit(request: HttpRequest, draft: ChangeDraft, edits: Mapping[str, Any]) -> ChangeDraft:
    return edit_draft(
        draft_reference=draft.reference, actor=customer_actor(request), now=read_clock(), **edits
    )


def _go_on(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """The customer has seen what others did; lapsed bottles are taken again. What was typed stays."""
    desk = open_desk(draft, customer, read_clock())
    meanwhile = rebase(request, desk)
    try:
        _edit(request, draft, {} if desk.quote.moved_on else read_edits(desk, request.POST, is_live=True))
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    if desk.quote.moved_on:
        return redirect("storefront:change", reference=draft.reference)
    return _show(request, customer, draft, kept_again=True, meanwhile=meanwhile)


def _let_go(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    try:
        drop_draft(draft_reference=draft.reference, actor=customer_actor(request), now=read_clock())
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    messages.info(request, "Your order stays as it is.")
    return _to_order(draft.order.reference)


def _confirm(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """The button. What was chosen since the sums were worked out is worked out first, and shown before it counts."""
    desk = open_desk(draft, customer, read_clock())
    if desk.quote.moved_on:
        return _look_first(request, customer, draft)
    meanwhile = rebase(request, desk)
    try:
        if meanwhile.said:
            raise Conflict(
                "changed_meanwhile",
                f"{' '.join(meanwhile.said)} Look at what changes now, then press the button.",
            )
        if edits := read_edits(desk, request.POST, is_live=False):
            draft = _edit(request, draft, edits)
            _refuse_other_sum(request, open_desk(draft, customer, read_clock()))
        storage = storage_typed(request.POST)
        card = _card(request, customer, desk)
        confirmed = _confirm_as_seen(request, draft, card)
    except DomainError as refusal:
        return _show(request, customer, draft, refusal=refusal)
    if desk.stores(request.POST.get("method", "")):
        keep_storage(customer, storage, customer_actor(request), read_clock())
    return _after(request, confirmed)


def _confirm_as_seen(request: HttpRequest, draft: ChangeDraft, card: PaymentMethod | None) -> Confirmed:
    is_credit = request.POST.get("card") == BY_CREDIT
    to_credit = request.POST.get("refund_to") == RefundTo.CREDIT.value
    return confirm_draft(
        draft_reference=draft.reference,
        expected_difference_minor=_minor(request, "expected_difference"),
        expected_settlement_minor=_minor(request, "expected_settlement"),
        settle_by=SettleBy.CREDIT if is_credit else SettleBy.CARD,
        payment_method=card,
        refund_to=RefundTo.CREDIT if to_credit else RefundTo.ORIGINAL,
        actor=customer_actor(request),
        now=read_clock(),
    )


def _change_country(request: HttpRequest, customer: Customer, draft: ChangeDraft) -> HttpResponse:
    """The fields of another country; nothing else is done, and what was typed stays."""
    return _show(request, customer, draft)


_ACTS = {"go_on": _go_on, "let_go": _let_go, "confirm": _confirm, CHANGE_COUNTRY: _change_country}


def _refuse_other_sum(request: HttpRequest, desk: Desk) -> None:
    now_is = (desk.quote.difference.minor, desk.quote.settlement.minor)
    if now_is != (_minor(request, "expected_difference"), _minor(request, "expected_settlement")):
        locale, currency = current_winery().locale, desk.quote.settlement.currency
        was, now = Money(_minor(request, "expected_settlement"), currency), desk.quote.settlement
        raise Conflict(
            "price_changed",
            f"The sum is another now: {say_money(now, locale)} instead of {say_money(was, locale)}, with what you "
            "have chosen since. Look at it again, then press the button.",
        )


def _card(request: HttpRequest, customer: Customer, desk: Desk) -> PaymentMethod | None:
    """The card that was chosen, saved first when it is new; none where nothing is to be paid by card."""
    chosen = request.POST.get("card", "")
    if chosen == BY_CREDIT or _minor(request, "expected_settlement") <= 0:
        return None
    if chosen != NEW:
        found = next((card for card in desk.cards if card.reference == chosen), None)
        if found is None:
            words = say_gone_card(customer.pk, chosen) if chosen else ASK_CARD
            raise DomainError("card_missing", words, {"card": words})
        return found
    details = {name: str(value) for name, value in request.POST.items() if name.startswith("card_")}
    try:
        return save_card(
            customer=customer,
            details=details,
            make_default=False,
            attempt_key=request.POST.get("key", "")[:32] or secrets.token_hex(8),
            for_one_payment=True,
            test=desk.draft.order.is_test,
            keep=request.POST.get("keep_card") == "1",
            ip=client_address(request),
            actor=customer_actor(request),
            now=read_clock(),
        )
    except DomainError as refusal:
        fields = {name: words for name, words in refusal.fields.items() if name.startswith("card_")}
        raise DomainError("card_refused", refusal.message, fields) from refusal


# What comes of it


def _after(request: HttpRequest, confirmed: Confirmed) -> HttpResponse:
    """Where an answer leads."""
    if confirmed.status == "applied":
        messages.success(request, "Your order is changed. A mail with all of it is on its way.")
        return _to_order(confirmed.order_reference)
    if confirmed.status == "declined":
        _tell_declined(request, confirmed)
        return redirect("storefront:change", reference=confirmed.draft_reference)
    if confirmed.status == "needs_customer" and is_ours(confirmed.action_url):
        return redirect(confirmed.action_url)
    return redirect("storefront:change_return", reference=confirmed.payment_reference)


def _tell_declined(request: HttpRequest, confirmed: Confirmed) -> None:
    """The draft's page says why it waits; here what it can't know: a card that was forgotten, money on its way back."""
    payment = Payment.objects.select_related("payment_method__customer").get(
        reference=confirmed.payment_reference
    )
    if payment.gateway != TRIAL and forget_declined_card(
        payment=payment, actor=customer_actor(request), now=read_clock()
    ):
        messages.info(request, "The card that you typed isn’t kept.")
    if payment.state == PaymentState.SETTLED:
        messages.warning(request, "Your bank paid too late for this change. The money goes back to you.")


def _elsewhere(request: HttpRequest, draft: ChangeDraft) -> HttpResponse | None:
    """Where else a draft leads that is over, whose payment is under way, or that can't go on."""
    if draft.state not in LIVE:
        messages.info(request, _ended_words(draft))
        return _leave(request, reverse("storefront:order", args=[draft.order.reference]))
    waiting = None if draft.state == DraftState.OPEN else _open_payment(draft)
    if waiting:
        return _leave(request, reverse("storefront:change_return", args=[waiting.reference]))
    is_late = is_over(draft.order.release, read_clock())
    if is_late or not current_winery().customers_change_orders:
        messages.info(request, TOO_LATE if is_late else ASK_TO_CHANGE)
        return _leave(request, reverse("storefront:order", args=[draft.order.reference]))
    return None


def _ended_words(draft: ChangeDraft) -> str:
    words = {
        DraftState.APPLIED: "This change has been made.",
        DraftState.DROPPED: "This change was let go; your order is as it was. You can begin again.",
        DraftState.LAPSED: "The time for this change was over; your order is as it was. You can begin again.",
    }
    state, refused = DraftState(draft.state), why_not_now(draft.order, read_clock())
    return refused if refused and state is not DraftState.APPLIED else words[state]


def _leave(request: HttpRequest, target: str) -> HttpResponse:
    """Off to another page, also from the request with which the sum follows the form."""
    if _is_live(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _to_order(reference: str) -> HttpResponse:
    return redirect("storefront:order", reference=reference)


def _show(
    request: HttpRequest,
    customer: Customer,
    draft: ChangeDraft,
    *,
    refusal: DomainError | None = None,
    kept_again: bool = False,
    meanwhile: Meanwhile | None = None,
) -> HttpResponse:
    """The page as the draft stands, with what was typed when it was refused, or when bottles were kept again."""
    now, is_live = read_clock(), _is_live(request)
    if request.method == "POST":
        draft = find_draft(draft.reference, customer_actor(request))
        if refusal and (elsewhere := _elsewhere(request, draft)):
            return elsewhere
    desk = open_desk(draft, customer, now)
    moved = meanwhile or Meanwhile()
    is_typed = bool(refusal or kept_again or request.method != "POST" or changes_country(request))
    typed = {name: str(value) for name, value in request.POST.items() if is_typed or name in _KEPT}
    card_refusal = refusal if refusal and refusal.code == "card_refused" else None
    context = page_context(
        request,
        **change_words(desk, typed, refusal.fields if refusal else {}, now),
        now=now,
        is_calm=is_live and request.POST.get("act") != "address",
        oob=is_live,
        kept_again=kept_again,
        redraws_places=request.POST.get("act") == "address" or "address" in moved.fields,
        meanwhile=moved.said,
        redraws_wines=moved.fields,
        shown_field=shown_field(desk, request, is_live=is_live),
    )
    context["faults"] = _faults(refusal, [*context["wines"], *context["more_wines"]])
    if is_live and refusal:
        # Said where the thumb is, beside a sum that isn't what the steppers show.
        context |= {"can_confirm": False, "problems": [_problem(refusal), *context["problems"]]}
    if is_live:
        # Never as a refusal: htmx would leave the page as it is.
        return render(
            request,
            "storefront/orders/changing/update.html",
            context | _address(request, refusal, is_typed=is_typed),
        )
    context |= _address(request, refusal, is_typed=is_typed)
    context |= {
        "key": secrets.token_hex(8),
        "card_fields": card_fields(customer, card_refusal, request.POST, test=draft.order.is_test),
        "keep_card": request.POST.get("keep_card") == "1",
    }
    status = 422 if refusal else 200
    return allow_card_sources(
        render(request, "storefront/orders/changing/change.html", context, status=status)
    )


def _faults(refusal: DomainError | None, wines: Sequence[WineChoice]) -> list[Fault]:
    """What was refused, each with its control; what is wrong with a new address is said by its form."""
    if refusal is None or refusal.code == "order_moved_on":
        return []
    if refusal.code == "card_refused":
        return card_faults(refusal)
    said = [refusal.message] if len(refusal.fields) == 1 else [*refusal.fields.values()]
    found = [
        Fault(say_to_customers(words), *control_of(name, wines))
        for name, words in zip(refusal.fields, said, strict=True)
        if name not in AddressForm.base_fields
    ]
    return found if found or refusal.fields else [Fault(_problem(refusal))]


def _problem(refusal: DomainError | None) -> str:
    """What is wrong with what was sent. What others did to the order has its own words on the page."""
    return "" if refusal is None or refusal.code == "order_moved_on" else say_to_customers(refusal.message)


def _address(
    request: HttpRequest, refusal: DomainError | None, *, is_typed: bool
) -> dict[str, SafeString | AddressForm]:
    """The fields of a new address, with what was typed and what is wrong with it."""
    countries = tuple(open_countries())
    if not is_typed or request.POST.get("address") != NEW:
        return {"address_fields": blank_address_fields(countries, "", TO, _HERE)}
    redrawn = changes_country(request)
    form = AddressForm(request.POST, countries=countries, prefix=TO, path=_HERE, redrawn=redrawn)
    if refusal and set(refusal.fields) & set(form.fields):
        form.refuse(refusal)
    return {"address_fields": address_fields(form), "address_form": form}


def _show_waiting(request: HttpRequest, payment: Payment) -> HttpResponse:
    waits = payment.state == PaymentState.NEEDS_CUSTOMER
    context = page_context(
        request,
        payment=payment,
        waits_for_customer=waits,
        action_url=bank_page(payment) if waits else "",
    )
    return show_waiting(request, "storefront/orders/changing/waiting.html", context, looks_again=not waits)


def _own_draft(request: HttpRequest, reference: str) -> ChangeDraft:
    """A draft that the customer began; the team's own are theirs, and are paid by their link."""
    try:
        draft = find_draft(reference, customer_actor(request))
    except DomainError as refusal:
        raise Http404(refusal.message) from refusal
    if draft.maker != Maker.CUSTOMER:
        raise Http404("a change that the team prepares")
    return draft


def _open_payment(draft: ChangeDraft) -> Payment | None:
    return Payment.objects.filter(purpose=draft.reference, state__in=_OPEN).order_by("-id").first()


def _own_payment(customer: Customer, reference: str) -> Payment:
    """A payment for a change that the customer began."""
    payments = Payment.objects.select_related("order").filter(order__customer=customer)
    payment = payments.filter(reference=reference).first()
    own = ChangeDraft.objects.filter(maker=Maker.CUSTOMER.value)
    if payment is None or not own.filter(reference=payment.purpose).exists():
        raise Http404("no such payment of this customer")
    return payment


def _is_live(request: HttpRequest) -> bool:
    """Whether the sum follows the form, instead of a page that is loaded."""
    return request.headers.get("HX-Request") == "true"


def _minor(request: HttpRequest, name: str) -> int:
    return read_whole(request.POST.get(name, ""))
