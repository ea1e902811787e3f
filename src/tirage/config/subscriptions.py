"""What follows from what: the whole table. Reactions run inside the act's transaction, in this order."""

SUBSCRIPTIONS: dict[str, list[str]] = {
    "sku.saved": ["tirage.inventory.reactions.open_stock"],
    "order.placed": [
        "tirage.checkout.operations.finishing.clear_cart",
        "tirage.notifications.operations.queue_order_receipt",
    ],
    "payment.settled": [
        "tirage.changes.reactions.apply_when_paid",
        "tirage.payments.operations.collecting.note_money",
    ],
    "payment.failed": [
        "tirage.payments.operations.cards.count_declined_card",
        "tirage.checkout.operations.finishing.abandon_checkout",
        "tirage.changes.reactions.wait_after_failure",
        "tirage.payments.operations.collecting.collect_after_failure",
        "tirage.changes.collecting.collect_change_failure",
    ],
    "payment.needs_customer": [
        "tirage.changes.reactions.wait_for_customer",
        "tirage.payments.operations.collecting.ask_absent_customer",
        "tirage.changes.collecting.ask_absent_customer",
    ],
    "change.applied": [
        "tirage.changes.collecting.close_paid_change",
        "tirage.wishes.granting.reactions.note_granted",
        "tirage.notifications.operations.queue_order_changed",
    ],
    "change.ended": [
        "tirage.changes.collecting.end_change_asking",
        "tirage.wishes.granting.reactions.note_ended",
    ],
    "change.waiting": ["tirage.wishes.granting.reactions.note_waiting"],
    "payment.refunding": ["tirage.changes.reactions.refuse_refund"],
    "order.cancelling": [
        "tirage.changes.reactions.drop_with_order",
        "tirage.payments.operations.collecting.end_with_order",
    ],
    "rest.waived": ["tirage.payments.operations.collecting.end_waived"],
    "order.cancelled": [
        "tirage.wishes.granting.reactions.note_cancelled",
        "tirage.notifications.operations.queue_order_cancelled",
    ],
    "refund.announced": ["tirage.notifications.operations.queue_money_given_back"],
    "order.shipping": ["tirage.changes.reactions.refuse_shipping"],
    "authorisation.failed": ["tirage.payments.operations.collecting.collect_after_lapse"],
    "card.saved": ["tirage.payments.operations.collecting.use_new_card"],
    "card_link.made": ["tirage.notifications.operations.queue_card_needed"],
    "pay_link.made": ["tirage.notifications.operations.queue_pay_link"],
    "collection.failed": ["tirage.notifications.operations.queue_charge_failed"],
    "money.collected": ["tirage.notifications.operations.queue_payment_received"],
    "checkout.failed_later": ["tirage.notifications.operations.queue_payment_failed"],
    "gateway.told": ["tirage.payments.operations.hearing.settle_told"],
    "gateway.warned": ["tirage.payments.operations.hearing.heed_warning"],
    "gateway.card_renewed": [
        "tirage.payments.operations.hearing.renew_card",
        "tirage.payments.operations.collecting.try_renewed_card",
    ],
    "gateway.card_expiring": ["tirage.payments.operations.hearing.note_card_expiring"],
    "gateway.card_gone": ["tirage.payments.operations.hearing.drop_card"],
    "order.shipped": ["tirage.changes.reactions.drop_after_shipping"],
    "shipment.announced": ["tirage.notifications.operations.queue_order_shipped"],
    "bottles.back": ["tirage.notifications.operations.queue_bottles_back"],
    "wish.made": [
        "tirage.notifications.operations.queue_wish_made",
        "tirage.notifications.operations.queue_wish_asked",
    ],
    "wishes.granted": ["tirage.notifications.operations.queue_wishes_granted"],
    "set_aside.made": ["tirage.notifications.operations.queue_set_aside"],
    "set_aside.ending": ["tirage.notifications.operations.queue_set_aside_ending"],
    "set_aside.bought": ["tirage.wishes.granting.requests.note_bought"],
    "set_aside.ended": [
        "tirage.notifications.operations.queue_set_aside_ended",
        "tirage.wishes.granting.requests.note_set_aside_ended",
    ],
    "policy.told": ["tirage.notifications.operations.queue_policy_told"],
    "wish.declined": ["tirage.notifications.operations.queue_wish_declined"],
}
