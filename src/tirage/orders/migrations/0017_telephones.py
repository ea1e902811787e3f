"""Telephones as they are kept from now on (E.164); what can't be read stays as it was typed."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from tirage.places.telephones import keep_telephone

_CHUNK = 1_000


def keep(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("orders", "Order").objects
    changed = []
    for row in rows.exclude(phone="").only("pk", "phone", "country").iterator(chunk_size=_CHUNK):
        kept = keep_telephone(row.phone, row.country)
        if kept != row.phone:
            row.phone = kept
            changed.append(row)
        if len(changed) == _CHUNK:
            rows.bulk_update(changed, ["phone"])
            changed = []
    rows.bulk_update(changed, ["phone"], batch_size=_CHUNK)


class Migration(migrations.Migration):
    dependencies = [("orders", "0016_kinds_of_charge")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
