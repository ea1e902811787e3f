"""The table of rules, applied: whatever refers to a customer, found by the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from tirage.core.sql import fetch_all
from tirage.customers.models import Customer
from tirage.merging.table import RULES, How, Rule

Row = dict[str, Any]


def referring() -> dict[str, type[models.Model]]:
    """Every field of every model that refers to a customer, as the table names it, and its model."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Customer:
                found[f"{model._meta.label}.{field.name}"] = model
    return found


def model_of(key: str) -> type[models.Model]:
    return apps.get_model(key.rpartition(".")[0])


def rows_of(key: str, customer_id: int) -> models.QuerySet[Any]:
    """The rows of the table's entry that are the customer's. No manager of the model's own is in the way."""
    return model_of(key)._base_manager.filter(**{key.rpartition(".")[2]: customer_id})


def move(key: str, stays_id: int, ends_id: int) -> None:
    """All of it is the other's from now on."""
    rows_of(key, ends_id).update(**{key.rpartition(".")[2]: stays_id})


def move_once(key: str, rule: Rule, stays_id: int, ends_id: int) -> list[Row]:
    """What the other hasn't is theirs from now on; the rest is deleted and given back as it was."""
    within = dict(rule.where)
    there = {tuple(row[name] for name in _columns(key, rule)) for row in _values(key, stays_id, within)}
    twice = [
        row
        for row in _values(key, ends_id, within)
        if tuple(row[name] for name in _columns(key, rule)) in there
    ]
    if twice:
        rows_of(key, ends_id).filter(pk__in=[row["id"] for row in twice]).delete()
    move(key, stays_id, ends_id)
    return [{"what": key, **row} for row in twice]


def apply_rules(stays_id: int, ends_id: int) -> list[Row]:
    """What the table says of everything that has no act of its own; what was left over, as it was."""
    left_over = []
    for key, rule in RULES.items():
        if rule.how is How.MOVE:
            move(key, stays_id, ends_id)
        elif rule.how is How.MOVE_ONCE:
            left_over += move_once(key, rule, stays_id, ends_id)
        elif rule.how is How.DROP:
            rows_of(key, ends_id).delete()
    return left_over


def refuse_what_is_left(customer_id: int) -> None:
    """Nothing refers to the customer any more, whatever the table says: a row that did would go with it."""
    for key in referring():
        if rows_of(key, customer_id).exists():
            raise RuntimeError(f"{key} still refers to the customer")


def count_all(customer_ids: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """How much of each thing both have; one statement."""
    counted = {key: [0, 0] for key in RULES}
    parts, ids = [], list(customer_ids)
    for key in RULES:
        table = model_of(key)._meta.db_table
        column = f"{key.rpartition('.')[2]}_id"
        parts.append(
            f"SELECT '{key}' AS what, {column} AS who, count(*) AS rows_there FROM {table}"  # noqa: S608  # fixed names
            f" WHERE {column} IN (%s, %s) GROUP BY {column}"
        )
    for row in fetch_all(" UNION ALL ".join(parts), ids * len(parts)):
        counted[row["what"]][ids.index(row["who"])] = row["rows_there"]
    return {key: (both[0], both[1]) for key, both in counted.items()}


def _columns(key: str, rule: Rule) -> Iterator[str]:
    for name in rule.once:
        yield str(getattr(model_of(key)._meta.get_field(name), "attname", name))


def _values(key: str, customer_id: int, within: dict[str, object]) -> list[Row]:
    return list(rows_of(key, customer_id).filter(**within).values())
