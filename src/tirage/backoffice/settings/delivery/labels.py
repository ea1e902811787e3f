"""Settings: registrations of labels by file, beside what stands before any of it is taken over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.settings.delivery.forms import MOST_BYTES, read_day, read_flag
from tirage.backoffice.settings.delivery.taking import Taking, read_file, take_ticked
from tirage.delivery.laws import labels
from tirage.delivery.laws.labels import Registration
from tirage.staff.permissions import Permission, staff_required
from tirage.staff.uploads import takes_file
from tirage.tables.matching import Field
from tirage.tables.writing import Cell


def _read_registered(text: str) -> bool:
    """Yes or no; what a file leaves empty is registered."""
    return read_flag(text) if text.strip() else True


FIELDS = (
    Field("country", "Country", True, ("country code",)),
    Field("state", "State", False, ("state code", "province", "region")),
    Field("code", "Code", True, ("sku", "sku code", "wine code")),
    Field("is_registered", "Registered", False, ("is registered", "active"), _read_registered),
    Field("last_day", "To", False, ("last day", "valid to", "until", "expires"), read_day),
)


def headers() -> list[str]:
    return [*(field.label for field in FIELDS), "Wine"]


def rows() -> Iterator[list[Cell]]:
    """Everything that is registered, as the import reads it back; the wine's name is for people."""
    for one, name in labels.registrations():
        yield [one.country, one.state, one.code, "yes", one.last_day, name]


def read_registration(row: Mapping[str, Any]) -> Registration:
    """A row of a file, or of what a page carries; what a file doesn’t say is registered."""
    is_registered = row.get("is_registered")
    return labels.tidied(
        Registration(
            str(row["country"]),
            str(row.get("state") or ""),
            str(row["code"]),
            is_registered in (None, "") or bool(is_registered),
            row.get("last_day") or None,
        )
    )


_TAKING = Taking(
    name="Registered labels",
    one="registration",
    many="registrations",
    home="backoffice:delivery_laws",
    take="backoffice:delivery_labels_take",
    fields=FIELDS,
    read=read_registration,
    differences=labels.differences,
    take_over=labels.take_over,
    elsewhere=("Not to be taken over", "Wines that aren’t in the cellar, and places without such a law."),
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_labels(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of registrations and shows what it would change; nothing is written by it."""
    return read_file(request, _TAKING)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_labels(request: HttpRequest) -> HttpResponseBase:
    """Takes over the rows that were ticked, of those that a page showed."""
    return take_ticked(request, _TAKING)
