"""Everything that is kept of one customer as a file, for who asks for their own data.

Every table that refers to a customer is in the table of merging, so that none can be forgotten here; what is a key to
something (sessions, codes, a card's token) stays out, and so do numbers that only mean something inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.merging.table import RULES

#: Tables of keys and of work in progress: nothing about the person.
LEFT_OUT = {
    "customers.CustomerSession.customer": "keys to a sign-in",
    "customers.SignInRequest.customer": "keys to a sign-in",
    "customers.Passkey.customer": "keys to a sign-in",
    "customers.MoveRow.customer": "the team's bulk moves; memberships say what came of them",
    "segments.SegmentMember.customer": "worked out from orders, anew each day",
    "segments.SegmentMove.customer": "worked out from orders, anew each day",
    "moving.BroughtThing.customer": "which row brought what; what it became stands in its own table",
    "marketing.SyncLine.customer": "how a newsletter's list was brought in line",
}
#: Columns that open something, or say nothing outside.
_SECRET = frozenset(
    {
        "id",
        "token",
        "idempotency_key",
        "session_epoch",
        "identity_epoch",
        "search_text",
        "digest",
        "terms",
        "epoch",
    }
)
#: What hangs on an order and a wish, by the name of the relation.
_BELOW = {"orders.Order": ("changes", "lines", "charges", "payments")}


def own_data(customer: Customer) -> dict[str, Any]:
    """The customer, and each table's rows by what it is called; a statement for each table."""
    found: dict[str, Any] = {"customer": _row(customer)}
    for name in sorted(RULES.keys() - LEFT_OUT.keys()):
        label, _, field = name.rpartition(".")
        model = apps.get_model(label)
        rows = model._default_manager.filter(**{field: customer}).order_by("pk")
        found[RULES[name].many or str(model._meta.verbose_name_plural)] = [
            _with_below(row) for row in _related(rows)
        ]
    events = Event.objects.filter(customer_id=customer.pk).order_by("pk")
    found["activity"] = [{"at": one.at, "by": one.actor_label, "what": one.text} for one in events.iterator()]
    return found


def write_own_data(customer: Customer) -> Iterator[str]:
    """The same as JSON, piece by piece."""
    encoder = DjangoJSONEncoder(indent=1, ensure_ascii=False)
    yield from encoder.iterencode(own_data(customer))
    yield "\n"


def _related(rows: Any) -> Any:
    """With what its rows refer to, which is said by name."""
    names = [one.name for one in rows.model._meta.concrete_fields if isinstance(one, models.ForeignKey)]
    return rows.select_related(*names) if names else rows


def _row(row: models.Model) -> dict[str, Any]:
    found = {}
    for one in row._meta.concrete_fields:
        if one.name in _SECRET or isinstance(one, models.BinaryField):
            continue
        value = getattr(row, one.name)
        if isinstance(value, Customer):
            continue
        found[one.name] = str(value) if isinstance(value, models.Model) else value
    return {name: value for name, value in found.items() if value not in (None, "", {}, [])}


def _with_below(row: models.Model) -> dict[str, Any]:
    found = _row(row)
    for name in _BELOW.get(row._meta.label, ()):
        below = [_row(one) for one in _related(getattr(row, name).order_by("pk"))]
        found[name] = [{key: value for key, value in one.items() if key != "order"} for one in below]
    return found
