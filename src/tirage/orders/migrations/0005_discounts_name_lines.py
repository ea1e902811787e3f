"""Discounts that name a wine name its line, and for how many of its pieces they are."""

import re
from collections import defaultdict

from django.db import migrations, models

_COUNTED = re.compile(r"(\d{1,6}) × ")


def name_lines(apps, schema_editor):
    """The line is the wine's, as the order was then; the pieces are those that the discount's words count, or all."""
    charges = apps.get_model("orders", "OrderCharge").objects
    lines = apps.get_model("orders", "OrderLine").objects
    left = defaultdict(int)
    for charge in charges.filter(sku__isnull=False).select_related("change").order_by("id").iterator():
        pieces = defaultdict(int)
        for line in lines.filter(
            order_id=charge.order_id, sku_id=charge.sku_id, change__number__lte=charge.change.number
        ):
            pieces[line.unit_price_minor] += line.quantity
        known = [price for price in pieces if left[charge.order_id, charge.sku_id, charge.description, price]]
        price = (known or sorted(pieces, key=lambda one: -one * pieces[one]) or [None])[0]
        if charge.kind != "discount" or price is None:
            charges.filter(pk=charge.pk).update(sku_id=None)
            continue
        key = (charge.order_id, charge.sku_id, charge.description, price)
        if charge.amount_minor > 0:
            covered = 0
        else:
            counted = _COUNTED.match(charge.description) if charge.change.kind == "refund" else None
            covered = int(counted[1]) if counted else max(pieces[price], 1)
            if price * covered < -charge.amount_minor:
                charges.filter(pk=charge.pk).update(sku_id=None)
                continue
        left[key] += covered
        charges.filter(pk=charge.pk).update(unit_price_minor=price, pieces=covered)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("orders", "0004_attention")]

    operations = [
        migrations.AddField("ordercharge", "unit_price_minor", models.BigIntegerField(null=True)),
        migrations.AddField("ordercharge", "pieces", models.IntegerField(null=True)),
        migrations.RunPython(name_lines, migrations.RunPython.noop, elidable=True),
    ]
