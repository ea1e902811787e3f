"""Breaking one of the database's walls behind the operations' back, and reading which wall it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from tests.world import World

#: Writes something that the constraint of its name must refuse.
Breach = Callable[[World], object]


def assert_refused(name: str, breach: Callable[[], object]) -> None:
    """The database refuses, and this constraint is why. SQLite names a check, and of a unique one only its columns."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        breach()
    cause: Any = refused.value.__cause__
    if connection.vendor == "postgresql":
        assert cause.diag.constraint_name == name
    else:
        assert f"CHECK constraint failed: {name}" in str(cause) or _is_doubled(name, str(cause)), str(cause)


def _is_doubled(name: str, message: str) -> bool:
    is_unique = isinstance(named_constraints()[name], models.UniqueConstraint)
    return is_unique and message.startswith("UNIQUE constraint failed")


def named_constraints() -> dict[str, models.BaseConstraint]:
    """Every named constraint of our models."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("tirage.")]
    return {one.name: one for model in ours for one in model._meta.constraints}


def write_again(row: models.Model, **changes: object) -> None:
    """Saves a second row like ``row`` but for ``changes``; a reference of its own unless it is given."""
    row.pk = None
    names = {field.name for field in row._meta.fields}
    if "reference" in names:
        changes.setdefault("reference", "ANOTHER-2222")
    for name, value in changes.items():
        setattr(row, name, value)
    row._state.adding = True
    row.save(force_insert=True)
