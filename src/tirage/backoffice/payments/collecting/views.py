"""Money to collect: the list, one amount with its story, and what staff may do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.choosing import back_to_choice
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.payments.collecting.list import (
    COLLECTIONS,
    COLLECTIONS_TO_LOOK_AT,
    collection_url,
)
from tirage.backoffice.payments.collecting.words import next_step, reason_words, state_dot, what_for
from tirage.backoffice.payments.tabs import payment_tabs
from tirage.backoffice.payments.words import decline_words, how, payment_state
from tirage.changes.collecting import let_go, mail_link_again, retry_collection
from tirage.core.clock import read_clock
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.orders.models import Order
from tirage.payments.models import Collection, Payment, PaymentMethod
from tirage.payments.operations import Attempt, ask_for_balance, due_minor, mail_card_link, pay_link_url
from tirage.payments.queries import links_and_attempts, saved_cards
from tirage.payments.rules import is_hard_decline
from tirage.payments.states import TAKING, CollectionState, PaymentKind
from tirage.staff.permissions import Permission, may, staff_actor, staff_required


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def collect(request: HttpRequest) -> HttpResponseBase:
    definition = COLLECTIONS if may(request.user, Permission.COLLECT) else COLLECTIONS_TO_LOOK_AT
    return list_page(
        request,
        definition,
        title="Money to collect",
        tabs=payment_tabs(request, "backoffice:collect"),
        empty_text="When a charge fails after an order was placed, it shows here with what happens next.",
    )


class LetGoForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        required=False,
        label="Reason",
        help_text="The activity keeps it; the customer isn’t told.",
    )


@require_safe
@staff_required(Permission.SEE_PAYMENTS)
def collection(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _page(request, _found(reference), LetGoForm())


@require_POST
@staff_required(Permission.COLLECT)
def retry(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One attempt, now; its result is on the next page."""
    found = _found(reference)
    with refusals_said(request):
        attempt = retry_collection(
            collection_reference=reference,
            card_reference=request.POST.get("card", "")[:20],
            actor=staff_actor(request),
            now=read_clock(),
        )
        _say(request, found, attempt)
    return redirect(
        back_to_choice(request, COLLECTIONS.name, "backoffice:collect")
        if "query" in request.POST
        else collection_url(found)
    )


def _say(request: HttpRequest, found: Collection, attempt: Attempt) -> None:
    amount, name = _amount(found), found.order.customer.name
    if attempt.status == "paid":
        kind = Payment.objects.values_list("kind", flat=True).get(reference=attempt.payment_reference)
        is_aside = kind == PaymentKind.AUTHORISE
        did = f"set aside {amount} on the card of {name}" if is_aside else f"collected {amount} from {name}"
        later = " The money comes when the order ships." if is_aside else ""
        messages.success(request, f"You {did}.{later}")
    elif attempt.status == "declined":
        said = (attempt.message or "The card was declined").rstrip(".")
        messages.error(request, f"{amount} of {name} did not come: {said}.")
    elif attempt.status == "needs_customer":
        messages.warning(request, f"The bank wants to hear from {name}, who gets a mail with the way there.")
    else:
        messages.warning(request, "The bank hasn’t answered yet. The worker asks it again.")


@require_POST
@staff_required(Permission.COLLECT)
def mail_link(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Mails the pay link (again), or only makes it, to be copied."""
    found, only_make = _found(reference), bool(request.POST.get("copy"))
    with refusals_said(request):
        mail_link_again(
            collection_reference=reference, mail=not only_make, actor=staff_actor(request), now=read_clock()
        )
        _say_link(request, found.order, only_make)
    return redirect(collection_url(found))


def _say_link(request: HttpRequest, order: Order, only_make: bool) -> None:
    if only_make:
        messages.success(request, "The link is ready to copy. You mailed nobody.")
    else:
        say_mailed(request, f"The pay link is on its way to {order.customer.email}.")


@require_POST
@staff_required(Permission.COLLECT)
def ask_card(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Mails the customer the page where a card is replaced."""
    found = _found(reference)
    with refusals_said(request):
        mail_card_link(customer=found.order.customer, actor=staff_actor(request), now=read_clock())
        say_mailed(request, f"You asked {found.order.customer.email} for another card.")
    return redirect(collection_url(found))


@require_POST
@staff_required(Permission.COLLECT)
def give_up(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Lets an amount go, with a reason."""
    found, form = _found(reference), LetGoForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            let_go(
                collection_reference=reference,
                reason=form.cleaned_data["reason"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            owed = "" if found.purpose else f" {found.order.customer.name} still owes them."
            messages.success(request, f"You let {_amount(found)} go; nobody collects them any more.{owed}")
            return redirect(collection_url(found))
    return _page(request, _found(reference), form, status=400)


@require_POST
@staff_required(Permission.COLLECT)
def ask_balance(request: HttpRequest, reference: str) -> HttpResponseBase:
    """From an order's page: a pay link for what it still owes, mailed or to be copied."""
    order = get_object_or_404(Order.objects.select_related("customer"), reference=reference)
    only_make = bool(request.POST.get("copy"))
    with refusals_said(request):
        ask_for_balance(
            order_reference=reference, mail=not only_make, actor=staff_actor(request), now=read_clock()
        )
        _say_link(request, order, only_make)
        found = Collection.objects.get(order=order, purpose="", state=CollectionState.OPEN.value)
        return redirect(collection_url(found) if only_make else order_url(order))
    return redirect(order_url(order))


def _page(request: HttpRequest, found: Collection, form: LetGoForm, status: int = 200) -> HttpResponseBase:
    now, key = read_clock(), (found.order_id, found.purpose)
    links, attempts = links_and_attempts([found.order_id], now)
    link, is_open = links.get(key), found.state == CollectionState.OPEN
    context: dict[str, Any] = {
        "crumbs": [*_crumbs(), (found.order.reference, "")],
        "collection": found,
        "order": found.order,
        "order_url": order_url(found.order),
        "amount": Money(found.amount_minor, found.currency),
        "state": state_dot(found.state),
        "is_open": is_open,
        "what": what_for(found.purpose),
        "reason": reason_words(found),
        "step": str(next_step(found, link, attempts.get(key))),
        "can_try": is_open and key not in attempts,
        "link": link,
        "link_url": pay_link_url(link) if link and is_open and may(request.user, Permission.COLLECT) else "",
        "card": found.payment_method,
        "cards": _good_cards(found, now) if is_open else [],
        "is_final": is_hard_decline(found.decline_code) and found.attempts > 0,
        "still_owed": _still_owed(found),
        "tries": _tries(found),
        "form": form,
    }
    return render(request, "backoffice/payments/collecting/collection.html", context, status=status)


def _good_cards(found: Collection, now: datetime) -> list[PaymentMethod]:
    """The cards to try, the one to suggest first: not the one that was just declined, while there is another."""
    cards = saved_cards(found.order.customer_id, now).filter(gateway=settings.TIRAGE_GATEWAY)
    return [card for card in cards if not card.has_expired(now)]


def _still_owed(found: Collection) -> Money | None:
    """What an order goes on owing once its balance was let go; None when nothing, or where a change was dropped."""
    let_go_balance = found.state == CollectionState.LET_GO and not found.purpose
    due = due_minor(found.order, read_clock()) if let_go_balance else 0
    return Money(due, found.currency) if due else None


def _tries(found: Collection) -> list[dict[str, Any]]:
    """Every attempt since it was opened, newest first, with the one that opened it: banks may take their time."""
    attempts = Payment.objects.select_related("payment_method").filter(
        order_id=found.order_id,
        purpose=found.purpose,
        kind__in=TAKING,
        made_at__gte=found.opened_at - timedelta(days=1),
    )
    return [
        {"payment": one, "state": payment_state(one), "how": how(one), "reason": decline_words(one)}
        for one in attempts.order_by("-id")[:30]
    ]


def _found(reference: str) -> Collection:
    return get_object_or_404(
        Collection.objects.select_related("order__customer", "payment_method"), reference=reference
    )


def _amount(found: Collection) -> str:
    return say_money(Money(found.amount_minor, found.currency), current_winery().locale)


def _crumbs() -> list[tuple[str, str]]:
    return [
        ("Payments", reverse("backoffice:payments")),
        ("Money to collect", reverse("backoffice:collect") + "?state=open"),
    ]
