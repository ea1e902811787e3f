from enum import StrEnum


class NotesState(StrEnum):
    """A search for notes."""

    #: The worker looks, or will.
    RUNNING = "running"
    FINISHED = "finished"
    #: By somebody; the notes stay those of before.
    STOPPED = "stopped"


class NoteState(StrEnum):
    OPEN = "open"
    #: Somebody did something about it.
    ACTED = "acted"
    DISMISSED = "dismissed"
    #: The last search didn't tell it any more.
    PASSED = "passed"


#: What nobody is told again unless it has changed.
SETTLED = (NoteState.ACTED, NoteState.DISMISSED)
