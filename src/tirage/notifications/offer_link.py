"""The link of an invitation: it signs the customer in and leads to the offer."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.urls import reverse

from tirage.customers.models import Customer
from tirage.customers.sign_in import CAMPAIGN_DAYS, make_campaign_link
from tirage.offers.models import Offer


def offer_link(offer: Offer, customer: Customer, now: datetime) -> str:
    """Good for as long as the offer, and never shorter than any other link of a campaign."""
    days = max(math.ceil((offer.closes_at - now) / timedelta(days=1)), CAMPAIGN_DAYS)
    return make_campaign_link(customer, reverse("storefront:offer"), days, now=now)
