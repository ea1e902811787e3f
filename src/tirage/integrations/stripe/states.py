"""What Stripe was asked."""

from enum import StrEnum


class CallKind(StrEnum):
    SAVE_CARD = "save_card"
    CHARGE = "charge"
    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


#: Calls that make a payment of their own at Stripe; the others are about one.
PAYING = (CallKind.CHARGE, CallKind.AUTHORISE)
