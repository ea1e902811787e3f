"""Writing a row once: the database decides which of two calls with one key came first."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """What a charge needs to know of a saved card."""

    behaviour: str
    exp_month: int
    exp_year: int
    is_authenticated: bool


def new_token(prefix: str) -> str:
    """An unguessable name such as ``tch_9f0c…``; 96 bits."""
    return f"{prefix}_{secrets.token_hex(12)}"


def fingerprint_of(*arguments: object) -> str:
    """The same for the same arguments, so that a key used again for something else is noticed."""
    return hashlib.sha256("\x1f".join(map(str, arguments)).encode()).hexdigest()


def insert_once(row: models.Model) -> bool:
    """Inserts ``row`` unless its idempotency key is there already; True when it was inserted. One statement.

    Raw SQL because the ORM has no "insert or tell me that it was there" outside a transaction, and every
    charge of a release day passes here. ``row.pk`` stays empty."""
    sql, fields = _insert_statement(type(row))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return bool(cursor.rowcount == 1)


@cache
def _insert_statement(model: type[models.Model]) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(model._meta.db_table)
    return (
        f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT (idempotency_key) DO NOTHING",
        fields,
    )


def load_card(token: str, idempotency_key: str) -> tuple[CardOnFile | None, bool]:
    """The saved card, None when unknown or removed; and whether a movement has the key already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT behaviour, exp_month, exp_year, authenticated_at IS NOT NULL,"
            " EXISTS (SELECT 1 FROM test_gateway_testmovement WHERE idempotency_key = %s)"
            " FROM test_gateway_testcard WHERE token = %s AND removed_at IS NULL",
            [idempotency_key, token],
        )
        found = cursor.fetchone()
    if found is None:
        return None, False
    behaviour, exp_month, exp_year, is_authenticated, key_is_taken = found
    return CardOnFile(behaviour, exp_month, exp_year, bool(is_authenticated)), bool(key_is_taken)
