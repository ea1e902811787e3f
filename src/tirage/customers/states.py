from enum import StrEnum


class CustomerStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class GroupKind(StrEnum):
    STANDARD = "standard"
    ALLOCATION = "allocation"
