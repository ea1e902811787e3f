from enum import StrEnum


class MovementReason(StrEnum):
    OPENING = "opening"
    RECEIVED = "received"
    COUNTED = "counted"
    BREAKAGE = "breakage"
    TASTING = "tasting"
    TRANSFER = "transfer"
    RETURNED = "returned"
    SHIPPED = "shipped"
    OTHER = "other"
