from enum import StrEnum


class ReleaseKind(StrEnum):
    ALLOCATION = "allocation"
    EN_PRIMEUR = "en_primeur"


class WishKind(StrEnum):
    """What a wish means: the customer agrees to be charged, or asks for the right to buy; or there are none."""

    PROMISE = "promise"
    REQUEST = "request"
    OFF = "off"


class GridField(StrEnum):
    """What a cell of the release grid may say of an item; the names are those of its columns."""

    MAXIMUM = "purchase_maximum"
    MINIMUM = "purchase_minimum"
    WISH = "wish_maximum"
    PRICE = "price_minor"


class DraftState(StrEnum):
    """What became of numbers that were proposed for a release grid."""

    OPEN = "open"
    APPLIED = "applied"
    DISCARDED = "discarded"
    REPLACED = "replaced"
