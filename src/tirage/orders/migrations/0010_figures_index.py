from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_figures")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(state__in=["placed", "shipped"]),
                fields=["customer", "placed_at", "wine_minor", "bottle_count"],
                name="order_figures",
            ),
        ),
    ]
