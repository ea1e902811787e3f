"""From the text of one cell to one value. Every parser takes the text, returns None for an empty cell
and raises CellError with a message that says what to do. None of them asks a clock, a file or a database.
"""

from tirage.tables.cleaning.dates import DateOrder, decide_date_order, parse_date, parse_moment
from tirage.tables.cleaning.emails import Emails, identity, parse_email, parse_emails
from tirage.tables.cleaning.names import PersonName, split_name
from tirage.tables.cleaning.numbers import parse_boolean, parse_money, parse_percent, parse_whole
from tirage.tables.cleaning.text import clean_list, clean_note, clean_text, is_empty
from tirage.tables.cleaning.wine import NON_VINTAGE, BottleFormat, parse_format, parse_vintage

__all__ = [
    "NON_VINTAGE",
    "BottleFormat",
    "DateOrder",
    "Emails",
    "PersonName",
    "clean_list",
    "clean_note",
    "clean_text",
    "decide_date_order",
    "identity",
    "is_empty",
    "parse_boolean",
    "parse_date",
    "parse_email",
    "parse_emails",
    "parse_format",
    "parse_moment",
    "parse_money",
    "parse_percent",
    "parse_vintage",
    "parse_whole",
    "split_name",
]
