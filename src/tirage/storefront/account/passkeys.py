"""The customer's passkeys: added on the device that holds them, named, removed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.customers.models import Customer
from tirage.customers.passkeys import (
    MOST_LETTERS,
    add_passkey,
    ask_for_new_key,
    passkeys_of,
    remove_passkey,
    rename_passkey,
)
from tirage.parts.devices import device_of, say_agent
from tirage.parts.hands import EditForm
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.storefront.frame.questions import asked_here, put_question, takes_passkeys


class NameForm(EditForm):
    name = forms.CharField(
        label="Name",
        max_length=MOST_LETTERS,
        required=False,
        help_text="What you call the device, so that you know it again.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@customer_required(back="storefront:passkeys")
@require_http_methods(["GET", "HEAD", "POST"])
def passkeys(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Those there are, and another one."""
    form = NameForm(request.POST or None, initial={"name": say_agent(device_of(request).agent)})
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = add_passkey(
                customer=customer,
                name=form.cleaned_data["name"],
                answer=request.POST.get("passkey", ""),
                asked=asked_here(request),
                actor=customer_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"“{made.name}” signs you in from now on.")
            return redirect("storefront:passkeys")
        except DomainError as refusal:
            problem = refusal.message
    context = page_context(
        request,
        form=form,
        problem=problem,
        rows=list(passkeys_of(customer)),
        has_passkeys=takes_passkeys(request),
    )
    is_refused = bool(problem or form.errors)
    return render(request, "storefront/account/passkeys.html", context, status=422 if is_refused else 200)


@customer_required(back="storefront:passkeys")
@require_safe
def question(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What the device is to sign that makes a key."""
    return put_question(request, ask_for_new_key(customer), now=read_clock())


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Calls a key otherwise."""
    key = passkeys_of(customer).filter(reference=reference).first()
    if key is None:
        raise Http404("no such passkey of this customer")
    form = NameForm(request.POST or None, initial={"name": key.name}, about=f"passkey:{reference}")
    if request.method == "POST" and form.is_valid():
        try:
            rename_passkey(
                customer=customer,
                reference=reference,
                name=form.cleaned_data["name"],
                shown=form.shown,
                actor=customer_actor(request),
                now=read_clock(),
            )
            messages.success(request, "Saved.")
            return redirect("storefront:passkeys")
        except Overtaken as refusal:
            form.overtaken(refusal)
        except DomainError as refusal:
            form.add_error("name", refusal.message)
    context = page_context(request, form=form, key=key)
    return render(request, "storefront/account/passkey.html", context, status=422 if form.errors else 200)


@customer_required(back="storefront:passkeys")
@require_POST
def remove(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Forgets a key."""
    actor = customer_actor(request)
    if not remove_passkey(customer=customer, reference=reference, actor=actor, now=read_clock()):
        raise Http404("no such passkey of this customer")
    messages.success(
        request,
        "The passkey opens nothing here any more. Delete it on the device, too: there it is still offered.",
    )
    return redirect("storefront:passkeys")
