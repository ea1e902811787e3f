"""The offer page and the cart behind it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.conftest import on_postgres
from tests.web.storefront.conftest import SignedIn
from tests.web.storefront.pages import counted, form_of, item_id, take, words_of
from tests.world import World
from tirage.catalog.models import Vintage
from tirage.checkout.models import Cart, CartLine, OfferLook, RestockRequest
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.parts.seen_as import SeenAs, start_seeing
from tirage.wishes.models import Wish


def lapse() -> None:
    past = read_clock() - timedelta(minutes=1)
    Hold.objects.update(expires_at=past)
    Cart.objects.update(expires_at=past)


def lines() -> dict[str, int]:
    return dict(CartLine.objects.values_list("offer_item__sku__code", "quantity"))


def test_what_the_offer_says(shop: World, ana: Client) -> None:
    page = words_of(ana.get("/offer/"))
    for words in (
        "Your autumn allocation",
        "left, until",
        "The 2023 reds are in bottle.",
        "Estate Cabernet Sauvignon 2023",
        "$120.00",
        "3 of your 6",
        "6 of your 12, in 3s",
        "Take all 26",
        "Take my usual 9",
    ):
        assert words in page


def test_the_group_is_never_named(shop: World, ana: Client) -> None:
    assert "Premier" not in ana.get("/offer/").content.decode()


def test_the_page_is_read_in_few_statements(shop: World, ana: Client) -> None:
    ana.get("/offer/")
    with counted() as looking:
        ana.get("/offer/")
    assert len(looking) <= 5
    fields = form_of(ana.get("/offer/"), "/cart/")
    with counted() as holding:
        assert ana.post("/cart/", fields).status_code == 302
    # PostgreSQL writes holds and counters in one statement, SQLite in two.
    assert len(holding) <= (8 if on_postgres() else 9), "\n".join(holding)


def test_bottles_are_held_from_the_button_on(shop: World, ana: Client) -> None:
    ana.get("/offer/")
    assert not Hold.objects.exists()
    answer = take(ana, shop, shop.premier_offer, cabernet=3, chardonnay=6)
    assert answer.headers["location"] == "/checkout/"
    assert lines() == {"CAB23": 3, "CHA24": 6}
    page = ana.get("/offer/")
    assert "9 bottles are yours for" in words_of(page)
    assert form_of(page, "/cart/")["bottles_" + str(item_id(shop, shop.premier_offer, "cabernet"))] == "3"


def test_the_form_sends_what_it_shows(shop: World, ana: Client) -> None:
    fields = form_of(ana.get("/offer/"), "/cart/")
    ana.post("/cart/", fields)
    assert lines() == {"CAB23": 3, "CHA24": 6}


def test_with_a_cart_the_steppers_show_the_cart_and_no_suggestions(shop: World, ana: Client) -> None:
    take(ana, shop, shop.premier_offer, magnum=1)
    fields = form_of(ana.get("/offer/"), "/cart/")
    assert fields["bottles_" + str(item_id(shop, shop.premier_offer, "cabernet"))] == "0"


def test_the_whole_allocation_in_one_tap(shop: World, ana: Client) -> None:
    page = words_of(ana.get("/offer/"))
    ana.post("/cart/", {"act": "all"})
    cart = Cart.objects.get()
    assert sum(cart.lines.values_list("quantity", flat=True)) == sum(lines().values()) > 0
    bottles = sum(
        line.quantity * line.offer_item.sku.units for line in cart.lines.select_related("offer_item__sku")
    )
    assert f"Take all {bottles} · $" in page


@pytest.mark.parametrize("quantity", ["7", "-1", "two", "1.5", "99999999999999999999"])
def test_more_than_mine_is_refused_and_nothing_typed_is_lost(shop: World, ana: Client, quantity: str) -> None:
    item, other = (item_id(shop, shop.premier_offer, name) for name in ("cabernet", "chardonnay"))
    answer = ana.post("/cart/", {"act": "hold", f"bottles_{item}": quantity, f"bottles_{other}": "3"})
    assert answer.status_code == 422
    assert lines() == {}
    assert 'role="alert"' in answer.content.decode()


def test_multiples_are_kept(shop: World, ana: Client) -> None:
    answer = take(ana, shop, shop.premier_offer, chardonnay=4)
    assert answer.status_code == 422
    assert "comes in 3s" in words_of(answer)


def test_a_neighbours_offer_item_is_not_mine(shop: World, ana: Client) -> None:
    answer = take(ana, shop, shop.estate_offer, cabernet=1)
    assert answer.status_code == 422
    assert lines() == {}


def test_a_custom_allowance_is_shown(shop: World, ana: Client) -> None:
    item = shop.item(shop.premier_offer, shop.cabernet)
    CustomAllowance.objects.create(offer_item=item, customer=shop.ana, purchase_maximum=11)
    assert "of your 11" in words_of(ana.get("/offer/"))


def test_little_is_shown_as_a_number_and_much_is_not(shop: World, ana: Client) -> None:
    page = words_of(ana.get("/offer/"))
    assert "6 left" in page
    assert "100 left" not in page


def test_held_elsewhere_and_sold_out_are_told_apart(shop: World, ana: Client, ben: Client) -> None:
    Stock.objects.filter(sku=shop.magnum).update(on_hand=1)
    Stock.objects.filter(sku=shop.syrah_pack).update(on_hand=0)
    take(ben, shop, shop.estate_offer, magnum=1)
    page = words_of(ana.get("/offer/"))
    assert "All in other customers’ carts just now. Some may come back at" in page
    assert "Tell me" in page
    assert page.count("Sold out") == 1


def test_asking_to_be_told_keeps_what_was_chosen(shop: World, ana: Client, ben: Client) -> None:
    Stock.objects.filter(sku=shop.magnum).update(on_hand=1)
    take(ben, shop, shop.estate_offer, magnum=1)
    cabernet = item_id(shop, shop.premier_offer, "cabernet")
    answer = ana.post("/tell-me/", {"sku": "CAB23-MAG", f"bottles_{cabernet}": "5"})
    assert "We’ll write to you" in words_of(answer)
    assert form_of(answer, "/cart/")[f"bottles_{cabernet}"] == "5"
    assert RestockRequest.objects.get().sku == shop.magnum
    assert ana.post("/tell-me/", {"sku": "NOT-MINE"}).status_code == 404


def test_a_shortage_is_said_and_the_rest_is_held(shop: World, ana: Client, ben: Client) -> None:
    Stock.objects.filter(sku=shop.magnum).update(on_hand=2)
    take(ben, shop, shop.estate_offer, magnum=1)
    ana.post("/cart/", {"act": "hold", f"bottles_{item_id(shop, shop.premier_offer, 'magnum')}": "2"})
    assert lines()["CAB23-MAG"] == 1
    assert "1 of 2 could be held" in words_of(ana.get("/checkout/"))


def test_a_lapsed_cart_is_kept_and_taken_again(shop: World, ana: Client) -> None:
    take(ana, shop, shop.premier_offer, cabernet=4)
    lapse()
    assert "Your time for 4 bottles ran out" in words_of(ana.get("/offer/"))
    assert "Take them again" in words_of(ana.get("/checkout/"))
    assert "Place order" in words_of(ana.get("/checkout/")), "it takes them again, if they are there"
    ana.post("/cart/", {"act": "retake"})
    assert "4 bottles are yours for" in words_of(ana.get("/checkout/"))


def test_letting_all_go(shop: World, ana: Client) -> None:
    take(ana, shop, shop.premier_offer, cabernet=4)
    ana.post("/cart/", {"act": "empty"})
    assert not Hold.objects.exists()
    assert "Your cart is empty" in words_of(ana.get("/checkout/"))


def test_rules_are_progress(shop: World, ana: Client) -> None:
    Offer.objects.update(bottles_minimum=12, spend_minimum_minor=2_000_00)
    page = words_of(ana.get("/offer/"))
    assert "3 more bottles to reach 12" in page
    assert "$1,250.00 more to reach $2,000.00" in page
    take(ana, shop, shop.premier_offer, cabernet=2)
    checkout = words_of(ana.get("/checkout/"))
    assert "10 more bottles to reach 12" in checkout
    assert "Place order" not in checkout


def test_two_devices_share_one_cart(shop: World, ana: Client, signed_in: SignedIn) -> None:
    desk = signed_in(shop.ana)
    take(ana, shop, shop.premier_offer, cabernet=4)
    take(desk, shop, shop.premier_offer, cabernet=6)
    assert lines() == {"CAB23": 6}
    assert take(desk, shop, shop.premier_offer, cabernet=7).status_code == 422
    assert lines() == {"CAB23": 6}


def test_a_wish_beside_the_purchase(shop: World, ana: Client) -> None:
    item = item_id(shop, shop.premier_offer, "cabernet")
    refused = ana.post("/cart/", {"act": "wish", f"wish_{item}": "2", f"wished_{item}": "0"})
    assert refused.status_code == 422
    assert "Agree to the charge" in words_of(refused)
    assert not Wish.objects.exists()
    ana.post("/cart/", {"act": "wish", f"wish_{item}": "2", f"wished_{item}": "0", "agreed": "1"})
    assert Wish.objects.get().asked == 2
    assert "You wish for 2 more" in words_of(ana.get("/offer/"))
    with counted() as unchanged:
        ana.post("/cart/", {"act": "wish", f"wish_{item}": "2", f"wished_{item}": "2", "agreed": "1"})
    assert len(unchanged) == 1


def test_what_is_left_of_a_wish_has_its_own_price(shop: World, ana: Client) -> None:
    item = item_id(shop, shop.premier_offer, "cabernet")
    ana.post("/cart/", {"act": "wish", f"wish_{item}": "2", f"wished_{item}": "0", "agreed": "1"})
    assert "so at most $240.00 for both" in words_of(ana.get("/wishes/"))
    Wish.objects.update(granted=1)
    left = words_of(ana.get("/wishes/"))
    assert "At most $120.00" in left and "for both" not in left


def test_a_wish_that_is_no_number_keeps_no_bottles_back(shop: World, ana: Client) -> None:
    item = item_id(shop, shop.premier_offer, "cabernet")
    answer = ana.post("/cart/", {"act": "hold", f"bottles_{item}": "6", f"wish_{item}": "many"}, follow=True)
    assert "Your wish is not kept yet. Write whole numbers" in words_of(answer)
    assert shop.stock(shop.cabernet).held == 6 and not Wish.objects.exists()


def test_a_wish_that_is_refused_stands_on_its_page_as_it_was_typed(shop: World, ana: Client) -> None:
    item = item_id(shop, shop.premier_offer, "cabernet")
    ana.post("/cart/", {"act": "wish", f"wish_{item}": "2", f"wished_{item}": "0", "agreed": "1"})
    refused = ana.post("/wishes/", {f"wish_{item}": "400"})
    assert refused.status_code == 422
    fields = re.findall(rf'<input[^>]*name="(?:wish|agreed)_{item}"[^>]*>', refused.content.decode())
    assert 'value="400"' in fields[0] and "checked" not in fields[1]
    fields = re.findall(
        rf'<input[^>]*name="(?:wish|agreed)_{item}"[^>]*>', ana.get("/wishes/").content.decode()
    )
    assert 'value="2"' in fields[0] and "checked" in fields[1]


def test_wishing_stays_open_when_the_wine_is_sold_out(shop: World, ana: Client) -> None:
    Stock.objects.update(on_hand=0)
    page = ana.get("/offer/")
    assert "Sold out" in words_of(page)
    assert f"wish_{item_id(shop, shop.premier_offer, 'cabernet')}" in form_of(page, "/cart/")
    assert "Take these" not in words_of(page)


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [(-10, -1, "This offer is closed"), (1, 10, "Opens "), (-1, 10, "Take my usual 9")],
)
def test_the_page_of_each_state(shop: World, ana: Client, opens: int, closes: int, words: str) -> None:
    now = read_clock()
    Offer.objects.update(opens_at=now + timedelta(hours=opens), closes_at=now + timedelta(hours=closes))
    assert words in words_of(ana.get("/offer/"))


def test_no_offer(shop: World, signed_in: SignedIn) -> None:
    clara = signed_in(shop.clara)
    assert "Nothing for you just now" in words_of(clara.get("/offer/"))
    assert clara.post("/cart/", {"act": "all"}).status_code == 422


def test_a_closed_offer_takes_nothing(shop: World, ana: Client) -> None:
    Offer.objects.update(closes_at=read_clock())
    answer = take(ana, shop, shop.premier_offer, cabernet=1)
    assert answer.status_code == 422
    assert lines() == {}


def test_everything_that_is_shown_is_escaped(shop: World, ana: Client) -> None:
    evil = '<img src=x onerror="alert(1)">'
    Offer.objects.update(title=evil, message=evil)
    shop.cabernet.name = evil
    shop.cabernet.save()
    OfferItem.objects.update(position=0)
    page = ana.get("/offer/").content.decode()
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 3


def ask_for_three(shop: World, *, strict: bool) -> None:
    """Ana's Cabernets come in threes at least; the winery holds minimums at once, or doesn't."""
    OfferItem.objects.filter(pk=item_id(shop, shop.premier_offer, "cabernet")).update(purchase_minimum=3)
    Winery.objects.update(strict_minimums=strict)
    forget_winery()


def test_a_minimum_is_only_filled_in_by_default(shop: World, ana: Client) -> None:
    ask_for_three(shop, strict=False)
    page = ana.get("/offer/")
    assert form_of(page, "/cart/")["bottles_" + str(item_id(shop, shop.premier_offer, "cabernet"))] == "3"
    assert not Hold.objects.exists() and not Cart.objects.exists()


def test_a_strict_winery_holds_the_minimum_at_the_first_look(shop: World, ana: Client, ben: Client) -> None:
    ask_for_three(shop, strict=True)
    assert ana.head("/offer/").status_code == 200 and not Hold.objects.exists()
    assert "3 bottles are yours for" in words_of(ana.get("/offer/"))
    assert lines() == {"CAB23": 3}
    assert Stock.objects.get(sku=shop.cabernet).held == 3
    before = Hold.objects.get().expires_at
    ana.get("/offer/")
    assert Hold.objects.get().expires_at == before
    ben.get("/offer/")
    assert Hold.objects.count() == 1, "Ben's offer has no minimum"


def test_bottles_let_go_are_not_held_again(shop: World, ana: Client) -> None:
    ask_for_three(shop, strict=True)
    ana.get("/offer/")
    ana.post("/cart/", {"act": "empty"})
    ana.get("/offer/")
    assert lines() == {} and Stock.objects.get(sku=shop.cabernet).held == 0


def test_nothing_is_held_before_the_offer_opens(shop: World, ana: Client) -> None:
    ask_for_three(shop, strict=True)
    Offer.objects.filter(pk=shop.premier_offer.pk).update(opens_at=read_clock() + timedelta(hours=1))
    ana.get("/offer/")
    assert not Hold.objects.exists()


def test_staff_who_look_hold_nothing(shop: World) -> None:
    ask_for_three(shop, strict=True)
    response = HttpResponse()
    start_seeing(response, SeenAs(shop.ana.pk, shop.owner.pk, "/winery/", "", None))
    staff = Client()
    staff.force_login(shop.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, morsel in response.cookies.items():
        staff.cookies[name] = morsel.value
    assert staff.get("/offer/").status_code == 200
    assert not Hold.objects.exists() and not Cart.objects.exists() and not OfferLook.objects.exists()


def test_formats_of_one_wine_share_label_and_note(shop: World, ana: Client) -> None:
    Vintage.objects.filter(pk=shop.cabernet.vintage_id).update(note="Cassis and cedar.")
    assert shop.magnum.vintage_id == shop.cabernet.vintage_id
    page = ana.get("/offer/")
    assert words_of(page).count("Cassis and cedar.") == 1
    html = page.content.decode()
    assert html.count('class="offered"') == len(set(re.findall("wine-[0-9]+", html)))
    for sku in ("cabernet", "magnum"):
        assert f'name="bottles_{item_id(shop, shop.premier_offer, sku)}"' in html
    Vintage.objects.filter(pk=shop.cabernet.vintage_id).update(note="")
    OfferItem.objects.filter(offer=shop.premier_offer, sku=shop.magnum).update(position=99)
    apart = ana.get("/offer/").content.decode()
    assert apart.count('class="offered"') == html.count('class="offered"') + 1, (
        "another wine stands between them"
    )


def test_a_first_look_is_kept_once_and_by_nobody_else(ana: Client, shop: World) -> None:
    with counted() as first:
        ana.get("/offer/")
    with counted() as second:
        ana.get("/offer/")
    looks = [(look.customer, look.offer) for look in OfferLook.objects.all()]
    assert looks == [(shop.ana, shop.premier_offer)]
    written = [sum("INTO checkout_offerlook" in one for one in sent) for sent in (first, second)]
    assert written == [1, 0], "who has seen it writes nothing any more"


def test_looking_at_what_is_not_open_yet_is_no_look(ana: Client, shop: World) -> None:
    Offer.objects.update(opens_at=read_clock() + timedelta(hours=1))
    assert ana.get("/offer/").status_code == 200
    assert not OfferLook.objects.exists()


def test_what_a_wish_lacks_is_said_without_its_wines_name_twice(shop: World, ana: Client) -> None:
    item = item_id(shop, shop.premier_offer, "cabernet")
    refused = words_of(ana.post("/cart/", {"act": "wish", f"wish_{item}": "2", f"wished_{item}": "0"}))
    assert "Agree to the charge under your wish" in refused
    assert "agree to the charge under your wish" not in refused


def test_a_wish_that_stays_as_it_is_says_so(shop: World, ana: Client) -> None:
    item = item_id(shop, shop.premier_offer, "cabernet")
    ana.post("/cart/", {"act": "wish", f"wish_{item}": "2", f"wished_{item}": "0", "agreed": "1"})
    same = ana.post("/wishes/", {f"wish_{item}": "2", "agreed": "1"}, follow=True)
    assert "Your wish stays as it is" in words_of(same)
    other = ana.post("/wishes/", {f"wish_{item}": "1", "agreed": "1"}, follow=True)
    assert "Your wish is changed" in words_of(other)
