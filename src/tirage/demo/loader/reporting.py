"""What the reports of releases show: who was invited and looked, goals; and reminders for the next release."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db.models import Min

from tirage.checkout.models import Cart, OfferLook
from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.demo.loader.context import Load
from tirage.notifications.models import OfferInvitation
from tirage.notifications.reminding import save_reminders, values_of_plans
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT
from tirage.reports.allocation import report_of
from tirage.reports.operations import save_goals

#: Of those who neither bought nor have a cart, so many looked.
_LOOKED = 0.38
#: Of what was offered, so much is hoped for; of each of the first wines a little more.
_HOPED, _HOPED_OF_A_WINE = 0.55, 0.7
_BATCH = 1_000


def leave_reports(load: Load, by: Actor) -> None:
    """For the releases that are open or were open last: looks, invitations and goals; reminders for the next one."""
    shown = Offer.objects.filter(is_active=True, opens_at__lte=load.now).select_related("release", "group")
    newest = shown.values("release").annotate(opened=Min("opens_at")).order_by("-opened", "-release")[:2]
    chance = load.chance("looks")
    for row in newest:
        release = Release.objects.get(pk=row["release"])
        for offer in shown.filter(release=release).order_by("pk"):
            _invite_and_look(offer, chance, load.now)
        _hope(release, by, load.now)
    coming = Offer.objects.filter(is_active=False, activated_at=None, opens_at__gt=load.now)
    for release in Release.objects.filter(offers__in=coming).distinct().order_by("pk"):
        values = values_of_plans(release) | {"not_yet": True, "cart": True, "last_day": True}
        save_reminders(release=release, values=values, actor=by, now=load.now)


def _invite_and_look(offer: Offer, chance: random.Random, now: datetime) -> None:
    """Who agreed to mail was invited when the offer opened; buyers looked before they bought, some others, too."""
    bought = dict(
        Order.objects.filter(release=offer.release, state__in=[state.value for state in BOUGHT])
        .values_list("customer")
        .annotate(first=Min("made_at"))
        .order_by()
    )
    carts = dict(
        Cart.objects.filter(release=offer.release, kept_until=None).values_list("customer", "changed_at")
    )
    end = min(now, offer.closes_at)
    invitations, looks = [], []
    members = Customer.objects.filter(memberships__group=offer.group, status="active").order_by("pk")
    for one in members:
        if one.marketing_consent_at:
            invitations.append(OfferInvitation(offer=offer, customer=one, at=offer.opens_at))
        came, share = chance.random(), chance.random()
        at = bought.get(one.pk) or carts.get(one.pk)
        if at is None and came < _LOOKED:
            at = offer.opens_at + (end - offer.opens_at) * share**3
        if at is not None:
            first_at = max(at - timedelta(minutes=1 + 9 * share), offer.opens_at)
            looks.append(OfferLook(offer=offer, customer=one, first_at=min(first_at, now)))
    OfferInvitation.objects.bulk_create(invitations, batch_size=_BATCH, ignore_conflicts=True)
    OfferLook.objects.bulk_create(looks, batch_size=_BATCH, ignore_conflicts=True)


def _hope(release: Release, by: Actor, now: datetime) -> None:
    """A goal for the release in bottles and money, and one for each of its first two wines."""
    report = report_of(release, now)
    total = report.total
    if not total.offered:
        return
    each = report.sold.wine_minor // max(report.sold.bottles, 1)
    hoped = round(total.offered * _HOPED, -1)
    goals: dict[str, int | None] = {
        "bottles-0": int(hoped) or None,
        "money-0": int(hoped * each // 1_000_00) * 1_000_00 or None,
    }
    for line in report.wines[:2]:
        goals[f"bottles-{line.sku.pk}"] = int(line.figures.offered * _HOPED_OF_A_WINE) or None
    save_goals(release=release, goals=goals, actor=by, now=now)
