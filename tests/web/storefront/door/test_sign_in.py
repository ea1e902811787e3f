"""The front door, as a browser meets it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.storefront.conftest import SignedIn
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.heartbeats import WORKER
from tirage.core.models import Heartbeat, WrongTries
from tirage.core.waits import WAITS
from tirage.customers.models import Customer, CustomerSession
from tirage.customers.operations import sign_out_everywhere, suspend_customer
from tirage.customers.sign_in import make_campaign_link
from tirage.notifications.models import SentMail
from tirage.notifications.values import data_of
from tirage.storefront.frame import identity


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def test_from_the_address_to_the_offer_by_code(shop: World) -> None:
    client = Client()
    answer = client.post("/sign-in/", {"email": "Ana@Example.com", "next": "/orders/"})
    assert answer.headers["location"] == "/sign-in/code/"
    mail = SentMail.objects.get()
    assert (mail.to, mail.customer) == ("ana@example.com", shop.ana)
    assert "ana@example.com" in client.get("/sign-in/code/").content.decode().lower()
    wrong = client.post(
        "/sign-in/code/", {"code": "000000" if data_of(mail, "code") != "000000" else "111111"}
    )
    assert wrong.status_code == 422
    answer = client.post("/sign-in/code/", {"code": data_of(mail, "code")})
    assert answer.headers["location"] == "/orders/"
    assert client.get("/orders/").status_code == 200


def test_by_link_on_another_device(shop: World) -> None:
    Client().post("/sign-in/", {"email": "ana@example.com"})
    link = path_of(data_of(SentMail.objects.get(), "link"))
    telephone = Client()
    assert telephone.get(link).headers["location"] == "/offer/"
    cookie = telephone.cookies[identity.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 60 * 24 * 3600
    assert telephone.get("/offer/").status_code == 200


def without_what_changes(html: str, email: str) -> str:
    html = html.replace(email, "SOMEBODY")
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", html)


def test_an_unknown_address_gets_the_same_answer_and_no_mail(shop: World) -> None:
    answers = []
    for email in ("ana@example.com", "nobody@example.com", "dora@example.com"):
        client = Client()
        answer = client.post("/sign-in/", {"email": email}, follow=True)
        answers.append(
            (answer.redirect_chain, answer.status_code, without_what_changes(answer.content.decode(), email))
        )
    assert answers[0] == answers[1] == answers[2]
    assert [mail.to for mail in SentMail.objects.all()] == ["ana@example.com"]


def test_too_many_requests_are_told_so(shop: World) -> None:
    for _ in range(5):
        Client().post("/sign-in/", {"email": "ana@example.com"})
    refused = Client().post("/sign-in/", {"email": "ana@example.com"})
    assert refused.status_code == 429
    assert SentMail.objects.count() == 5


@pytest.mark.parametrize("email", ["", "nonsense", "a@b"])
def test_no_address_is_said_beside_the_field(shop: World, email: str) -> None:
    answer = Client().post("/sign-in/", {"email": email})
    assert answer.status_code == 422
    assert "e-mail address" in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_way_on_never_leads_outside(shop: World, signed_in: SignedIn, path: str) -> None:
    assert signed_in(shop.ana).get("/sign-in/", {"next": path}).headers["location"] == "/offer/"
    client = Client()
    client.post("/sign-in/", {"email": "ana@example.com", "next": path})
    answer = client.post("/sign-in/code/", {"code": data_of(SentMail.objects.get(), "code")})
    assert answer.headers["location"] == "/offer/"


def test_a_campaign_link_and_what_is_left_of_an_old_one(shop: World) -> None:
    link = path_of(make_campaign_link(shop.ana, "/offer/", now=read_clock()))
    assert Client().get(link).headers["location"] == "/offer/"
    old = path_of(make_campaign_link(shop.ana, "/orders/", now=read_clock() - timedelta(days=22)))
    client = Client()
    page = client.get(old)
    assert page.status_code == 200
    assert identity.COOKIE not in page.cookies
    assert not SentMail.objects.exists(), "looking mails nothing"
    sent = client.post(old)
    assert "A new link is on its way" in sent.content.decode()
    for shown in (page, sent):
        assert not [fact for fact in ("ana@", "Ana", "Alvarez", "/orders/") if fact in shown.content.decode()]
    mail = SentMail.objects.get()
    assert mail.to == "ana@example.com"
    assert client.get(path_of(data_of(mail, "link"))).headers["location"] == "/orders/"
    for _ in range(4):
        client.post(old)
    assert client.post(old).status_code == 429, "as many mails as by the front door"


def test_a_link_of_somebody_else_asks_first(shop: World, ben: Client) -> None:
    link = path_of(make_campaign_link(shop.ana, "/offer/", now=read_clock()))
    page = ben.get(link)
    assert "This link is Ana Alvarez" in page.content.decode()
    assert identity.COOKIE not in page.cookies
    assert ben.post(link).headers["location"] == "/offer/"
    assert "ana@example.com" in ben.get("/account/").content.decode()


def test_signing_out_here_and_everywhere(shop: World, signed_in: SignedIn) -> None:
    telephone, desk = signed_in(shop.ana), signed_in(shop.ana)
    telephone.post("/sign-out/")
    assert telephone.get("/orders/").headers["location"] == "/sign-in/?next=%2Forders%2F"
    assert desk.get("/orders/").status_code == 200
    desk.post("/account/sign-out-everywhere/")
    assert desk.get("/orders/").status_code == 302


def test_the_suspended_are_out_at_once(shop: World, ana: Client) -> None:
    assert ana.get("/offer/").status_code == 200
    suspend_customer(customer=shop.ana, reason="Asked us to", actor=shop.staff, now=read_clock())
    assert ana.get("/offer/").headers["location"].startswith("/sign-in/")
    assert ana.post("/cart/", {"act": "all"}).headers["location"].startswith("/sign-in/")


def test_a_raised_epoch_signs_out(shop: World, ana: Client) -> None:
    sign_out_everywhere(customer=shop.ana, actor=shop.staff, now=read_clock())
    assert ana.get("/orders/").status_code == 302


def test_a_forged_cookie_is_nobody(shop: World, ana: Client) -> None:
    client = Client()
    for value in (
        "",
        "made up",
        f"{shop.ana.pk}.{shop.ana.session_epoch}.1",
        CustomerSession.objects.get().key_hash,
    ):
        client.cookies[identity.COOKIE] = value
        assert client.get("/orders/").status_code == 302


def test_the_cookie_slides_with_its_use(shop: World, ana: Client) -> None:
    assert identity.COOKIE not in ana.get("/orders/").cookies
    CustomerSession.objects.update(seen_at=read_clock() - timedelta(days=59))
    assert identity.COOKIE in ana.get("/orders/").cookies
    assert identity.COOKIE not in ana.get("/orders/").cookies
    CustomerSession.objects.update(seen_at=read_clock() - timedelta(days=60))
    assert ana.get("/orders/").status_code == 302


def test_a_copy_of_the_cookie_is_dead_after_signing_out(shop: World, ana: Client) -> None:
    thief = Client()
    thief.cookies[identity.COOKIE] = ana.cookies[identity.COOKIE].value
    assert thief.get("/orders/").status_code == 200
    ana.post("/sign-out/")
    assert thief.get("/orders/").status_code == 302
    assert not CustomerSession.objects.exists()


def test_a_flood_of_wrong_codes_keeps_nobody_out(shop: World) -> None:
    """Whoever they are and however many: the link works, and on a device used before the code does too."""
    at_home = Client()
    at_home.post("/sign-in/", {"email": "ana@example.com"})
    assert at_home.get(path_of(data_of(SentMail.objects.get(), "link"))).status_code == 302
    assert at_home.cookies[identity.KNOWN_DEVICE.name].value
    at_home.post("/sign-out/")
    at_home.post("/sign-in/", {"email": "ana@example.com"})
    newest = SentMail.objects.order_by("-pk")[0]
    for _ in range(len(WAITS)):
        stranger = Client()
        stranger.cookies["tirage_asked"] = at_home.cookies["tirage_asked"].value
        assert stranger.post("/sign-in/code/", {"code": "nonsense"}).status_code == 422
        WrongTries.objects.exclude(wrong=len(WAITS)).update(free_at=read_clock())
    elsewhere = Client()
    elsewhere.cookies["tirage_asked"] = at_home.cookies["tirage_asked"].value
    refused = elsewhere.post("/sign-in/code/", {"code": data_of(newest, "code")})
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 3500
    assert "in 1 hour, or press the button in our mail" in refused.content.decode()
    assert elsewhere.get(path_of(data_of(newest, "link"))).headers["location"] == "/offer/"
    assert at_home.post("/sign-in/code/", {"code": data_of(newest, "code")}).headers["location"] == "/offer/"


def test_age_is_asked_once_before_the_offer(shop: World, ana: Client) -> None:
    Customer.objects.update(adult_confirmed_at=None, birth_date=None)
    assert ana.get("/offer/").headers["location"] == "/adult/?next=%2Foffer%2F"
    assert ana.post("/cart/", {"act": "all"}).headers["location"].startswith("/adult/")
    assert "Are you 21 or older" in ana.get("/adult/?next=/offer/").content.decode()
    young = f"{read_clock().year - 20}-01-01"
    refused = ana.post("/adult/", {"next": "/offer/", "birth_date": young})
    assert refused.status_code == 422
    assert "typing error" in refused.content.decode() and "cellar@" in refused.content.decode()
    for later in ({}, {"birth_date": "1980-01-01"}):
        assert ana.post("/adult/", {"next": "/offer/", "answer": "yes", **later}).status_code == 422
    assert "Yes, I am" not in ana.get("/adult/").content.decode()
    assert ana.get("/offer/").headers["location"].startswith("/adult/")
    Customer.objects.update(birth_date="1980-01-01")
    assert ana.post("/adult/", {"next": "/offer/"}).headers["location"] == "/offer/"
    assert ana.get("/offer/").status_code == 200


def test_pages_are_kept_private(shop: World, ana: Client) -> None:
    answer = ana.get("/offer/")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Cookie" in answer.headers["vary"]


def test_a_sign_in_by_link_takes_few_statements(
    shop: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    link = path_of(make_campaign_link(shop.ana, "/offer/", now=read_clock()))
    Client().get("/")
    with django_assert_max_num_queries(3):
        Client().get(link)


def test_mails_that_do_not_leave_are_said_to_whoever_waits(shop: World) -> None:
    """Whoever waits for a code isn't left to look among the unwanted mail; once mails leave again nothing is said."""
    client = Client()
    client.post("/sign-in/", {"email": "ana@example.com"})
    for ok_at, said in ((read_clock() - timedelta(hours=1), True), (read_clock(), False)):
        Heartbeat.objects.update_or_create(name=WORKER, defaults={"ok_at": ok_at})
        assert ("Our mails are held up just now." in words_of(client.get("/sign-in/code/"))) is said
