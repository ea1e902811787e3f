from django.db import migrations, models


class Migration(migrations.Migration):
    # As 0001: where the other app's migration ran, this one has run.
    replaces = [("backoffice", "0002_shared_memory")]

    dependencies = [
        ("staff", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SharedMemory",
            fields=[
                ("cache_key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("expires", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "backoffice_sharedmemory",
            },
        ),
    ]
