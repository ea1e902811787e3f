"""Inviting an offer's group: each customer once per offer, by a mail whose link signs the customer in.

``who`` narrows the group to whom a filter (``tirage.segments``) finds: in waves, or some of them only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tirage.core.actors import Actor, ActorKind
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.runs import SILENCE, take_up
from tirage.customers.models import Customer
from tirage.customers.states import CustomerStatus
from tirage.notifications.addresses import bounced
from tirage.notifications.models import InvitationChoice, InvitationRun, OfferInvitation
from tirage.notifications.offer_link import offer_link
from tirage.notifications.operations import queue_offer_invitation
from tirage.notifications.states import InviteState
from tirage.offers.models import Offer
from tirage.segments.naming import say_filter
from tirage.segments.queries import find_ids, ids_as_rows
from tirage.segments.rules import parse, serialise

_TASK = "tirage.notifications.tasks.invite_group"
_BATCH = 1_000
#: Runs that aren't over.
_LIVE = (InviteState.WAITING.value, InviteState.RUNNING.value)
_INVITED = Q(is_invited=True)
_SUSPENDED = ~Q(status=CustomerStatus.ACTIVE.value)
_NO_CONSENT = Q(marketing_consent_at__isnull=True)
_BOUNCED = Q(is_bounced=True)


@dataclass(frozen=True, slots=True)
class InvitationFigures:
    """An offer's members, each counted once: invited already, else not meant by the filter, else suspended, else
    without consent, else with an address that bounced, else ready.
    """

    members: int
    invited: int
    others: int
    suspended: int
    no_consent: int
    bounced: int
    ready: int

    @property
    def left_out(self) -> int:
        return self.suspended + self.no_consent + self.bounced


def invitation_figures(offer: Offer, chosen: Iterable[int] | None = None) -> InvitationFigures:
    """Who would be invited now and who is left out; one statement. ``chosen``: the only ones who are meant."""
    meant = Q() if chosen is None else Q(pk__in=ids_as_rows(list(chosen)))
    waiting = ~_INVITED & meant
    counts = _members(offer).aggregate(
        members=Count("pk"),
        invited=Count("pk", filter=_INVITED),
        meant=Count("pk", filter=waiting),
        suspended=Count("pk", filter=waiting & _SUSPENDED),
        no_consent=Count("pk", filter=waiting & ~_SUSPENDED & _NO_CONSENT),
        bounced=Count("pk", filter=waiting & ~_SUSPENDED & ~_NO_CONSENT & _BOUNCED),
        ready=Count("pk", filter=waiting & ~_SUSPENDED & ~_NO_CONSENT & ~_BOUNCED),
    )
    return InvitationFigures(
        others=counts["members"] - counts["invited"] - counts.pop("meant"),
        **counts,
    )


def chosen_in(run: InvitationRun) -> list[int] | None:
    """Whom a run means by its filter; None for the whole group."""
    return list(run.choices.values_list("customer", flat=True)) if run.definition else None


@dataclass(frozen=True, slots=True)
class Waves:
    """So many customers at a time, so many minutes apart."""

    size: int
    minutes: int


@transaction.atomic
def start_invitations(
    *,
    offer: Offer,
    who: str = "",
    at: datetime | None = None,
    waves: Waves | None = None,
    actor: Actor,
    now: datetime,
) -> InvitationRun:
    """Lets the worker invite everybody of the offer's group who may be written to and wasn't invited yet.

    ``who``: a filter as text; only whom it finds now. ``at``: when it begins; without, at once. While a run is under
    way it is that one which goes on. Records ``offer.invited``. Raises DomainError ``offer_not_active``,
    ``offer_closed``, ``nobody_to_invite``, ``filter``, ``circle``, ``invitations_wait``, ``too_late``, ``bad_waves``.
    """
    _refuse_unfit(offer, now)
    if at is not None and at >= offer.closes_at:
        raise DomainError("too_late", "The offer has closed by then. Choose an earlier time.")
    if waves is not None and (waves.size < 1 or waves.minutes < 1):
        raise DomainError(
            "bad_waves", "A wave has one customer or more, and one minute or more until the next."
        )
    run = lock_row(InvitationRun.objects.filter(offer=offer, state__in=_LIVE))
    if run is not None and run.state == InviteState.WAITING:
        raise DomainError("invitations_wait", "Invitations wait for their time already. Stop them first.")
    if run is None:
        run = _make_run(offer, who, actor, now)
        run.begins_at = at
        if waves is not None:
            run.wave_size, run.wave_minutes = waves.size, waves.minutes
        if at is not None and at > now:
            run.state = InviteState.WAITING.value
        run.save(update_fields=["state", "begins_at", "wave_size", "wave_minutes"])
    if run.state == InviteState.RUNNING:
        queue_job(_TASK, run.reference)
    return run


def begin_waiting_invitations(*, now: datetime) -> int:
    """Lets runs go on whose time, or whose next wave's, has come; how many. Run by the schedule."""
    count = 0
    due = InvitationRun.objects.filter(state=InviteState.WAITING.value, begins_at__lte=now)
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            run = lock_row(due.filter(pk=pk))
            if run is not None:
                run.state, run.changed_at = InviteState.RUNNING.value, now
                run.save(update_fields=["state", "changed_at"])
                queue_job(_TASK, run.reference)
                count += 1
    return count


@transaction.atomic
def stop_invitations(*, run: InvitationRun, now: datetime) -> InvitationRun | None:
    """Ends a run between two portions; who was invited stays invited. None when it was over already."""
    locked = lock_row(InvitationRun.objects.filter(pk=run.pk, state__in=_LIVE))
    if locked is None:
        return None
    offer = Offer.objects.select_related("group").get(pk=locked.offer_id)
    return _finish(locked, offer, InviteState.STOPPED, now)


def sweep_stopped_invitations(*, now: datetime) -> int:
    """Queues again the runs whose worker died; how many. Run by the schedule."""
    still = InvitationRun.objects.filter(state=InviteState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(_TASK, list(still.values_list("reference", flat=True)), now=now)


def continue_invitations(*, reference: str, limit: int, now: datetime) -> InvitationRun | None:
    """Invites the next ``limit`` customers of the run; None when it is over. Locks the run.

    The last step records ``offer.invited``; so does an offer that was closed or deactivated meanwhile, which stops it.
    """
    with transaction.atomic():
        running = InvitationRun.objects.filter(reference=reference, state=InviteState.RUNNING.value)
        run = lock_row(running)
        if run is None:
            return None
        offer = Offer.objects.select_related("group").get(pk=run.offer_id)
        if not offer.is_active or now >= offer.closes_at:
            return _finish(run, offer, InviteState.STOPPED, now)
        ready = _ready(offer).filter(invitation_choices__run=run) if run.definition else _ready(offer)
        room = min(limit, run.wave_size - run.invited % run.wave_size) if run.wave_size else limit
        people = list(ready.order_by("pk")[:room])
        _invite(offer, people, now)
        run.invited += len(people)
        run.changed_at = now
        run.save(update_fields=["invited", "changed_at"])
        if len(people) < room:
            return _finish(run, offer, InviteState.DONE, now)
        return _await_next_wave(run, ready, offer, now)


def _await_next_wave(
    run: InvitationRun, ready: QuerySet[Customer], offer: Offer, now: datetime
) -> InvitationRun:
    """At the end of a wave the run waits for the next one, if there is anybody left for it."""
    if not run.wave_size or not run.wave_minutes or run.invited % run.wave_size:
        return run
    if not ready.exists():
        return _finish(run, offer, InviteState.DONE, now)
    run.state, run.begins_at = InviteState.WAITING.value, now + timedelta(minutes=run.wave_minutes)
    run.save(update_fields=["state", "begins_at"])
    return run


def invite_customer(*, offer: Offer, customer: Customer, now: datetime) -> bool:
    """Invites one customer; False when that was done before."""
    with transaction.atomic():
        _, made = OfferInvitation.objects.get_or_create(offer=offer, customer=customer, defaults={"at": now})
        if made:
            mail = queue_offer_invitation(offer_id=offer.pk, customer_id=customer.pk, now=now)
            OfferInvitation.objects.filter(offer=offer, customer=customer).update(mail=mail)
        return made


def offer_links(
    offer: Offer, chosen: Iterable[int] | None = None, *, now: datetime
) -> Iterator[tuple[Customer, str]]:
    """Everybody of the offer's group who may be written to, with a link that signs in; invited before or not.

    ``chosen``: the only ones who are meant.
    """
    reachable = _members(offer).filter(~_SUSPENDED & ~_NO_CONSENT & ~_BOUNCED)
    reachable = reachable.order_by("last_name", "first_name", "pk")
    if chosen is not None:
        reachable = reachable.filter(pk__in=ids_as_rows(list(chosen)))
    for customer in reachable.iterator(chunk_size=500):
        yield customer, offer_link(offer, customer, now)


def say_run(run: InvitationRun) -> str:
    """The result in words."""
    mails = "1 mail was queued" if run.invited == 1 else f"{run.invited:,} mails were queued"
    if run.said:
        mails += f", for everybody who {run.said}"
    if run.state == InviteState.STOPPED:
        return f"{mails}. Then it was stopped, or the offer was closed, so the others were not."
    return f"{mails}. What became of each stands with the mails."


def _members(offer: Offer) -> QuerySet[Customer]:
    before = OfferInvitation.objects.filter(offer=offer, customer=OuterRef("pk"))
    return Customer.objects.filter(memberships__group=offer.group_id).annotate(
        is_invited=Exists(before), is_bounced=bounced()
    )


def _ready(offer: Offer) -> QuerySet[Customer]:
    return _members(offer).filter(~_INVITED & ~_SUSPENDED & ~_NO_CONSENT & ~_BOUNCED)


def _refuse_unfit(offer: Offer, now: datetime) -> None:
    if not offer.is_active:
        raise DomainError("offer_not_active", "Open the offer first: a draft has nothing to invite to.")
    if now >= offer.closes_at:
        raise DomainError("offer_closed", "This offer has closed, so nobody can be invited any more.")


def _make_run(offer: Offer, who: str, actor: Actor, now: datetime) -> InvitationRun:
    node = parse(who) if who else None
    chosen = find_ids(node, now) if node else None
    ready = invitation_figures(offer, chosen).ready
    if not ready:
        raise DomainError(
            "nobody_to_invite",
            "Of those whom this filter finds, nobody can be invited: they are invited already, suspended, without "
            "consent, or not in the group."
            if node
            else "Everybody who may be written to is invited already.",
        )
    run = InvitationRun.objects.create(
        offer=offer,
        total=ready,
        definition=serialise(node) if node else "",
        said=say_filter(node) if node else "",
        actor_id=actor.id,
        actor_label=actor.label,
        made_at=now,
        changed_at=now,
    )
    meant = _members(offer).filter(pk__in=ids_as_rows(chosen)).values_list("pk", flat=True) if chosen else []
    InvitationChoice.objects.bulk_create(
        (InvitationChoice(run=run, customer_id=one) for one in meant), batch_size=_BATCH
    )
    _record(run, offer, f"began to invite {_say(ready)}{_meant(run)}", actor, now)
    return run


def _meant(run: InvitationRun) -> str:
    return f" (everybody who {run.said})" if run.said else ""


def _invite(offer: Offer, people: list[Customer], now: datetime) -> None:
    mails = [queue_offer_invitation(offer_id=offer.pk, customer_id=one.pk, now=now) for one in people]
    OfferInvitation.objects.bulk_create(
        OfferInvitation(offer=offer, customer=customer, at=now, mail=mail)
        for customer, mail in zip(people, mails, strict=True)
    )


def _finish(run: InvitationRun, offer: Offer, state: InviteState, now: datetime) -> InvitationRun:
    run.state, run.changed_at = state.value, now
    run.save(update_fields=["state", "changed_at"])
    actor = Actor(ActorKind.STAFF, run.actor_id, run.actor_label)
    _record(run, offer, f"invited {_say(run.invited)}{_meant(run)}", actor, now)
    return run


def _record(run: InvitationRun, offer: Offer, words: str, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.OFFER_INVITED,
        "offer",
        offer.pk,
        text=f"{words} to the offer to {offer.group.name}",
        data={"run": run.reference},
        actor=actor,
        now=now,
    )


def _say(count: int) -> str:
    return "1 customer" if count == 1 else f"{count:,} customers"
