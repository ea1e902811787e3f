"""Rates hang on tables that begin on a day; what there is becomes each method's table from the beginning."""

from datetime import date

import django.db.models.deletion
from django.db import migrations, models


def place_rates(apps, schema_editor):
    rates, tables = apps.get_model("delivery", "Rate"), apps.get_model("delivery", "RateTable")
    for method_id in rates.objects.order_by().values_list("method_id", flat=True).distinct():
        table = tables.objects.create(method_id=method_id)
        rates.objects.filter(method_id=method_id).update(table=table)


class Migration(migrations.Migration):
    dependencies = [("delivery", "0003_volume_limits")]

    operations = [
        migrations.CreateModel(
            name="RateTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_day", models.DateField(default=date(2000, 1, 1))),
                (
                    "method",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rate_tables",
                        to="delivery.method",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("method", "first_day"), name="rate_table_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("first_day__gte", date(2000, 1, 1))),
                        name="rate_table_begins_after_the_beginning",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="rate",
            name="table",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rates",
                to="delivery.ratetable",
            ),
        ),
        migrations.RunPython(place_rates, migrations.RunPython.noop, elidable=True),
    ]
