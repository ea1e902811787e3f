from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    HOSPITALITY = "hospitality"
    FULFILMENT = "fulfilment"
    READ_ONLY = "read_only"


class TourStep(StrEnum):
    """The steps of the tour through a release, in their order."""

    GROUP = "group"
    OFFER = "offer"
    TEST = "test"
    PREVIEW = "preview"
    OPEN = "open"
    WATCH = "watch"
