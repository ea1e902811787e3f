from enum import StrEnum


class InviteState(StrEnum):
    """A run of invitations: under way, through, or ended by its offer before everybody was invited."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class MailKind(StrEnum):
    SIGN_IN_CODE = "sign_in_code"
    SIGN_IN_LINK = "sign_in_link"
    ORDER_RECEIPT = "order_receipt"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_NEEDS_CUSTOMER = "payment_needs_customer"
    PAY_LINK_CHANGE = "pay_link_change"
    PAY_LINK_BALANCE = "pay_link_balance"
    CHARGE_FAILED = "charge_failed"
    CARD_NEEDED = "card_needed"
    PAYMENT_RECEIVED = "payment_received"
    ORDER_CHANGED = "order_changed"
    ORDER_CANCELLED = "order_cancelled"
    MONEY_GIVEN_BACK = "money_given_back"
    ORDER_SHIPPED = "order_shipped"
    BOTTLES_BACK = "bottles_back"
    WISH_MADE = "wish_made"
    WISH_DECLINED = "wish_declined"
    OFFER_INVITATION = "offer_invitation"
    STAFF_INVITATION = "staff_invitation"
    STAFF_PASSWORD = "staff_password"  # noqa: S105  # a kind of mail
