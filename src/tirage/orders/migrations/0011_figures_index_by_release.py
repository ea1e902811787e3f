from django.db import migrations, models


class Migration(migrations.Migration):
    """The index says of which release an order is, so that what was taken of one is read from it alone."""

    dependencies = [("orders", "0010_figures_index")]

    operations = [
        migrations.RemoveIndex(model_name="order", name="order_figures"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(state__in=["placed", "shipped"]),
                fields=["customer", "placed_at", "wine_minor", "bottle_count", "release"],
                name="order_figures",
            ),
        ),
    ]
