from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("taxes", "0002_tables")]

    operations = [
        # The default in the database lets the version before write rows while servers change over.
        migrations.AddField(
            "businessnumber", "name", models.CharField(blank=True, db_default="", default="", max_length=160)
        ),
    ]
