from enum import StrEnum


class ReleaseKind(StrEnum):
    ALLOCATION = "allocation"
    EN_PRIMEUR = "en_primeur"


class WishKind(StrEnum):
    """What a wish means: the customer agrees to be charged, or asks for the right to buy; or there are none."""

    PROMISE = "promise"
    REQUEST = "request"
    OFF = "off"
