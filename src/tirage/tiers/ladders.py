"""A ladder's rules written down, its allowances written, taken back, and ended when the guarantee is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Sum

from tirage.checkout.models import Cart, CartLine
from tirage.core.actors import Actor, system
from tirage.core.audit import build_event, record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle, write_changed
from tirage.core.locks import lock_row, lock_rows
from tirage.core.models import Event
from tirage.core.texts import say_count
from tirage.offers.models import CustomAllowance, Offer, Release
from tirage.offers.operations import MOST_BOTTLES
from tirage.offers.operations.releases import locked_offer
from tirage.orders.models import IS_REAL, Order, OrderLine
from tirage.orders.states import BOUGHT
from tirage.tiers.models import Ladder, LadderStep
from tirage.tiers.planning import LadderPlan, Planned, plan_ladder, written_by
from tirage.tiers.rules.ladder import History
from tirage.tiers.states import LadderState
from tirage.tiers.wording import tell_step

#: So long after a guarantee's end a first cart may turn up that was under way then.
LOOKED_AFTER = timedelta(minutes=10)
_BATCH = 1_000
_NUMBERS = ("rise", "least", "most", "newcomers")


def earlier_releases(offer: Offer) -> list[Release]:
    """The releases that a ladder of this offer may be based on, the latest first: those that were sold from."""
    is_sold = Exists(Order.objects.filter(IS_REAL, release=OuterRef("pk")))
    rows = Release.objects.filter(is_sold).exclude(pk=offer.release_id)
    return list(rows.order_by("-made_at", "-pk"))


def save_ladder(
    *,
    offer: Offer,
    values: Mapping[str, Any],
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> Ladder:
    """Writes down the rules of the offer's ladder: ``based_on`` (a reference), ``rise``, ``least``, ``most``,
    ``newcomers`` (None: the group's), ``counts_grants``, ``passed_wish_only``, ``guaranteed_until``, ``is_told``.

    Nobody's allowance changes by it. Locks the offer. Raises DomainError ``ladder_invalid``,
    ``ladder_written``, Overtaken. Records ``ladder.saved``.
    """
    with transaction.atomic():
        locked = locked_offer(offer)
        ladder = lock_row(Ladder.objects.filter(offer=locked)) or Ladder(offer=locked)
        if ladder.pk and ladder.state != LadderState.DRAFT:
            raise DomainError(
                "ladder_written", "Its allowances are written. Take them back first, then change the rules."
            )
        stands = values_of(ladder) if ladder.pk else {}
        settled = settle(dict(values), shown=shown if ladder.pk else None, stands=stands)
        wanted = settled.pop("based_on")
        based_on = next((one for one in earlier_releases(locked) if one.reference == wanted), None)
        problems = _problems(locked, settled, based_on, now)
        if problems or based_on is None:
            raise DomainError("ladder_invalid", "The ladder can’t be saved like this.", problems)
        changed = write_changed(ladder, {**settled, "based_on_id": based_on.pk})
        if changed:
            _record(EventName.LADDER_SAVED, ladder, "wrote down the allowance ladder", actor, now)
    return ladder


def values_of(ladder: Ladder) -> dict[str, Any]:
    """The rules as pages carry them."""
    names = (*_NUMBERS, "counts_grants", "passed_wish_only", "guaranteed_until", "is_told")
    return {name: getattr(ladder, name) for name in names} | {"based_on": ladder.based_on.reference}


def _problems(
    offer: Offer, values: Mapping[str, Any], based_on: Release | None, now: datetime
) -> dict[str, str]:
    found = {
        name: f"A whole number from 0 to {MOST_BOTTLES:,}."
        for name in _NUMBERS
        if values[name] is not None and not 0 <= values[name] <= MOST_BOTTLES
    }
    if based_on is None:
        found["based_on"] = "Choose a release that was sold from."
    if not found and values["most"] and values["least"] > values["most"]:
        found["most"] = f"The most is below the least of {values['least']}."
    until = values["guaranteed_until"]
    if until is not None and until <= now:
        found["guaranteed_until"] = "This time is over. Choose one to come, or none."
    elif until is not None and until > offer.closes_at:
        found["guaranteed_until"] = "The offer closes before. Choose an earlier time, or none."
    return found


def apply_ladder(*, ladder: Ladder, seen: str, actor: Actor, now: datetime) -> LadderPlan:
    """Writes what the plan says as own allowances, all or none; ``seen`` is the digest of the plan that was shown.

    Limits that somebody gave by hand stay. Locks the offer. Raises Conflict ``plan_changed`` when the plan is another
    one by now; DomainError ``not_covered`` when a guarantee is promised that the bottles don't cover, ``over``. Records
    ``ladder.applied``, and ``allowance.saved`` for each customer.
    """
    with transaction.atomic():
        found = _locked(ladder)
        if found.state != LadderState.DRAFT:
            raise Conflict("ladder_written", "Its allowances are written already. Look at the page again.")
        plan = plan_ladder(found, now)
        if plan.digest != seen:
            raise Conflict(
                "plan_changed",
                "Something changed since this page was opened: members, limits, orders or the rules. "
                "Nothing was written; look at the figures again.",
            )
        _refuse_promises(found, plan, now)
        _write(found, plan.written)
        found.state, found.applied_at = LadderState.APPLIED.value, now
        found.save(update_fields=["state", "applied_at"])
        people = {row.customer_id for row in plan.written}
        text = f"gave {say_count(len(people), 'customer', 'customers')} allowances of their own by the ladder"
        _record(EventName.LADDER_APPLIED, found, text, actor, now)
        Event.objects.bulk_create(
            (_told(found, customer, actor, now) for customer in sorted(people)), batch_size=_BATCH
        )
    return plan


def _refuse_promises(ladder: Ladder, plan: LadderPlan, now: datetime) -> None:
    if ladder.offer.closes_at <= now:
        raise DomainError("over", "The offer is over, so nobody can take anything by it.")
    if ladder.guaranteed_until and plan.short:
        wines = ", ".join(f"{one.short:,} of {one.item.sku}" for one in plan.short)
        raise DomainError(
            "not_covered",
            f"The bottles don’t cover the guarantee: {wines} too many are promised. Lower the ladder or other "
            "offers’ maximums, or leave the date of the guarantee empty.",
        )


def _write(ladder: Ladder, rows: Sequence[Planned]) -> None:
    facts = {
        (row.customer_id, row.item_id): {
            "purchase_minimum": row.step.minimum,
            "purchase_maximum": row.step.maximum,
            "wish_maximum": row.step.wish_maximum,
        }
        for row in rows
    }
    LadderStep.objects.bulk_create(
        (
            LadderStep(
                ladder=ladder,
                customer_id=row.customer_id,
                offer_item_id=row.item_id,
                offered=row.history.offered,
                taken=row.history.taken,
                granted=row.history.granted,
                **facts[row.customer_id, row.item_id],
            )
            for row in rows
        ),
        batch_size=_BATCH,
    )
    until = ladder.guaranteed_until or ladder.offer.closes_at
    last_time = ladder.based_on.name
    CustomAllowance.objects.bulk_create(
        (
            CustomAllowance(
                customer_id=row.customer_id,
                offer_item_id=row.item_id,
                told=tell_step(row.step, _that_counts(ladder, row.history), last_time=last_time, until=until)[
                    :300
                ]
                if ladder.is_told
                else "",
                **facts[row.customer_id, row.item_id],
            )
            for row in rows
        ),
        batch_size=_BATCH,
    )


def _that_counts(ladder: Ladder, history: History) -> History:
    """What wishes brought isn't spoken of where it doesn't count."""
    return history if ladder.counts_grants else replace(history, granted=0)


def _take_back(ladder: Ladder) -> int:
    """Removes what the ladder wrote and nobody changed; how many."""
    gone = written_by(ladder).delete()[0]
    LadderStep.objects.filter(ladder=ladder).delete()
    return gone


def undo_ladder(*, ladder: Ladder, actor: Actor, now: datetime) -> int:
    """Gives the group's limits back where nobody changed what the ladder wrote; how many allowances went.

    Locks the offer. Records ``ladder.undone``.
    """
    with transaction.atomic():
        found = _locked(ladder)
        if found.state == LadderState.DRAFT:
            raise DomainError("nothing_to_undo", "The ladder hasn’t been written yet.")
        gone = _take_back(found)
        found.state, found.applied_at = LadderState.DRAFT.value, None
        found.save(update_fields=["state", "applied_at"])
        text = f"took back {say_count(gone, 'allowance', 'allowances')} of the ladder"
        _record(EventName.LADDER_UNDONE, found, text, actor, now)
    return gone


def end_guarantees(*, now: datetime) -> int:
    """Frees what nobody took of ladders whose guarantee is over; how many ladders. Run by the schedule.

    Somebody's first cart of the release that was under way at that moment couldn't be waited for: for a while it is
    looked after, and what it took stays its customer's.
    """
    over = Ladder.objects.filter(guaranteed_until__lte=now).order_by("pk")
    ended = sum(_end(ladder, now) for ladder in over.filter(state=LadderState.APPLIED.value))
    for ladder in over.filter(state=LadderState.ENDED.value, guaranteed_until__gt=now - LOOKED_AFTER):
        _give_back(ladder)
    return ended


def _end(ladder: Ladder, now: datetime) -> bool:
    """Whoever took some keeps that, also what is in the cart; the rest can be wished for."""
    with transaction.atomic():
        wait_for_carts(ladder)
        found = _locked(ladder)
        is_due = found.guaranteed_until is not None and found.guaranteed_until <= now
        if found.state != LadderState.APPLIED or not is_due:
            return False
        used = pieces_of(found)
        ended = []
        for row in written_by(found).select_related("offer_item"):
            kept = min(used.get((row.customer_id, row.offer_item.sku_id), 0), row.purchase_maximum)
            if kept == row.purchase_maximum:
                continue
            row.wish_maximum = _wishes_after(row, kept)
            row.purchase_minimum, row.purchase_maximum = min(row.purchase_minimum, kept), kept
            row.told = "What was kept for you is free again; you can wish for it." if found.is_told else ""
            ended.append(row)
        fields = ["purchase_minimum", "purchase_maximum", "wish_maximum", "told"]
        CustomAllowance.objects.bulk_update(ended, fields, batch_size=200)
        found.state = LadderState.ENDED.value
        found.save(update_fields=["state"])
        text = f"ended the guarantee of the ladder: {say_count(len(ended), 'allowance is', 'allowances are')} free"
        _record(EventName.LADDER_ENDED, found, text, system(), now)
    return True


def _give_back(ladder: Ladder) -> None:
    """Whoever has more than was left them, within what the ladder gave them, keeps it. Carts, then the offer."""
    with transaction.atomic():
        wait_for_carts(ladder)
        found = _locked(ladder)
        given = {
            (step.customer_id, step.offer_item_id): step for step in LadderStep.objects.filter(ladder=found)
        }
        used, kept = pieces_of(found), []
        rows = CustomAllowance.objects.filter(offer_item__offer=found.offer_id).select_related("offer_item")
        for row in rows:
            step = given.get((row.customer_id, row.offer_item_id))
            took = used.get((row.customer_id, row.offer_item.sku_id), 0)
            if step is None or not row.purchase_maximum < took <= step.purchase_maximum:
                continue
            if row.wish_maximum != _wishes_after(step, row.purchase_maximum):
                continue  # Somebody has changed it since.
            row.purchase_maximum, row.wish_maximum = took, _wishes_after(step, took)
            kept.append(row)
        CustomAllowance.objects.bulk_update(kept, ["purchase_maximum", "wish_maximum"], batch_size=200)


def _wishes_after(step: LadderStep | CustomAllowance, kept: int) -> int:
    """What may be wished for by whom the end left ``kept`` of what the ladder gave."""
    return max(step.wish_maximum, step.purchase_maximum - kept)


def wait_for_carts(ladder: Ladder) -> None:
    """Returns once nobody is filling or ordering a cart of the release, and keeps them: it takes the carts' locks."""
    steps = LadderStep.objects.filter(ladder=ladder)
    lock_rows(Cart.objects.filter(release=ladder.offer.release_id, customer__in=steps.values("customer")))


def pieces_of(ladder: Ladder) -> dict[tuple[int, int], int]:
    """Pieces that customers bought in this release or have in their cart, by customer and sku."""
    release = ladder.offer.release_id
    found: dict[tuple[int, int], int] = {}
    bought = OrderLine.objects.filter(
        order__release=release, order__state__in=[state.value for state in BOUGHT]
    ).values_list("order__customer_id", "sku_id")
    carts = CartLine.objects.filter(cart__release=release).values_list(
        "cart__customer_id", "offer_item__sku_id"
    )
    for rows in (bought, carts):
        for customer, sku, pieces in rows.annotate(pieces=Sum("quantity")):
            found[customer, sku] = found.get((customer, sku), 0) + max(pieces, 0)
    return found


def _locked(ladder: Ladder) -> Ladder:
    """The ladder with its offer locked; what others do to either waits."""
    locked_offer(ladder.offer)
    found = lock_row(Ladder.objects.filter(pk=ladder.pk))
    if found is None:
        raise Conflict("ladder_gone", "This ladder is gone: its offer was deleted.")
    return found


def _record(name: EventName, ladder: Ladder, text: str, actor: Actor, now: datetime) -> None:
    said = f"{text} in the offer to {ladder.offer.group.name}"
    record_event(name, "offer", ladder.offer_id, text=said, actor=actor, now=now)


def _told(ladder: Ladder, customer_id: int, actor: Actor, now: datetime) -> Event:
    return build_event(
        EventName.ALLOWANCE_SAVED,
        "offer",
        ladder.offer_id,
        text=f"gave the customer allowances by the ladder in {ladder.offer.release.name}",
        customer_id=customer_id,
        actor=actor,
        now=now,
    )
