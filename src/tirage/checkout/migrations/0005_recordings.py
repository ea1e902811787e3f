import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("checkout", "0004_offer_looks"),
        ("customers", "0010_sign_up_consent"),
        ("offers", "0005_grid_drafts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=20)),
                ("data", models.JSONField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recordings",
                        to="customers.customer",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recordings",
                        to="offers.offer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "at"], name="recording_by_customer"),
                    models.Index(fields=["offer", "at"], name="recording_by_offer"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["shown", "pressed"])), name="recording_kind_is_legal"
                    )
                ],
            },
        ),
    ]
