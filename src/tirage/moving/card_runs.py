"""Saved cards by a processor's token map: each is looked up at the processor, which alone says what card it is.

A row names the customer and the payment method that the processor keeps; never a number. The worker asks, so many a
second, one card at a time and outside of any transaction, and goes on where it was when it is stopped or dies.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.runs import actor_of, in_the_name_of
from tirage.moving.holding import refuse_signed_off, share_history
from tirage.moving.models import BroughtThing, MoveRun
from tirage.moving.running import MOST_PROBLEMS, TASK
from tirage.moving.states import MoveAct, MoveState, Outcome, Thing, ThingState
from tirage.payments.gateways import current_gateway
from tirage.payments.models import PaymentMethod
from tirage.payments.protocol import CardRefused, GatewayRefused, GatewayTimeout, SavedCard

#: What stands with a card instead of its customer's own act of saving it.
SAID = "Moved in from the former system"
#: How often the processor is asked: well below what it allows.
ASKED_A_SECOND = 15
SILENT = "The processor gave no answer, so it was stopped here. Go on in a while; no card was lost."
SAVED_ALREADY = "This card is saved here already, by its customer or for another one."


def begin_cards(*, queue: bool = True, actor: Actor, now: datetime) -> MoveRun:
    """Lets the worker ask for every card that waits. Raises DomainError ``nothing_waits``, Conflict ``under_way``,
    ``signed_off``."""
    refuse_signed_off()
    total = waiting_cards()
    if not total:
        raise DomainError("nothing_waits", "No card waits. Bring a file of them first.")
    run = MoveRun(act=MoveAct.CARDS.value, total=total, made_at=now, changed_at=now, **in_the_name_of(actor))
    try:
        with transaction.atomic():
            share_history()
            run.save(force_insert=True)
            if queue:
                queue_job(TASK, run.reference)
    except IntegrityError:
        raise Conflict("under_way", "A run over the history is under way. Wait for it, or stop it.") from None
    return run


def waiting_cards() -> int:
    """How many wait to be asked for."""
    return BroughtThing.objects.filter(kind=Thing.CARD.value, state=ThingState.WAITING.value).count()


def ask_for_cards(
    run: MoveRun, *, clock: Callable[[], datetime], sleep: Callable[[float], None] = time.sleep
) -> MoveRun:
    """Asks for one card after the other until none waits or somebody stops it. No transaction may be open."""
    problems = [one for one in run.problems if one[1] != SILENT]
    MoveRun.objects.filter(pk=run.pk).update(problems=problems)
    while (thing := _next(run)) is not None:
        try:
            card = _ask(thing)
        except GatewayTimeout:
            _note(run, thing, "", clock(), is_silent=True)
            break
        except (CardRefused, GatewayRefused) as refused:
            _refuse(run, thing, str(refused), clock())
        else:
            _keep(run, thing, card, clock())
        sleep(1 / ASKED_A_SECOND)
    _finish(run, clock())
    return run


def _next(run: MoveRun) -> BroughtThing | None:
    """The next that waits, unless the run is over."""
    run.refresh_from_db()
    if run.state != MoveState.RUNNING:
        return None
    waiting = BroughtThing.objects.filter(kind=Thing.CARD.value, state=ThingState.WAITING.value)
    return waiting.select_related("customer").order_by("pk").first()


def _ask(thing: BroughtThing) -> SavedCard:
    return current_gateway().take_over(
        customer_reference=thing.customer.reference,
        former_customer=thing.data["former_customer"],
        token=thing.data["token"],
    )


def _keep(run: MoveRun, thing: BroughtThing, card: SavedCard, now: datetime) -> None:
    """The card, the row that brought it and how far the run is, in one transaction."""
    with transaction.atomic():
        waiting = lock_row(BroughtThing.objects.filter(pk=thing.pk, state=ThingState.WAITING.value))
        if waiting is None or waiting.digest != thing.digest:
            # It was taken back, or is another by now.
            return
        saved = _saved(waiting, card, actor_of(run), now)
        if saved is None:
            _refuse(run, thing, SAVED_ALREADY, now)
            return
        waiting.made_id, waiting.state, waiting.data = saved.pk, ThingState.IN.value, {}
        waiting.problem = ""
        waiting.save(update_fields=["made_id", "state", "data", "problem"])
        _note(run, thing, "", now)


def _saved(thing: BroughtThing, card: SavedCard, actor: Actor, now: datetime) -> PaymentMethod | None:
    saved, made = PaymentMethod.objects.get_or_create(
        gateway=settings.TIRAGE_GATEWAY,
        token=card.token,
        defaults={
            "customer_id": thing.customer_id,
            "brand": card.brand,
            "last4": card.last4,
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "saved_at": now,
            "said": SAID,
        },
    )
    if not made:
        return None
    own = PaymentMethod.objects.filter(customer=thing.customer_id, is_default=True, removed_at__isnull=True)
    if not own.exists():
        PaymentMethod.objects.filter(pk=saved.pk).update(is_default=True)
    record_event(
        EventName.CARD_SAVED,
        "customer",
        thing.customer_id,
        text=f"moved {saved.label} in from the former system",
        customer_id=thing.customer_id,
        actor=actor,
        now=now,
    )
    return saved


@transaction.atomic
def _refuse(run: MoveRun, thing: BroughtThing, words: str, now: datetime) -> None:
    waiting = BroughtThing.objects.filter(pk=thing.pk, state=ThingState.WAITING.value, digest=thing.digest)
    if waiting.update(state=ThingState.REFUSED.value, problem=words[:300], data={}):
        _note(run, thing, words, now)


def _note(run: MoveRun, thing: BroughtThing, problem: str, now: datetime, *, is_silent: bool = False) -> None:
    """How far the run is, and what the processor said against a card; silent, it stops and says so."""
    with transaction.atomic():
        locked = lock_row(MoveRun.objects.filter(pk=run.pk))
        if locked is None:
            return
        if is_silent:
            if locked.state == MoveState.RUNNING:
                locked.state = MoveState.STOPPED.value
            locked.problems = [["", SILENT, ""], *locked.problems][:MOST_PROBLEMS]
        else:
            counts = Counter(locked.counts)
            counts[(Outcome.REFUSED if problem else Outcome.NEW).value] += 1
            locked.counts, locked.done = dict(counts), locked.done + 1
            locked.total = max(locked.total, locked.done)
        if problem:
            found = [thing.customer.name, problem, f"{thing.file} row {thing.row}"]
            locked.problems = [*locked.problems, found][:MOST_PROBLEMS]
        locked.changed_at = now
        locked.save(update_fields=["state", "problems", "counts", "done", "total", "changed_at"])


def _finish(run: MoveRun, now: datetime) -> None:
    here = MoveRun.objects.filter(pk=run.pk, state=MoveState.RUNNING.value)
    with transaction.atomic():
        if here.update(state=MoveState.FINISHED.value, changed_at=now):
            run.refresh_from_db()
            record_event(
                EventName.HISTORY_MOVED,
                "move",
                run.pk,
                text=f"brought saved cards of the former system in: {run.counts.get('new', 0)} new, "
                f"{run.counts.get('refused', 0)} refused",
                data={"run": run.reference},
                actor=actor_of(run),
                now=now,
            )
    run.refresh_from_db()
