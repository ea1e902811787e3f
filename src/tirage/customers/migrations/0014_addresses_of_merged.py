"""Keeps, with each merge, the address of the two that isn't the customer's any more."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models.functions import Lower

_CHUNK = 1_000


def fill(apps: Any, schema_editor: Any) -> None:
    """Merges of before: the address that signs in too, else that of the account that ended, unless the customer took
    that one over; then the other is the one that they wrote down themselves."""
    former_model = apps.get_model("customers", "FormerCustomer")
    rows = former_model.objects.select_related("customer").iterator(chunk_size=_CHUNK)
    for former in rows:
        ended = former.email if former.email != former.customer.email else former.customer.other_email
        former.other_email = (former.also_signs_in or ended).lower()
        former.save(update_fields=["other_email"])


class Migration(migrations.Migration):
    dependencies = [("customers", "0013_newsletter_source")]

    operations = [
        migrations.AddField(
            model_name="formercustomer",
            name="other_email",
            field=models.CharField(blank=True, db_index=True, default="", max_length=254),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="formercustomer",
            constraint=models.CheckConstraint(
                condition=models.Q(("other_email", Lower("other_email"))),
                name="former_customer_other_email_lower_case",
            ),
        ),
    ]
