"""When offers were active, as far as the activity tells."""

from django.db import migrations, models


def tell_when(apps, schema_editor):
    """The first time an offer was activated, and the last time it was deactivated unless it is active."""
    offers = apps.get_model("offers", "Offer").objects
    active = dict(offers.values_list("pk", "is_active"))
    names = ["offer.activated", "offer.deactivated"]
    events = apps.get_model("core", "Event").objects.filter(subject_kind="offer", name__in=names)
    first, last = {}, {}
    for event in events.order_by("pk").values("subject_id", "name", "at").iterator():
        if event["name"] == "offer.activated":
            first.setdefault(event["subject_id"], event["at"])
        else:
            last[event["subject_id"]] = event["at"]
    for pk, is_active in active.items():
        if pk in first or pk in last:
            gone = None if is_active else last.get(pk)
            offers.filter(pk=pk).update(activated_at=first.get(pk), deactivated_at=gone)


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_wrong_tries'),
        ('offers', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='offer',
            name='activated_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='offer',
            name='deactivated_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(tell_when, migrations.RunPython.noop),
    ]
