"""The shop in a browser: the fixed world with real labels on its wines, and customers who are signed in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from playwright.sync_api import BrowserContext, Page, expect

import tirage
from tests.world import World, build_world
from tirage.catalog.models import Label, Vintage
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.offers.models import Offer
from tirage.storefront.frame import identity

LABELS = Path(tirage.__file__).parent / "demo" / "labels"
WINES = {
    "Estate Cabernet Sauvignon": (
        "estate-cabernet-2023.svg",
        "Cassis, cedar and graphite from the upper blocks; fine-grained tannins that will hold for twenty years.",
    ),
    "Ridge Chardonnay": ("seaward-chardonnay-2024.svg", "Lemon peel, wet stone and a long saline line."),
    "Old Road Syrah": (
        "old-road-syrah-2023.svg",
        "Violets, black olive and smoke from the cool side of the road.",
    ),
}
MESSAGE = (
    "The 2023 reds had the longest autumn we remember, and it shows: they are quiet, deep and in no hurry.\n\n"
    "What you see here is yours until the offer closes. Bottles you put in your cart are kept for you while you pay."
)

#: The main button of an offer, which says what it takes.
TAKE = re.compile("^Take (these|this|my usual|what I chose)")
Enter = Callable[[BrowserContext, Customer], None]


def unfold(page: Page, row: str) -> None:
    """Opens a row of the checkout (to, how, by) as its *Change* does, if it is shut."""
    fold = page.locator(f"#pick-{row}")
    expect(fold).to_be_visible()
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    expect(fold).to_have_attribute("open", "")


@pytest.fixture
def shop(transactional_db: None, settings: Any, live_server: Any) -> World:
    """The world around now, dressed, with the live server as its public address."""
    settings.SITE_URL = live_server.url
    world = build_world(read_clock())
    for name, (file, note) in WINES.items():
        data = (LABELS / file).read_bytes()
        label = Label.objects.create(
            digest=hashlib.sha256(data).hexdigest(), media_type="image/svg+xml", data=data
        )
        Vintage.objects.filter(wine__name=name).update(label=label, note=note)
    Offer.objects.update(message=MESSAGE)
    Winery.objects.update(logo_svg=(LABELS / "logo.svg").read_text(encoding="utf-8"), accent="#6d1f2f")
    forget_winery()
    return world


@pytest.fixture
def enter(live_server: Any) -> Enter:
    """Signs a customer in in a browser, as a mailed link would."""

    def put_cookie(context: BrowserContext, customer: Customer) -> None:
        response = HttpResponse()
        identity.sign_in(response, customer, now=read_clock())
        value = response.cookies[identity.COOKIE].value
        context.add_cookies([{"name": identity.COOKIE, "value": value, "url": live_server.url}])

    return put_cookie
