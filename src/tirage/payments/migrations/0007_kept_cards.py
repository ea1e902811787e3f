from django.db import migrations, models
from django.db.models import F


def forgotten_before(apps: object, schema_editor: object) -> None:
    """Cards that were removed until now were forgotten at the gateway in the same moment."""
    cards = apps.get_model("payments", "PaymentMethod")  # type: ignore[attr-defined]
    cards.objects.filter(removed_at__isnull=False).update(forgotten_at=F("removed_at"))


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_permissions")]

    operations = [
        migrations.AddField(
            model_name="paymentmethod",
            name="kept",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="paymentmethod",
            name="forgotten_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(forgotten_before, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="paymentmethod",
            index=models.Index(
                fields=["saved_at"],
                condition=models.Q(forgotten_at__isnull=True)
                & (models.Q(kept=False) | models.Q(removed_at__isnull=False)),
                name="payment_method_to_forget",
            ),
        ),
    ]
