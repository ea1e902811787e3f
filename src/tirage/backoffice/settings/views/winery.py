"""Settings: the winery."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import choose, refusals_in
from tirage.backoffice.settings.effects import ask_adults_again, counted_as_adults
from tirage.backoffice.settings.meaning import (
    Windows,
    count_prices,
    move_windows,
    say_price,
    say_window,
    why_currency_stays,
    windows_ahead,
)
from tirage.backoffice.settings.operations import CURRENCIES, save_winery
from tirage.backoffice.settings.tabs import settings_page
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.customers.models import Group
from tirage.customers.operations import set_default_group
from tirage.parts.hands import EditForm
from tirage.parts.numbers import read_whole
from tirage.staff.permissions import Permission, require, staff_actor, staff_required

MOST_AGE = 30
LOCALES = (
    ("en_US", "English (United States): $1,250.50"),
    ("en_GB", "English (United Kingdom): £1,250.50"),
    ("fr_FR", "French: 1 250,50 €"),
    ("de_DE", "German: 1.250,50 €"),
    ("it_IT", "Italian: 1.250,50 €"),
    ("es_ES", "Spanish: 1.250,50 €"),
)


class WineryForm(EditForm):
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
    unsubscribe_email = forms.EmailField(
        required=False,
        label="E-mail for “no more mail”",
        help_text="Only if somebody acts on what comes there. Mails about offers have a link that acts by itself.",
    )
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
        min_value=0,
        max_value=MOST_AGE,
        label="Legal age",
        help_text="Asked once, at a customer's first visit.",
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
        if why_not := why_currency_stays(str(self.initial.get("currency", ""))):
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = why_not
        self._ask_what_stays(is_locked=bool(why_not))
        self._ask_who_confirms_again()

    def _ask_what_stays(self, *, is_locked: bool) -> None:
        """Another time zone or currency asks what it means for windows and prices that are set."""
        zone, currency = self.initial.get("time_zone"), self.initial.get("currency")
        new_zone, new_currency = self.data.get("time_zone"), self.data.get("currency")
        offers = windows_ahead(read_clock()) if new_zone in available_timezones() - {zone} else []
        if offers and zone and new_zone:
            first, count = offers[0], len(offers)
            choices = [
                (one.value, f"{words}: {say_window(first, new_zone, one, zone)}")
                for one, words in (
                    (Windows.MOMENTS, "Offers open and close at the same moments as before"),
                    (Windows.CLOCK, "They keep the times on the clock"),
                )
            ]
            asked = forms.ChoiceField(
                label=f"{count} {'offer is' if count == 1 else 'offers are'} still to open or to close",
                choices=choices,
                widget=forms.RadioSelect,
                help_text=f"As they are: {say_window(first, zone, Windows.MOMENTS, zone)}.",
                error_messages={"required": "Say what stays as it is, then save."},
            )
            self.ask("windows", asked)
        is_new = new_currency in CURRENCIES and new_currency != currency
        if is_new and currency and not is_locked and (count := count_prices()):
            figures = forms.BooleanField(
                label=f"Read {count} {'price' if count == 1 else 'prices'} in {new_currency}",
                help_text=f"Nothing is converted: {say_price(currency, str(new_currency))}.",
                error_messages={"required": "Tick this if the prices are meant so, or correct them first."},
            )
            self.ask("same_figures", figures)

    def _ask_who_confirms_again(self) -> None:
        """A higher legal age asks what the confirmations of the lower one are worth."""
        before, after = self.initial.get("legal_age"), read_whole(self.data.get("legal_age", ""))
        if before is None or not before < after <= MOST_AGE:
            return
        if count := counted_as_adults(after, read_clock()).count():
            confirm = "customer has" if count == 1 else "customers have"
            asked = forms.ChoiceField(
                label=f"{count:,} {confirm} confirmed to be {before} or older",
                choices=[
                    ("again", f"Before their next order they confirm to be {after} or older"),
                    (
                        "stands",
                        "That stands; only whose birth date shows that they are younger are asked again",
                    ),
                ],
                widget=forms.RadioSelect,
                help_text="Orders of before stay as they are.",
                error_messages={"required": "Say what their confirmation is worth, then save."},
            )
            self.ask("adults", asked)

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
    found = Winery.objects.get(id=1)
    form = WineryForm(request.POST or None, initial=WineryForm.values_of(found), about=found)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                _save_winery(request, dict(form.cleaned_data), form.shown)
                messages.success(request, "You saved the settings.")
                return redirect("backoffice:settings")
    return settings_page(
        request,
        "backoffice:settings",
        "Winery",
        form,
        "Save the settings",
        "backoffice/settings/winery.html",
    )


@transaction.atomic
def _save_winery(request: HttpRequest, values: dict[str, Any], shown: dict[str, Any] | None) -> None:
    actor, now = staff_actor(request), read_clock()
    group = Group.objects.filter(reference=values.pop("default_group")).first()
    windows = values.pop("windows", "")
    adults = values.pop("adults", "")
    values.pop("same_figures", None)
    if windows == Windows.CLOCK:
        move_windows(old_zone=Winery.objects.get(id=1).time_zone, zone=values["time_zone"], now=now)
    save_winery(values=values, shown=shown, actor=actor, now=now)
    if adults:
        everybody = adults == "again"
        ask_adults_again(legal_age=values["legal_age"], everybody=everybody, actor=actor, now=now)
    set_default_group(group=group, shown=shown, actor=actor, now=now)
