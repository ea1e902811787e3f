"""When the reconciler last asked about a payment, so that all get their turn."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_payment_lists")]

    operations = [
        migrations.AddField(
            model_name="payment", name="asked_at", field=models.DateTimeField(null=True)
        ),
    ]
