"""No more mail about offers and news, as mail programs, scanners and people meet it."""

from __future__ import annotations

from email import message_from_string, policy
from email.message import EmailMessage

import pytest
from django.core import mail as outbox
from django.core.signing import Signer
from django.test import Client

from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.consent import change_consent, unsubscribe_url
from tirage.customers.models import Customer
from tirage.customers.states import ConsentSource
from tirage.notifications.inviting import invite_customer
from tirage.notifications.models import SentMail
from tirage.notifications.operations import queue_sign_in_link
from tirage.notifications.tasks import send_mail

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ben(shop: World) -> Customer:
    """Ben, who agreed to mail about offers."""
    Customer.objects.filter(pk=shop.ben.pk).update(marketing_consent_at=read_clock())
    shop.ben.refresh_from_db()
    return shop.ben


def path_of(customer: Customer) -> str:
    return "/" + unsubscribe_url(customer).split("/", 3)[3]


def invite(shop: World, customer: Customer) -> SentMail:
    assert invite_customer(offer=shop.estate_offer, customer=customer, now=read_clock())
    return SentMail.objects.get(kind="offer_invitation", customer=customer)


def wants_mail(customer: Customer) -> bool:
    customer.refresh_from_db()
    return customer.marketing_consent_at is not None


def test_an_invitation_carries_every_way_to_be_left_alone(shop: World, ben: Customer) -> None:
    Winery.objects.update(unsubscribe_email="stop@halcyon.example")
    forget_winery()
    send_mail.call(invite(shop, ben).pk)
    sent = message_from_string(outbox.outbox[0].message().as_string(), policy=policy.default)
    assert isinstance(sent, EmailMessage)
    url = unsubscribe_url(ben)
    assert sent["List-Unsubscribe"].strip() == f"<{url}>, <mailto:stop@halcyon.example?subject=unsubscribe>"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = (sent.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and f"No more mail about offers and news: {url}" in plain.get_content()
    assert html is not None and f'<a href="{url}"' in html.get_content()


def test_without_such_a_mailbox_there_is_the_address_alone(shop: World, ben: Customer) -> None:
    send_mail.call(invite(shop, ben).pk)
    assert outbox.outbox[0].extra_headers["List-Unsubscribe"] == f"<{unsubscribe_url(ben)}>"


def test_what_somebody_waits_for_carries_none(shop: World, ben: Customer) -> None:
    mail = queue_sign_in_link(customer_id=ben.pk, days=7, now=read_clock())
    send_mail.call(mail.pk)
    sent = outbox.outbox[0]
    assert "List-Unsubscribe" not in sent.extra_headers and "No more mail" not in str(sent.body)


def test_who_left_meanwhile_gets_no_mail_that_was_queued(shop: World, ben: Customer) -> None:
    mail = invite(shop, ben)
    assert Client().post(path_of(ben), ONE_CLICK).status_code == 200
    send_mail.call(mail.pk)
    mail.refresh_from_db()
    assert outbox.outbox == [] and mail.sent_at is None
    assert mail.problem == "The customer wants no mail about offers and news."
    other = queue_sign_in_link(customer_id=ben.pk, days=7, now=read_clock())
    send_mail.call(other.pk)
    assert len(outbox.outbox) == 1, "mail that isn't about offers still goes"


def test_looking_asks_and_never_acts(shop: World, ben: Customer) -> None:
    client = Client()
    for method in (client.get, client.head, client.get):
        assert method(path_of(ben)).status_code == 200
    page = client.get(path_of(ben)).content.decode()
    assert (
        page.count('type="submit"') == 1
        and "Don’t invite me any more" in page
        and "won’t be invited to our releases by mail" in page
    )
    assert wants_mail(ben)


@pytest.mark.parametrize("form", [ONE_CLICK, {"act": "leave"}, {}])
def test_sending_acts_at_once_signed_out_and_without_a_token(
    shop: World, ben: Customer, form: dict[str, str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    for _ in range(3):
        assert client.post(path_of(ben), form).status_code == (200 if form == ONE_CLICK else 302)
    assert not wants_mail(ben)
    assert ben.marketing_left_at is not None
    assert ben.marketing_source == ("mail_program" if form == ONE_CLICK else "link")
    event = Event.objects.get(name="customer.consent_changed")
    assert event.data == {"agrees": False, "source": ben.marketing_source}
    page = client.get(path_of(ben)).content.decode()
    assert "leave you in peace" in page and "won’t be invited to our releases by mail" in page
    assert "Invite me again" in page


def test_it_is_taken_back_on_the_page(shop: World, ben: Customer) -> None:
    client = Client()
    client.post(path_of(ben))
    assert 'value="return"' in client.get(path_of(ben)).content.decode()
    client.post(path_of(ben), {"act": "return"})
    assert wants_mail(ben) and ben.marketing_left_at is None
    client.post(path_of(ben), ONE_CLICK | {"act": "return"})
    assert not wants_mail(ben), "a mail program's button never subscribes"


def test_who_never_agreed_can_still_say_no(shop: World) -> None:
    Customer.objects.filter(pk=shop.ana.pk).update(marketing_consent_at=None)
    Client().post(path_of(shop.ana), ONE_CLICK)
    assert not wants_mail(shop.ana) and shop.ana.marketing_left_at is not None


def test_the_page_says_nothing_of_whose_it_is(shop: World, ben: Customer) -> None:
    client = Client()
    pages = [client.get(path_of(ben)), client.post(path_of(ben), ONE_CLICK), client.get(path_of(ben))]
    for page in pages:
        words = page.content.decode()
        for fact in (ben.email, ben.first_name, ben.last_name):
            assert fact not in words
        assert page["Referrer-Policy"] == "no-referrer" and "noindex" in page["X-Robots-Tag"]


def test_a_made_up_address_is_nobodys(shop: World, ben: Customer) -> None:
    former = "/unsubscribe/" + Signer(salt="tirage.customers.unsubscribe", sep=".").sign(ben.reference) + "/"
    forged = former.replace(ben.reference, shop.ana.reference)
    for path in (forged, "/unsubscribe/x/", "/unsubscribe/é/", path_of(ben)[:-3] + "/"):
        for answer in (Client().get(path), Client().post(path, ONE_CLICK)):
            assert answer.status_code == 404
    assert not Event.objects.filter(name="customer.consent_changed").exists()


def test_the_winery_sees_since_when_and_from_where(shop: World, ben: Customer, owner_client: Client) -> None:
    page = f"/winery/customers/{ben.reference}/"
    Client().post(path_of(ben), ONE_CLICK)
    assert "Wants none since" in owner_client.get(page).content.decode()
    assert "by the mail program’s button" in owner_client.get(page).content.decode()
    change_consent(
        customer=ben, agrees=True, source=ConsentSource.ACCOUNT, actor=shop.staff, now=read_clock()
    )
    assert "Said in the account" in owner_client.get(page).content.decode()


def test_a_form_without_its_tick_is_no_leaving(shop: World, ben: Customer) -> None:
    """Who never agreed and keeps a telephone number has not taken anything back."""
    Customer.objects.filter(pk=ben.pk).update(marketing_consent_at=None)
    assert not change_consent(
        customer=ben, agrees=False, source=ConsentSource.ACCOUNT, actor=shop.staff, now=read_clock()
    )
    ben.refresh_from_db()
    assert ben.marketing_left_at is None
