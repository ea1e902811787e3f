"""A process of its own that checks out where a service is asked for tax, and is killed at the step.

    python -m tests.concurrency.dying_taxing STEP CUSTOMER_ID ADDRESS

Steps: see STEPS. The database is named by TIRAGE_DATABASE_URL, ADDRESS is the stand-in's.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.concurrency.dying_checkout import dying_after, dying_before

#: Where the process dies, in order: from the question to the placing.
STEPS = ("question_made", "service_answered", "answer_kept", "order_written")


def arm(step: str) -> None:
    from tirage.checkout import taxing as asking
    from tirage.checkout.operations import placing
    from tirage.integrations.sovos.service import ShipCompliant
    from tirage.orders import statements

    traps: dict[str, tuple[Any, str, Any]] = {
        "question_made": (asking, "due_of", dying_before),
        "service_answered": (ShipCompliant, "quote", dying_after),
        "answer_kept": (placing, "_place", dying_before),
        "order_written": (statements, "insert_order", dying_after),
    }
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(step: str, customer_id: int, address: str) -> None:
    import django

    django.setup()
    from django.conf import settings

    from tests.rooms.checkout.journey import customer_actor
    from tirage.checkout.operations import placing
    from tirage.checkout.queries import load_offer_page
    from tirage.core.clock import read_clock
    from tirage.customers.models import Customer
    from tirage.delivery.models import Method

    # The settings refuse an address in the clear.
    settings.TIRAGE_SOVOS_API_BASE = address
    arm(step)
    customer, now = Customer.objects.get(pk=customer_id), read_clock()
    page = load_offer_page(customer, now)
    assert page.cart is not None
    placing.place_order(
        customer=customer,
        attempt=page.cart.attempt,
        address_reference=customer.addresses.get().reference,
        method_reference=Method.objects.get(name="Ground").reference,
        card_reference=customer.payment_methods.get().reference,
        # Nobody gets as far as comparing it, but for the last step.
        expected_total_minor=int(os.environ["TIRAGE_TEST_TOTAL"]),
        adult_confirmed=True,
        actor=customer_actor(customer),
        now=now,
    )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
