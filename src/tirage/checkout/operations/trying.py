"""What stands against a group that is about to become a test group, or a real one."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from tirage.checkout.models import Cart
from tirage.core.errors import DomainError
from tirage.core.texts import say_count


def refuse_in_carts(*, group_id: int, is_test: bool, now: datetime) -> None:
    """Reaction to a group that changes sides: what is in somebody's cart, or being paid, isn't made another thing.

    Orders stay what they are. Raises DomainError ``group_in_use``.
    """
    live = Q(expires_at__gt=now, lines__offer_item__offer__group=group_id) | Q(
        pending_order__offer__group=group_id
    )
    people = Cart.objects.filter(live).values("customer").distinct().count()
    if people:
        having = "customer has" if people == 1 else "customers have"
        words = (
            f"{say_count(people, having, having)} bottles of this group in the cart, or is paying for some."
        )
        if people > 1:
            words = words.replace("or is paying", "or are paying")
        words += " Wait until that is over, or close its offers, then save again."
        raise DomainError("group_in_use", words, {"is_test": words})
