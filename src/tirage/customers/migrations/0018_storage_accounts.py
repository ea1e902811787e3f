from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0017_locations'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='storage_warehouse',
            field=models.CharField(blank=True, db_default='', default='', max_length=80),
        ),
        migrations.AddField(
            model_name='customer',
            name='storage_account',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
    ]
