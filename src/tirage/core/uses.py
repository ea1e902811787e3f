"""Who still needs a row: the rows of any room that point at it, without knowing the rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db import models


def count_uses(
    row: models.Model, *, ignoring: tuple[type[models.Model], ...] = ()
) -> dict[type[models.Model], int]:
    """How many rows of each model point at ``row``; models without any are left out."""
    uses: dict[type[models.Model], int] = {}
    for relation in row._meta.related_objects:
        model = cast(type[models.Model], relation.related_model)
        if model in ignoring or relation.many_to_many:
            continue
        count = model._default_manager.filter(**{relation.field.name: row.pk}).count()
        if count:
            uses[model] = uses.get(model, 0) + count
    return uses


def are_used(rows: models.QuerySet[Any], *, ignoring: tuple[type[models.Model], ...] = ()) -> bool:
    """Whether any row of another model points at one of ``rows``; a statement for each such model."""
    for relation in rows.model._meta.related_objects:
        model = cast(type[models.Model], relation.related_model)
        if model in ignoring or relation.many_to_many:
            continue
        if model._default_manager.filter(**{f"{relation.field.name}__in": rows.values("pk")}).exists():
            return True
    return False


def used_among(rows: Sequence[models.Model], *, ignoring: tuple[type[models.Model], ...] = ()) -> set[int]:
    """The keys of those of ``rows`` (of one model) that a row of another model points at; a statement for each such
    model.
    """
    used: set[int] = set()
    for relation in rows[0]._meta.related_objects if rows else ():
        model = cast(type[models.Model], relation.related_model)
        if model in ignoring or relation.many_to_many:
            continue
        name = f"{relation.field.name}_id"
        pointing = model._default_manager.filter(**{f"{name}__in": [row.pk for row in rows]})
        used |= set(pointing.values_list(name, flat=True))
    return used
