"""Who was in which group, and suspended, until when.

What ended before this migration is taken from what bulk moves and the activity kept of it, which is all there is: a
customer whom an import moved, or whose group was renamed meanwhile, may be missing from a release of before.
"""

import re

import django.db.models.deletion
from django.db import migrations, models

BATCH = 1_000


def tell_the_past(apps, schema_editor):
    """From the oldest act to the newest."""
    past = [*_moved_together(apps), *_moved_singly(apps)]
    model = apps.get_model("customers", "PastMembership")
    model.objects.bulk_create([model(**row) for row in past], batch_size=BATCH)
    _suspensions(apps)


def _moved_together(apps):
    """Groups that bulk moves ended: those of before that aren't among those of after; of an undone run the reverse."""
    rows = apps.get_model("customers", "MoveRow").objects.filter(outcome__in=["done", "undone"])
    groups = set(apps.get_model("customers", "Group").objects.values_list("pk", flat=True))
    for row in rows.values("customer_id", "outcome", "before", "after", "run__changed_at").iterator():
        ended, kept = row["before"], row["after"]
        if row["outcome"] == "undone":
            ended, kept = kept, ended
        for group_id, since in ended:
            if group_id in groups and group_id not in {pk for pk, _ in kept}:
                yield {
                    "customer_id": row["customer_id"],
                    "group_id": group_id,
                    "since": since,
                    "until": row["run__changed_at"],
                }


def _moved_singly(apps):
    """From the activity: who left, and the groups that a move's sentence names."""
    groups = {group.pk: group for group in apps.get_model("customers", "Group").objects.all()}
    by_name = {group.name: group.pk for group in groups.values()}
    customers = dict(apps.get_model("customers", "Customer").objects.values_list("pk", "signed_up_at"))
    names = ["group.joined", "group.moved", "group.left"]
    events = apps.get_model("core", "Event").objects.filter(name__in=names, customer_id__isnull=False)
    joined = {}
    for event in events.order_by("pk").iterator():
        if event.customer_id not in customers or event.subject_kind != "group":
            continue
        left = []
        if event.name == "group.left":
            left = [event.subject_id]
        elif event.name == "group.moved" and "run" not in event.data:
            left = [by_name[name] for name in _names_left(event.text) if name in by_name]
        for group_id in left:
            if group_id in groups:
                since = joined.pop((event.customer_id, group_id), customers[event.customer_id])
                yield {
                    "customer_id": event.customer_id,
                    "group_id": group_id,
                    "since": min(since, event.at),
                    "until": event.at,
                }
        if event.name != "group.left":
            joined.setdefault((event.customer_id, event.subject_id), event.at)


def _names_left(text):
    """``moved to Ridge from A, B and C`` names A, B and C; so does ``put Ana into Ridge, out of A, B and C``."""
    left = text.partition(", out of ")[2] or text.partition(" from ")[2]
    return re.split(r", | and ", left)


def _suspensions(apps):
    customers = apps.get_model("customers", "Customer")
    model = apps.get_model("customers", "PastSuspension")
    known = dict(customers.objects.values_list("pk", "status"))
    names = ["customer.suspended", "customer.reinstated"]
    events = apps.get_model("core", "Event").objects.filter(name__in=names, customer_id__isnull=False)
    since, past = {}, []
    for event in events.order_by("pk").values("customer_id", "name", "at").iterator():
        customer_id, at = event["customer_id"], event["at"]
        if event["name"] == "customer.suspended":
            since.setdefault(customer_id, at)
        elif customer_id in since and customer_id in known:
            past.append(model(customer_id=customer_id, since=since.pop(customer_id), until=at))
    model.objects.bulk_create(past, batch_size=BATCH)
    for customer_id, at in since.items():
        if known.get(customer_id) == "suspended":
            customers.objects.filter(pk=customer_id).update(suspended_at=at)


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_wrong_tries'),
        ('customers', '0005_sessions_and_consent'),
    ]

    operations = [
        migrations.CreateModel(
            name='PastMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PastSuspension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='customer',
            name='suspended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['group', 'since'], name='membership_by_since'),
        ),
        migrations.AddField(
            model_name='pastmembership',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_memberships', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='pastmembership',
            name='group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_memberships', to='customers.group'),
        ),
        migrations.AddField(
            model_name='pastsuspension',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_suspensions', to='customers.customer'),
        ),
        migrations.AddIndex(
            model_name='pastmembership',
            index=models.Index(fields=['group', 'until'], name='past_membership_by_end'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('status', 'suspended')), fields=['id'], name='customer_suspended'),
        ),
        migrations.RunPython(tell_the_past, migrations.RunPython.noop),
    ]
