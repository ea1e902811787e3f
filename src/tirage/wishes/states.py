from enum import StrEnum


class WishState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    #: Left open when its release was tidied away; never granted unless it is put back.
    ARCHIVED = "archived"
