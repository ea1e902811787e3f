from enum import StrEnum


class RecordingKind(StrEnum):
    """What the black box keeps: a page as it was shown, or a button that was pressed with its answer."""

    SHOWN = "shown"
    PRESSED = "pressed"
