from enum import StrEnum


class WaveMoment(StrEnum):
    """What the team is told of a wave: the offers of a release that open, or close, at the same moment."""

    OPENED = "opened"
    CLOSED = "closed"
