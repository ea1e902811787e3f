"""Acts on wines, vintages, skus and labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext

from tirage.catalog.labels import read_label
from tirage.catalog.lwin import bare_lwin, lwin_problem
from tirage.catalog.models import Label, Sku, Vintage, Wine
from tirage.catalog.rules import code_problem, sku_name
from tirage.catalog.states import Colour
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import MOST_MINOR
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import Overtaken, say_changed, settle, write_changed
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.uses import count_uses


def save_wine(
    *,
    wine: Wine | None,
    name: str,
    variety: str = "",
    appellation: str = "",
    colour: str = Colour.RED.value,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Wine:
    """Makes a wine (``wine`` None) or changes one; its skus take the new name along.

    Of what was ``shown`` only what differs from it is changed. Locks the wine. Raises DomainError ``wine_invalid``,
    Overtaken. Records ``wine.saved`` with what changed.
    """
    typed = {
        "name": " ".join(name.split()),
        "variety": variety.strip(),
        "appellation": appellation.strip(),
        "colour": colour,
    }
    with transaction.atomic():
        saved = Wine() if wine is None else _locked_wine(wine)
        values = settle(typed, shown=shown, stands=_standing(saved, typed))
        if problems := _wine_problems(wine, **values):
            raise DomainError("wine_invalid", "The wine can't be saved like this.", problems)
        changed = write_changed(saved, values)
        if "name" in changed and wine is not None:
            _rename_skus(saved)
        text = _say_saved(saved.name, changed, is_new=wine is None)
        if text:
            record_event(EventName.WINE_SAVED, "wine", saved.pk, text=text, actor=actor, now=now)
    return saved


def _standing(record: Model, names: Iterable[str]) -> dict[str, Any]:
    """What stands, by column; nothing of what is only being made."""
    return {} if record.pk is None else {name: getattr(record, name) for name in names}


def _say_saved(what: str, changed: list[str], *, is_new: bool) -> str:
    """An event's sentence; empty when nothing changed."""
    if is_new:
        return f"made {what}"
    return f"changed {what}: {say_changed(changed, _SAID)}" if changed else ""


_SAID = {
    "alcohol_percent": "alcohol",
    "note": "tasting note",
    "millilitres": "bottle size",
    "units": "bottles in a piece",
    "lwin": "LWIN",
}


def _wine_problems(
    wine: Wine | None, *, name: str, variety: str, appellation: str, colour: str
) -> dict[str, str]:
    problems = {}
    if not name:
        problems["name"] = "Give the wine its name."
    elif Wine.objects.filter(name__iexact=name).exclude(pk=wine.pk if wine else 0).exists():
        problems["name"] = f"There is already a wine named {name}."
    if colour not in {item.value for item in Colour}:
        problems["colour"] = gettext("Choose one of the colors.")
    return problems | _too_long(Wine, name=name, variety=variety, appellation=appellation)


def save_vintage(
    *,
    vintage: Vintage | None,
    wine: Wine,
    year: int | None,
    note: str = "",
    alcohol_percent: Decimal | None = None,
    cases_made: int | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Vintage:
    """Makes a vintage of ``wine`` (``vintage`` None) or changes one; ``year`` None is non-vintage.

    Of what was ``shown`` only what differs from it is changed. Locks the wine. Raises DomainError
    ``vintage_invalid``, Overtaken. Records ``vintage.saved`` with what changed.
    """
    typed = {"year": year, "note": note.strip(), "alcohol_percent": alcohol_percent, "cases_made": cases_made}
    with transaction.atomic():
        locked = _locked_wine(wine)
        saved = Vintage(wine=locked) if vintage is None else _locked_vintage(vintage)
        values = settle(typed, shown=shown, stands=_standing(saved, typed))
        problems = _vintage_problems(vintage, locked, values["year"], values["alcohol_percent"])
        if problems:
            raise DomainError("vintage_invalid", "The vintage can't be saved like this.", problems)
        changed = write_changed(saved, values)
        if "year" in changed and vintage is not None:
            _rename_skus(locked)
        text = _say_saved(sku_name(locked.name, saved.year), changed, is_new=vintage is None)
        if text:
            record_event(EventName.VINTAGE_SAVED, "vintage", saved.pk, text=text, actor=actor, now=now)
    return saved


def _vintage_problems(
    vintage: Vintage | None, wine: Wine, year: int | None, alcohol_percent: Decimal | None
) -> dict[str, str]:
    problems = {}
    others = Vintage.objects.filter(wine=wine, year=year).exclude(pk=vintage.pk if vintage else 0)
    if year is not None and not 1800 <= year <= 2200:
        problems["year"] = "Write the year with four digits, or leave it empty for a wine without a year."
    elif others.exists():
        problems["year"] = f"{sku_name(wine.name, year)} is already here."
    if alcohol_percent is not None and not 0 <= alcohol_percent < 100:
        problems["alcohol_percent"] = "Alcohol is a percentage such as 14.2."
    return problems


def save_sku(
    *,
    sku: Sku | None,
    vintage: Vintage,
    code: str,
    price_minor: int,
    millilitres: int = 750,
    units: int = 1,
    lwin: str | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Sku:
    """Makes a sku of ``vintage`` (``sku`` None) or changes one. Its name is wine and year.

    ``price_minor`` is the list price of one piece; ``lwin`` None says nothing of it, and what stands stays. The format
    of a sku that is in an offer or an order stays.
    Of what was ``shown`` only what differs from it is changed. Locks the wine and the sku. Raises DomainError
    ``sku_invalid``, Overtaken. Records ``sku.saved`` with what changed; its stock is opened by the reaction to it.
    """
    typed: dict[str, Any] = {
        "code": code.strip(),
        "millilitres": millilitres,
        "units": units,
        "price_minor": price_minor,
    }
    with transaction.atomic():
        wine = _locked_wine(vintage.wine)
        saved = Sku(vintage=vintage) if sku is None else _locked_sku(sku)
        typed["lwin"] = saved.lwin if lwin is None else bare_lwin(lwin)
        values = settle(typed, shown=shown, stands=_standing(saved, typed))
        if problems := _sku_problems(sku and saved, vintage.year, **values):
            raise DomainError("sku_invalid", "The sku can't be saved like this.", problems)
        # Its name follows from wine and year, and isn't said to have changed.
        saved.vintage, saved.name = vintage, sku_name(wine.name, vintage.year)
        is_new = saved.pk is None
        changed = write_changed(saved, values)
        if not is_new:
            saved.save(update_fields=["vintage", "name"])
        if text := _say_saved(f"{saved.code}, {saved}", changed, is_new=is_new):
            record_event(
                EventName.SKU_SAVED,
                "sku",
                saved.pk,
                text=text,
                data={"price_minor": saved.price_minor},
                actor=actor,
                now=now,
            )
        react(EventName.SKU_SAVED.value, sku_id=saved.pk)
    return saved


def deactivate_sku(*, sku: Sku, actor: Actor, now: datetime) -> Sku:
    """Takes the sku out of the choices for new offers; offers and orders that have it go on. Records ``sku.saved``."""
    return _switch_sku(sku, False, actor, now)


def activate_sku(*, sku: Sku, actor: Actor, now: datetime) -> Sku:
    """Puts the sku back among the choices for new offers. Records ``sku.saved``."""
    return _switch_sku(sku, True, actor, now)


def set_label(
    *,
    vintage: Vintage,
    data: bytes | None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Label | None:
    """Gives the vintage its label picture, or takes it away (``data`` None).

    PNG, JPEG, WebP or SVG by content, 600 KB at most; an SVG is reduced to its drawing. The same picture is kept
    once. ``shown``: the id of the ``label`` that stood there, 0 for none. Locks the vintage. Raises DomainError
    ``label_invalid``, Overtaken. Records ``label.saved`` when it is another one.
    """
    label = None if data is None else _keep_label(*read_label(data))
    with transaction.atomic():
        locked = _locked_vintage(vintage)
        stands = {"label": locked.label_id or 0}
        try:
            settle({"label": label.pk if label else 0}, shown=shown, stands=stands)
        except Overtaken as refused:
            # A file can't be shown back in a form: it is said, and chosen again.
            refused.message = (
                f"Somebody else {'changed' if locked.label_id else 'removed'} the label of {vintage} meanwhile; it is "
                "as you see it now, and yours was not kept. Choose the file again if it shall stand instead."
            )
            raise
        if locked.label_id == (label.pk if label else None):
            return label
        vintage.label = label
        vintage.save(update_fields=["label"])
        text = f"{'changed' if label else 'removed'} the label of {vintage}"
        record_event(EventName.LABEL_SAVED, "vintage", vintage.pk, text=text, actor=actor, now=now)
    return label


def _keep_label(media_type: str, data: bytes) -> Label:
    digest = hashlib.sha256(data).hexdigest()
    label, _ = Label.objects.get_or_create(digest=digest, defaults={"media_type": media_type, "data": data})
    return label


def _switch_sku(sku: Sku, is_active: bool, actor: Actor, now: datetime) -> Sku:
    with transaction.atomic():
        locked = _locked_sku(sku)
        if locked.is_active != is_active:
            locked.is_active = is_active
            locked.save(update_fields=["is_active"])
            text = f"{'activated' if is_active else 'deactivated'} {locked.code}"
            record_event(EventName.SKU_SAVED, "sku", locked.pk, text=text, actor=actor, now=now)
    return locked


def _sku_problems(
    sku: Sku | None,
    year: int | None,
    *,
    code: str,
    price_minor: int,
    millilitres: int,
    units: int,
    lwin: str,
) -> dict[str, str]:
    """``sku`` is the one that stands, before anything is written onto it."""
    problems = {}
    problem = code_problem(code)
    if problem:
        problems["code"] = problem
    elif Sku.objects.filter(code__iexact=code).exclude(pk=sku.pk if sku else 0).exists():
        problems["code"] = f"{code} is taken by another sku."
    if not 0 <= price_minor <= MOST_MINOR:
        problems["price"] = "A price is nought or more."
    if not 1 <= millilitres <= 100_000:
        problems["millilitres"] = gettext("Write the bottle's size in milliliters, such as 750.")
    if not 1 <= units <= 1_000:
        problems["units"] = "Write how many bottles one piece has, 1 for a single bottle."
    if problem := lwin_problem(lwin, year=year, units=units, millilitres=millilitres):
        problems["lwin"] = problem
    if sku is not None and (millilitres, units) != (sku.millilitres, sku.units) and _counted(sku):
        message = (
            f"{sku.code} is in offers or orders as {sku.format_name}. Make a new sku for another format."
        )
        problems["millilitres"] = message
    return problems


def _counted(sku: Sku) -> bool:
    """Whether offers, orders or wishes count in this sku's pieces; its counters alone don't."""
    return any(model.__name__ != "Stock" for model in count_uses(sku))


def _rename_skus(wine: Wine) -> None:
    for vintage in wine.vintages.all():
        vintage.skus.update(name=sku_name(wine.name, vintage.year))


def _locked_wine(wine: Wine) -> Wine:
    locked = lock_row(Wine.objects.filter(pk=wine.pk))
    if locked is None:
        raise Conflict("wine_gone", "This wine no longer exists.")
    return locked


def _locked_vintage(vintage: Vintage) -> Vintage:
    locked = lock_row(Vintage.objects.filter(pk=vintage.pk))
    if locked is None:
        raise Conflict("vintage_gone", "This vintage no longer exists.")
    return locked


def _locked_sku(sku: Sku) -> Sku:
    locked = lock_row(Sku.objects.filter(pk=sku.pk))
    if locked is None:
        raise Conflict("sku_gone", "This sku no longer exists.")
    return locked


def _too_long(model: type[Wine], **values: str) -> dict[str, str]:
    limits = {name: getattr(model._meta.get_field(name), "max_length", None) or 0 for name in values}
    return {
        name: f"Shorten this to {limits[name]} characters."
        for name in values
        if len(values[name]) > limits[name]
    }
