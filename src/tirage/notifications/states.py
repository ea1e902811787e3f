from enum import StrEnum


class InviteState(StrEnum):
    """A run of invitations: under way, through, or ended by its offer before everybody was invited."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class MailKind(StrEnum):
    SIGN_IN_CODE = "sign_in_code"
    ORDER_RECEIPT = "order_receipt"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_NEEDS_CUSTOMER = "payment_needs_customer"
    BOTTLES_BACK = "bottles_back"
    WISH_MADE = "wish_made"
    WISH_DECLINED = "wish_declined"
    OFFER_INVITATION = "offer_invitation"
    STAFF_INVITATION = "staff_invitation"
    STAFF_PASSWORD = "staff_password"  # noqa: S105  # a kind of mail
