"""Which step an import may take now; each refusal says why not."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.errors import Conflict
from tirage.imports.models import ImportRun
from tirage.imports.queries import last_sign, say_written
from tirage.imports.states import IMPORT_STEPS, ImportState

#: A run that gave no sign of life for so long has died.
SILENCE = timedelta(minutes=1)
_OVER = "This import is under way or over. Look at it again."


def refuse_step(run: ImportRun, state: ImportState) -> None:
    """Raises Conflict when the run can't come into the state from where it is."""
    if state not in IMPORT_STEPS[ImportState(run.state)]:
        raise Conflict("import_state", _OVER)
    if state is ImportState.CHECKING:
        refuse_begun(run)


def refuse_settled(run: ImportRun) -> None:
    """Raises Conflict when columns and answers can't be changed any more."""
    if run.state not in (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED):
        raise Conflict("import_state", _OVER)
    refuse_begun(run)


def refuse_begun(run: ImportRun) -> None:
    """What is in was read with the columns and options as they are."""
    if run.written:
        raise Conflict("import_begun", f"{say_written(run)} Go on with the rest, or let it go.")


def refuse_second(reference: str, now: datetime) -> None:
    """Two imports that write at once would wait for each other's rows, each in its own order."""
    for other in ImportRun.objects.filter(state=ImportState.RUNNING.value).exclude(reference=reference):
        if now - last_sign(other) < SILENCE:
            raise Conflict(
                "import_busy", f"The import of {other.file_name} is running. Wait until it has finished."
            )
