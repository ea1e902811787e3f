"""Work for the worker, named rather than imported: a room's tasks import its operations, never the other way."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Any

from django.utils.module_loading import import_string
from django_tasks.base import Task


class Urgency(IntEnum):
    """Among the jobs that wait, the more urgent go first."""

    #: Somebody looks at a screen and waits for it; such jobs have a queue and a thread of the worker to themselves.
    NOW = 50
    #: About something that somebody just did.
    SOON = 0
    #: One of thousands that go out together.
    BULK = -50


def queue_job(name: str, *arguments: Any, urgency: Urgency = Urgency.SOON) -> None:
    """Lets the worker call the task, such as ``tirage.imports.tasks.check_file``, once this transaction is committed.

    The job is a row, written in the transaction of the act. ``arguments`` go as JSON.
    """
    task = _task(name)
    if urgency is not Urgency.SOON:
        queue = "urgent" if urgency is Urgency.NOW else task.queue_name
        task = task.using(priority=int(urgency), queue_name=queue)
    task.enqueue(*arguments)


@cache
def _task(name: str) -> Task[..., Any]:
    found = import_string(name)
    if not isinstance(found, Task):
        raise TypeError(f"{name} is no task")
    return found
