"""Columns used in every room."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import models

from tirage.core.references import LENGTH, new_reference


def reference_field(prefix: str) -> models.CharField[str, str]:
    """The outside identity of a row, such as ``ORD-7K2M9QXA``."""
    return models.CharField(
        max_length=len(prefix) + 1 + LENGTH,
        unique=True,
        editable=False,
        default=partial(new_reference, prefix),
    )


def state_check(field: str, states: Any, name: str) -> models.CheckConstraint:
    """The database's own list of legal values."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": [state.value for state in states]}), name=name
    )
