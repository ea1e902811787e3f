"""A process of its own that splits a customer's cart and is killed at the named step. Run by the kill tests.

    python -m tests.concurrency.dying_split STEP CUSTOMER_ID ADDRESS_REFERENCE SPLIT_KEY

Steps: see STEPS. The database is named by TIRAGE_DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.concurrency.dying_checkout import dying_after

#: Where the process dies, in order; the last is after everything is committed.
STEPS = ("looked_at", "first_part_held", "rest_held", "written_down", "committed")


def arm(step: str) -> Any:
    """Puts the trap where the step is; the act to begin."""
    from tirage.checkout.operations import splitting

    traps = {
        "looked_at": "_split_now",
        "first_part_held": "hold_cart",
        "rest_held": "set_bottles_aside",
        "written_down": "record_event",
        "committed": "split_cart",
    }
    setattr(splitting, traps[step], dying_after(getattr(splitting, traps[step])))
    return splitting.split_cart


def main(step: str, customer_id: str, address_reference: str, key: str) -> None:
    import django

    django.setup()
    from tirage.core.actors import Actor, ActorKind
    from tirage.core.clock import read_clock
    from tirage.customers.models import Customer

    act, customer = arm(step), Customer.objects.get(pk=customer_id)
    actor = Actor(ActorKind.CUSTOMER, customer.pk, customer.name)
    act(
        customer=customer,
        address_reference=address_reference,
        expected=key,
        actor=actor,
        now=read_clock(),
    )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(*sys.argv[1:])
