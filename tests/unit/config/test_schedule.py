"""The table of what happens by the clock."""

from importlib import import_module
from inspect import signature

import pytest

from tirage.cli.jobs import Scheduled
from tirage.config.schedule import SCHEDULE


@pytest.mark.parametrize("entry", SCHEDULE, ids=lambda entry: entry.name)
def test_each_entry_names_an_operation_that_takes_now(entry: Scheduled) -> None:
    module, _, name = entry.operation.rpartition(".")
    parameters = signature(getattr(import_module(module), name)).parameters
    required = {key for key, value in parameters.items() if value.default is value.empty}
    assert required == {"now"}


def test_names_are_unique() -> None:
    assert len({entry.name for entry in SCHEDULE}) == len(SCHEDULE)
