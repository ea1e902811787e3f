"""Inviting an offer's group: each customer once per offer, by a mail whose link signs the customer in.

``who`` narrows the group to whom a filter (``tirage.segments``) finds: in waves, or some of them only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

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
_INVITED = Q(is_invited=True)
_SUSPENDED = ~Q(status=CustomerStatus.ACTIVE.value)
_NO_CONSENT = Q(marketing_consent_at__isnull=True)


@dataclass(frozen=True, slots=True)
class InvitationFigures:
    """An offer's members, each counted once: invited already, else not meant by the filter, else suspended, else
    without consent, else ready."""

    members: int
    invited: int
    others: int
    suspended: int
    no_consent: int
    ready: int


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
        ready=Count("pk", filter=waiting & ~_SUSPENDED & ~_NO_CONSENT),
    )
    return InvitationFigures(
        others=counts["members"] - counts["invited"] - counts.pop("meant"),
        **counts,
    )


def chosen_in(run: InvitationRun) -> list[int] | None:
    """Whom a run means by its filter; None for the whole group."""
    return list(run.choices.values_list("customer", flat=True)) if run.definition else None


@transaction.atomic
def start_invitations(*, offer: Offer, who: str = "", actor: Actor, now: datetime) -> InvitationRun:
    """Lets the worker invite everybody of the offer's group who may be written to and wasn't invited yet.

    ``who`` is a filter as text: of the group only whom it finds now. While a run is under way it is that one which goes
    on. Records ``offer.invited``. Raises DomainError ``offer_not_active``, ``offer_closed``, ``nobody_to_invite``,
    ``filter``, ``circle``.
    """
    _refuse_unfit(offer, now)
    run = lock_row(InvitationRun.objects.filter(offer=offer, state=InviteState.RUNNING.value))
    if run is None:
        run = _make_run(offer, who, actor, now)
    queue_job(_TASK, run.reference)
    return run


@transaction.atomic
def stop_invitations(*, run: InvitationRun, now: datetime) -> InvitationRun | None:
    """Ends a run between two portions; who was invited stays invited. None when it was over already."""
    locked = lock_row(InvitationRun.objects.filter(pk=run.pk, state=InviteState.RUNNING.value))
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
        people = list(ready.order_by("pk")[:limit])
        _invite(offer, people, now)
        run.invited += len(people)
        run.changed_at = now
        run.save(update_fields=["invited", "changed_at"])
        return run if len(people) == limit else _finish(run, offer, InviteState.DONE, now)


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
    reachable = _members(offer).filter(~_SUSPENDED & ~_NO_CONSENT).order_by("last_name", "first_name", "pk")
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
    return Customer.objects.filter(memberships__group=offer.group_id).annotate(is_invited=Exists(before))


def _ready(offer: Offer) -> QuerySet[Customer]:
    return _members(offer).filter(~_INVITED & ~_SUSPENDED & ~_NO_CONSENT)


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
