"""A process of its own that holds two bottles, checks out, and is killed at the named step. Run by the kill tests.

Store credit, where the customer has some, pays a part.

    python -m tests.concurrency.dying_checkout STEP CUSTOMER_ID

Steps: see STEPS. The database is named by TIRAGE_DATABASE_URL.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

#: Where the process dies, in the order of a checkout.
STEPS = (
    "holding",
    "held",
    "order_written",
    "bottles_promised",
    "order_committed",
    "bank_asked",
    "bank_answered",
    "payment_settled",
    "order_placed",
    "everything_committed",
)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(act: Callable[..., Any]) -> Callable[..., Any]:
    def acted(*arguments: Any, **named: Any) -> Any:
        act(*arguments, **named)
        die()

    return acted


def dying_before(act: Callable[..., Any]) -> Callable[..., Any]:
    def dead(*arguments: Any, **named: Any) -> Any:
        die()

    return dead


def arm(step: str) -> None:
    """Puts the trap where the step is."""
    from tirage.checkout import statements as checkout_statements
    from tirage.checkout.operations import placing
    from tirage.integrations.test_gateway.gateway import TestGateway
    from tirage.inventory import statements as inventory_statements
    from tirage.orders import statements as order_statements
    from tirage.payments import statements as payment_statements

    traps: dict[str, tuple[Any, str, Any]] = {
        "holding": (inventory_statements, "write_holds", dying_after),
        "held": (placing, "place_order", dying_before),
        "order_written": (order_statements, "insert_order", dying_after),
        "bottles_promised": (placing, "sell_held", dying_after),
        "order_committed": (placing, "send_charge", dying_before),
        "bank_asked": (TestGateway, "charge", dying_after),
        "bank_answered": (placing, "settle_result", dying_before),
        "payment_settled": (payment_statements, "advance_payment", dying_after),
        "order_placed": (checkout_statements, "clear_cart", dying_after),
        "everything_committed": (placing, "settle_result", dying_after),
    }
    owner, name, trap = traps[step]
    setattr(owner, name, trap(getattr(owner, name)))


def main(step: str, customer_id: int) -> None:
    import django

    django.setup()
    from tests.rooms.checkout.journey import customer_actor
    from tirage.checkout.operations import placing, set_cart
    from tirage.checkout.queries import load_offer_page, quote_checkout
    from tirage.core.clock import read_clock
    from tirage.customers.models import Customer
    from tirage.delivery.models import Method

    arm(step)
    customer, now = Customer.objects.get(pk=customer_id), read_clock()
    actor = customer_actor(customer)
    item = next(item for item in load_offer_page(customer, now).items if item.code == "CAB23")
    set_cart(customer=customer, quantities={item.offer_item_id: 2}, actor=actor, now=now)
    page, method = load_offer_page(customer, now), Method.objects.get(name="Ground").reference
    quote = quote_checkout(page, country="US", state="NY", method_reference=method)
    assert page.cart is not None
    credit_minor = min(customer.credit_minor, quote.total.minor)
    placing.place_order(
        customer=customer,
        attempt=page.cart.attempt,
        address_reference=customer.addresses.get().reference,
        method_reference=method,
        card_reference=customer.payment_methods.get().reference,
        expected_total_minor=quote.total.minor - credit_minor,
        use_credit=credit_minor > 0,
        adult_confirmed=True,
        actor=actor,
        now=now,
    )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tirage.config.settings"
    main(sys.argv[1], int(sys.argv[2]))
