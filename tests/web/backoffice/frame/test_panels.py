"""Detail pages as lists of panels: a place adds one, by rank and permission, and the page isn't touched."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client, RequestFactory

from tests.rooms.changes.journey import bought
from tests.web.conftest import ClientAs, member_with
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.frame.panels import CUSTOMER_PAGE, DetailPage, Look, Panel
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.staff.permissions import Permission
from tirage.staff.states import Role

#: A template of its own is more than these tests need: this one prints its title.
TEMPLATE = "backoffice/customers/panels/note.html"


def panel(title: str, rank: int, permission: Permission = Permission.SEE_CUSTOMERS) -> Panel[Customer]:
    return Panel(title=title, template=TEMPLATE, read=lambda look: {}, permission=permission, rank=rank)


@pytest.fixture
def added() -> Iterator[None]:
    """A room to come: Futures, between *Orders* and *Wishes*, for those who may export."""
    panels = list(CUSTOMER_PAGE.panels)
    CUSTOMER_PAGE.declare(panel("Futures of this customer", 65, Permission.EXPORT))
    yield
    CUSTOMER_PAGE.panels[:] = panels


def test_a_place_adds_a_panel_to_the_customers_page(client_as: ClientAs, world: World, added: None) -> None:
    path = f"/winery/customers/{world.ben.reference}/"
    words = words_of(client_as(Role.HOSPITALITY).get(path))
    assert words.index("No orders yet") < words.index("Futures of this customer") < words.index("Addresses")


def test_who_may_not_see_it_doesnt(client_as: ClientAs, world: World, added: None) -> None:
    path = f"/winery/customers/{world.ben.reference}/"
    assert "Futures of this customer" not in words_of(client_as(Role.READ_ONLY).get(path))


def test_each_place_shows_its_own_on_the_orders_page(owner_client: Client, world_today: World) -> None:
    order = bought(world_today, world_today.ben, {"CAB23": 2})
    page = owner_client.get(f"/winery/orders/{order.reference}/").content.decode()
    # *Being changed* and *Money to collect* have nothing to read here.
    assert re.findall(r"<h2>(.*?)</h2>", page) == [
        *("Bottles and money", "Payments", "Changes"),
        *("Goes to", "Do", "Activity"),
    ]


def test_what_two_panels_need_is_read_once(world: World) -> None:
    reads = []

    def orders(look: Look[Customer]) -> list[Order]:
        reads.append(look.about)
        return list(look.about.orders.all())

    request = RequestFactory().get("/")
    request.user = member_with(Role.OWNER)
    look = Look(world.ben, request, world.now)
    assert look.once(orders) is look.once(orders)
    assert reads == [world.ben]


def test_two_panels_dont_share_a_rank() -> None:
    page: DetailPage[Customer] = DetailPage()
    page.declare(panel("One", 10))
    with pytest.raises(ValueError, match="rank 10 is taken"):
        page.declare(panel("Two", 10))
