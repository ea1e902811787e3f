"""The fields of an address follow its country: names, parts and regions as people there know them.

With JavaScript they follow at once, without it by the button beside the country; either way the server draws them, with
what was typed. Towns and ZIPs are suggested while an address of the United States is typed (``js/address``), and what
was left empty is taken from the ZIP when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from tirage.parts.telephones import TelephoneField
from tirage.places import Country, countries, find_country, find_zip, normalise_state, regions
from tirage.places.telephones import HOME, keep_telephone, say_telephone

#: What the button beside the country sends as ``act``.
CHANGE_COUNTRY = "country"
#: What the name of the field ends with that says whose fields were shown.
WAS = "-was"


class CountrySelect(forms.Select):
    """A list of countries; with ``path`` the button that draws the fields of the chosen one, sent there."""

    template_name = "parts/country_select.html"
    path = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {
            **super().get_context(name, value, attrs),
            "path": self.path,
            "act": CHANGE_COUNTRY,
            "was": name + WAS,
        }


def changes_country(request: HttpRequest) -> bool:
    """Whether the form was sent to have the fields of another country, and for nothing else."""
    return request.method == "POST" and request.POST.get("act") == CHANGE_COUNTRY


def follow_country(
    form: forms.Form,
    codes: Iterable[str],
    *,
    pre: str = "",
    path: str = "",
    redrawn: bool = False,
) -> None:
    """Makes the address fields of a form (``pre`` and ``country``, ``state`` …) those of its country.

    ``codes``: the countries to choose from. ``path``: who draws the fields of another one; empty where nobody does.
    ``redrawn``: the country was just changed, and the cursor stays there. What was typed into the state and is none of
    that country is forgotten, so that the operation asks for it.
    """
    known = list(codes) or ["US"]
    code = _chosen(form, f"{pre}country", known)
    _offer_countries(form, f"{pre}country", known, path, redrawn=redrawn)
    country = find_country(code)
    if country is None:
        return
    if not form.initial.get(f"{pre}country"):
        form.fields[f"{pre}country"].initial = code
    phone = form.fields.get(f"{pre}phone")
    if isinstance(phone, TelephoneField):
        phone.near = code
        _keep_number(form, pre, code)
    _follow_state(form, f"{pre}state", country)
    _name_purposes(form, pre)
    postal, city = form.fields[f"{pre}postal_code"], form.fields[f"{pre}city"]
    postal.label = gettext("ZIP code") if code == "US" else country.format.postal_label
    city.label = country.format.city_label + ("" if country.needs_city else " (optional)")
    if not country.has_postal_code:
        postal.widget = forms.HiddenInput()
    if not country.has_city:
        city.widget = forms.HiddenInput()
    if code == "US":
        _suggest(form, pre)


@lru_cache(maxsize=1)
def every_country() -> tuple[str, ...]:
    """Those that the team sends wine to for whoever asks: all, the winery's own at first."""
    codes = [country.code for country in countries()]
    return (HOME, *(code for code in codes if code != HOME))


def _chosen(form: forms.Form, name: str, codes: list[str]) -> str:
    """The country whose fields these are: as typed, as it stands, or the first one that is open."""
    sent = form.data.get(form.add_prefix(name)) if form.is_bound else None
    wanted = str(sent or form.initial.get(name) or "")
    return wanted if wanted in codes else codes[0]


def _offer_countries(form: forms.Form, name: str, codes: list[str], path: str, *, redrawn: bool) -> None:
    choices = [(code, _name(code)) for code in codes]
    field = forms.ChoiceField(label="Country", required=False, choices=choices, widget=CountrySelect)
    form.fields[name] = field
    if len(codes) == 1:
        field.widget, field.initial = forms.HiddenInput(), codes[0]
    elif path:
        # A field makes its own copy of the widget.
        widget = cast("CountrySelect", field.widget)
        widget.path = path
        widget.attrs |= {"data-country": ""} | ({"autofocus": True} if redrawn else {})


def _name(code: str) -> str:
    country = find_country(code)
    return country.name if country else code


def _keep_number(form: forms.Form, pre: str, code: str) -> None:
    """A number that was written as at home in the former country stays that number in this one."""
    before = str(form.data.get(form.add_prefix(f"{pre}country") + WAS, "")) if form.is_bound else ""
    typed = str(form.data.get(form.add_prefix(f"{pre}phone"), "")) if form.is_bound else ""
    if before != code and find_country(before):
        _rewrite(form, f"{pre}phone", say_telephone(keep_telephone(typed, before), code))


def _rewrite(form: forms.Form, name: str, value: str) -> None:
    data = QueryDict(mutable=True)
    data.update(form.data)
    data[form.add_prefix(name)] = value
    form.data = data


def _follow_state(form: forms.Form, name: str, country: Country) -> None:
    label = country.state_label + ("" if country.needs_state else " (optional)")
    known = sorted(regions(country.code).items(), key=lambda state: state[1])
    own = str(form.initial.get(name) or "")
    if not country.state_label:
        form.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput())
    elif known:
        others = [] if not own or own in dict(known) else [(own, own)]
        choices = [("", "Choose"), *others, *known]
        form.fields[name] = forms.ChoiceField(label=label, required=False, choices=choices)
        _read_state(form, name, country.code, {code for code, _ in choices})
    else:
        form.fields[name] = forms.CharField(label=label, max_length=60, required=False)


def _read_state(form: forms.Form, name: str, country: str, known: set[str]) -> None:
    sent = str(form.data.get(form.add_prefix(name), "")) if form.is_bound else ""
    if sent not in known:
        meant = normalise_state(country, sent)
        _rewrite(form, name, meant if meant in known else "")


def town_of_zip(values: dict[str, str]) -> dict[str, str]:
    """An address as it was typed, with the town and the state that its ZIP alone says where they were left empty."""
    place = find_zip(values.get("postal_code", "")) if values.get("country", "US") == "US" else None
    if place is None:
        return values
    known = {"city": place.city, "state": place.state}
    return values | {name: words for name, words in known.items() if not values.get(name, "").strip()}


def _name_purposes(form: forms.Form, pre: str) -> None:
    """Tells browsers what each field is for, whichever control its country gave it, where they are the typist's own."""
    if form.fields[f"{pre}line1"].widget.attrs.get("autocomplete") != "address-line1":
        return
    for part, purpose in (("country", "country"), ("state", "address-level1")):
        widget = form.fields[f"{pre}{part}"].widget
        if not widget.is_hidden:
            widget.attrs["autocomplete"] = purpose


def _suggest(form: forms.Form, pre: str) -> None:
    """Names the fields to the script that suggests towns and ZIPs."""
    path = reverse("parts:suggest_places")
    for part, what in (("city", "city"), ("postal_code", "zip"), ("state", "state")):
        attrs = form.fields[f"{pre}{part}"].widget.attrs
        attrs["data-place"] = what
        if what == "zip":
            attrs["inputmode"] = "numeric"
        if part != "state":
            attrs["data-places"] = path
