from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0010_waves")]

    operations = [
        migrations.CreateModel(
            name="MailLayout",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("source", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="mail_layout_is_one")
                ],
            },
        ),
    ]
