"""What members of the team may let the worker do to many rows: the whole table on one page (``core/bulk.py``)."""

ACTS = {
    "archive_wishes": "tirage.wishes.archiving.archive_one_of_many",
    "restore_wishes": "tirage.wishes.archiving.restore_one_of_many",
    "decline_places": "tirage.joining.waiting.decline_one_of_many",
    "invite_from_line": "tirage.joining.waiting.invite_one_of_many",
    "decline_wishes": "tirage.wishes.operations.decline_one_of_many",
    "give_bottles": "tirage.wishes.reallocation.giving.give_one_of_many",
    "take_back_bottles": "tirage.wishes.reallocation.giving.take_back_one_of_many",
    "retry_collections": "tirage.changes.collecting.retry_one_of_many",
}
