"""The one hand-written statement of imports: many customers changed at once.

Django's ``bulk_update`` spells a CASE per column and row; for fifty thousand people that takes minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from tirage.customers.models import Customer

#: Columns that an import may change, in the statement's order.
CHANGED = (
    "other_email",
    "first_name",
    "last_name",
    "phone",
    "birth_date",
    "status",
    "status_reason",
    "suspended_at",
    "marketing_consent_at",
    "marketing_left_at",
    "marketing_source",
    "signed_up_at",
    "note",
    "session_epoch",
    "identity_epoch",
    "search_text",
)


def write_changed(customers: Sequence[Customer]) -> None:
    """Writes the columns CHANGED of each customer."""
    if not customers:
        return
    present = {field.name: field for field in Customer._meta.concrete_fields}
    fields = [present[name] for name in CHANGED]
    columns = ", ".join(f"{field.column} = %s" for field in fields)
    table = Customer._meta.db_table
    rows = [
        [
            *(field.get_db_prep_save(getattr(customer, field.attname), connection) for field in fields),
            customer.pk,
        ]
        for customer in customers
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {columns} WHERE id = %s", rows)
