import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_vintage_once_on_both_engines"),
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderline",
            name="sku",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="order_lines",
                to="catalog.sku",
            ),
        ),
        migrations.RemoveIndex(model_name="order", name="order_by_customer"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["customer", "-id", "state"], name="order_by_customer"),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["sku", "order", "quantity"], name="order_line_by_sku"),
        ),
    ]
