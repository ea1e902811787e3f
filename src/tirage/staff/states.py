from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    HOSPITALITY = "hospitality"
    FULFILMENT = "fulfilment"
    READ_ONLY = "read_only"
