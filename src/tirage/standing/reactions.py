"""What becomes of lines when carts and orders move by other hands; listed in ``config/subscriptions.py``."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.offers.states import ReleaseKind
from tirage.standing.models import StandingLine
from tirage.standing.states import Outcome

_WHY = {
    "time_over": "The run stood still for so long that the bottles went back.",
    "let_go": "The customer let the bottles go.",
    "taken_back": "The bottles were taken back before they were ordered.",
}


_NO_WORD = "Their time was over before the customer agreed to the terms."


def note_bought(*, cart_id: int, order_id: int, now: datetime) -> None:
    """Reaction to an order of what was set aside: the customer was faster than the run."""
    StandingLine.objects.filter(cart_id=cart_id, outcome=Outcome.ASIDE.value).update(
        outcome=Outcome.ORDERED.value, order_id=order_id, reason=""
    )


def note_set_aside_ended(*, cart_id: int, customer_id: int, how: str, actor: Actor, now: datetime) -> None:
    """Reaction to bottles that aren't set aside any more."""
    lines = StandingLine.objects.filter(cart_id=cart_id, outcome=Outcome.ASIDE.value)
    if how == "let_go":
        lines.update(outcome=Outcome.SKIPPED.value, reason=_WHY[how])
    else:
        waited = lines.filter(run__release__kind=ReleaseKind.EN_PRIMEUR.value).exists() and how == "time_over"
        lines.update(outcome=Outcome.RETURNED.value, reason=_NO_WORD if waited else _WHY[how])


def note_cancelled(*, order_id: int, **others: object) -> None:
    """Reaction to a cancelled order that wasn't paid: its bottles are anybody's again."""
    lines = StandingLine.objects.filter(
        order_id=order_id, outcome__in=[Outcome.ORDERING.value, Outcome.COLLECTING.value]
    )
    lines.update(
        outcome=Outcome.RETURNED.value, reason="The order ended before it was paid.", kept_until=None
    )
