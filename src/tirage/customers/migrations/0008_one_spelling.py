from datetime import UTC, datetime

from django.db import migrations

from tirage.tables.cleaning import identity

TWICE = "has the mailbox of {} in another spelling: correct one of the two, by hand"


def spell_alike(apps, schema_editor):
    """One spelling for each mailbox. Two customers who turn out to have one stay two, and their activity says so."""
    people, events = apps.get_model("customers", "Customer"), apps.get_model("core", "Event")
    now = datetime.now(UTC)
    others = []
    for pk, email in people.objects.order_by("pk").values_list("pk", "email").iterator(chunk_size=2_000):
        if identity(email) != email:
            others.append((pk, email))
    for pk, email in others:
        same = people.objects.filter(email=identity(email)).exclude(pk=pk).first()
        if same is None:
            people.objects.filter(pk=pk).update(email=identity(email))
            continue
        for one, other in ((pk, same.email), (same.pk, email)):
            events.objects.create(
                at=now,
                actor_kind="system",
                actor_label="Tirage",
                name="customer.updated",
                subject_kind="customer",
                subject_id=one,
                customer_id=one,
                text=TWICE.format(other),
                data={},
            )


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_permissions"), ("core", "0006_wrong_tries")]
    operations = [migrations.RunPython(spell_alike, migrations.RunPython.noop)]
