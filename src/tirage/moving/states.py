"""A run's life, and by what the old sums are compared with ours."""

from enum import StrEnum


class MoveState(StrEnum):
    RUNNING = "running"
    #: By somebody, between two portions; it goes on where it was.
    STOPPED = "stopped"
    FINISHED = "finished"


class MoveAct(StrEnum):
    #: Puts the orders together and says what would come of it; writes nothing.
    PREVIEW = "preview"
    #: Makes the ledger say what the files say: writes, changes, and takes out what no file names any more.
    BRING_IN = "bring_in"
    #: The same of the orders alone whose files were taken back.
    TAKE_BACK = "take_back"
    #: Asks the processor for each saved card that waits.
    CARDS = "cards"


class Outcome(StrEnum):
    """What became of an order of the files, or would."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    #: Never placed there: nothing to bring.
    LEFT_OUT = "left_out"
    REFUSED = "refused"
    #: No file names it any more.
    GONE = "gone"


class Made(StrEnum):
    """What the history brings with its orders."""

    CUSTOMER = "customer"
    SKU = "sku"


class Thing(StrEnum):
    """What is brought besides orders, a row of a file each."""

    CREDIT = "credit"
    MEMBER = "member"
    CARD = "card"
    MUTE = "mute"
    WISH = "wish"
    STAY = "stay"


class ThingState(StrEnum):
    #: A saved card that the processor hasn't been asked for yet.
    WAITING = "waiting"
    #: It is written, and what it made is here.
    IN = "in"
    #: It can't come in, and its problem says why.
    REFUSED = "refused"


class By(StrEnum):
    """What sums are taken by."""

    YEAR = "year"
    MONTH = "month"
    CUSTOMER = "customer"
    WINE = "wine"
    PAYMENT = "payment"
    #: Each order's own total.
    ORDER = "order"
    #: A customer's store credit, as it came in.
    CREDIT = "credit"
