"""From the text of one cell to one value. Every parser takes the text, returns None for an empty cell
and raises CellError with a message that says what to do. None of them asks a clock, a file or a database.
"""

from tirage.tables.cleaning.characters import one_line, visible
from tirage.tables.cleaning.dates import DateOrder, is_doubtful_date, parse_date, parse_moment, told_order
from tirage.tables.cleaning.emails import Emails, identity, parse_email, parse_emails, shown
from tirage.tables.cleaning.names import PersonName, split_name
from tirage.tables.cleaning.numbers import (
    DecimalMark,
    is_doubtful,
    minor_digits,
    parse_money,
    parse_percent,
    parse_whole,
    told_mark,
)
from tirage.tables.cleaning.text import clean_list, clean_note, clean_text, is_empty, is_parted, join_list
from tirage.tables.cleaning.wine import (
    NON_VINTAGE,
    UNITS,
    BottleFormat,
    bare_size,
    likely_unit,
    parse_format,
    parse_vintage,
)

__all__ = [
    "NON_VINTAGE",
    "UNITS",
    "BottleFormat",
    "DateOrder",
    "DecimalMark",
    "Emails",
    "PersonName",
    "bare_size",
    "clean_list",
    "clean_note",
    "clean_text",
    "identity",
    "is_doubtful",
    "is_doubtful_date",
    "is_empty",
    "is_parted",
    "join_list",
    "likely_unit",
    "minor_digits",
    "one_line",
    "parse_date",
    "parse_email",
    "parse_emails",
    "parse_format",
    "parse_moment",
    "parse_money",
    "parse_percent",
    "parse_vintage",
    "parse_whole",
    "shown",
    "split_name",
    "told_mark",
    "told_order",
    "visible",
]
