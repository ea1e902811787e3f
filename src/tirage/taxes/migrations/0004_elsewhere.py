from django.db import migrations, models

SAME = ["country", "state", "county", "city", "zips", "name", "kind", "elsewhere", "first_day"]


class Migration(migrations.Migration):

    dependencies = [("taxes", "0003_business_names")]

    operations = [
        migrations.AddField(
            "taxrate", "elsewhere", models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveConstraint("taxrate", "tax_rate_once_a_day"),
        migrations.AddConstraint(
            "taxrate", models.UniqueConstraint(fields=SAME, name="tax_rate_once_a_day")
        ),
    ]
