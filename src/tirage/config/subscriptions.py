"""What follows from what: the whole table. Reactions run inside the act's transaction, in this order."""

SUBSCRIPTIONS: dict[str, list[str]] = {
    "sku.saved": ["tirage.inventory.reactions.open_stock"],
    "order.placed": [
        "tirage.checkout.operations.placing.clear_cart",
        "tirage.notifications.operations.queue_order_receipt",
    ],
    "payment.failed": ["tirage.checkout.operations.placing.abandon_checkout"],
    "checkout.failed_later": ["tirage.notifications.operations.queue_payment_failed"],
    "bottles.back": ["tirage.notifications.operations.queue_bottles_back"],
    "wish.made": ["tirage.notifications.operations.queue_wish_made"],
    "wish.declined": ["tirage.notifications.operations.queue_wish_declined"],
}
