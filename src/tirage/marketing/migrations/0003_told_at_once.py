from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketing", "0002_every_week")]

    operations = [
        migrations.AddField(
            model_name="mailinglist",
            name="hook",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="mailinglist", name="told_at", field=models.DateTimeField(null=True)
        ),
    ]
