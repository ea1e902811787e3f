from enum import StrEnum


class Colour(StrEnum):
    RED = "red"
    WHITE = "white"
    ROSE = "rose"
    SPARKLING = "sparkling"
    SWEET = "sweet"
    OTHER = "other"
