"""What a customer wants of one release: other pieces than the standing order comes to, or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.customers.models import Customer
from tirage.standing.agreeing import give_back_aside, locked_standing
from tirage.standing.models import StandingLine, StandingOrder
from tirage.standing.planning import allot, keep_promise, offer_for, page_for, unmet_rules
from tirage.standing.rules import fitting_pieces
from tirage.standing.states import AGAIN, Outcome, RunState

_OPEN = [Outcome.WAITING.value, *(one.value for one in AGAIN)]


def choose_pieces(
    *, customer: Customer, run_reference: str, quantities: Mapping[int, int], actor: Actor, now: datetime
) -> StandingLine:
    """Orders these pieces (by offer item id) of a release, instead of what the standing order comes to.

    All noughts are a skip. Locks the standing order. Records ``standing.chosen``. Raises DomainError ``no_standing``,
    ``no_release``, ``no_offer``, ``beyond_allowance`` (a field ``item-<id>`` each), ``rules_not_met``, Conflict
    ``already_ordered``.
    """
    if not any(quantities.values()):
        return skip_release(customer=customer, run_reference=run_reference, actor=actor, now=now)
    with transaction.atomic():
        standing = locked_standing(customer)
        line = _open_line(standing, run_reference)
        offer = offer_for(customer.pk, line.run.release_id, now)
        page = page_for(customer.pk, offer, now) if offer else None
        if page is None:
            raise DomainError("no_offer", "This release has no offer for you at the moment.")
        wines, fields = {}, {}
        for item in page.items:
            wanted, wine = quantities.get(item.offer_item_id, 0), allot(item)
            if wanted and fitting_pieces(wine, min(wanted, wine.allowance)) != wanted:
                fields[f"item-{item.offer_item_id}"] = (
                    f"{item.name}: {_limits(wine.allowance, wine.multiple, wine.least)}"
                )
            elif wanted:
                wines[item.offer_item_id] = (wanted, item.price.minor)
        if fields:
            raise DomainError("beyond_allowance", next(iter(fields.values())), fields)
        if words := unmet_rules(page, {id: pieces for id, (pieces, _) in wines.items()}):
            raise DomainError("rules_not_met", words)
        line.promised = line.planned = keep_promise(wines)
        line.pieces = sum(pieces for pieces, _ in wines.values())
        line.wine_minor = sum(pieces * price for pieces, price in wines.values())
        line.is_chosen, line.outcome, line.reason = True, Outcome.WAITING.value, ""
        line.told_at = line.told_at or now
        line.save()
        _record(
            line, f"chose {line.pieces} bottles of {line.run.release.name} for the standing order", actor, now
        )
    return line


def _limits(allowance: int, multiple: int, least: int) -> str:
    said = [f"at most {allowance}"]
    if multiple > 1:
        said.append(f"in {multiple}s")
    if least > 1:
        said.append(f"at least {least}")
    return ", ".join(said) + "."


def skip_release(*, customer: Customer, run_reference: str, actor: Actor, now: datetime) -> StandingLine:
    """Nothing of this release is ordered; bottles that are set aside are free again. Skipped already stays so.

    Locks the standing order, then carts and stock. Records ``standing.skipped``. Raises as ``choose_pieces``.
    """
    with transaction.atomic():
        standing = locked_standing(customer)
        line = _line(standing, run_reference)
        if line.outcome == Outcome.SKIPPED:
            return line
        if line.outcome == Outcome.ASIDE:
            give_back_aside(standing, actor, now)
            line.refresh_from_db()
        _refuse_ordered(line)
        line.outcome, line.reason = Outcome.SKIPPED.value, ""
        line.save(update_fields=["outcome", "reason"])
        _record(
            line,
            f"skipped {line.run.release.name} with the standing order",
            actor,
            now,
            EventName.STANDING_SKIPPED,
        )
    return line


def unskip_release(*, customer: Customer, run_reference: str, actor: Actor, now: datetime) -> StandingLine:
    """Takes a skip back, as long as the run isn't over. Locks the standing order. Raises as ``choose_pieces``."""
    with transaction.atomic():
        standing = locked_standing(customer)
        line = _line(standing, run_reference)
        if line.outcome != Outcome.SKIPPED:
            return line
        if line.run.state == RunState.FINISHED:
            raise Conflict("already_ordered", "The standing orders of this release are placed already.")
        line.outcome = Outcome.WAITING.value
        line.save(update_fields=["outcome"])
        _record(line, f"took back the skip of {line.run.release.name}", actor, now)
    return line


def _line(standing: StandingOrder, run_reference: str) -> StandingLine:
    lines = StandingLine.objects.select_related("run__release", "customer")
    line = lines.filter(standing=standing, run__reference=run_reference).first()
    if line is None:
        raise DomainError("no_release", "There is nothing to choose of this release.")
    return line


def _open_line(standing: StandingOrder, run_reference: str) -> StandingLine:
    line = _line(standing, run_reference)
    if line.outcome == Outcome.ASIDE:
        raise Conflict(
            "already_ordered", "Your bottles are being ordered right now. Change the order in a moment."
        )
    if line.outcome != Outcome.SKIPPED:
        _refuse_ordered(line)
    if line.run.state == RunState.FINISHED:
        raise Conflict("already_ordered", "The standing orders of this release are placed already.")
    return line


def _refuse_ordered(line: StandingLine) -> None:
    if line.outcome not in _OPEN:
        raise Conflict("already_ordered", "It is ordered already. You can change the order instead.")


def _record(
    line: StandingLine, text: str, actor: Actor, now: datetime, name: EventName = EventName.STANDING_CHOSEN
) -> None:
    record_event(
        name,
        "standing",
        line.standing_id,
        text=text,
        data={"run": line.run.reference},
        customer_id=line.customer_id,
        actor=actor,
        now=now,
    )
