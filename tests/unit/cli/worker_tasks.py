"""Jobs that real worker processes run in tests."""

import time
from pathlib import Path

from django.conf import settings
from django_tasks import task


def _folder() -> Path:
    return Path(settings.VAR)


@task()
def leave_a_mark() -> None:
    with (_folder() / "marks").open("a", encoding="utf-8") as marks:
        marks.write("done\n")


@task()
def leave_a_mark_at_the_second_try() -> None:
    """The first worker is killed while it waits here."""
    begun = _folder() / "begun"
    if not begun.exists():
        begun.touch()
        time.sleep(60)
    leave_a_mark.func()


@task()
def wait_for_a_mark() -> None:
    """Done once another job has left its mark: two that run at once are needed."""
    while not (_folder() / "marks").exists():
        time.sleep(0.05)


@task(queue_name="urgent")
def leave_a_mark_at_once() -> None:
    leave_a_mark.func()
