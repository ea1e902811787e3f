"""The customer's own things: name, age, addresses, cards, devices."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.clubs.models import Club
from tirage.clubs.states import LIVE
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.customers.consent import change_consent, say_source
from tirage.customers.models import Address, Customer
from tirage.customers.operations import (
    remove_address,
    restore_address,
    save_address,
    sign_out_everywhere,
    update_customer,
)
from tirage.customers.sessions import end_other_sessions, end_session, sessions_of
from tirage.customers.states import ConsentSource
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.locations.queries import holding_carriers
from tirage.delivery.reach import words_of_addresses
from tirage.parts.addressing import changes_country
from tirage.parts.devices import describe_devices
from tirage.parts.hands import found_again
from tirage.parts.twins import has_pairs
from tirage.parts.undo import say_undoable
from tirage.parts.wording import say_day
from tirage.payments.models import CreditEntry, PaymentMethod
from tirage.payments.operations import make_default_card, remove_card, restore_card
from tirage.payments.queries import credit_entries, saved_cards
from tirage.storefront.checkout.card_fields import allow_card_sources, card_faults, card_fields
from tirage.storefront.checkout.till import card_words, open_countries
from tirage.storefront.checkout.typed_card import save_typed, status_of
from tirage.storefront.frame import identity
from tirage.storefront.frame.forms import AddressForm, PersonForm, address_initial
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context, this_session
from tirage.taxes.book import current_book


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Name, phone and whether the winery may write; and the way to everything else."""
    form = PersonForm(request.POST or None, initial=_person(customer), about=customer)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "phone")}
        try:
            update_customer(
                customer=customer,
                values=values,
                marketing_consent=form.cleaned_data["marketing_consent"],
                shown=form.shown,
                actor=customer_actor(request),
                now=read_clock(),
            )
            _say_kept(request, customer, form.cleaned_data["marketing_consent"])
            return redirect("storefront:account")
        except Overtaken as refusal:
            form.overtaken(refusal)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
    asks_business = current_book().knows_businesses
    context = page_context(request, form=form, left_words=_left_words(customer), asks_business=asks_business)
    return render(request, "storefront/account/account.html", context, status=422 if form.errors else 200)


def _say_kept(request: HttpRequest, before: Customer, agrees: bool) -> None:
    """Consent that goes says what that means, with the way back."""
    if before.marketing_consent_at is None or agrees:
        messages.success(request, "Saved.")
        return
    words = "Saved. You won’t be invited to releases by mail any more. Mail about your orders still comes."
    say_undoable(request, words, reverse("storefront:invite_again"))


def _left_words(customer: Customer) -> str:
    """``on Nov 29, 2026, by the mail program’s button``; empty for who never took anything back."""
    if customer.marketing_left_at is None:
        return ""
    winery = current_winery()
    day = say_day(customer.marketing_left_at, winery.time_zone, winery.locale)
    return ", ".join(part for part in (f"on {day}", say_source(customer.marketing_source)) if part)


@customer_required(back="storefront:account")
@require_POST
def invite_again(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Agrees to invitations by mail, or takes back that they were to end."""
    change_consent(
        customer=customer,
        agrees=True,
        source=ConsentSource.ACCOUNT,
        actor=customer_actor(request),
        now=read_clock(),
    )
    messages.success(request, "You are invited to releases by mail.")
    return redirect("storefront:account")


@customer_required()
@require_safe
def store_credit(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The customer's store credit and where it came from and went."""
    rows = [
        {
            "words": _credit_words(entry),
            "order": entry.payment.order.reference if entry.payment else "",
            "at": entry.at,
            "amount": Money(entry.amount_minor, entry.currency),
        }
        for entry in credit_entries(customer)
    ]
    return render(request, "storefront/account/store_credit.html", page_context(request, rows=rows))


def _credit_words(entry: CreditEntry) -> str:
    """What moved it, for the customer: staff's own reasons stay with the staff."""
    if entry.payment is None:
        return "Given to you" if entry.amount_minor > 0 else "Taken back"
    return "Back from an order" if entry.amount_minor > 0 else "Spent on an order"


@customer_required(back="storefront:devices")
@require_POST
def leave_everywhere(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Ends the sign-in on every device, this one included."""
    sign_out_everywhere(customer=customer, actor=customer_actor(request), now=read_clock())
    response = render(request, "storefront/door/signed_out.html", {"everywhere": True})
    identity.sign_out(request, response)
    return response


@customer_required()
@require_safe
def devices(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Where the customer is signed in, with a way out of each."""
    rows = sessions_of(customer, now=read_clock())
    found = describe_devices(rows, this=this_session(request), request=request)
    return render(request, "storefront/account/devices.html", page_context(request, devices=found))


@customer_required(back="storefront:devices")
@require_POST
def end_device(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Ends the sign-in of another device; on this one it is the same as signing out."""
    ended = end_session(
        customer=customer, reference=reference, actor=customer_actor(request), now=read_clock()
    )
    if not ended:
        raise Http404("no such device of this customer")
    messages.success(request, "That device is signed out.")
    return redirect("storefront:devices")


@customer_required(back="storefront:devices")
@require_POST
def end_other_devices(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Leaves the customer signed in here and nowhere else."""
    end_other_sessions(
        customer=customer, kept_id=this_session(request), actor=customer_actor(request), now=read_clock()
    )
    messages.success(request, "You are signed in on this device only.")
    return redirect("storefront:devices")


@customer_required()
@require_safe
def addresses(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Where the customer's wine may go."""
    found = list(customer.addresses.filter(removed_at__isnull=True).order_by("-is_default", "-id"))
    rows = [
        {"address": address, "word": word}
        for address, word in zip(found, words_of_addresses(found, read_clock(), asks=False), strict=True)
    ]
    context = page_context(
        request,
        rows=rows,
        look_the_same=has_pairs(found),
        may_be_held=bool(holding_carriers(read_clock(), customer_id=customer.pk)),
    )
    return render(request, "storefront/account/addresses.html", context)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def edit_address(request: HttpRequest, customer: Customer, reference: str = "") -> HttpResponse:
    """Adds an address, or changes one."""
    address = None
    if reference:
        own = customer.addresses.filter(removed_at__isnull=True)
        address = found_again(own, request.POST, reference=reference)
    initial = (
        address_initial(address)
        if address
        else {"recipient": f"{customer.first_name} {customer.last_name}".strip()}
    )
    countries = open_countries()
    if address and address.country not in countries:
        countries.append(address.country)
    redrawn = changes_country(request)
    # What was kept over a sign-in comes back as if it were sent.
    is_sent = request.method == "POST" or bool(request.POST)
    form = AddressForm(
        request.POST if is_sent else None,
        countries=countries,
        path=request.path,
        redrawn=redrawn,
        initial=initial,
        about=address,
    )
    if request.method == "POST" and not redrawn:
        try:
            saved = save_address(
                customer=customer,
                address_reference=reference or None,
                values=form.values(),
                # The box is there only where it isn't the default; without its tick nothing changes.
                make_default=request.POST.get("make_default") == "1",
                shown=None if form.shown is None else form.shown | {"make_default": False},
                sure=form.sure,
                actor=customer_actor(request),
                now=read_clock(),
            )
            messages.success(request, "Address saved.")
            if word := word_at_save(saved, read_clock()):
                messages.warning(request, word)
            return redirect("storefront:addresses")
        except DomainError as refusal:
            form.refuse(refusal)
    context = page_context(
        request, form=form, address=address, offers_first=request.POST.get("make_default") == "1"
    )
    return render(request, "storefront/account/address.html", context, status=422 if form.errors else 200)


@customer_required(back="storefront:addresses")
@require_POST
def remove(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Takes an address off the list; orders keep theirs."""
    _own_address(customer, reference)
    remove_address(
        customer=customer, address_reference=reference, actor=customer_actor(request), now=read_clock()
    )
    say_undoable(
        request,
        "The address is removed. Orders that go there are as they were.",
        reverse("storefront:restore_address", args=[reference]),
    )
    return redirect("storefront:addresses")


@customer_required(back="storefront:addresses")
@require_POST
def restore(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Undoes the removal of an address."""
    return _undo(request, customer, partial(restore_address, address_reference=reference), "addresses")


@customer_required(back="storefront:addresses")
@require_POST
def make_default(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Makes an address the one that is offered first."""
    _own_address(customer, reference)
    try:
        save_address(
            customer=customer,
            address_reference=reference,
            values={},
            make_default=True,
            actor=customer_actor(request),
            now=read_clock(),
        )
    except DomainError as refusal:
        messages.error(request, f"{refusal.message} Correct it first.")
        return redirect("storefront:edit_address", reference=reference)
    return redirect("storefront:addresses")


@customer_required()
@require_safe
def cards(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The customer's cards, by what they are recognised by."""
    found = card_words(list(saved_cards(customer.pk, read_clock())), read_clock())
    return render(request, "storefront/account/cards.html", page_context(request, cards=found))


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def add_card(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Saves a card at the gateway; its number never stays with us."""
    refused, status = None, 200
    if request.method == "POST":
        try:
            saved = save_typed(request, customer, make_default=request.POST.get("make_default") == "1")
            messages.success(request, "Card saved.")
            return redirect(_after_card(request, customer, saved))
        except DomainError as refusal:
            refused = refusal
            status = status_of(refusal.code)
    context = page_context(
        request,
        card_fields=card_fields(customer, refused, request.POST),
        faults=card_faults(refused),
        offers_first=request.POST.get("make_default") == "1",
        key=secrets.token_hex(8),
    )
    return allow_card_sources(render(request, "storefront/account/card.html", context, status=status))


def _after_card(request: HttpRequest, customer: Customer, saved: PaymentMethod) -> str:
    """Back to the club that asked for a card, if one did; else to the cards."""
    club = Club.objects.filter(reference=request.GET.get("club", "")[:20]).first()
    if club is None:
        return reverse("storefront:cards")
    if club.members.filter(customer=customer, state__in=[state.value for state in LIVE]).exists():
        return f"{reverse('storefront:club_ways', args=[club.reference])}?card={saved.reference}"
    return reverse("storefront:join_club", args=[club.reference])


@customer_required(back="storefront:cards")
@require_POST
def drop_card(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Forgets a card."""
    return _with_card(request, customer, reference, remove_card, "The card is removed.", undo="restore_card")


@customer_required(back="storefront:cards")
@require_POST
def get_card_back(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Undoes the removal of a card."""
    return _undo(request, customer, partial(restore_card, card_reference=reference), "cards")


def _undo(request: HttpRequest, customer: Customer, act: Callable[..., object], to: str) -> HttpResponse:
    try:
        act(customer=customer, actor=customer_actor(request), now=read_clock())
        messages.success(request, "It is back as it was.")
    except DomainError as refusal:
        if refusal.code == "not_found":
            raise Http404("nothing of this customer's") from None
        messages.error(request, refusal.message)
    return redirect(f"storefront:{to}")


@customer_required(back="storefront:cards")
@require_POST
def default_card(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Makes a card the one that is offered first."""
    return _with_card(request, customer, reference, make_default_card, "")


def _with_card(
    request: HttpRequest,
    customer: Customer,
    reference: str,
    act: Callable[..., object],
    words: str,
    *,
    undo: str = "",
) -> HttpResponse:
    if not customer.payment_methods.filter(reference=reference, removed_at__isnull=True).exists():
        raise Http404("no such card of this customer")
    act(customer=customer, card_reference=reference, actor=customer_actor(request), now=read_clock())
    if undo:
        say_undoable(request, words, reverse(f"storefront:{undo}", args=[reference]))
    return redirect(reverse("storefront:cards"))


def _own_address(customer: Customer, reference: str) -> Address:
    address = customer.addresses.filter(reference=reference, removed_at__isnull=True).first()
    if address is None:
        raise Http404("no such address of this customer")
    return address


def _person(customer: Customer) -> dict[str, object]:
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "phone": customer.phone,
        "marketing_consent": customer.marketing_consent_at is not None,
    }
