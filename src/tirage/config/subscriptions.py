"""What follows from what: the whole table. Reactions run inside the act's transaction, in this order."""

SUBSCRIPTIONS: dict[str, list[str]] = {
    "sku.saved": [
        "tirage.inventory.reactions.open_stock",
    ],
    "order.placed": [
        "tirage.checkout.operations.placing.clear_cart",
    ],
    "payment.failed": [
        "tirage.checkout.operations.placing.abandon_checkout",
    ],
}
