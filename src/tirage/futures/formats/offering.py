"""In which formats a lot may be had: each is a lot of its own, whose wine is drawn from the one that it is of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import MOST_MINOR, days_before
from tirage.core.dated import say_date
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery, local_time
from tirage.futures.models import Lot
from tirage.futures.states import LotStage
from tirage.inventory.models import Stock

#: What a format has of the lot that it is of.
SHARED = ("name", "window_from", "window_until", "bottling_on", "stage")


def millilitres_of(sku: Sku) -> int:
    """Of a piece, all its bottles."""
    return sku.millilitres * sku.units


def base_of(lot: Lot) -> Lot:
    return lot.of or lot


def family_of(lot: Lot) -> list[Lot]:
    """The lot that the others are drawn from, then its formats by size; one statement."""
    base = lot.of_id or lot.pk
    found = Lot.objects.filter(Q(pk=base) | Q(of=base)).select_related("sku__vintage", "of")
    return sorted(found, key=lambda one: (one.of_id is not None, millilitres_of(one.sku), one.pk))


def last_day(lot: Lot) -> date | None:
    """Until when its format can be changed; None while nobody knows."""
    return days_before(lot.bottling_on, 1) if lot.bottling_on else None


def why_fixed(lot: Lot, now: datetime) -> str:
    """Why the format of this wine can't be changed any more; empty while it can."""
    if lot.bottling_on and local_time(now).date() >= lot.bottling_on:
        return f"It was bottled from {say_date(lot.bottling_on)} on, so its format stays as it is."
    if lot.stage != LotStage.ELEVAGE or lot.arrived:
        return "This wine is bottled, so its format stays as it is."
    return ""


@transaction.atomic
def save_format(*, lot: Lot, sku: Sku, supplement_minor: int, actor: Actor, now: datetime) -> Lot:
    """Offers a lot in the format of ``sku``, a sku of the same vintage, or corrects its supplement a piece.

    Nothing is drawn from the lot yet: that follows what customers choose. Those who have chosen keep their price.
    Locks lot. Records ``format.added``. Raises DomainError ``format_invalid``, Conflict ``bottled``, ``in_cellar``.
    """
    locked = lock_row(Lot.objects.filter(pk=lot.pk))
    if locked is None:
        raise Conflict("lot_gone", "This lot no longer exists.")
    if problems := _problems(locked, sku, supplement_minor):
        raise DomainError("format_invalid", " ".join(problems.values()), problems)
    if words := why_fixed(locked, now):
        raise Conflict("bottled", words)
    Stock.objects.get_or_create(sku=sku)
    if Stock.objects.filter(sku=sku, on_hand__gt=0).exists():
        words = "Bottles of this format are in the cellar already. Sell those by allocation."
        raise Conflict("in_cellar", words, {"sku": words})
    facts = {name: getattr(locked, name) for name in SHARED} | {"supplement_minor": supplement_minor}
    none = {"lowest": 0, "expected": 0, "highest": 0, "made_at": now}
    saved, _ = Lot.objects.update_or_create(of=locked, sku=sku, defaults=facts, create_defaults=facts | none)
    price = say_money(Money(supplement_minor, current_winery().currency), current_winery().locale)
    text = f"offered {locked.name} as {sku.format_name}, with {price} a piece more"
    data = {"lot": locked.reference, "format": saved.reference}
    record_event(EventName.FORMAT_ADDED, "sku", locked.sku_id, text=text, data=data, actor=actor, now=now)
    return saved


def _problems(lot: Lot, sku: Sku, supplement_minor: int) -> dict[str, str]:
    problems = {}
    if lot.of_id is not None:
        problems["sku"] = "This is a format of another lot already. Add it there."
    elif sku.vintage_id != lot.sku.vintage_id or sku.pk == lot.sku_id:
        problems["sku"] = "Choose another format of the same wine and vintage."
    elif Lot.objects.filter(sku=sku, name=lot.name).exclude(of=lot).exists():
        problems["sku"] = "This format has a lot of its own by this name."
    if not 0 <= supplement_minor <= MOST_MINOR:
        problems["supplement"] = "Write what a piece costs more, 0 or above."
    return problems


def follow_base(lot: Lot) -> None:
    """Formats are bottled and released with their lot. With the lot locked, once it was corrected."""
    facts = {name: getattr(lot, name) for name in SHARED}
    stage = facts.pop("stage")
    Lot.objects.filter(of=lot).update(**facts)
    if stage != LotStage.ELEVAGE:
        Lot.objects.filter(of=lot, stage=LotStage.ELEVAGE.value).update(stage=stage)


def brings(lot: Lot, more: int) -> None:
    """A locked lot brings so many pieces more, or fewer, and its locked stock counts with them."""
    Stock.objects.filter(sku=lot.sku_id).update(expected=F("expected") + more)
    lot.expected += more
    lot.lowest = min(max(lot.lowest + more, 0), lot.expected)
    lot.highest = max(lot.highest + more, lot.expected)
    Lot.objects.filter(pk=lot.pk).update(expected=lot.expected, lowest=lot.lowest, highest=lot.highest)


def with_formats(lots: Iterable[Lot]) -> dict[int, list[Lot]]:
    """The other formats in which each of these may be had, by lot id; one statement."""
    own = list(lots)
    bases = {one.of_id or one.pk for one in own}
    rows = Lot.objects.filter(Q(pk__in=bases) | Q(of__in=bases)).select_related("sku")
    found: dict[int, list[Lot]] = {}
    for one in sorted(rows, key=lambda one: millilitres_of(one.sku)):
        found.setdefault(one.of_id or one.pk, []).append(one)
    return {
        one.pk: [other for other in found.get(one.of_id or one.pk, []) if other.pk != one.pk] for one in own
    }
