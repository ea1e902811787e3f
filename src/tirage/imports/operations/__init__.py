"""Acts on an import, one public function each: bring a file, choose its columns, check it, run it, let it go.

Nothing is written before every row was looked at. Then the good rows go in portion by portion, and each portion's
transaction also writes how many rows are in: killed at any moment, the import goes on exactly behind the last row that
is in, and no row is written twice. See ``writing.py``.
"""

from tirage.imports.operations.answering import answer_questions, choose_columns
from tirage.imports.operations.bringing import bring_file, recognise_import, start_import
from tirage.imports.operations.queueing import queue_import, queue_recognising
from tirage.imports.operations.running import check_import, run_import
from tirage.imports.operations.sweeping import cancel_import, sweep_stopped, tidy_imports

__all__ = [
    "answer_questions",
    "bring_file",
    "cancel_import",
    "check_import",
    "choose_columns",
    "queue_import",
    "queue_recognising",
    "recognise_import",
    "run_import",
    "start_import",
    "sweep_stopped",
    "tidy_imports",
]
