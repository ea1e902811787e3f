"""Telephones as they are kept from now on (E.164); what can't be read stays as it was typed."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery

from tirage.customers.rules import search_text_of
from tirage.places.telephones import HOME, keep_telephone

_CHUNK = 1_000


def keep(apps: Any, schema_editor: Any) -> None:
    """A customer's number is one of the country of the default address, an address's one of its own."""
    customer_model, address_model = apps.get_model("customers", "Customer"), apps.get_model("customers", "Address")
    home = address_model.objects.filter(customer=OuterRef("pk"), is_default=True, removed_at__isnull=True)
    people = customer_model.objects.exclude(phone="").annotate(country=Subquery(home.values("country")[:1]))
    changed = []
    for customer in people.iterator(chunk_size=_CHUNK):
        customer.phone = keep_telephone(customer.phone, customer.country or HOME)
        customer.search_text = search_text_of(customer)
        changed.append(customer)
        if len(changed) == _CHUNK:
            customer_model.objects.bulk_update(changed, ["phone", "search_text"])
            changed = []
    customer_model.objects.bulk_update(changed, ["phone", "search_text"], batch_size=_CHUNK)
    places = address_model.objects.exclude(phone="").only("pk", "phone", "country")
    written = []
    for address in places.iterator(chunk_size=_CHUNK):
        kept = keep_telephone(address.phone, address.country)
        if kept != address.phone:
            address.phone = kept
            written.append(address)
        if len(written) == _CHUNK:
            address_model.objects.bulk_update(written, ["phone"])
            written = []
    address_model.objects.bulk_update(written, ["phone"], batch_size=_CHUNK)


class Migration(migrations.Migration):
    dependencies = [("customers", "0015_regions")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
