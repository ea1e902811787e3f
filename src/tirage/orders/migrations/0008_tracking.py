from typing import Any

from django.db import migrations, models


def take_from_activity(apps: Any, schema_editor: Any) -> None:
    """Orders that have left know their number only by what was recorded of it."""
    event, order = apps.get_model("core", "Event"), apps.get_model("orders", "Order")
    told = event.objects.filter(name="order.shipped", subject_kind="order")
    for subject_id, data in told.order_by("pk").values_list("subject_id", "data").iterator():
        if tracking := (data or {}).get("tracking"):
            order.objects.filter(pk=subject_id, state="shipped").update(tracking=str(tracking)[:80])


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_bulk_runs"),
        ("orders", "0007_small_rests"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="tracking",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.RunPython(take_from_activity, migrations.RunPython.noop),
    ]
