"""Telephones as they are kept from now on (E.164); what can't be read stays as it was typed."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from tirage.places.telephones import HOME, keep_telephone

_CHUNK = 1_000


def keep(apps: Any, schema_editor: Any) -> None:
    """An open draft's address is compared with the order's, whose telephone is kept so from now on."""
    rows = apps.get_model("changes", "ChangeDraft").objects
    for row in rows.exclude(delivery={}).only("pk", "delivery").iterator(chunk_size=_CHUNK):
        place = row.delivery.get("ship_to")
        if place and place.get("phone"):
            place["phone"] = keep_telephone(place["phone"], place.get("country") or HOME)
            row.save(update_fields=["delivery"])


class Migration(migrations.Migration):
    dependencies = [("changes", "0006_kinds_of_charge")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
