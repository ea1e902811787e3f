"""What can be imported, and an import's life."""

from enum import StrEnum


class ImportKind(StrEnum):
    CUSTOMERS = "customers"
    SKUS = "skus"
    STOCK = "stock"
    OFFER_ITEMS = "offer-items"
    ORDERS = "orders"
    CREDIT = "credit"
    CLUB_MEMBERS = "club-members"
    CARDS = "cards"
    SUPPRESSED = "suppressed"
    WISHES = "wishes"
    GROUP_STAYS = "group-stays"


class ImportState(StrEnum):
    #: The file is here, its columns are being chosen.
    UPLOADED = "uploaded"
    CHECKING = "checking"
    #: Every row was looked at and nothing written.
    CHECKED = "checked"
    RUNNING = "running"
    #: Everything that was to be imported is.
    DONE = "done"
    #: It can be started again, and goes on behind the rows that are in, if there are any.
    FAILED = "failed"
    CANCELLED = "cancelled"


class PartOf(StrEnum):
    """What is kept of an import besides its row."""

    UPLOAD = "upload"
    #: Every problem found, as CSV.
    REPORT = "report"
    #: Good rows on their way into the books, in portions.
    ROWS = "rows"


#: The legal steps. A check or run that died leaves its state behind; ``sweep_stopped`` makes it failed.
IMPORT_STEPS: dict[ImportState, frozenset[ImportState]] = {
    ImportState.UPLOADED: frozenset({ImportState.CHECKING, ImportState.RUNNING, ImportState.CANCELLED}),
    ImportState.CHECKING: frozenset({ImportState.CHECKED, ImportState.FAILED}),
    ImportState.CHECKED: frozenset({ImportState.CHECKING, ImportState.RUNNING, ImportState.CANCELLED}),
    ImportState.RUNNING: frozenset({ImportState.DONE, ImportState.CHECKED, ImportState.FAILED}),
    ImportState.DONE: frozenset(),
    ImportState.FAILED: frozenset({ImportState.CHECKING, ImportState.RUNNING, ImportState.CANCELLED}),
    ImportState.CANCELLED: frozenset(),
}

#: Something is at work on it, or was when it was last heard of.
BUSY = (ImportState.CHECKING, ImportState.RUNNING)
#: Its file is no longer needed.
OVER = (ImportState.DONE, ImportState.CANCELLED)
