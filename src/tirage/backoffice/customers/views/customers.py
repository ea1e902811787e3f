"""The list of customers and one customer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.customers.forms import CustomerForm, NoteForm, StandingNoteForm, SuspendForm, TagsForm
from tirage.backoffice.customers.list import CUSTOMERS, customer_url
from tirage.backoffice.customers.panels import tier_of
from tirage.backoffice.frame.acting import first_problem, refusals_in, refusals_said
from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.frame.panels import CUSTOMER_PAGE, Look
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.customers import operations
from tirage.customers.models import Customer, FormerCustomer, Group
from tirage.customers.states import MoveKind
from tirage.notifications.operations import queue_sign_in_link
from tirage.parts.seen_as import SeenAs, start_seeing
from tirage.parts.undo import say_undoable
from tirage.staff.permissions import Permission, may, staff_actor, staff_required

#: How long a mailed sign-in link works.
LINK_DAYS = 7


@require_GET
@staff_required(Permission.SEE_CUSTOMERS)
def customers(request: HttpRequest) -> HttpResponseBase:
    moves = may(request.user, Permission.EDIT_GROUPS)
    return list_page(
        request,
        CUSTOMERS,
        title="Customers",
        groups=Group.objects.order_by("kind", "rank", "name") if moves else (),
        empty_text="Add the first customer, or import the list you have.",
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def new_customer(request: HttpRequest) -> HttpResponseBase:
    form = CustomerForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        with refusals_in(form):
            customer = operations.create_customer(
                **values, source="staff", actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, _say_added(customer))
            return redirect(customer_url(customer))
    return render(
        request,
        "backoffice/frame/form_page.html",
        {
            "title": "New customer",
            "crumbs": [("Customers", reverse("backoffice:customers")), ("New customer", "")],
            "form": form,
            "submit": "Add to the list",
            "cancel_url": reverse("backoffice:customers"),
        },
    )


def _say_added(customer: Customer) -> str:
    """With the group that new customers join, and whether they meet an open offer there at once."""
    words = f"You put {customer.name} on the list"
    group = Group.objects.filter(memberships__customer=customer).first()
    if group is None:
        return f"{words}."
    now = read_clock()
    open_now = group.offers.filter(is_active=True, opens_at__lte=now, closes_at__gt=now)
    met = ": they see its offer, which is open, as soon as they sign in" if open_now.exists() else ""
    return f"{words}, in {group.name}{met}."


@require_GET
@staff_required(Permission.SEE_CUSTOMERS)
def customer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The customer; a reference of before a merge leads to who stayed."""
    try:
        return _customer_page(request, found_customer(reference))
    except Http404:
        if (stayed := _merged_into(reference)) is None:
            raise
    messages.info(request, f"{reference} is an earlier reference of {stayed.name}, from before a merge.")
    return redirect(customer_url(stayed))


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_CUSTOMERS)
def edit_customer(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_customer(reference)
    form = CustomerForm(request.POST or None, initial=CustomerForm.values_of(found), about=found)
    if form.is_valid():
        values = dict(form.cleaned_data)
        consent = values.pop("marketing_consent")
        with refusals_in(form):
            saved = operations.update_customer(
                customer=found,
                values=values,
                marketing_consent=consent,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, _say_saved(found, saved))
            return redirect(customer_url(found))
    return customer_form_page(request, found, form, f"Edit {found.name}", "Save", "Edit")


def _say_saved(before: Customer, after: Customer) -> str:
    """Another mailbox ends what the former one could open, and consent that goes ends invitations."""
    said = "You saved the customer."
    if before.marketing_consent_at and not after.marketing_consent_at:
        said += f" {after.name} won’t be invited to releases by mail any more; tick the box again to take it back."
    if after.email == before.email:
        return said
    return (
        f"{said} Links that went to {before.email} have ended, and so have sign-ins: "
        "send a new link if the customer asks."
    )


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def suspend(request: HttpRequest, reference: str) -> HttpResponseBase:
    found, form = found_customer(reference), SuspendForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why you suspend this customer: your colleagues will ask.")
        return redirect(customer_url(found))
    with refusals_said(request):
        operations.suspend_customer(
            customer=found,
            reason=form.cleaned_data["reason"],
            actor=staff_actor(request),
            now=read_clock(),
        )
        messages.success(request, f"You suspended {found.name}: signed out, without offers and without mail.")
    return redirect(customer_url(found))


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def reinstate(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_customer(reference)
    operations.reinstate_customer(customer=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"{found.name} can sign in and buy again.")
    return redirect(customer_url(found))


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def save_tags(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_customer(reference)
    form = TagsForm(request.POST, initial=TagsForm.values_of(found), about=found)
    if form.is_valid():
        with refusals_in(form):
            names = operations.set_tags(
                customer=found,
                names=form.names,
                shown=form.shown_names,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"Tags: {', '.join(names)}." if names else "You took the tags off.")
            return redirect(customer_url(found))
    return customer_form_page(request, found, form, f"Tags of {found.name}", "Save the tags", "Tags")


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def add_note(request: HttpRequest, reference: str) -> HttpResponseBase:
    found, form = found_customer(reference), NoteForm(request.POST)
    if form.is_valid():
        operations.add_note(
            customer=found, text=form.cleaned_data["note"], actor=staff_actor(request), now=read_clock()
        )
        messages.success(request, "The note is in the activity.")
    else:
        messages.error(request, first_problem(form))
    return redirect(customer_url(found))


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def save_standing_note(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_customer(reference)
    form = StandingNoteForm(request.POST, initial={"text": found.note}, about=found)
    if form.is_valid():
        with refusals_in(form):
            operations.save_standing_note(
                customer=found,
                text=form.cleaned_data["text"],
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, "You saved what to know.")
            return redirect(customer_url(found))
    return customer_form_page(
        request, found, form, f"What to know about {found.name}", "Save", "What to know"
    )


@require_POST
@staff_required(Permission.EDIT_CUSTOMERS)
def sign_in_link(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Mails the customer a link that signs in; nobody else sees it. Recorded."""
    found, now = found_customer(reference), read_clock()
    if not found.is_active:
        messages.error(request, "A suspended customer can't sign in. Reinstate the customer first.")
        return redirect(customer_url(found))
    text = f"mailed a sign-in link, good for {LINK_DAYS} days"
    with transaction.atomic():
        queue_sign_in_link(customer_id=found.pk, days=LINK_DAYS, now=now)
        _record(request, EventName.CUSTOMER_LINK_MADE, found, text, now)
    say_mailed(request, f"A link that signs in is on its way to {found.email}, good for {LINK_DAYS} days.")
    return redirect(customer_url(found))


@require_POST
@staff_required(Permission.SEE_AS_CUSTOMER)
def see_as(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Leads to the shop with the customer's eyes; nothing can be changed there. Recorded."""
    found, now = found_customer(reference), read_clock()
    actor = staff_actor(request)
    _record(request, EventName.CUSTOMER_SEEN_AS, found, "saw the shop as this customer", now)
    response = redirect("storefront:offer")
    takes = found.is_active and may(request.user, Permission.ORDER_FOR_CUSTOMERS)
    order_path = reverse("backoffice:order_for", args=[reference]) if takes else ""
    start_seeing(response, SeenAs(found.pk, actor.id or 0, customer_url(found), order_path=order_path))
    return response


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def change_group(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Adds to, moves to or leaves the group of the form, as its button says."""
    found = found_customer(reference)
    group = Group.objects.filter(reference=request.POST.get("group", "")).first()
    if group is None:
        messages.error(request, "Choose a group first.")
        return redirect(customer_url(found))
    words = {
        MoveKind.ADD: f"You put {found.name} into {group.name} too.",
        MoveKind.MOVE: f"You put {found.name} into {group.name} and out of every other group.",
        MoveKind.LEAVE: f"You took {found.name} out of {group.name}.",
    }
    kind = next((one for one in words if one.value == request.POST.get("act")), None)
    if kind is None:
        return redirect(customer_url(found))
    with refusals_said(request):
        run = operations.change_one_person(
            customer=found,
            group=group,
            kind=kind,
            why=request.POST.get("why", ""),
            actor=staff_actor(request),
            now=read_clock(),
        )
        if run is None:
            messages.success(request, words[kind])
        else:
            say_undoable(request, words[kind], reverse("backoffice:undo_move", args=[run.reference]))
    return redirect(customer_url(found))


def customer_form_page(
    request: HttpRequest, found: Customer, form: forms.Form, title: str, submit: str, crumb: str
) -> HttpResponseBase:
    return render(
        request,
        "backoffice/frame/form_page.html",
        {
            "title": title,
            "crumbs": customer_crumbs(found, crumb),
            "form": form,
            "submit": submit,
            "cancel_url": customer_url(found),
        },
    )


def found_customer(reference: str) -> Customer:
    """The customer of the address, or a 404."""
    # Asked along, so that the page of somebody who never was two asks for nothing more.
    was_merged = Exists(FormerCustomer.objects.filter(customer=OuterRef("pk")))
    found = Customer.objects.select_related("tier_pin", "business_number").annotate(was_merged=was_merged)
    return get_object_or_404(found, reference=reference)


def _merged_into(reference: str) -> Customer | None:
    """Who stayed of a customer who was merged into another."""
    former = FormerCustomer.objects.select_related("customer").filter(reference=reference).first()
    return former.customer if former else None


def customer_crumbs(found: Customer, *last: str) -> list[tuple[str, str]]:
    """Home of the list, the customer, and where one is."""
    own = customer_url(found) if last else ""
    return [("Customers", reverse("backoffice:customers")), (found.name, own), *((name, "") for name in last)]


def _customer_page(request: HttpRequest, found: Customer) -> HttpResponseBase:
    look = Look(found, request, read_clock())
    return render(
        request,
        "backoffice/customers/customer.html",
        {
            "crumbs": customer_crumbs(found),
            "customer": found,
            "tier": tier_of(look),
            **CUSTOMER_PAGE.show(look),
        },
    )


def _record(request: HttpRequest, name: EventName, found: Customer, text: str, now: Any) -> None:
    record_event(
        name, "customer", found.pk, text=text, customer_id=found.pk, actor=staff_actor(request), now=now
    )
