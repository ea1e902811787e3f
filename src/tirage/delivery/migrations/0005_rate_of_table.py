"""Rates leave their method: their table knows it. A migration of its own, since PostgreSQL alters no table that has
rows still to be checked.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0004_rate_tables")]

    operations = [
        migrations.RemoveConstraint(model_name="rate", name="rate_once_a_step"),
        migrations.RemoveField(model_name="rate", name="method"),
        migrations.AlterField(
            model_name="rate",
            name="table",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rates",
                to="delivery.ratetable",
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.UniqueConstraint(
                fields=("table", "zone", "up_to_milli"), name="rate_once_a_step"
            ),
        ),
    ]
