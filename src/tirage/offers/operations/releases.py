"""Acts on releases and on when and how their offers open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import FIRST_DAY, LAST_DAY, MOST_MINOR, YEARS, is_meant, refuse_day
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import say_changed, settle, write_changed
from tirage.core.locks import lock_row
from tirage.core.texts import as_written
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Group
from tirage.customers.states import GroupKind
from tirage.offers.checks import Level, check_offer_itself, pieces_short, promises_of
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.promises import Bought
from tirage.offers.rules import MOST_BOTTLES
from tirage.offers.states import ReleaseKind, WishKind
from tirage.offers.terms import begin_campaign


@dataclass(frozen=True, slots=True)
class OfferValues:
    """What staff write on an offer. The window is half-open and aware; money in minor units."""

    opens_at: datetime
    closes_at: datetime
    title: str = ""
    message: str = ""
    confirmation_message: str = ""
    bottles_minimum: int = 0
    bottles_maximum: int | None = None
    spend_minimum_minor: int = 0


def save_release(
    *,
    release: Release | None,
    name: str,
    kind: str | None = None,
    wish_kind: str = WishKind.PROMISE.value,
    wish_after_maximum: bool = False,
    wishes_decided_on: date | None = None,
    wish_rule: str = "",
    packing_on: date | None = None,
    changes_until: date | None = None,
    shown_early: bool = False,
    note: str = "",
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Release:
    """Makes a release (``release`` None) or changes one. What a wish means stays once its offers have opened.

    Without a ``kind`` it keeps its own; a new one is an allocation. One en primeur begins with our terms and is paid
    at once; what it is stays once its offers have opened. Of what was ``shown`` only what differs from it is
    changed. Locks the release. Raises DomainError ``release_invalid``, Overtaken. Records ``release.saved`` with what
    changed.
    """
    typed: dict[str, Any] = {"name": " ".join(name.split()), "wish_kind": wish_kind, "note": note.strip()}
    typed |= {"wish_after_maximum": wish_after_maximum, "wishes_decided_on": wishes_decided_on}
    typed |= {"packing_on": packing_on, "changes_until": changes_until, "shown_early": shown_early}
    typed["wish_rule"] = wish_rule.strip()
    with transaction.atomic():
        saved = Release(made_at=now) if release is None else locked_release(release)
        typed["kind"] = kind or (saved.kind if release else ReleaseKind.ALLOCATION.value)
        stands = {} if release is None else {field: getattr(saved, field) for field in typed}
        values = settle(typed, shown=shown, stands=stands)
        problems = _release_problems(release and saved, **values, now=now)
        if problems:
            raise DomainError("release_invalid", "The release can't be saved like this.", problems)
        changed = write_changed(saved, values)
        if saved.kind == ReleaseKind.EN_PRIMEUR:
            begin_campaign(saved, now=now)
        if release is None or changed:
            what = "" if release is None else f": {say_changed(changed)}"
            text = f"{'made' if release is None else 'changed'} the release {saved.name}{what}"
            record_event(EventName.RELEASE_SAVED, "release", saved.pk, text=text, actor=actor, now=now)
    return saved


def save_offer(
    *,
    offer: Offer | None,
    release: Release,
    group: Group,
    values: OfferValues,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Offer:
    """Makes the offer of ``group`` in ``release`` (``offer`` None; inactive), or changes one; its group stays.

    Of what was ``shown`` (by the names of OfferValues) only what differs from it is changed. Locks the offer, for a
    new one the release. Raises DomainError ``offer_invalid``, Overtaken. Records ``offer.saved`` with what changed.
    Rules that can't be met together with the items are not refused here, because items may come later:
    ``offer_conflicts`` names them.
    """
    typed = {one.name: getattr(values, one.name) for one in fields(values)}
    typed |= {"title": values.title.strip(), "message": as_written(values.message)}
    typed["confirmation_message"] = as_written(values.confirmation_message)
    with transaction.atomic():
        if offer is None:
            # So that nobody deletes the release meanwhile.
            locked_release(release)
        saved = Offer(release=release, group=group) if offer is None else locked_offer(offer)
        stands = {} if offer is None else {name: getattr(saved, name) for name in typed}
        settled = settle(typed, shown=shown, stands=stands)
        problems = _offer_problems(OfferValues(**settled))
        if offer is None:
            problems |= _group_problems(release, group)
        if problems:
            raise DomainError("offer_invalid", "The offer can't be saved like this.", problems)
        changed = write_changed(saved, settled)
        if offer is None or changed:
            what = "" if offer is None else f": {say_changed(changed, _SAID)}"
            text = (
                f"{'made' if offer is None else 'changed'} the offer to {group.name} in {release.name}{what}"
            )
            record_event(EventName.OFFER_SAVED, "offer", saved.pk, text=text, actor=actor, now=now)
    return saved


_SAID = {"opens_at": "opening", "closes_at": "closing", "spend_minimum_minor": "money at least"}


def activate_offer(
    *, offer: Offer, bought: Bought | None = None, knows_short: int = 0, actor: Actor, now: datetime
) -> Offer:
    """Lets the group see the offer inside its window.

    ``bought``: pieces sold already by offer and sku; they are promised no more. ``knows_short``: how many pieces more
    than there are all offers together may promise, as the actor has read. Locks the offer. Raises DomainError
    ``offer_not_ready`` with what stops it, ``overpromised`` with the numbers when more is missing than the actor
    knows. Records ``offer.activated``.
    """
    with transaction.atomic():
        locked = locked_offer(offer)
        if locked.is_active:
            return locked
        promises = promises_of(locked, now, bought)
        checks = check_offer_itself(locked, now, promises)
        stops = [check.message for check in checks if check.level is Level.STOP]
        if stops:
            raise DomainError("offer_not_ready", "The offer can't open yet. " + " ".join(stops))
        short = pieces_short(promises)
        if short > knows_short:
            numbers = " ".join(promise.words for promise in promises if promise.short)
            message = "More is promised than there is. Open it all the same only when that is meant. "
            raise DomainError("overpromised", message + numbers)
        knowing = f", knowing that {short:,} more are promised than there are" if short else ""
        return _switch(locked, True, EventName.OFFER_ACTIVATED, actor, now, knowing)


def deactivate_offer(*, offer: Offer, actor: Actor, now: datetime) -> Offer:
    """Hides the offer at once, whatever its window. Locks the offer. Records ``offer.deactivated``."""
    with transaction.atomic():
        locked = locked_offer(offer)
        return _switch(locked, False, EventName.OFFER_DEACTIVATED, actor, now) if locked.is_active else locked


def clone_release(*, release: Release, name: str, first_day: date, actor: Actor, now: datetime) -> Release:
    """A new release with the same offers and items, all inactive, moved so that the earliest offer opens on
    ``first_day`` of the winery's calendar; every window keeps its time of day and its length in days.

    The days of packing and of the last changes move with them. Custom allowances stay behind. Raises DomainError
    ``release_invalid``. Records ``release.cloned``.
    """
    offers = list(release.offers.prefetch_related("items").order_by("opens_at", "pk"))
    days = first_day - local_time(offers[0].opens_at).date() if offers else timedelta()
    with transaction.atomic():
        clone = save_release(
            release=None,
            name=name,
            kind=release.kind,
            wish_kind=release.wish_kind,
            wish_after_maximum=release.wish_after_maximum,
            wish_rule=release.wish_rule,
            packing_on=release.packing_on and release.packing_on + days,
            changes_until=release.changes_until and release.changes_until + days,
            shown_early=release.shown_early,
            note=release.note,
            actor=actor,
            now=now,
        )
        for offer in offers:
            items = list(offer.items.all())
            copy = _copied(offer, clone, days)
            copy.save()
            OfferItem.objects.bulk_create(_item_copy(item, copy) for item in items)
        text = f"cloned {release.name} as {clone.name}"
        record_event(
            EventName.RELEASE_CLONED,
            "release",
            clone.pk,
            text=text,
            data={"from": release.reference},
            actor=actor,
            now=now,
        )
    return clone


def shift_days(moment: datetime, days: timedelta) -> datetime:
    """The same time of day on the winery's clock, so many days later, summer time or not.

    Raises DomainError ``out_of_bounds``."""
    local = local_time(moment)
    try:
        day = local.date() + days
    except OverflowError:
        day = date.max
    refuse_day(day, "first_day")
    moved = datetime.combine(day, time(local.hour, local.minute), ZoneInfo(current_winery().time_zone))
    return moved.astimezone(moment.tzinfo)


def locked_offer(offer: Offer) -> Offer:
    """The offer's row, locked. Raises Conflict when it is gone."""
    locked = lock_row(Offer.objects.filter(pk=offer.pk))
    if locked is None:
        raise Conflict("offer_gone", "This offer no longer exists.")
    return locked


def _switch(
    offer: Offer, is_active: bool, name: EventName, actor: Actor, now: datetime, knowing: str = ""
) -> Offer:
    offer.is_active = is_active
    if is_active:
        offer.activated_at, offer.deactivated_at = offer.activated_at or now, None
    else:
        offer.activated_at = offer.activated_at or min(offer.opens_at, now)
        offer.deactivated_at = now
    offer.save(update_fields=["is_active", "activated_at", "deactivated_at"])
    verb = "activated" if is_active else "deactivated"
    text = f"{verb} the offer to {offer.group.name} in {offer.release.name}{knowing}"
    record_event(name, "offer", offer.pk, text=text, actor=actor, now=now)
    return offer


def _copied(offer: Offer, release: Release, days: timedelta) -> Offer:
    return Offer(
        release=release,
        group=offer.group,
        is_active=False,
        opens_at=shift_days(offer.opens_at, days),
        closes_at=shift_days(offer.closes_at, days),
        title=offer.title,
        message=offer.message,
        confirmation_message=offer.confirmation_message,
        bottles_minimum=offer.bottles_minimum,
        bottles_maximum=offer.bottles_maximum,
        spend_minimum_minor=offer.spend_minimum_minor,
    )


def _item_copy(item: OfferItem, offer: Offer) -> OfferItem:
    return OfferItem(
        offer=offer,
        sku_id=item.sku_id,
        position=item.position,
        purchase_minimum=item.purchase_minimum,
        purchase_maximum=item.purchase_maximum,
        wish_maximum=item.wish_maximum,
        default_quantity=item.default_quantity,
        multiple=item.multiple,
        price_minor=item.price_minor,
    )


def _release_problems(
    release: Release | None,
    *,
    name: str,
    kind: str,
    wish_kind: str,
    wishes_decided_on: date | None,
    wish_rule: str,
    packing_on: date | None,
    changes_until: date | None,
    now: datetime,
    **_more: object,
) -> dict[str, str]:
    problems = {}
    if not name:
        problems["name"] = "Give the release a name, such as Autumn 2026."
    elif len(name) > 120:
        problems["name"] = "Shorten the name to 120 characters."
    elif Release.objects.filter(name__iexact=name).exclude(pk=release.pk if release else 0).exists():
        problems["name"] = f"There is already a release named {name}."
    if kind not in {item.value for item in ReleaseKind}:
        problems["kind"] = "Choose allocation or en primeur."
    elif release is not None and kind != release.kind and _has_opened(release, now):
        problems["kind"] = "Customers have seen this release, so what it is stays."
    if len(wish_rule) > 400:
        problems["wish_rule"] = "Shorten it to 400 characters."
    days = {
        "wishes_decided_on": wishes_decided_on,
        "packing_on": packing_on,
        "changes_until": changes_until,
    }
    problems |= {field: YEARS for field, day in days.items() if day and not FIRST_DAY <= day <= LAST_DAY}
    if packing_on and changes_until and changes_until > packing_on:
        problems.setdefault("changes_until", "Choose a day no later than the one on which packing begins.")
    if wish_kind not in {item.value for item in WishKind}:
        problems["wish_kind"] = "Choose what a wish means."
    elif release is not None and wish_kind != release.wish_kind and _has_opened(release, now):
        problems["wish_kind"] = "Customers have read what a wish means in this release, so it stays."
    return problems


def _has_opened(release: Release, now: datetime) -> bool:
    return release.offers.filter(is_active=True, opens_at__lte=now).exists()


def _offer_problems(values: OfferValues) -> dict[str, str]:
    problems = {}
    if values.closes_at <= values.opens_at:
        problems["closes_at"] = "The offer has to close after it opens."
    problems |= {name: YEARS for name in ("opens_at", "closes_at") if not is_meant(getattr(values, name))}
    if len(values.title.strip()) > 160:
        problems["title"] = "Shorten the title to 160 characters."
    if not 0 <= values.bottles_minimum <= MOST_BOTTLES:
        problems["bottles_minimum"] = f"A whole number from 0 to {MOST_BOTTLES:,}."
    if values.bottles_maximum is not None and not 1 <= values.bottles_maximum <= MOST_BOTTLES:
        problems["bottles_maximum"] = f"A whole number from 1 to {MOST_BOTTLES:,}, or empty for no maximum."
    elif values.bottles_maximum is not None and values.bottles_maximum < values.bottles_minimum:
        problems["bottles_maximum"] = f"The maximum is below the minimum of {values.bottles_minimum}."
    if not 0 <= values.spend_minimum_minor <= MOST_MINOR:
        problems["spend_minimum"] = "An amount of nought or more, and not that large."
    return problems


def _group_problems(release: Release, group: Group) -> dict[str, str]:
    if group.kind != GroupKind.ALLOCATION:
        return {"group": f"{group.name} is a standard group. Offers are made to allocation groups."}
    if release.offers.filter(group=group).exists():
        return {"group": f"{group.name} has an offer in {release.name} already."}
    return {}


def locked_release(release: Release) -> Release:
    """The release's row, locked. Raises Conflict when it is gone."""
    locked = lock_row(Release.objects.filter(pk=release.pk))
    if locked is None:
        raise Conflict("release_gone", "This release no longer exists.")
    return locked
