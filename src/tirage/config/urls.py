"""Every address of the product. Each room's own urls.py lists its pages."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from tirage.config.health import healthz, metrics, readyz, readyz_part
from tirage.integrations.campaign_monitor.hooks import PREFIX

_ROOMS = [
    ("", "tirage.parts.urls"),
    ("winery/sign-in/", "tirage.staff.urls"),
    ("winery/", "tirage.backoffice.urls"),
    ("test-gateway/", "tirage.integrations.test_gateway.urls"),
    ("dev/mail/", "tirage.notifications.dev_urls"),
    ("", "tirage.storefront.urls"),
]
if settings.TIRAGE_STRIPE_SECRET_KEY:
    # Also when another gateway is in use by now: what was paid with Stripe may still have news.
    _ROOMS.insert(0, ("stripe/", "tirage.integrations.stripe.urls"))

if settings.TIRAGE_MAIL_WEBHOOK_SECRET:
    _ROOMS.insert(0, ("mail-events/", "tirage.integrations.mail_events.urls"))

if settings.TIRAGE_CAMPAIGN_MONITOR_API_KEY:
    _ROOMS.insert(0, (PREFIX, "tirage.integrations.campaign_monitor.urls"))

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("readyz/<slug:name>", readyz_part, name="readyz_part"),
    path("metrics", metrics, name="metrics"),
    *(path(prefix, include(module)) for prefix, module in _ROOMS if find_spec(module)),
]
handler403 = "tirage.backoffice.frame.refused.forbidden"
handler404 = "tirage.backoffice.frame.refused.not_found"
handler500 = "tirage.backoffice.frame.refused.broken"
