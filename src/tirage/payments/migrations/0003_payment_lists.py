"""What the daily totals and the filters of the list are found by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_order_changes")]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                fields=["settled_at"],
                condition=models.Q(("settled_at__isnull", False)),
                name="payment_settled_by_time",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                fields=["decline_code"],
                condition=models.Q(("decline_code", ""), _negated=True),
                name="payment_by_decline_code",
            ),
        ),
    ]
