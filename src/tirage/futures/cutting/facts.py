"""What the steps of a cut know of each other: its job, its reason on an order, what an order has of its lot."""

from __future__ import annotations

from django.db.models import Sum

from tirage.futures.models import Commitment, Cut

TASK = "tirage.futures.tasks.go_on_with_cut"


def reason_of(cut: Cut) -> str:
    """The reason of an order change that carries a cut out; ``keeping`` knows it by the reference at its end."""
    return f"{cut.reason} ({cut.reference})"


def pieces_of(order_id: int, lot_id: int) -> int:
    """What an order has of a lot now; one statement."""
    own = Commitment.objects.filter(line__order=order_id, lot=lot_id)
    return int(own.aggregate(sum=Sum("pieces"))["sum"] or 0)
