from functools import partial

from django.db import migrations, models

from tirage.core.references import new_reference


def name_checks(apps, schema_editor):
    for check in apps.get_model("compliance", "ComplianceCheck").objects.filter(reference=None):
        check.reference = new_reference("CHK")
        check.save(update_fields=["reference"])


def _field(**more):
    return models.CharField(default=partial(new_reference, "CHK"), editable=False, max_length=LENGTH, **more)


LENGTH = 12


class Migration(migrations.Migration):

    dependencies = [("compliance", "0001_initial")]

    operations = [
        migrations.AddField(
            "compliancecheck",
            "reference",
            models.CharField(default=None, editable=False, max_length=LENGTH, null=True),
        ),
        migrations.RunPython(name_checks, migrations.RunPython.noop),
        migrations.AlterField("compliancecheck", "reference", _field(unique=True)),
    ]
