from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("compliance", "0002_references")]

    operations = [
        migrations.CreateModel(
            name="TaxAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("fingerprint", models.CharField(max_length=64, unique=True)),
                ("due", models.JSONField()),
                ("answered_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
