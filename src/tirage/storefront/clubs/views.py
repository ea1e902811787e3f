"""Joining a club, pausing it, leaving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.clubs.fees import fee_of, look_again
from tirage.clubs.joining import (
    Joins,
    join_club,
    leave_club,
    pause_membership,
    resume_membership,
    words_of,
)
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import LIVE, MemberState
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Address, Customer
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import open_payment
from tirage.payments.states import PaymentState
from tirage.standing.queries import ways_of
from tirage.standing.terms import current_terms
from tirage.storefront.checkout.bank import bank_page, is_ours
from tirage.storefront.clubs.ways import own_ways
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.storefront.frame.watching import show_waiting, watched

_LIVE = [state.value for state in LIVE]
#: With those whose joining fee is being paid.
_BEGUN = [*_LIVE, MemberState.PAYING.value]


class JoinForm(forms.Form):
    """Where it goes, what is charged, and that they are of age, where nobody has asked yet."""

    address = forms.ChoiceField(label="Where it goes")
    card = forms.ChoiceField(label="What is charged")
    adult = forms.BooleanField(label="", required=False)
    birth_date = forms.DateField(
        label="Date of birth (some states require it)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}),
        error_messages={"invalid": "Enter the day you were born, with all four digits of the year."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    standing_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        addresses: list[Address],
        cards: list[PaymentMethod],
        asks: bool,
        **kept: Any,
    ) -> None:
        super().__init__(data, **kept)
        choices = {
            "address": [(one.reference, f"{one.recipient}, {one.one_line}") for one in addresses],
            "card": [(one.reference, one.label) for one in cards],
        }
        for name, found in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = found
        self.fields["adult"].label = f"I am {current_winery().legal_age} or older"
        if not asks:
            del self.fields["adult"], self.fields["birth_date"]


@customer_required()
@require_safe
def clubs(request: HttpRequest, customer: Customer) -> HttpResponse:
    """One's own clubs, and those that can be joined."""
    own = list(
        ClubMember.objects.filter(customer=customer, state__in=_BEGUN)
        .select_related("club", "address", "standing__address", "fee")
        .order_by("joined_at")
    )
    others = Club.objects.filter(is_open=True).exclude(pk__in=[member.club_id for member in own])
    context = page_context(
        request, own=own_ways(own, customer, read_clock()), others=list(others.order_by("name"))
    )
    return render(request, "storefront/clubs/clubs.html", context)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """What a member agrees to, complete, and the button."""
    club = _open_club(customer, reference)
    begun = ClubMember.objects.filter(club=club, customer=customer, state__in=_BEGUN).first()
    if begun is not None:
        return redirect(*_where(begun))
    now = read_clock()
    addresses, cards = ways_of(customer, now)
    versions = {"version": club.version, "standing_version": current_terms().version}
    form = JoinForm(
        request.POST or None,
        addresses=addresses,
        cards=cards,
        asks=customer.adult_confirmed_at is None,
        initial=versions,
    )
    if request.method == "POST" and form.is_valid():
        try:
            member = join_club(
                club=club,
                customer=customer,
                joins=_joins(form.cleaned_data),
                return_url=reverse("storefront:club_fee", args=[reference]),
                actor=customer_actor(request),
                now=now,
            )
        except DomainError as refusal:
            sent = request.POST.copy()
            sent.update({name: str(value) for name, value in versions.items()})
            form.data = sent
            field = next((name for name in refusal.fields if name in form.fields), None)
            form.add_error(field, refusal.message)
        else:
            return _joined(request, member)
    context = page_context(
        request,
        club=club,
        words=words_of(club),
        fee=fee_of(club),
        form=form,
        has_address=bool(addresses),
        has_card=bool(cards),
    )
    return render(request, "storefront/clubs/join.html", context, status=422 if form.errors else 200)


def _joined(request: HttpRequest, member: ClubMember) -> HttpResponse:
    """After the button: in the club, or on to the bank that wants to see its customer."""
    if member.state != MemberState.PAYING:
        messages.success(request, f"Welcome to {member.club.name}. We keep what you agreed to with it.")
        return redirect("storefront:clubs")
    payment = open_payment(order_id=member.fee_id or 0, purpose="")
    asks = payment is not None and payment.state == PaymentState.NEEDS_CUSTOMER
    url = bank_page(payment) if payment and asks else ""
    return redirect(url) if url and is_ours(url) else redirect("storefront:club_fee", member.club.reference)


def _where(member: ClubMember) -> tuple[str, ...]:
    """Where somebody belongs who has joined, or whose fee is being paid."""
    if member.state == MemberState.PAYING:
        return "storefront:club_fee", member.club.reference
    return ("storefront:clubs",)


@watched
@customer_required(back="storefront:clubs")
@require_http_methods(["GET", "HEAD", "POST"])
def fee(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Waits for the bank's answer about a joining fee, and leads on when it is there."""
    club = get_object_or_404(Club, reference=reference)
    found = ClubMember.objects.select_related("club", "fee").filter(
        customer=customer, club=club, state__in=_BEGUN
    )
    member = found.first()
    if member is None:
        # The bank has said no meanwhile, and the mail says so.
        return redirect("storefront:clubs")
    if member.state != MemberState.PAYING:
        return _joined(request, member)
    after = look_again(
        member=member,
        give_up=request.POST.get("act") == "give_up",
        actor=customer_actor(request),
        now=read_clock(),
    )
    if after is None:
        messages.error(
            request, f"You haven’t joined {member.club.name}: the fee was not charged. Try another card."
        )
        return redirect("storefront:join_club", reference)
    if after.state != MemberState.PAYING:
        return _joined(request, after)
    return _show_waiting(request, member)


def _show_waiting(request: HttpRequest, member: ClubMember) -> HttpResponse:
    payment = open_payment(order_id=member.fee_id or 0, purpose="")
    asks = payment is not None and payment.state == PaymentState.NEEDS_CUSTOMER
    context = page_context(
        request,
        club=member.club,
        amount=payment.amount_minor if payment else 0,
        asks=asks,
        action_url=bank_page(payment) if payment and asks else "",
    )
    return show_waiting(request, "storefront/clubs/fee_waiting.html", context, looks_again=not asks)


def _joins(typed: dict[str, Any]) -> Joins:
    return Joins(
        version=typed["version"],
        standing_version=typed["standing_version"],
        address_reference=typed["address"],
        card_reference=typed["card"],
        adult_confirmed=typed.get("adult", False),
        birth_date=typed.get("birth_date"),
    )


def _open_club(customer: Customer, reference: str) -> Club:
    """One that can be joined, or that is the customer's already."""
    own = ClubMember.objects.filter(customer=customer, state__in=_BEGUN).values("club")
    seen = Club.objects.filter(Q(is_open=True) | Q(pk__in=own))
    return get_object_or_404(seen, reference=reference)


@customer_required(back="storefront:clubs")
@require_POST
def pause_it(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Nothing is ordered by it for now."""
    return _act(request, customer, reference, pause_membership, "Your membership is paused.")


@customer_required(back="storefront:clubs")
@require_POST
def resume_it(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """It goes on."""
    return _act(request, customer, reference, resume_membership, "Your membership goes on.")


@customer_required(back="storefront:clubs")
@require_POST
def leave_it(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Out of it."""
    reason = request.POST.get("reason", "")
    return _act(request, customer, reference, leave_club, "You have left the club. Thank you.", reason=reason)


def _act(
    request: HttpRequest,
    customer: Customer,
    reference: str,
    act: Callable[..., object],
    words: str,
    **more: str,
) -> HttpResponse:
    member = ClubMember.objects.filter(customer=customer, club__reference=reference, state__in=_LIVE).first()
    if member is None:
        raise Http404("not a member of such a club")
    try:
        act(member=member, **more, actor=customer_actor(request), now=read_clock())
        messages.success(request, words)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("storefront:clubs")
