"""Changing an order: opening a draft, its page, settling it, letting it go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.changes.forms import DISCOUNT_FIELDS, Acts, ChangeForm
from tirage.backoffice.changes.list import CHANGES
from tirage.backoffice.changes.page import (
    Rights,
    change_context,
    change_form,
    change_url,
    is_typing,
    rights_of,
    wines_of,
)
from tirage.backoffice.changes.settling import GIFT, OFFLINE, settle_arguments
from tirage.backoffice.changes.words import is_ended, paid_words
from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.orders.page import order_tabs
from tirage.backoffice.payments.refunds import say_refund
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import (
    Confirmed,
    confirm_draft,
    drop_draft,
    edit_draft,
    finish_change_payment,
    give_up_change_payment,
    open_draft,
    open_new_order,
    retry_draft,
    split_draft,
)
from tirage.changes.operations.steps import refuse_edited
from tirage.changes.queries import find_draft, quote_draft
from tirage.changes.rules import ChangeQuote
from tirage.changes.states import DraftState, Maker
from tirage.checkout.ways_out import fields_of, with_fields
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.delivery.days import say_date
from tirage.orders.models import Order
from tirage.parts.addressing import changes_country
from tirage.parts.numbers import read_whole
from tirage.parts.wording import say_bottles
from tirage.payments.models import Payment
from tirage.payments.operations import mail_card_link, open_payment
from tirage.payments.states import PaymentKind, PaymentState
from tirage.staff.permissions import Permission, require, staff_actor, staff_required

#: What the bank says when it is asked too early.
_STILL_OPEN = {
    "unknown": "You asked the bank, which still has no answer. The worker asks it again.",
    "needs_customer": "The bank was asked: it still waits for the customer.",
}
_LOOK_AGAIN = "The sums are worked out anew. Look at them, then go on."
#: Where the page opens again after a button.
_ANCHORS = {
    "find": "#add-a-wine",
    "add": "#wines",
    "add_today": "#wines",
    "drop": "#wines",
    "use_address": "#goes-to",
    "add_discount": "#wines",
    "add_correction": "#wines",
}


@require_safe
@staff_required(Permission.SEE_ORDERS)
def changes(request: HttpRequest) -> HttpResponseBase:
    """Every change that can still be made."""
    return list_page(
        request,
        CHANGES,
        title="Open changes",
        tabs=order_tabs(request, "backoffice:changes"),
        empty_text="Changes of orders appear here while they are prepared, and while they wait for money.",
    )


@require_POST
@staff_required(Permission.CHANGE_ORDERS)
def open_change(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The member's own draft of an order, begun now if there is none."""
    found = get_object_or_404(Order, reference=reference)
    with refusals_said(request):
        draft = open_draft(order_reference=found.reference, actor=staff_actor(request), now=read_clock())
        return redirect(change_url(draft))
    return redirect(order_url(found))


@require_POST
@staff_required(Permission.ORDER_FOR_CUSTOMERS)
def order_for(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The order that the team puts together for a customer on the line, begun now if there is none."""
    found = get_object_or_404(Customer, reference=reference)
    with refusals_said(request):
        draft = open_new_order(customer=found, actor=staff_actor(request), now=read_clock())
        return redirect(change_url(draft))
    return redirect("backoffice:customer", found.reference)


@require_POST
@staff_required(Permission.ORDER_FOR_CUSTOMERS, Permission.COLLECT)
def mail_card(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Mails the customer on the line the page where a card is added; it can be charged here as soon as it is."""
    draft = _found(request, reference)
    with refusals_said(request):
        mail_card_link(customer=draft.order.customer, actor=staff_actor(request), now=read_clock())
        say_mailed(
            request,
            f"The page for a card is on its way to {draft.order.customer.email}. "
            "Work it out again once the card is there, then charge it.",
        )
    return redirect(f"{change_url(draft)}#change-settle")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_ORDERS)
def change(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The draft's page; sent, it is worked out anew or, by the button that says so, settled."""
    draft = _found(request, reference)
    if request.method == "POST":
        require(request, Permission.CHANGE_ORDERS)
        if draft.is_new_order:
            require(request, Permission.ORDER_FOR_CUSTOMERS)
        return _drawn_anew(request, draft) if changes_country(request) else _posted(request, draft)
    if draft.state == DraftState.APPLIED:
        return redirect(order_url(draft.order))
    quote = quote_draft(draft, read_clock())
    return _show(request, draft, quote, change_form(request, draft, quote))


@require_safe
@staff_required(Permission.CHANGE_ORDERS)
def change_wines(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The wines that the words in the search box find."""
    draft, now = _found(request, reference), read_clock()
    if not rights_of(draft, request.user).edits:
        raise Http404
    sought = request.GET.get("wine", "")[:80]
    wines = wines_of(sought, draft, quote_draft(draft, now), now)
    return render(
        request, "backoffice/changes/found.html", {"wines": wines, "sought": sought, "draft": draft}
    )


@require_POST
@staff_required(Permission.CHANGE_ORDERS)
def drop_change(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Lets a change and its bottles go."""
    draft = _found(request, reference)
    with refusals_said(request):
        drop_draft(draft_reference=draft.reference, actor=staff_actor(request), now=read_clock())
        if draft.is_new_order:
            messages.success(request, "You let the order go. Its bottles are anybody’s again.")
            return redirect("backoffice:customer", draft.order.customer.reference)
        messages.success(request, "You let the change go. The order is as it was.")
        return redirect(order_url(draft.order))
    return redirect(change_url(draft))


@require_POST
@staff_required(Permission.CHANGE_ORDERS)
def split_change(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Leaves what may go now, and keeps the rest for the customer until it may."""
    draft = _found(request, reference)
    if draft.is_new_order:
        require(request, Permission.ORDER_FOR_CUSTOMERS)
    with refusals_said(request):
        split = split_draft(
            draft_reference=draft.reference,
            expected=request.POST.get("split", "")[:400],
            seen=_version(request),
            actor=staff_actor(request),
            now=read_clock(),
        )
        kept = say_bottles(split.rest, current_winery().locale)
        messages.success(
            request,
            f"{kept} {'is' if split.rest == 1 else 'are'} kept for {draft.order.customer.name} and may go from "
            f"{say_date(split.on)} on. What is left here may go now.",
        )
    return redirect(change_url(draft))


@require_POST
@staff_required(Permission.CHANGE_ORDERS)
def retry_change(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Asks a waiting change's own card once more for what was agreed on."""
    draft, now = _found(request, reference), read_clock()
    with refusals_said(request):
        confirmed = retry_draft(draft_reference=draft.reference, actor=staff_actor(request), now=now)
        return _answer(request, draft, confirmed, now)
    return redirect(change_url(draft))


@require_POST
@staff_required(Permission.CHANGE_ORDERS)
def ask_about_change(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Asks the bank what became of the payment, or with ``give_up`` gives the attempt up."""
    draft = _found(request, reference)
    payment = open_payment(order_id=draft.order_id, purpose=draft.reference)
    if payment is None:
        return redirect(change_url(draft))
    look = give_up_change_payment if request.POST.get("give_up") else finish_change_payment
    now = read_clock()
    with refusals_said(request):
        confirmed = look(payment_reference=payment.reference, actor=staff_actor(request), now=now)
        if confirmed.status in _STILL_OPEN:
            messages.info(request, _STILL_OPEN[confirmed.status])
        return _answer(request, draft, confirmed, now)
    return redirect(change_url(draft))


def _found(request: HttpRequest, reference: str) -> ChangeDraft:
    try:
        return find_draft(reference, staff_actor(request))
    except DomainError:
        raise Http404 from None


# What was sent


def _drawn_anew(request: HttpRequest, draft: ChangeDraft) -> HttpResponseBase:
    """With the fields of another country, and everything that was typed; nothing is done."""
    quote = quote_draft(draft, read_clock())
    return _show(request, draft, quote, change_form(request, draft, quote, request.POST))


def _posted(request: HttpRequest, draft: ChangeDraft) -> HttpResponseBase:
    if is_ended(draft):
        messages.info(request, "This change has come to its end already.")
        return redirect(order_url(draft.order))
    quote, acts = quote_draft(draft, read_clock()), Acts.of(request.POST)
    rights = rights_of(draft, request.user)
    if not rights.edits:
        return _posted_read_only(request, draft, quote, acts)
    _refuse_what_is_closed(request, rights)
    instead = fields_of(request.POST.get("instead", ""), lambda key: f"pieces-{key}")
    form = change_form(request, draft, quote, with_fields(request.POST, instead))
    if not acts.go_on and _has_moved(quote, form):
        return _show(request, draft, quote, form, status=409)
    if not acts.go_on and (words := _edited(request, draft)):
        return _show_as_it_is(request, draft, words)
    if not form.is_valid():
        return _show(request, draft, quote, form, status=400)
    edits = form.edits(acts)
    settle = request.POST.get("settle", "")
    if settle and not edits:
        return _settle(request, draft, quote, settle)
    if edits or acts.go_on:
        try:
            _edit(request, draft, edits)
        except DomainError as refused:
            if refused.code == "edited_meanwhile":
                return _show_as_it_is(request, _found(request, draft.reference), refused.message)
            form.refuse(refused)
            return _show(request, draft, quote, form, status=400)
    if is_typing(request):
        return _worked_out(request, draft)
    if settle:
        messages.info(request, _LOOK_AGAIN)
    return redirect(_back_to(request, draft))


def _posted_read_only(
    request: HttpRequest, draft: ChangeDraft, quote: ChangeQuote, acts: Acts
) -> HttpResponseBase:
    """What waits, or isn't the team's: settled as it is, or taken up again."""
    if settle := request.POST.get("settle", ""):
        return _settle(request, draft, quote, settle)
    if acts.go_on:
        with refusals_said(request):
            _edit(request, draft, {})
    return redirect(change_url(draft))


def _refuse_what_is_closed(request: HttpRequest, rights: Rights) -> None:
    """Fields that the member doesn't see are not to be sent either."""
    sent = {name for name, value in request.POST.items() if value}
    if not rights.discounts and sent & DISCOUNT_FIELDS:
        raise PermissionDenied
    if not rights.overrides and sent & {"override", "waive"}:
        raise PermissionDenied


def _has_moved(quote: ChangeQuote, form: ChangeForm) -> bool:
    """Whether others did something to the order that the person hasn't seen on the page that was sent."""
    return bool(quote.moved_on) or 0 <= read_whole(form.data.get("seen", "")) < quote.number


def _version(request: HttpRequest) -> int | None:
    """The version of the draft that the page showed; None where it didn't say."""
    return read_whole(request.POST["version"]) if request.POST.get("version") else None


def _edited(request: HttpRequest, draft: ChangeDraft) -> str:
    """What a colleague did since the page was opened, in words; empty for nothing."""
    try:
        refuse_edited(draft, _version(request), staff_actor(request))
    except DomainError as refused:
        return refused.message
    return ""


def _show_as_it_is(request: HttpRequest, draft: ChangeDraft, words: str) -> HttpResponseBase:
    """The page as a colleague has left it, instead of what was sent."""
    quote = quote_draft(draft, read_clock())
    context = change_context(request, draft, quote, change_form(request, draft, quote), read_clock())
    context["edited"] = words
    if is_typing(request):
        response = render(request, "backoffice/changes/form.html", context)
        response["HX-Retarget"], response["HX-Reswap"] = "#change", "outerHTML"
        return response
    return render(request, "backoffice/changes/change.html", context, status=409)


def _edit(request: HttpRequest, draft: ChangeDraft, edits: dict[str, Any]) -> None:
    seen = None if "go_on" in request.POST else _version(request)
    edit_draft(
        draft_reference=draft.reference, **edits, seen=seen, actor=staff_actor(request), now=read_clock()
    )


def _back_to(request: HttpRequest, draft: ChangeDraft) -> str:
    """The page, at the place where its button was pressed, with what was searched for."""
    query = QueryDict(mutable=True)
    if "find" in request.POST and request.POST.get("wine"):
        query["wine"] = request.POST["wine"][:80]
    anchor = next((anchor for name, anchor in _ANCHORS.items() if name in request.POST), "")
    return f"{change_url(draft)}{'?' + query.urlencode() if query else ''}{anchor}"


# Settling


def _settle(request: HttpRequest, draft: ChangeDraft, quote: ChangeQuote, value: str) -> HttpResponseBase:
    """Settles what the person saw, as the pressed button says."""
    # What was sent counts too: by the time it is settled the change may be another, and only that sum is settled.
    if quote.to_give_back or read_whole(request.POST.get("settlement", ""), 0) < 0:
        require(request, Permission.REFUND)
    for kind, permission in ((OFFLINE, Permission.RECORD_PAYMENTS), (GIFT, Permission.GIVE_AWAY)):
        if value == kind:
            require(request, permission)
    arguments = settle_arguments(value, request.POST, draft.order.customer)
    if arguments is None:
        messages.error(request, "Choose how to settle it.")
        return redirect(change_url(draft))
    now = read_clock()
    with refusals_said(request):
        if draft.maker == Maker.CUSTOMER:
            # Agreed on by the customer: only its card can be another one.
            confirmed = retry_draft(
                draft_reference=draft.reference,
                payment_method=arguments.get("payment_method"),
                actor=staff_actor(request),
                now=now,
            )
        else:
            confirmed = confirm_draft(
                draft_reference=draft.reference,
                expected_difference_minor=read_whole(request.POST.get("difference", ""), 0),
                expected_settlement_minor=read_whole(request.POST.get("settlement", ""), 0),
                **arguments,
                seen=_version(request),
                actor=staff_actor(request),
                now=now,
            )
        return _answer(request, draft, confirmed, now)
    return redirect(change_url(draft))


def _answer(
    request: HttpRequest, draft: ChangeDraft, confirmed: Confirmed, now: datetime
) -> HttpResponseBase:
    """A made change leads to its order; everything else to the draft, which says why it waits."""
    if confirmed.status != "applied":
        return redirect(change_url(draft))
    messages.success(request, _made_words(draft))
    refunds = Payment.objects.filter(order=draft.order_id, kind=PaymentKind.REFUND.value, made_at=now)
    for refund in refunds.order_by("id"):
        say_refund(request, refund)
    return redirect(order_url(draft.order))


def _made_words(draft: ChangeDraft) -> str:
    """What was paid for it: an attempt of its own, settled."""
    payment = (
        Payment.objects.filter(purpose=draft.reference, state=PaymentState.SETTLED.value, parent=None)
        .select_related("payment_method")
        .last()
    )
    did = (
        f"You placed the order for {draft.order.customer.name}"
        if draft.is_new_order
        else "You changed the order"
    )
    return f"{did}; {paid_words(payment)}." if payment else f"{did}."


# What is shown


def _show(
    request: HttpRequest, draft: ChangeDraft, quote: ChangeQuote, form: ChangeForm, *, status: int = 200
) -> HttpResponseBase:
    """The page, or while typing the parts of it that say what is wrong."""
    context = change_context(request, draft, quote, form, read_clock())
    if is_typing(request):
        return _parts(request, context)
    if status == 409:
        context["problem"] = (
            "The order has changed since you looked. See what is different below, then go on."
        )
    return render(request, "backoffice/changes/change.html", context, status=status)


def _worked_out(request: HttpRequest, draft: ChangeDraft) -> HttpResponseBase:
    """The sums after an edit, around what the person is typing."""
    draft = _found(request, draft.reference)
    quote = quote_draft(draft, read_clock())
    form = change_form(request, draft, quote, request.POST)
    form.is_valid()
    return _parts(request, change_context(request, draft, quote, form, read_clock()))


def _parts(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """The parts that follow, each in its place; where lines came or went, the whole form with what was typed."""
    quote: ChangeQuote = context["quote"]
    lines = {f"pieces-{line.key}" for line in quote.lines}
    sent = {name for name in request.POST if name.startswith("pieces-")}
    if lines == sent and not quote.moved_on:
        response = render(request, "backoffice/changes/worked_out.html", context)
        response["HX-Reswap"] = "none"
        return response
    response = render(request, "backoffice/changes/form.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#change", "outerHTML"
    return response
