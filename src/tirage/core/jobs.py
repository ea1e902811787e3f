"""Work for the worker, named rather than imported: a room's tasks import its operations, never the other way."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.module_loading import import_string
from django_tasks.base import Task


def queue_job(name: str, *arguments: Any) -> None:
    """Lets the worker call the task, such as ``tirage.imports.tasks.check_file``, once this transaction is committed.

    The job is a row, written in the transaction of the act. ``arguments`` go as JSON.
    """
    _task(name).enqueue(*arguments)


@cache
def _task(name: str) -> Task[..., Any]:
    found = import_string(name)
    if not isinstance(found, Task):
        raise TypeError(f"{name} is no task")
    return found
