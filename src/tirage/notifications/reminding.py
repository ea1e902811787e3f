"""Reminders that send themselves and stop on a purchase: not bought yet, bottles left in a cart, the last day.

The schedule looks every minute for whom one is due and queues it, once for each customer and kind. When its turn comes
it is looked at once more (``still_due``), with the customer's cart locked: a purchase that is under way is waited for,
and whoever has bought gets none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from tirage.checkout.models import Cart, CartLine
from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_row, lock_rows
from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus
from tirage.inventory.models import Hold
from tirage.notifications.addresses import bounced
from tirage.notifications.models import SentMail
from tirage.notifications.reminder_models import MOST_HOURS, Reminder, ReminderPlan
from tirage.notifications.states import MailKind, ReminderKind
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT

#: Hours of each kind where nobody has chosen others.
USUAL = {ReminderKind.NOT_YET: 48, ReminderKind.CART: 3, ReminderKind.LAST_DAY: 24}
MAILS = {
    ReminderKind.NOT_YET: MailKind.REMINDER_NOT_YET,
    ReminderKind.CART: MailKind.REMINDER_CART,
    ReminderKind.LAST_DAY: MailKind.REMINDER_LAST_DAY,
}
KINDS_OF = {mail: kind for kind, mail in MAILS.items()}
#: Nobody is reminded of one release more often than that.
APART = timedelta(hours=20)
#: Customers that one transaction queues, and transactions that one turn of the schedule has.
STEP, STEPS = 1_000, 10


@dataclass(frozen=True, slots=True)
class Standing:
    """A kind of reminder of a release as it is set."""

    kind: ReminderKind
    is_on: bool
    hours: int


def plans_of(release: Release) -> dict[ReminderKind, Standing]:
    """Every kind, those that nobody has set off with their usual hours; one statement."""
    found = {plan.kind: plan for plan in ReminderPlan.objects.filter(release=release)}
    return {
        kind: Standing(kind, found[kind].is_on, found[kind].hours)
        if kind in found
        else Standing(kind, False, USUAL[kind])
        for kind in ReminderKind
    }


def values_of_plans(release: Release) -> dict[str, bool | int]:
    """The same as a form's values: ``not_yet``, ``not_yet_hours``, …"""
    values: dict[str, bool | int] = {}
    for kind, plan in plans_of(release).items():
        values |= {kind.value: plan.is_on, f"{kind.value}_hours": plan.hours}
    return values


def save_reminders(
    *,
    release: Release,
    values: Mapping[str, bool | int],
    shown: Mapping[str, bool | int] | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Switches kinds of reminders on or off and sets their hours (see ``values_of_plans``).

    Of what was ``shown`` only what differs is changed. Locks the release. Records ``reminders.set`` when anything
    changed. Raises Overtaken.
    """
    with transaction.atomic():
        lock_rows(Release.objects.filter(pk=release.pk))
        stands = values_of_plans(release)
        settled = settle(values, shown=shown, stands=stands)
        changed = []
        for kind in ReminderKind:
            is_on, hours = bool(settled[kind.value]), int(settled[f"{kind.value}_hours"])
            if (is_on, hours) == (stands[kind.value], stands[f"{kind.value}_hours"]):
                continue
            hours = min(max(hours, 1), MOST_HOURS)
            ReminderPlan.objects.update_or_create(
                release=release, kind=kind.value, defaults={"is_on": is_on, "hours": hours}
            )
            changed.append(kind.value)
        if changed:
            record_event(
                EventName.REMINDERS_SET,
                "release",
                release.pk,
                text=f"set the reminders of {release.name}",
                data={"changed": changed},
                actor=actor,
                now=now,
            )


def send_due_reminders(*, now: datetime) -> int:
    """Queues every reminder that is due; how many. Run by the schedule."""
    open_now = Offer.objects.filter(
        is_active=True, opens_at__lte=now, closes_at__gt=now, release=OuterRef("release")
    )
    plans = ReminderPlan.objects.filter(Exists(open_now), is_on=True).order_by("pk")
    count = 0
    for plan_id in list(plans.values_list("pk", flat=True)):
        for _ in range(STEPS):
            queued = queue_reminders(plan_id=plan_id, limit=STEP, now=now)
            count += queued
            if queued < STEP:
                break
    return count


@transaction.atomic
def queue_reminders(*, plan_id: int, limit: int, now: datetime) -> int:
    """Queues the next ``limit`` reminders of one kind, mails and marks in one transaction; how many.

    Locks the plan, so two workers take turns. Their jobs are made by ``give_mails_jobs``, those of a crowd last.
    """
    plan = lock_row(ReminderPlan.objects.filter(pk=plan_id, is_on=True))
    if plan is None:
        return 0
    kind = ReminderKind(plan.kind)
    people: list[tuple[int, int]] = []
    for offer in open_offers(plan.release_id, now):
        room = limit - len(people)
        if room:
            due = due_now(offer, kind, plan.hours, now).order_by("pk").values_list("pk", flat=True)[:room]
            people += [(offer.pk, customer_id) for customer_id in due]
    mails = SentMail.objects.bulk_create(
        SentMail(
            customer_id=customer_id,
            kind=MAILS[kind].value,
            data={"offer_id": offer_id},
            due_at=now,
            has_job=False,
        )
        for offer_id, customer_id in people
    )
    Reminder.objects.bulk_create(
        Reminder(release_id=plan.release_id, customer_id=customer_id, kind=kind.value, at=now, mail=mail)
        for (_, customer_id), mail in zip(people, mails, strict=True)
    )
    if mails:
        said = "1 customer" if len(mails) == 1 else f"{len(mails):,} customers"
        record_event(
            EventName.RELEASE_REMINDED,
            "release",
            plan.release_id,
            text=f"queued a reminder ({SAID[kind]}) to {said}",
            data={"kind": kind.value, "count": len(mails)},
            actor=system(),
            now=now,
        )
    return len(mails)


SAID = {
    ReminderKind.NOT_YET: "not bought yet",
    ReminderKind.CART: "bottles left in the cart",
    ReminderKind.LAST_DAY: "the last day",
}


def open_offers(release_id: int, now: datetime) -> list[Offer]:
    """The offers of a release that are open, those of test groups left out."""
    offers = Offer.objects.filter(
        release=release_id, is_active=True, opens_at__lte=now, closes_at__gt=now, group__is_test=False
    )
    return list(offers.select_related("group").order_by("group__rank", "pk"))


def due_now(offer: Offer, kind: ReminderKind, hours: int, now: datetime) -> QuerySet[Customer]:
    """Whom a reminder of that kind is due to: one of the group who may be written to, hasn't bought in the release, has
    nothing in the cart just now, wasn't reminded like that before nor of anything of it lately.
    """
    after = timedelta(hours=hours)
    is_time = {
        ReminderKind.NOT_YET: now >= offer.opens_at + after,
        ReminderKind.CART: True,
        ReminderKind.LAST_DAY: now >= offer.closes_at - after,
    }
    if not is_time[kind]:
        return Customer.objects.none()
    return to_remind(offer, kind, now, left_before=now - after)


def to_remind(
    offer: Offer, kind: ReminderKind, now: datetime, *, left_before: datetime | None = None
) -> QuerySet[Customer]:
    """As ``due_now``, whatever the time: who would get one. ``left_before``: carts that lapsed by then."""
    release = offer.release_id
    mine = {"release": release, "customer": OuterRef("pk")}
    bought = Order.objects.filter(**mine, state__in=[state.value for state in BOUGHT])
    before = Reminder.objects.filter(Q(kind=kind.value) | Q(at__gt=now - APART), **mine)
    live = Hold.objects.filter(holder=OuterRef("reference"), expires_at__gt=now)
    carts = Cart.objects.filter(**mine, kept_until=None)
    people = Customer.objects.filter(
        ~Exists(bought),
        ~Exists(before),
        ~Exists(carts.filter(Exists(live))),
        ~bounced(),
        memberships__group=offer.group_id,
        status=CustomerStatus.ACTIVE.value,
        marketing_consent_at__isnull=False,
    )
    if kind is ReminderKind.CART:
        lines = CartLine.objects.filter(cart=OuterRef("pk"), quantity__gt=0, offer_item__offer=offer)
        left = carts.filter(Exists(lines), pending_order=None)
        left = left.alias(left_at=Coalesce("expires_at", F("changed_at")))
        people = people.filter(Exists(left.filter(left_at__lte=left_before or now)))
    return people


def still_due(mail: SentMail, now: datetime) -> str:
    """Why a reminder must not go out any more; empty while it may. No transaction may be open.

    The cart is locked before the order is looked for: a purchase holds its cart until it is there.
    """
    offer = Offer.objects.filter(pk=mail.data.get("offer_id")).first()
    if offer is None or mail.customer_id is None or not offer.is_active or offer.closes_at <= now:
        return "The offer has closed meanwhile."
    kind = KINDS_OF[MailKind(mail.kind)]
    if not ReminderPlan.objects.filter(release=offer.release_id, kind=kind.value, is_on=True).exists():
        return "These reminders were switched off meanwhile."
    if not offer.group.memberships.filter(customer=mail.customer_id).exists():
        return "The customer isn't in the offer's group any more."
    if has_bought(mail.customer_id, offer.release_id):
        return "The customer has bought meanwhile."
    return ""


def has_bought(customer_id: int, release_id: int) -> bool:
    """Whether there is an order, or one being paid for; waits for a checkout that is just placing one."""
    with transaction.atomic():
        wait_for_checkout(customer_id, release_id)
        orders = Order.objects.filter(customer=customer_id, release=release_id)
        return orders.filter(state__in=[state.value for state in BOUGHT]).exists()


def wait_for_checkout(customer_id: int, release_id: int) -> None:
    """Returns once nobody is placing an order of the customer's carts: it takes their lock."""
    lock_rows(Cart.objects.filter(customer=customer_id, release=release_id))
