from enum import StrEnum


class MethodKind(StrEnum):
    SHIP = "ship"
    PICKUP = "pickup"
    STORAGE = "storage"


class Visibility(StrEnum):
    ALL = "all"
    STAFF = "staff"
