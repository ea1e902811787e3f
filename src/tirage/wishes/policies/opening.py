"""Second offers of a policy: written by the plan of their step, in a release of their own beside the first, and closed
again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.operations import (
    ItemValues,
    OfferValues,
    activate_offer,
    deactivate_offer,
    save_items,
    save_offer,
    save_release,
)
from tirage.offers.rules import CheckoutRules, Limits, PlannedItem, find_conflicts
from tirage.offers.states import WishKind
from tirage.wishes.models import Policy, PolicyAct
from tirage.wishes.policies.figures import what_is_left
from tirage.wishes.policies.planning import members_of, price_of, template_of
from tirage.wishes.reallocation.models import Reallocation, ReallocationLine
from tirage.wishes.reallocation.recording import lock_release
from tirage.wishes.reallocation.states import ReallocationKind

#: That more is promised than there is: the first who come are served, and what is kept back is held.
_FIRST_COME = 10**9


@dataclass(frozen=True, slots=True)
class _Copied:
    values: OfferValues
    items: list[ItemValues]


@transaction.atomic
def open_second_offer(*, act: PolicyAct, actor: Actor, now: datetime) -> Offer:
    """Makes and opens the second offer that the act plans, once; one that stands is returned.

    It has the words of the first, its prices and, where they can be met, its rules. Locks the release, then the offer.
    Raises DomainError as ``activate_offer``.
    """
    if act.offer is not None:
        return act.offer
    policy = act.step.policy
    template = template_of(policy)
    if template is None or act.group is None or act.opens_at is None or act.closes_at is None:
        raise DomainError("step_blocked", "The offer that the second one is made from is gone.")
    lock_release(policy.release)
    copied = _copied(template, act, now)
    if act.closes_at <= now:
        raise DomainError("step_blocked", "The second offer would be over already. Leave this step out.")
    offer = save_offer(
        offer=None,
        release=_second_release(policy, actor, now),
        group=act.group,
        values=copied.values,
        actor=actor,
        now=now,
    )
    save_items(offer=offer, items=copied.items, actor=actor, now=now)
    _record_given(act, offer, actor, now)
    activate_offer(offer=offer, knows_short=_FIRST_COME, actor=actor, now=now)
    PolicyAct.objects.filter(pk=act.pk).update(offer=offer, done_at=now)
    act.refresh_from_db()
    return offer


def _record_given(act: PolicyAct, offer: Offer, actor: Actor, now: datetime) -> None:
    """What the offer is made of is given on, so that nobody gives the same bottles on by hand."""
    members = members_of([offer.group]).get(offer.group_id, 0)
    left = what_is_left(act.step.policy, now).pot().left
    pieces = {
        int(sku_id): min(most * members, left.get(int(sku_id), 0)) for sku_id, most in act.maximums.items()
    }
    made = Reallocation.objects.create(
        release=act.step.policy.release,
        kind=ReallocationKind.SECOND_OFFER.value,
        made_at=now,
        actor_label=actor.label[:200],
    )
    made.offers.set([offer])
    ReallocationLine.objects.bulk_create(
        ReallocationLine(reallocation=made, sku_id=sku_id, pieces=count)
        for sku_id, count in pieces.items()
        if count
    )


def close_second_offer(*, act: PolicyAct, bought: int, actor: Actor, now: datetime) -> None:
    """Takes the offer off; what was ``bought`` of it stays bought, and given on."""
    if act.offer is None:
        return
    deactivate_offer(offer=act.offer, actor=actor, now=now)
    if not bought:
        Reallocation.objects.filter(offers=act.offer, undone_at__isnull=True).update(undone_at=now)


def _copied(template: Offer, act: PolicyAct, now: datetime) -> _Copied:
    maximums = {int(sku_id): most for sku_id, most in act.maximums.items()}
    of = [
        item for item in template.items.select_related("sku").order_by("position") if item.sku_id in maximums
    ]
    rules = CheckoutRules(template.bottles_minimum, template.bottles_maximum, template.spend_minimum_minor)
    if find_conflicts(rules, [_planned(item, maximums[item.sku_id]) for item in of]):
        rules = CheckoutRules(0, template.bottles_maximum, 0)
    if act.opens_at is None or act.closes_at is None:
        raise ValueError("a second offer without its window")
    values = OfferValues(
        opens_at=max(act.opens_at, now),
        closes_at=act.closes_at,
        title=template.title,
        message=template.message,
        confirmation_message=template.confirmation_message,
        bottles_minimum=rules.bottles_minimum,
        bottles_maximum=rules.bottles_maximum,
        spend_minimum_minor=rules.spend_minimum_minor,
    )
    items = [
        ItemValues(
            item.sku_id,
            purchase_maximum=maximums[item.sku_id],
            multiple=item.multiple,
            price_minor=item.price_minor,
            position=position,
        )
        for position, item in enumerate(of)
    ]
    return _Copied(values, items)


def _planned(item: OfferItem, maximum: int) -> PlannedItem:
    limits = Limits(0, maximum, 0, item.multiple)
    return PlannedItem(str(item.sku), limits, item.sku.units, price_of(item))


def _second_release(policy: Policy, actor: Actor, now: datetime) -> Release:
    """The release of the policy's second offers; made with the first of them."""
    made = PolicyAct.objects.filter(step__policy=policy, offer__isnull=False).select_related("offer__release")
    if (first := made.order_by("pk").first()) and first.offer:
        return first.offer.release
    return save_release(
        release=None,
        name=_free_name(policy.release.name),
        kind=policy.release.kind,
        wish_kind=WishKind.OFF.value,
        note=f"What was left of {policy.release.name}.",
        actor=actor,
        now=now,
    )


def _free_name(name: str) -> str:
    taken = {one.lower() for one in Release.objects.values_list("name", flat=True)}
    base = f"{name[:100]}, second offer"
    names = [base, *(f"{base} {number}" for number in range(2, 1_000))]
    return next(one for one in names if one.lower() not in taken)
