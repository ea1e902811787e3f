from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_order_changes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("attention", ""), _negated=True),
                fields=["-id"],
                name="order_needing_attention",
            ),
        ),
    ]
