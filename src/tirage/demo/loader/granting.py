"""How past wishes were granted, a run that is shared out and waits for somebody to look at it, and bottles that were
set aside yesterday for somebody who may buy them for some days yet."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db.models import F

from tirage.checkout.models import Cart
from tirage.core.actors import Actor
from tirage.core.runs import in_the_name_of
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED
from tirage.inventory.models import Hold
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import Release
from tirage.offers.states import WishKind
from tirage.wishes.granting import Give, Terms, draft_granting, grant_wish
from tirage.wishes.granting.gathering import BY_GROUP
from tirage.wishes.granting.planning import asks_of
from tirage.wishes.granting.sharing import share_wishes
from tirage.wishes.models import GrantLine, GrantRun, GrantStock, Wish
from tirage.wishes.rules import Objective, Rule, measure
from tirage.wishes.states import GrantOutcome, GrantState, WishState

#: A wine of the open run keeps so many bottles back.
RESERVE = 12
#: At most so many are set aside for one of the named.
ASIDE = 2


def tell_of_runs(now: datetime, by: Actor) -> None:
    """Written down once everything else stands."""
    releases = list(
        Release.objects.filter(offers__items__wishes__isnull=False).distinct().order_by("made_at")
    )
    for release in releases:
        wishes = Wish.objects.filter(offer_item__offer__release=release)
        if wishes.filter(state=WishState.GRANTED.value).exists():
            _finished(release, by)
        elif wishes.filter(state=WishState.OPEN.value).exists():
            _open(release, now, by)


def set_aside_for_named(load: Load, by: Actor) -> None:
    """A request of the last release, granted yesterday: bottles that came back, for one of the named."""
    wish = Wish.objects.filter(
        customer__email=NAMED["ordered"].email,
        kind=WishKind.REQUEST.value,
        state=WishState.OPEN.value,
        offer_item__offer__closes_at__lt=load.now,
        offer_item__sku__stock__expected=0,
        offer_item__sku__stock__on_hand__gte=F("offer_item__sku__stock__sold")
        + F("offer_item__sku__stock__held")
        + F("asked"),
    ).first()
    if wish is None:
        return
    line = grant_wish(wish=wish, pieces=min(wish.asked, ASIDE), actor=by, now=load.now - timedelta(days=1))
    if line.cart is None:
        raise RuntimeError("a request that is granted is set aside")
    # The same in every demo, as everything of it.
    reference = load.reference("CRT")
    Hold.objects.filter(holder=line.cart.reference).update(holder=reference)
    Cart.objects.filter(pk=line.cart.pk).update(reference=reference)


def _finished(release: Release, by: Actor) -> None:
    """By group, the oldest first: what was granted, and who got nothing."""
    answered = Wish.objects.filter(
        offer_item__offer__release=release, state__in=[WishState.GRANTED.value, WishState.DECLINED.value]
    )
    wishes = list(
        answered.select_related("offer_item__sku", "offer_item__offer__group").order_by("made_at", "id")
    )
    at = max(wish.changed_at for wish in wishes)
    run = GrantRun.objects.create(
        release=release,
        state=GrantState.FINISHED.value,
        rule=Rule.RANK.value,
        terms=Terms().as_json(),
        keeps_rest=False,
        made_at=min(wish.changed_at for wish in wishes),
        changed_at=at,
        **in_the_name_of(by),
    )
    given: dict[int, int] = {}
    for wish in wishes:
        given[wish.offer_item.sku_id] = given.get(wish.offer_item.sku_id, 0) + wish.granted
    GrantStock.objects.bulk_create(
        GrantStock(run=run, sku_id=sku_id, to_give=pieces) for sku_id, pieces in sorted(given.items())
    )
    GrantLine.objects.bulk_create(
        (_line(run, wish, turn) for turn, wish in enumerate(wishes)), batch_size=1_000
    )
    granted = measure(asks_of(run), {wish.pk: wish.granted for wish in wishes})
    run.compared = {Rule.RANK.value: asdict(granted)}
    run.save(update_fields=["compared"])
    share_wishes(run=run, now=at)


def _line(run: GrantRun, wish: Wish, turn: int) -> GrantLine:
    item, outcome = wish.offer_item, GrantOutcome.GRANTED if wish.granted else GrantOutcome.WAITING
    return GrantLine(
        run=run,
        wish=wish,
        customer_id=wish.customer_id,
        asked=wish.asked,
        turn=turn,
        rank=item.offer.group.rank,
        price_minor=item.sku.price_minor if item.price_minor is None else item.price_minor,
        by_rule=wish.granted,
        pieces=wish.granted,
        given=wish.granted,
        shares={Rule.RANK.value: wish.granted},
        outcome=outcome.value,
        order_id=wish.order_id,
    )


def _open(release: Release, now: datetime, by: Actor) -> None:
    """Two ways to share out what is there among the open wishes, beside each other: the best for most customers, who
    then get two at least, and a draw with odds by group."""
    skus = list(
        Wish.objects.filter(offer_item__offer__release=release, state=WishState.OPEN.value)
        .order_by()
        .values_list("offer_item__sku_id", flat=True)
        .distinct()
    )
    figures = stock_figures(skus, now)
    stock = {
        sku_id: Give(min((available - RESERVE) // 2, 60), RESERVE)
        for sku_id in sorted(skus)
        if (available := figures.get(sku_id, NO_STOCK).available) > RESERVE + 1
    }
    if not stock:
        return
    for rule, terms in (
        (Rule.OPTIMISER, Terms(customer_cap=6, objective=Objective.SERVED.value, minimum=2)),
        (Rule.DRAW, Terms(customer_cap=6, odds=BY_GROUP, bonus=1)),
    ):
        run = draft_granting(
            release=release, stock=stock, rule=rule, terms=terms, seed="harvest-moon", actor=by, now=now
        )
        share_wishes(run=run, now=now)
