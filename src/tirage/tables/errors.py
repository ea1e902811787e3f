"""What can be wrong with a table: the whole file, or one cell of it."""


class TableError(Exception):
    """The file as a whole can't be used. The message is for the person who sent it and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CellError(Exception):
    """One cell can't be read. The message is for the person who owns the table and names the cure.

    `field` is the name of the field to blame when the parser of a whole row raises it; a parser of one
    cell leaves it empty.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
