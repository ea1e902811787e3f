from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('imports', '0004_reading'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='facts',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='importprogress',
            name='seconds_left',
            field=models.PositiveIntegerField(null=True),
        ),
    ]
