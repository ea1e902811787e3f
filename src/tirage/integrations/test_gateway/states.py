"""A test charge's life."""

from enum import StrEnum


class ChargeKind(StrEnum):
    CHARGE = "charge"
    AUTHORISE = "authorise"


class ChargeState(StrEnum):
    NEEDS_CUSTOMER = "needs_customer"
    #: The bank said yes: a charge is captured, an authorisation waits for its capture.
    SETTLED = "settled"
    DECLINED = "declined"
    VOIDED = "voided"


class MovementKind(StrEnum):
    CAPTURE = "capture"
    REFUND = "refund"
    VOID = "void"
