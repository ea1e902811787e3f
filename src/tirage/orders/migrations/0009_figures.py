from typing import Any

from django.db import migrations, models

#: As ``orders.statements.recount_orders`` had it when this was written.
FIGURES = """
UPDATE orders_order SET
    wine_minor = (SELECT coalesce(sum(l.quantity * l.unit_price_minor), 0) FROM orders_orderline l
                  WHERE l.order_id = orders_order.id)
               + (SELECT coalesce(sum(g.amount_minor), 0) FROM orders_ordercharge g
                  WHERE g.order_id = orders_order.id AND g.kind = 'discount'),
    bottle_count = (SELECT coalesce(sum(l.quantity * k.units), 0) FROM orders_orderline l
               JOIN catalog_sku k ON k.id = l.sku_id WHERE l.order_id = orders_order.id)
WHERE state IN ('placed', 'shipped', 'cancelled')
"""


def count_past_orders(apps: Any, schema_editor: Any) -> None:
    """Orders of before have their figures too."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FIGURES)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_bounds"),
        ("orders", "0008_tracking"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="wine_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="order",
            name="bottle_count",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(count_past_orders, migrations.RunPython.noop),
    ]
