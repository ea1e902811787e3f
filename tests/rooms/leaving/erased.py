"""A person whose words stand wherever words can stand, and where any of them are still found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection, models, transaction

from tirage.customers.models import Customer
from tirage.leaving.erasing.operations import rows_of_customer
from tirage.leaving.erasing.table import (
    BLANKS,
    GONE,
    KEPT,
    LABELS,
    owned_models,
    swept_fields,
    swept_models,
)

FIRST, LAST = "Benedikta", "Quillfeather"
NAME = f"{FIRST} {LAST}"
EMAIL, OTHER = "benedikta@quillfeather.example", "b.quillfeather@elsewhere.example"
PHONE, STREET, COMPANY = "+17075550199", "77 Quillfeather Lane", "Quillfeather & Daughters"
#: Nobody else's, whatever is written around them.
TRACES = ("quillfeather", "benedikta", PHONE)
#: Where tax was owed: no words of anybody's.
_PLACES = {
    "orders.Order": {"city", "ship_state", "postal_code", "country"},
    "orders.OrderCharge": {"tax_kind", "jurisdiction", "tax_source"},
}


def become_somebody(customer: Customer) -> None:
    """The customer is this person, in its own row and at its addresses."""
    Customer.objects.filter(pk=customer.pk).update(
        first_name=FIRST,
        last_name=LAST,
        email=EMAIL,
        other_email=OTHER,
        phone=PHONE,
        note=f"{NAME} likes magnums",
        storage_warehouse="Quillfeather Storage",
        source="Quillfeather tasting",
        search_text=f"{NAME} {EMAIL}".lower(),
    )
    customer.addresses.update(recipient=NAME, company=COMPANY, line1=STREET, phone=PHONE)
    customer.orders.update(recipient=NAME, line1=STREET, gift_note="From the Quillfeathers", phone=PHONE)
    customer.refresh_from_db()


def write_everywhere(customer: Customer) -> set[str]:
    """Puts the person's words into every column of words, of the customer's rows and of one row of each other table;
    the names of the tables that have them by now."""
    for model in owned_models():
        label = model._meta.label
        names = {*BLANKS.get(label, {}), *KEPT.get(label, ()), *LABELS} - _PLACES.get(label, set())
        if label in GONE:
            names |= {one.name for one in swept_fields(model)}
        for rows in rows_of_customer(label, customer.pk):
            for field in model._meta.concrete_fields:
                if field.name in names:
                    _write(rows, field)
    owned = {model._meta.label for model in owned_models()}
    for model in swept_models():
        if model._meta.label not in owned:
            first = model._base_manager.order_by("pk").values_list("pk", flat=True)[:1]
            for field in swept_fields(model):
                _write(model._base_manager.filter(pk__in=list(first)), field)
    return {table.partition(".")[0] for table in found_in()}


def _write(rows: models.QuerySet[Any], field: models.Field[Any, Any]) -> None:
    """What the database refuses there can't stand there."""
    value: Any = f"{NAME}, {STREET}"
    if isinstance(field, models.JSONField):
        value = {"who": [f"To {NAME}", EMAIL], EMAIL: {"phone": PHONE}}
    elif not isinstance(field, (models.CharField, models.TextField)) or (field.max_length or 99) < 50:
        return
    try:
        with transaction.atomic():
            rows.update(**{field.name: value})
    except DatabaseError:
        return


def found_in(traces: tuple[str, ...] = TRACES) -> list[str]:
    """``table.column`` wherever the database still says any of it, whatever the program thinks of the table."""
    found = []
    for table, column in _columns():
        likes = " OR ".join(f'lower(CAST("{column}" AS text)) LIKE %s' for _ in traces)
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE {likes}',  # the database's own names
                [f"%{one.lower()}%" for one in traces],
            )
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def _columns() -> Iterator[tuple[str, str]]:
    """Every column of every table there is, from the database itself."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_table_description(cursor, table):
                yield table, column.name
