"""A shop with Stripe."""

from tests.gateways.stripe.shop import fake, stripe_settings

__all__ = ["fake", "stripe_settings"]
