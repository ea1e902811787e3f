"""Settings: the winery and its look."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.backoffice.acting import choose, refusals_in
from tirage.backoffice.operations import save_logo, save_winery
from tirage.backoffice.operations.winery import CURRENCIES, currency_is_locked
from tirage.backoffice.permissions import Permission, may, require, staff_actor, staff_required
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.states import ChargeWhen
from tirage.customers.models import Group
from tirage.customers.operations import set_default_group
from tirage.parts.typefaces import typeface_choices
from tirage.payments.gateways import current_gateway

LOCALES = (
    ("en_US", "English (United States): $1,250.50"),
    ("en_GB", "English (United Kingdom): £1,250.50"),
    ("fr_FR", "French: 1 250,50 €"),
    ("de_DE", "German: 1.250,50 €"),
    ("it_IT", "Italian: 1.250,50 €"),
    ("es_ES", "Spanish: 1.250,50 €"),
)
_PLACES = (
    ("Winery", "backoffice:settings", Permission.SEE_SETTINGS),
    ("Payments", "backoffice:money_settings", Permission.SEE_SETTINGS),
    ("Look", "backoffice:look", Permission.SEE_SETTINGS),
    ("Delivery", "backoffice:delivery", Permission.SEE_SETTINGS),
    ("Mails", "backoffice:mails", Permission.SEE_SETTINGS),
    ("Cancelling", "backoffice:cancel_reasons", Permission.SEE_SETTINGS),
    ("Team", "backoffice:team", Permission.MANAGE_TEAM),
    ("Imports", "backoffice:import", Permission.IMPORT),
)


def settings_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The places of the settings that the member may see."""
    return [
        {"label": label, "href": reverse(name), "current": name == current}
        for label, name, permission in _PLACES
        if may(request.user, permission)
    ]


class WineryForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name", help_text="As customers see it.")
    vineyard = forms.CharField(
        max_length=160,
        required=False,
        label="Place line",
        help_text="Under the name: Sonoma Mountain, California.",
    )
    legal_name = forms.CharField(max_length=200, required=False, label="Legal name", help_text="On receipts.")
    postal_address = forms.CharField(
        max_length=300, required=False, label="Postal address", help_text="At the foot of every mail."
    )
    support_email = forms.EmailField(label="E-mail for questions", help_text="Answers to our mails go there.")
    support_phone = forms.CharField(max_length=40, required=False, label="Telephone for questions")
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Offers open and close by this clock; customers see its name."
    )
    currency = forms.ChoiceField(label="Currency", choices=[(code, code) for code in CURRENCIES])
    locale = forms.ChoiceField(label="How figures and dates are written", choices=LOCALES)
    cart_minutes = forms.IntegerField(
        min_value=5,
        max_value=60,
        label="Cart minutes",
        help_text="How long bottles are held, from the first one: 5 to 60.",
    )
    strict_minimums = forms.BooleanField(
        required=False,
        label="Hold purchase minimums at once",
        help_text="Otherwise a hold begins when the customer confirms or changes something.",
    )
    legal_age = forms.IntegerField(
        min_value=0, max_value=30, label="Legal age", help_text="Asked once, at a customer's first visit."
    )
    default_group = forms.ChoiceField(
        required=False,
        label="New customers join",
        help_text="With an open offer this is a welcome offer: access at once.",
    )
    staff_second_factor = forms.BooleanField(
        required=False,
        label="The team signs in with a second factor",
        help_text="Whoever has none sets one up at the next page.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(
            zone
            for zone in available_timezones()
            if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "SystemV/"))
        )
        choose(self, "time_zone", [(zone, zone.replace("_", " ")) for zone in zones])
        groups = [(group.reference, group.name) for group in Group.objects.order_by("rank", "name")]
        choose(self, "default_group", [("", "No group"), *groups])
        if currency_is_locked():
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = "There are orders in it, so it stays."

    @staticmethod
    def values_of(winery: Winery) -> dict[str, Any]:
        default = Group.objects.filter(is_default=True).first()
        names = [name for name in WineryForm.base_fields if name != "default_group"]
        return {
            **{name: getattr(winery, name) for name in names},
            "default_group": default.reference if default else "",
        }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def winery(request: HttpRequest) -> HttpResponseBase:
    """The winery's own settings."""
    initial = WineryForm.values_of(Winery.objects.get(id=1))
    form = WineryForm(request.POST or None, initial=initial)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                _save_winery(request, dict(form.cleaned_data), initial["default_group"])
                messages.success(request, "The settings are saved.")
                return redirect("backoffice:settings")
    return _settings_page(
        request,
        "backoffice:settings",
        "Winery",
        form,
        "Save the settings",
        "backoffice/settings/winery.html",
    )


@transaction.atomic
def _save_winery(request: HttpRequest, values: dict[str, Any], group_before: str) -> None:
    actor, now = staff_actor(request), read_clock()
    group = values.pop("default_group")
    save_winery(values=values, actor=actor, now=now)
    if group != group_before:
        set_default_group(group=Group.objects.filter(reference=group).first(), actor=actor, now=now)


class MoneyForm(forms.Form):
    charge_when = forms.ChoiceField(
        label="The money of an order is taken",
        choices=[
            (ChargeWhen.AT_ORDER.value, "when it is placed"),
            (ChargeWhen.AT_SHIPMENT.value, "when it ships: until then it is set aside on the card"),
        ],
        widget=forms.RadioSelect,
        help_text="Banks set money aside for about a week. Tirage renews it until you mark the order as shipped, and "
        "tells you and the customer when a card no longer agrees. Orders placed before stay as they are.",
    )
    customers_change_orders = forms.BooleanField(
        required=False,
        label="Customers may change their own orders until they ship",
        help_text="Under My orders, within their allowance and the offer's rules. Otherwise they write to you.",
    )
    customers_cancel_orders = forms.BooleanField(
        required=False,
        label="Customers may cancel their own orders until they ship",
        help_text="The bottles come back into stock, and the money goes back to where it came from or becomes store "
        "credit. Otherwise they write to you.",
    )
    staff_change_hours = forms.IntegerField(
        min_value=1,
        max_value=168,
        label="Hours that bottles of a change wait",
        help_text="How long bottles that the team adds to an order are held until the change is confirmed: 1 to 168.",
    )
    pay_link_days = forms.IntegerField(
        min_value=1,
        max_value=60,
        label="Days that a pay link works",
        help_text="A link that you mail for an open amount stops working after so many days: 1 to 60.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def money(request: HttpRequest) -> HttpResponseBase:
    """When money is taken, how orders are changed, and how the gateway is set up."""
    now = Winery.objects.get(id=1)
    initial = {name: getattr(now, name) for name in MoneyForm.base_fields}
    form = MoneyForm(request.POST or None, initial=initial)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                save_winery(values=form.cleaned_data, actor=staff_actor(request), now=read_clock())
                messages.success(request, "The settings are saved.")
                return redirect("backoffice:money_settings")
    return _settings_page(
        request,
        "backoffice:money_settings",
        "Payments and changes",
        form,
        "Save the settings",
        "backoffice/settings/money.html",
        gateway=current_gateway().describe(now=read_clock()),
    )


class LookForm(forms.Form):
    paper = forms.CharField(
        max_length=7,
        label="Paper",
        help_text="Behind everything; a light one.",
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    ink = forms.CharField(
        max_length=7, label="Ink", help_text="The words.", widget=forms.TextInput(attrs={"type": "color"})
    )
    accent = forms.CharField(
        max_length=7,
        label="Accent",
        help_text="Links and the main button.",
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    typeface = forms.ChoiceField(label="Typefaces", choices=typeface_choices, widget=forms.RadioSelect)
    logo = forms.FileField(
        required=False,
        label="Logo",
        help_text="An SVG drawing of at most 200 KB. Anything in it that acts or loads is taken out.",
        widget=forms.FileInput(attrs={"accept": ".svg,image/svg+xml"}),
    )
    remove_logo = forms.BooleanField(required=False, label="Show the name instead of the logo")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def look(request: HttpRequest) -> HttpResponseBase:
    """Colours, typefaces and logo; colours that can't be read are refused with their contrast."""
    now = Winery.objects.get(id=1)
    form = LookForm(
        request.POST or None,
        request.FILES or None,
        initial={name: getattr(now, name) for name in ("paper", "ink", "accent", "typeface")},
    )
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                _save_look(request, form.cleaned_data)
                messages.success(request, "The look is saved. The shop has it within a few seconds.")
                return redirect("backoffice:look")
    return _settings_page(
        request, "backoffice:look", "Look", form, "Save the look", "backoffice/settings/look.html"
    )


@transaction.atomic
def _save_look(request: HttpRequest, values: dict[str, Any]) -> None:
    actor, now = staff_actor(request), read_clock()
    names = ("paper", "ink", "accent", "typeface")
    save_winery(values={name: values[name] for name in names}, actor=actor, now=now)
    if values["remove_logo"]:
        save_logo(data=None, actor=actor, now=now)
    elif values["logo"]:
        save_logo(data=values["logo"].read(), actor=actor, now=now)


def _settings_page(
    request: HttpRequest,
    name: str,
    title: str,
    form: forms.Form,
    submit: str,
    template: str = "backoffice/settings/form.html",
    **more: Any,
) -> HttpResponseBase:
    return render(
        request,
        template,
        {
            "title": title,
            "tabs": settings_tabs(request, name),
            "form": form,
            "submit": submit,
            "editable": may(request.user, Permission.EDIT_SETTINGS),
            **more,
        },
        status=400 if form.errors else 200,
    )
