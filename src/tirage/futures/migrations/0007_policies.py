"""Orders that were placed before keep the policies of their release, where its words are still those they agreed to."""

from datetime import timedelta

from django.db import migrations


def copy_policies(apps, schema_editor):
    """Where the words are others by now nothing is asked of anybody."""
    Acceptance, Campaign, Order = (
        apps.get_model(*name) for name in (("futures", "Acceptance"), ("offers", "Campaign"), ("orders", "Order"))
    )
    campaigns = {one.release_id: one for one in Campaign.objects.all()}
    for kept in Acceptance.objects.select_related("order").iterator():
        campaign = campaigns.get(kept.order.release_id)
        if campaign is None or campaign.terms_digest != kept.digest:
            continue
        days = campaign.withdrawal_days
        Order.objects.filter(pk=kept.order_id).update(
            withdraw_until=kept.at.date() + timedelta(days=days) if days else None,
            cancel_fee_bp=campaign.cancel_fee_bp,
            cancels_to_credit=campaign.cancels_to_credit,
        )


class Migration(migrations.Migration):

    dependencies = [
        ('futures', '0006_transfers'),
        ('offers', '0008_campaigns'),
        ('orders', '0026_cancelling'),
    ]

    operations = [migrations.RunPython(copy_policies, migrations.RunPython.noop)]
