"""Columns used in every room."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast

from tirage.core.bounds import FIRST_MOMENT, LAST_MOMENT, MOST_MINOR
from tirage.core.references import LENGTH, new_reference


def reference_field(prefix: str) -> models.CharField[str, str]:
    """The outside identity of a row, such as ``ORD-7K2M9QXA``."""
    return models.CharField(
        max_length=len(prefix) + 1 + LENGTH,
        unique=True,
        editable=False,
        default=partial(new_reference, prefix),
    )


def product(one: str, other: str) -> CombinedExpression:
    """The product of two columns, wide enough: PostgreSQL multiplies small columns as small numbers."""
    return Cast(F(one), models.BigIntegerField()) * Cast(F(other), models.BigIntegerField())


def wide(column: str) -> Cast:
    """A column for products and sums that may pass what a big integer holds."""
    return Cast(F(column), models.DecimalField(max_digits=40, decimal_places=0))


def moment_check(*fields: str, name: str) -> models.CheckConstraint:
    """The database's own bounds for moments: the years that a winery means (``core.bounds``)."""
    within = models.Q()
    for field in fields:
        within &= models.Q(**{f"{field}__gte": FIRST_MOMENT, f"{field}__lte": LAST_MOMENT})
    return models.CheckConstraint(condition=within, name=name)


def amount_check(field: str, name: str) -> models.CheckConstraint:
    """The database's own bounds for an amount in minor units: sums of many still fit."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__isnull": True})
        | models.Q(**{f"{field}__gte": -MOST_MINOR, f"{field}__lte": MOST_MINOR}),
        name=name,
    )


def state_check(field: str, states: Any, name: str) -> models.CheckConstraint:
    """The database's own list of legal values."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": [state.value for state in states]}), name=name
    )
