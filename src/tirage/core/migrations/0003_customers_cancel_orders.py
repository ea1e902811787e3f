from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_order_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="winery",
            name="customers_cancel_orders",
            field=models.BooleanField(default=False),
        ),
    ]
