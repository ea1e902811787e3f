"""Two wishes of one person for one wine become one, with what was granted of both."""

from __future__ import annotations

from django.db.models import F

from tirage.merging.acts import Merge
from tirage.merging.references import Row
from tirage.merging.rules import Side, WishFacts, surviving_wish
from tirage.wishes.models import GrantLine, Wish

_WISH = "wishes.Wish.customer"
_LINE = "wishes.GrantLine.customer"


def move_wishes(merge: Merge) -> None:
    """All wishes of both; the wishes are locked, and none of two for one wine is being granted."""
    own = {wish.offer_item_id: wish for wish in Wish.objects.filter(customer=merge.stays)}
    for other in Wish.objects.filter(customer=merge.ends, offer_item__in=list(own)):
        stays = own[other.offer_item_id]
        side = surviving_wish(WishFacts(stays.asked, stays.granted), WishFacts(other.asked, other.granted))
        survivor, goes = (stays, other) if side is Side.STAYS else (other, stays)
        if goes.granted:
            _add_up(merge, survivor, goes)
        merge.left_over += _as_they_were(goes)
        GrantLine.objects.filter(wish=goes).delete()
        goes.delete()
    merge.move(_WISH)


def _add_up(merge: Merge, survivor: Wish, goes: Wish) -> None:
    """Both were granted: asked and granted are the sums, and each run gave both together."""
    Wish.objects.filter(pk=survivor.pk).update(
        asked=F("asked") + goes.asked, granted=F("granted") + goes.granted, changed_at=merge.now
    )
    runs = {line.run_id: line for line in GrantLine.objects.filter(wish=survivor)}
    for line in GrantLine.objects.filter(wish=goes):
        same = runs.get(line.run_id)
        if same is None:
            GrantLine.objects.filter(pk=line.pk).update(wish=survivor)
        else:
            GrantLine.objects.filter(pk=same.pk).update(
                asked=F("asked") + line.asked,
                by_rule=F("by_rule") + line.by_rule,
                pieces=F("pieces") + line.pieces,
                given=F("given") + line.given,
                outcome=same.outcome if same.given else line.outcome,
                order=same.order_id or line.order_id,
                draft=same.draft_id or line.draft_id,
            )


def _as_they_were(wish: Wish) -> list[Row]:
    rows = Wish.objects.filter(pk=wish.pk).values()
    lines = GrantLine.objects.filter(wish=wish).values()
    return [*({"what": _WISH, **row} for row in rows), *({"what": _LINE, **row} for row in lines)]
