"""Saving the winery's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy

from tirage.backoffice.settings.logos import drawing_of
from tirage.backoffice.settings.meaning import why_currency_stays
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.contrast import readable_problems
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import Overtaken, settle
from tirage.core.locks import lock_rows
from tirage.core.models import Winery
from tirage.core.reactions import react
from tirage.core.states import ChargeWhen, SignUpMode, SmallRests
from tirage.core.winery import forget_winery
from tirage.parts.typefaces import PAIRS

CURRENCIES = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "ZAR", "JPY")

#: What each setting is called in the activity.
NAMES: dict[str, Any] = {
    "name": "the name",
    "legal_name": "the legal name",
    "vineyard": "the place line",
    "support_email": "the e-mail for questions",
    "support_phone": "the telephone",
    "unsubscribe_email": "the e-mail for “no more mail”",
    "postal_address": "the postal address",
    "time_zone": "the time zone",
    "currency": "the currency",
    "locale": "how figures are written",
    "cart_minutes": "the cart minutes",
    "strict_minimums": "strict minimums",
    "legal_age": "the legal age",
    "charge_when": "when money is taken",
    "small_rests": "what becomes of amounts too small to charge",
    "customers_change_orders": "changes by customers",
    "customers_cancel_orders": gettext_lazy("canceling by customers"),
    "change_days": "the days before packing on which changes end",
    "staff_change_hours": "the hours of a change",
    "wish_mails": "mails about wishes",
    "label_limits": "the labels that addresses have to fit",
    "transfers": "transfers of wine en primeur",
    "set_aside_days": "the days that granted bottles wait",
    "bottle_formats": "what bottles count as on their way",
    "pay_link_days": "the days of a pay link",
    "staff_second_factor": "the second factor",
    "sign_up": "what signing up does",
    "sign_up_words": "the words for strangers",
    "place_shown": "whether the line shows one's place",
    "paper": "the paper",
    "ink": "the ink",
    "accent": "the accent",
    "typeface": "the typeface",
}


@transaction.atomic
def save_winery(
    *, values: Mapping[str, Any], shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> Winery:
    """Changes the named settings (keys of ``NAMES``), raises the version and clears the memory of it.

    Of those that were ``shown`` only what differs from it is changed. Locks the winery. Records ``settings.saved``
    with what was and is. Raises DomainError ``settings_invalid``, Overtaken.
    """
    winery = _locked_winery()
    typed = {name: value for name, value in values.items() if name in NAMES}
    settled = settle(typed, shown=shown, stands={name: getattr(winery, name) for name in typed})
    changed = {name: value for name, value in settled.items() if getattr(winery, name) != value}
    if problems := _problems(winery, changed):
        raise DomainError("settings_invalid", "These settings can't be saved.", problems)
    if not changed:
        return winery
    before = {name: getattr(winery, name) for name in changed}
    for name, value in changed.items():
        setattr(winery, name, value)
    _save(winery, list(changed))
    if "time_zone" in changed:
        react("days.moved", now=now)
    text = "changed " + ", ".join(str(NAMES[name]) for name in changed)
    _record(text, {"before": before, "after": changed}, actor, now)
    return winery


@transaction.atomic
def save_logo(
    *, data: bytes | None, shown: Mapping[str, Any] | None = None, actor: Actor, now: datetime
) -> Winery:
    """Keeps an SVG, PNG or JPEG as the logo (see ``drawing_of``); None takes the logo away.

    ``shown``: the ``logo_digest`` that the page showed. Locks the winery. Records ``settings.saved``. Raises
    DomainError ``label_invalid``, ``logo_invalid``, Overtaken.
    """
    drawing = drawing_of(data) if data is not None else ""
    winery = _locked_winery()
    _refuse_overtaken_logo(winery, drawing, shown)
    if winery.logo_svg == drawing:
        return winery
    winery.logo_svg = drawing
    _save(winery, ["logo_svg"])
    _record("set the logo" if data is not None else "took the logo away", {}, actor, now)
    return winery


def logo_digest(drawing: str) -> str:
    """By what one logo is told from another; empty for none."""
    return sha256(drawing.encode()).hexdigest()[:16] if drawing else ""


def _refuse_overtaken_logo(winery: Winery, drawing: str, shown: Mapping[str, Any] | None) -> None:
    stands = {"logo_digest": logo_digest(winery.logo_svg)}
    try:
        settle({"logo_digest": logo_digest(drawing)}, shown=shown, stands=stands)
    except Overtaken as refused:
        # A file can't be shown back in a form: it is said, and chosen again.
        did = "set another logo" if winery.logo_svg else "took the logo away"
        words = "Choose the file again if yours shall stand."
        refused.message = f"Somebody else {did} meanwhile, and nothing was saved. {words}"
        raise


def _locked_winery() -> Winery:
    return lock_rows(Winery.objects.filter(id=1))[0]


def _save(winery: Winery, names: list[str]) -> None:
    winery.version += 1
    winery.save(update_fields=[*names, "version"])
    transaction.on_commit(forget_winery)
    forget_winery()


def _record(text: str, data: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    record_event(EventName.SETTINGS_SAVED, "winery", 1, text=text, data=data, actor=actor, now=now)


#: Figures among the settings with their least and most.
_BOUNDS = {
    "cart_minutes": (5, 60, "minutes"),
    "legal_age": (0, 30, "years"),
    "staff_change_hours": (1, 168, "hours"),
    "set_aside_days": (1, 90, "days"),
    "pay_link_days": (1, 60, "days"),
}
#: Settings that are one of a few.
_CHOICES: dict[str, tuple[type[StrEnum], str]] = {
    "charge_when": (ChargeWhen, "Choose when money is taken."),
    "small_rests": (SmallRests, "Choose what becomes of them."),
    "sign_up": (SignUpMode, "Choose what signing up does."),
}


def _problems(winery: Winery, changed: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    if "time_zone" in changed and changed["time_zone"] not in available_timezones():
        problems["time_zone"] = "Choose a time zone of the list."
    if "currency" in changed:
        if changed["currency"] not in CURRENCIES:
            problems["currency"] = "Choose a currency of the list."
        elif why_not := why_currency_stays(winery.currency):
            problems["currency"] = why_not
    for name, (least, most, unit) in _BOUNDS.items():
        if name in changed and not least <= changed[name] <= most:
            problems[name] = f"Between {least} and {most} {unit}."
    for name, (choices, words) in _CHOICES.items():
        if name in changed and changed[name] not in list(choices):
            problems[name] = words
    if changed.get("typeface", "garamond") not in PAIRS:
        problems["typeface"] = "Choose a typeface of the list."
    colours = {name: changed.get(name, getattr(winery, name)) for name in ("paper", "ink", "accent")}
    if colours.keys() & changed.keys():
        for words in readable_problems(**colours):
            # Each sentence begins with the colour that it asks to change.
            problems.setdefault(words.split()[0].lower(), words)
    return problems
