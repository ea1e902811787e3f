"""The card and the address of a membership: which they are, what stands in their way, and choosing others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.clubs.cards import named_card_id, pick_card, say_trouble, trouble_of
from tirage.clubs.models import ClubMember
from tirage.clubs.states import LIVE
from tirage.clubs.ways import change_ways
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer
from tirage.payments.models import PaymentMethod
from tirage.payments.queries import saved_cards
from tirage.standing.queries import ways_of
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context


@dataclass(frozen=True, slots=True)
class Own:
    """A membership with the card that is charged for it and what is wrong with that."""

    member: ClubMember
    address: Address | None
    card: PaymentMethod | None
    trouble: str = ""


def own_ways(members: Iterable[ClubMember], customer: Customer, now: datetime) -> list[Own]:
    """Each membership with its ways; one statement for all."""
    cards = list(saved_cards(customer.pk, now))
    return [_own(member, cards, now) for member in members]


def _own(member: ClubMember, cards: list[PaymentMethod], now: datetime) -> Own:
    card = pick_card(member, cards)
    trouble = say_trouble(card, trouble_of(card, now), is_named=named_card_id(member) is not None)
    return Own(member, (member.standing or member).address, card, trouble)


class WaysForm(forms.Form):
    """Where it goes, and what is charged."""

    card = forms.ChoiceField(label="What is charged")
    address = forms.ChoiceField(label="Where it goes")

    def __init__(
        self,
        data: QueryDict | None,
        *,
        addresses: list[Address],
        cards: list[PaymentMethod],
        own: Own,
        card: str,
    ) -> None:
        known = {one.reference for one in cards}
        initial = {
            "card": card if card in known else own.card.reference if own.card else "",
            "address": own.address.reference if own.address else "",
        }
        super().__init__(data, initial=initial)
        choices = {
            "card": [(one.reference, one.label) for one in cards],
            "address": [(one.reference, f"{one.recipient}, {one.one_line}") for one in addresses],
        }
        for name, found in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = found


@customer_required(back="storefront:clubs")
@require_http_methods(["GET", "HEAD", "POST"])
def ways(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Choosing another card or address for a membership; ``card`` in the address is the one to begin with."""
    found = ClubMember.objects.filter(
        customer=customer, club__reference=reference, state__in=[state.value for state in LIVE]
    )
    member = found.select_related("club", "address", "standing__address").first()
    if member is None:
        raise Http404("not a member of such a club")
    now = read_clock()
    addresses, cards = ways_of(customer, now)
    own = own_ways([member], customer, now)[0]
    form = WaysForm(
        request.POST or None, addresses=addresses, cards=cards, own=own, card=request.GET.get("card", "")
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_ways(
                member=member,
                address_reference=form.cleaned_data["address"],
                card_reference=form.cleaned_data["card"],
                actor=customer_actor(request),
                now=now,
            )
        except DomainError as refusal:
            field = next((name for name in refusal.fields if name in form.fields), None)
            form.add_error(field, refusal.message)
        else:
            messages.success(request, f"Saved. That is what {member.club.name} charges and where it goes.")
            return redirect("storefront:clubs")
    context = page_context(request, own=own, form=form, has_address=bool(addresses), has_card=bool(cards))
    return render(request, "storefront/clubs/ways.html", context, status=422 if form.errors else 200)
