"""The one rate of a destination becomes a row of the table of rates, for where no other row holds: as it counted before."""

import secrets
from datetime import date

from django.db import migrations

from tirage.core.references import new_reference

#: What always held.
BEGINNING = date(2000, 1, 1)


def write_rows(apps, schema_editor):
    places = list(apps.get_model("delivery", "Destination").objects.order_by("pk"))
    taxed = {place.country for place in places if place.tax_rate_ppm and not place.state}
    # A state of a country that has a rate of its own had its own, or none.
    said = [
        place
        for place in places
        if place.tax_rate_ppm or place.checked_on or (place.state and place.country in taxed)
    ]
    if not said:
        return
    setup, _ = apps.get_model("taxes", "TaxSetup").objects.get_or_create(
        pk=1, defaults={"revision": secrets.token_hex(12)}
    )
    included = setup.prices_include_vat
    rate = apps.get_model("taxes", "TaxRate")
    for place in said:
        rate.objects.create(
            reference=new_reference("TXR"),
            country=place.country,
            state=place.state,
            name=place.name[:80],
            kind="vat" if included else "sales",
            rate_ppm=place.tax_rate_ppm,
            on_shipping=place.taxes_shipping,
            on_other=included,
            on_duty=included,
            elsewhere=True,
            first_day=BEGINNING,
            source=place.source,
            checked_on=place.checked_on,
        )
    setup.revision = secrets.token_hex(12)
    setup.save(update_fields=["revision"])


class Migration(migrations.Migration):

    dependencies = [("delivery", "0014_days_of_pickups"), ("taxes", "0004_elsewhere")]

    operations = [
        migrations.RunPython(write_rows, migrations.RunPython.noop, elidable=False),
        migrations.RemoveConstraint("destination", "destination_tax_at_most_all"),
        migrations.RemoveField("destination", "tax_rate_ppm"),
        migrations.RemoveField("destination", "taxes_shipping"),
    ]
