"""Second factors that are kept as they are get sealed; tables of apps that are no longer used go."""

from django.db import migrations

from tirage.core.sealing import Unreadable, seal, unseal

#: Where an authenticator of allauth's keeps what nobody may read.
SECRETS = ("secret", "seed")
UNUSED = (
    "django_session",
    "axes_accessattemptexpiration",
    "axes_accessattempt",
    "axes_accessfailurelog",
    "axes_accesslog",
)


def seal_all(apps, schema_editor):
    for row in _rows(apps):
        data = {name: _sealed(value) if name in SECRETS else value for name, value in row.data.items()}
        if "migrated_codes" in data:
            data["migrated_codes"] = [_sealed(code) for code in data["migrated_codes"]]
        row.data = data
        row.save(update_fields=["data"])


def unseal_all(apps, schema_editor):
    for row in _rows(apps):
        data = {name: unseal(value) if name in SECRETS else value for name, value in row.data.items()}
        if "migrated_codes" in data:
            data["migrated_codes"] = [unseal(code) for code in data["migrated_codes"]]
        row.data = data
        row.save(update_fields=["data"])


def drop_unused(apps, schema_editor):
    present = schema_editor.connection.introspection.table_names()
    for table in UNUSED:
        if table in present:
            schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(table)}")


def _rows(apps):
    return apps.get_model("mfa", "Authenticator").objects.order_by("pk")


def _sealed(value):
    try:
        unseal(value)
    except Unreadable:
        return seal(value)
    return value


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0003_sessions"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        migrations.RunPython(seal_all, unseal_all),
        migrations.RunPython(drop_unused, migrations.RunPython.noop),
    ]
