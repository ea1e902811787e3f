"""Who gets in where: every address of the shop is closed unless it says otherwise, and staff only look."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.test import Client

from tests.web.addresses import addresses
from tests.web.storefront.pages import item_id, words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.inventory.models import Hold
from tirage.offers.models import Offer
from tirage.parts.seen_as import COOKIE, SeenAs, start_seeing

OPEN = {
    "home",
    "sign_in",
    "sign_in_code",
    "sign_in_link",
    "sign_in_passkey",
    "order_status",
    "campaign_link",
    "check_certificate",
    "join",
    "join_asked",
    "join_confirm",
    "sign_out",
    "privacy",
    "terms",
    "robots",
    "manifest",
    "label",
    "stop_seeing",
    "pay",
    "card_link",
    "unsubscribe",
}


def test_only_the_door_is_open_to_strangers() -> None:
    public = {one.name.partition(":")[2] for one in addresses("storefront") if one.view.is_public}
    assert public == OPEN


def test_parts_that_htmx_asks_for_lead_to_the_door_too(shop: World) -> None:
    answer = Client().post("/checkout/", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sign-in/")


def looking(shop: World, seen: SeenAs) -> Client:
    client = Client()
    client.force_login(shop.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = HttpResponse()
    start_seeing(response, seen)
    client.cookies[COOKIE] = response.cookies[COOKIE].value
    return client


def test_staff_see_with_a_customers_eyes_and_change_nothing(shop: World) -> None:
    client = looking(shop, SeenAs(shop.ana.pk, shop.owner.pk, "/winery/customers/x/"))
    page = words_of(client.get("/offer/"))
    assert "You see the shop as Ana Alvarez" in page
    assert "of your 12" in page
    item = item_id(shop, shop.premier_offer, "cabernet")
    for path, data in [
        ("/cart/", {"act": "hold", f"bottles_{item}": "1"}),
        ("/cart/", {"act": "all"}),
        ("/checkout/", {}),
        ("/checkout/place/", {}),
        ("/account/", {"first_name": "X"}),
        ("/account/sign-out-everywhere/", {}),
        ("/sign-out/", {}),
        ("/tell-me/", {"sku": "CAB23"}),
        (f"/account/addresses/{shop.ana_home.reference}/remove/", {}),
    ]:
        answer = client.post(path, data)
        assert answer.status_code == 403, path
        assert "Nothing was changed" in words_of(answer)
    assert not Hold.objects.exists()


def test_the_way_back_ends_the_looking(shop: World) -> None:
    client = looking(shop, SeenAs(shop.ana.pk, shop.owner.pk, "/winery/customers/x/"))
    assert client.post("/seen-as/end/").headers["location"] == "/winery/customers/x/"
    assert client.get("/offer/").status_code == 302


def test_the_cookie_is_worth_nothing_without_its_staff_session(shop: World) -> None:
    client = looking(shop, SeenAs(shop.ana.pk, shop.owner.pk, "/"))
    stolen = Client()
    stolen.cookies[COOKIE] = client.cookies[COOKIE].value
    assert stolen.get("/offer/").status_code == 302
    other = looking(shop, SeenAs(shop.ana.pk, shop.owner.pk + 1, "/"))
    assert other.get("/offer/").status_code == 302
    client.logout()
    assert client.get("/offer/").status_code == 302


def test_a_draft_is_previewed_at_any_time_as_any_customer(shop: World) -> None:
    now = read_clock()
    Offer.objects.filter(pk=shop.welcome_offer.pk).update(
        is_active=False,
        opens_at=now + timedelta(days=30),
        closes_at=now + timedelta(days=40),
        title="A draft",
    )
    seen = SeenAs(shop.clara.pk, shop.owner.pk, "/", shop.welcome_offer.reference, now + timedelta(days=31))
    page = words_of(looking(shop, seen).get("/offer/"))
    assert "A draft" in page
    assert "of your 12" in page
    assert "9 days left" in page or "1 week left" in page


def test_a_suspended_customer_can_still_be_looked_at(shop: World) -> None:
    client = looking(shop, SeenAs(shop.dora.pk, shop.owner.pk, "/"))
    assert client.get("/orders/").status_code == 200


def test_forms_need_their_token(shop: World, ana: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.update(ana.cookies)
    assert strict.post("/cart/", {"act": "all"}).status_code == 403
    assert not Hold.objects.exists()
