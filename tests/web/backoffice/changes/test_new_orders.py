"""An order for a customer on the line, as a browser puts it together."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.rooms.changes.journey import held_for
from tests.rooms.delivery.limiting import limited
from tests.web.backoffice.changes.changing import (
    HTMX,
    buttons_of,
    fields_of,
    fresh,
    page_of,
    send,
    settle,
    text_of,
)
from tests.web.conftest import ClientAs
from tests.web.storefront.conftest import signed_in_as
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import open_new_order
from tirage.checkout.models import Cart
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.orders.models import IS_ORDER, Order
from tirage.payments.models import PayLink
from tirage.staff.states import Role


def begin(client: Client, customer: Customer) -> ChangeDraft:
    """Presses "Order for this customer" on the customer's page."""
    path = f"/winery/customers/{customer.reference}/"
    assert "Order for this customer" in client.get(path).content.decode()
    return _draft_at(client.post(f"{path}order"))


def _draft_at(answer: object) -> ChangeDraft:
    reference = str(answer["Location"]).rstrip("/").rpartition("/")[2]  # type: ignore[index]
    return ChangeDraft.objects.select_related("order__customer").get(reference=reference)


def test_from_the_first_word_to_the_order(owner_client: Client, world_today: World) -> None:
    world = world_today
    draft = begin(owner_client, world.ben)
    page = text_of(page_of(owner_client, draft))
    assert "An order for Ben Baker" in page and "Nothing yet: add what the customer wants." in page
    assert "From the customer’s offer:" in page and "by the allocation" in page
    send(owner_client, draft, **{f"add-{world.cabernet.pk}": 2, "add": world.cabernet.pk})
    page = page_of(owner_client, draft)
    assert "The bottles are held" in page and "2 held" in page and held_for(draft, read_clock()) == 2
    assert buttons_of(page)[0] == "Charge $289.44 to Visa 4242 and place the order"
    assert "Before" not in text_of(page) and "Let this order go" in page
    about = owner_client.get(f"/winery/customers/{world.ben.reference}/").content.decode()
    assert "An order is being put together" in about and "bottles held until" in about
    orders = owner_client.get("/winery/orders/").content.decode()
    assert draft.order.reference not in orders
    answer = settle(owner_client, draft, f"card:{world.ben_card.reference}")
    words = text_of(answer.content.decode())
    assert "You placed the order for Ben Baker; $289.44 charged to Visa 4242." in words
    assert "by telephone, taken by Owner" in words
    assert (
        "by telephone" not in page
        and "Telephone"
        in owner_client.get("/winery/orders/?channel=telephone&columns=order,channel").content.decode()
    )
    assert SentMail.objects.get().kind == "order_receipt" and run_checks(read_clock()) == []


def test_what_isnt_an_order_yet_is_on_no_page_of_the_customer(world_today: World) -> None:
    world, shop = world_today, signed_in_as(world_today.ben)
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    assert draft.order.reference not in shop.get("/orders/").content.decode()
    for page in ("", "receipt/"):
        assert shop.get(f"/orders/{draft.order.reference}/{page}").status_code == 404


def test_from_the_preview_of_an_offer(owner_client: Client, world_today: World) -> None:
    world = world_today
    path = f"/winery/releases/offers/{world.estate_offer.reference}/order/"
    draft = _draft_at(owner_client.post(path, {"customer": world.ben.email}))
    assert draft.order.offer == world.estate_offer and draft.order.customer == world.ben
    # Begun once: from another offer the same one goes on, with that offer's wines while it has none.
    other = f"/winery/releases/offers/{world.premier_offer.reference}/order/"
    assert _draft_at(owner_client.post(other, {"customer": world.ben.email})) == draft
    assert fresh(draft).order.offer == world.premier_offer
    assert owner_client.post(path, {"customer": "nobody@example.com"})["Location"].endswith(
        f"/{world.estate_offer.reference}/"
    )


def test_from_the_shop_as_they_see_it(owner_client: Client, world_today: World) -> None:
    world = world_today
    path = f"/winery/releases/offers/{world.estate_offer.reference}/preview/"
    shown = owner_client.post(path, {"customer": world.ben.email})
    page = owner_client.get(shown["Location"]).content.decode()
    action = f"/winery/releases/offers/{world.estate_offer.reference}/order/"
    assert f'action="{action}"' in page and f'value="{world.ben.reference}"' in page
    draft = _draft_at(owner_client.post(action, {"customer": world.ben.reference}))
    assert draft.order.customer == world.ben


def test_rules_are_set_aside_by_who_may(client_as: ClientAs, world_today: World) -> None:
    world, hospitality, owner = world_today, client_as(Role.HOSPITALITY), client_as(Role.OWNER)
    Offer.objects.filter(pk=world.estate_offer.pk).update(bottles_minimum=6)
    draft = begin(hospitality, world.ben)
    assert "The offer asks for at least 6 bottles." in page_of(hospitality, draft)
    send(hospitality, draft, **{f"add-{world.cabernet.pk}": 1, "add": world.cabernet.pk})
    page = page_of(hospitality, draft)
    assert buttons_of(page) == [] and "An owner or a manager can set the rules aside." in page
    assert send(hospitality, draft, override="A friend").status_code == 403
    send(owner, draft, override="A friend")
    assert "Charge" in buttons_of(page_of(owner, draft))[0]
    # Who may not set rules aside may still take the money for what a manager has allowed.
    settle(hospitality, draft, f"card:{world.ben_card.reference}")
    assert Order.objects.get().changes.get().details == {"override": ["", "A friend"]}


def test_a_card_by_mail_while_they_are_on_the_line_and_a_pay_link(
    owner_client: Client, world_today: World
) -> None:
    world = world_today
    world.ben.payment_methods.all().delete()
    draft = begin(owner_client, world.ben)
    send(owner_client, draft, **{f"add-{world.cabernet.pk}": 1, "add": world.cabernet.pk})
    assert "Mail a page for a new card" in page_of(owner_client, draft)
    answer = owner_client.post(f"/winery/changes/{draft.reference}/card", follow=True)
    assert "The page for a card is on its way to" in text_of(answer.content.decode())
    assert SentMail.objects.get().kind == "card_needed"
    page = text_of(settle(owner_client, draft, "link").content.decode())
    assert "The order is placed by itself once it is paid." in page
    link = re.search(r"/pay/[^\"]+", page_of(owner_client, draft))
    assert link and PayLink.objects.count() == 1
    asked = text_of(Client().get(link.group(0)).content.decode())
    assert "This is what we put together with you." in asked and "1 $" in asked
    assert draft.order.state == "draft" and run_checks(read_clock()) == []


def test_two_of_the_team_at_one_order(client_as: ClientAs, world_today: World) -> None:
    world, one, two = world_today, client_as(Role.OWNER), client_as(Role.MANAGER)
    draft = begin(one, world.ben)
    send(one, draft, **{f"add-{world.cabernet.pk}": 2, "add": world.cabernet.pk})
    assert begin(two, world.ben) == draft
    stale = fields_of(page_of(two, draft))
    send(one, draft, gift_note="Happy birthday")
    path = f"/winery/changes/{draft.reference}/"
    answer = two.post(path, stale | {"gift_note": "Mine"})
    assert answer.status_code == 409
    words = text_of(answer.content.decode())
    assert "Owner changed this after you opened it." in words and "Happy birthday" in answer.content.decode()
    paid = two.post(path, stale | {"settle": f"card:{world.ben_card.reference}"})
    assert paid.status_code == 409 and fresh(draft).state == "open"
    typed = two.post(path, stale | {"gift_note": "Mine"}, headers=HTMX)
    assert typed["HX-Retarget"] == "#change" and "Owner changed this" in typed.content.decode()
    send(two, draft, gift_note="Happy birthday, Ben")
    assert "Manager worked on it last." in page_of(client_as(Role.HOSPITALITY), draft)
    settle(two, draft, f"card:{world.ben_card.reference}")
    assert Order.objects.get().gift_note == "Happy birthday, Ben" and run_checks(read_clock()) == []


def test_let_go_leads_back_to_the_customer(owner_client: Client, world_today: World) -> None:
    draft = begin(owner_client, world_today.ben)
    answer = owner_client.get(f"/winery/orders/{draft.order.reference}/")
    assert answer["Location"] == f"/winery/changes/{draft.reference}/"
    answer = owner_client.post(f"/winery/changes/{draft.reference}/drop")
    assert answer["Location"] == f"/winery/customers/{world_today.ben.reference}/"
    about = owner_client.get(answer["Location"]).content.decode()
    assert "declined" not in text_of(about) and "Order for this customer" in about


@pytest.mark.parametrize("role", [Role.FULFILMENT, Role.READ_ONLY])
def test_who_may_not_order_for_customers_only_looks(
    client_as: ClientAs, world_today: World, role: Role
) -> None:
    world, client = world_today, client_as(role)
    draft = open_new_order(customer=world.ben, actor=world.staff, now=world.now)
    page = client.get(f"/winery/customers/{world.ben.reference}/").content.decode()
    assert "Order for this customer" not in page
    assert buttons_of(page_of(client, draft)) == []
    for path in (
        f"customers/{world.ben.reference}/order",
        f"releases/offers/{world.estate_offer.reference}/order/",
        f"changes/{draft.reference}/",
        f"changes/{draft.reference}/card",
        f"changes/{draft.reference}/drop",
    ):
        assert client.post(f"/winery/{path}", {"customer": world.ben.email}).status_code == 403, path
    assert fresh(draft).state == "open"


def test_a_suspended_customer_gets_no_order(owner_client: Client, world_today: World) -> None:
    path = f"/winery/customers/{world_today.dora.reference}/"
    assert "Order for this customer" not in owner_client.get(path).content.decode()
    answer = owner_client.post(f"{path}order", follow=True)
    assert "Reinstate the customer before you order." in text_of(answer.content.decode())
    assert not Order.objects.exists()


def test_more_than_a_place_takes_is_split_by_one_press(owner_client: Client, world_today: World) -> None:
    world = world_today
    limited(world.new_york, 2)
    draft = begin(owner_client, world.ben)
    send(owner_client, draft, **{f"add-{world.cabernet.pk}": 3, "add": world.cabernet.pk})
    page = page_of(owner_client, draft)
    assert "2 bottles may go there now. 1 bottle would be kept for the customer until" in text_of(page)
    sent, path = fields_of(page), f"/winery/changes/{draft.reference}/split"
    changed = owner_client.post(path, sent | {"split": f"{sent['split']}0"}, follow=True)
    assert "Nothing was split" in text_of(changed.content.decode()) and held_for(draft, read_clock()) == 3
    answer = owner_client.post(path, sent, follow=True)
    words = text_of(answer.content.decode())
    assert "1 bottle is kept for Ben Baker and may go from" in words and "would be kept" not in words
    assert held_for(draft, read_clock()) == 2 and Cart.objects.get(is_split=True).customer == world.ben
    settle(owner_client, draft, f"card:{world.ben_card.reference}")
    assert Order.objects.filter(IS_ORDER).get().state == "placed" and run_checks(read_clock()) == []
