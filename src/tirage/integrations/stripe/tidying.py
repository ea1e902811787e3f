"""The hourly tidying, for the schedule. Stripe's library is loaded only in a shop that has a key of Stripe's."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings


def tidy_stripe(*, now: datetime) -> int:
    """Forgets removed cards at Stripe, where it didn't answer at once, and old events; how many cards."""
    if not settings.TIRAGE_STRIPE_SECRET_KEY:
        return 0
    from tirage.integrations.stripe.people import forget_old_events, forget_removed_cards

    forget_old_events(now)
    return forget_removed_cards(now)
