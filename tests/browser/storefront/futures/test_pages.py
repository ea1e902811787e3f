"""What customers see of their wine en primeur, photographed in every look and read by axe; nothing over the edge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import WIDTHS, look_at_each
from tests.browser.storefront.conftest import Enter
from tests.rooms.futures import campaign
from tests.world import World
from tirage.futures.models import Certificate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_futures_look_right_for_their_owner(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter, width: int
) -> None:
    futures = campaign.begin(shop)
    campaign.plan(futures)
    order = campaign.order_of(campaign.buy(futures, shop.ben, 6))
    context = open_context(width=width)
    enter(context, shop.ben)
    own = f"/account/futures/{order.reference}/certificate/"
    pages = {
        "futures": "/account/futures/",
        "give": "/account/futures/give/",
        "certificate": own,
        "business": "/account/business/",
    }
    page = context.new_page()
    look_at_each(page, pages, f"shop-{{}}-{width}")
    certificate = Certificate.objects.get(order=order)  # Made where it is first asked for.
    stranger = open_context(width=width).new_page()
    look_at_each(
        stranger, {"checked": f"/certificates/{certificate.reference}/"}, f"shop-certificate-{{}}-{width}"
    )
