"""Telephones as they are kept from now on (E.164); what can't be read stays as it was typed."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from tirage.places.telephones import HOME, keep_telephone

_CHUNK = 1_000


def keep(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("joining", "SignUp").objects
    changed = []
    for row in rows.exclude(phone="").only("pk", "phone").iterator(chunk_size=_CHUNK):
        kept = keep_telephone(row.phone, HOME)
        if kept != row.phone:
            row.phone = kept
            changed.append(row)
        if len(changed) == _CHUNK:
            rows.bulk_update(changed, ["phone"])
            changed = []
    rows.bulk_update(changed, ["phone"], batch_size=_CHUNK)


class Migration(migrations.Migration):
    dependencies = [("joining", "0001_initial")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
