"""Wines as the choices of a filter: one wine in two formats is two choices."""

from __future__ import annotations

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from tirage.backoffice.frame.filters import Source
from tirage.catalog.models import Sku, format_name

_BETWEEN = "\t"


def _say(label: str) -> str:
    """``Estate Cabernet 2023, 1.5 l``."""
    name, millilitres, units = label.rsplit(_BETWEEN, 2)
    return f"{name}, {format_name(int(millilitres), int(units))}"


#: Every sku by name and format.
SKUS = Source(
    Sku.objects.all,
    value="code",
    label=Concat(
        "name",
        Value(_BETWEEN),
        Cast("millilitres", CharField()),
        Value(_BETWEEN),
        Cast("units", CharField()),
        output_field=CharField(),
    ),
    say=_say,
)
