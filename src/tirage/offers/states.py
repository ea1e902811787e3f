from enum import StrEnum


class ReleaseKind(StrEnum):
    ALLOCATION = "allocation"
    EN_PRIMEUR = "en_primeur"


class PlanKind(StrEnum):
    """When wine that is bought en primeur is paid for."""

    NOW = "now"
    #: A deposit now, the rest in parts on days that are known.
    INSTALMENTS = "instalments"
    #: A deposit now, the rest when the winery releases the wine.
    AT_RELEASE = "at_release"


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
