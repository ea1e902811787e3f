"""What changes who a customer is, times what could be done before: nothing of it can be done after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail as outbox
from django.test import Client

from tests.rooms.payments.owing import OWED, owing_order
from tests.web.conftest import client_of
from tests.web.storefront.conftest import signed_in_as
from tests.web.storefront.pages import Page, form_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.customers.consent import unsubscribe_url
from tirage.customers.models import Customer
from tirage.customers.operations import sign_out_everywhere, suspend_customer, update_customer
from tirage.customers.permissions import close_account
from tirage.customers.sign_in import make_campaign_link
from tirage.notifications.models import SentMail
from tirage.notifications.operations import queue_offer_invitation, queue_sign_in_link
from tirage.notifications.tasks import send_mail
from tirage.notifications.values import data_of
from tirage.payments.operations import card_link_url, make_pay_link, pay_link_url
from tirage.staff.states import Role
from tirage.storefront.frame.identity import COOKIE, KNOWN_DEVICE, known_device

pytestmark = pytest.mark.django_db


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def is_let_in(path: str) -> bool:
    client = Client()
    answer = client.get(path)
    return answer.status_code == 302 and COOKIE in answer.cookies


# What could be done before. Each gives back whether it still can.


def by_session(shop: World) -> Callable[[], bool]:
    telephone = signed_in_as(shop.ben)
    return lambda: telephone.get("/orders/").status_code == 200


def by_code(shop: World) -> Callable[[], bool]:
    client = Client()
    client.post("/sign-in/", {"email": shop.ben.email})
    code = data_of(SentMail.objects.filter(kind="sign_in_code").latest("pk"), "code")
    return lambda: client.post("/sign-in/code/", {"code": code}).status_code == 302


def by_mailed_link(shop: World) -> Callable[[], bool]:
    Client().post("/sign-in/", {"email": shop.ben.email})
    link = path_of(data_of(SentMail.objects.filter(kind="sign_in_code").latest("pk"), "link"))
    return lambda: is_let_in(link)


def by_campaign_link(shop: World) -> Callable[[], bool]:
    link = path_of(make_campaign_link(shop.ben, "/offer/", now=read_clock()))
    return lambda: is_let_in(link)


def by_card_link(shop: World) -> Callable[[], bool]:
    link = path_of(card_link_url(shop.ben, read_clock()))
    return lambda: Client().get(link).status_code == 200


def by_known_device(shop: World) -> Callable[[], bool]:
    from django.http import HttpResponse
    from django.test import RequestFactory

    response = HttpResponse()
    KNOWN_DEVICE.remember(response, [shop.ben.pk, shop.ben.session_epoch])
    request = RequestFactory().get("/sign-in/")
    request.COOKIES[KNOWN_DEVICE.name] = response.cookies[KNOWN_DEVICE.name].value
    return lambda: bool(known_device(request, Customer.objects.get(pk=shop.ben.pk).email))


def by_pay_link(shop: World) -> Callable[[], bool]:
    order = owing_order(shop, shop.ben, read_clock())
    link = make_pay_link(
        order_id=order.pk, purpose="", amount=Money(OWED, "USD"), actor=shop.staff, now=read_clock()
    )
    return lambda: b"$50.00 to pay" in Client().get(path_of(pay_link_url(link))).content


def by_queued_code(shop: World) -> Callable[[], bool]:
    Client().post("/sign-in/", {"email": shop.ben.email})
    mail = SentMail.objects.filter(kind="sign_in_code").latest("pk")

    def is_sent() -> bool:
        outbox.outbox.clear()
        send_mail.call(mail.pk)
        SentMail.objects.filter(pk=mail.pk).update(sent_at=None, attempts=0, ended="")
        return bool(outbox.outbox)

    return is_sent


PERMISSIONS = (
    by_session,
    by_mailed_link,
    by_campaign_link,
    by_card_link,
    by_known_device,
    by_pay_link,
    by_queued_code,
    by_code,
)

# What changes.


def corrected(shop: World) -> Page:
    """As staff do it, on the customer's form."""
    path, client = f"/winery/customers/{shop.ben.reference}/edit/", client_of(Role.HOSPITALITY)
    fields = form_of(client.get(path), path) | {"email": "benedict@example.com"}
    return client.post(path, fields, follow=True)


def staff_correct_the_address(shop: World) -> None:
    assert b"Links that went to ben@example.com have ended" in corrected(shop).content


def another_address(shop: World) -> None:
    update_customer(
        customer=shop.ben,
        values={"email": "benedict@example.com"},
        actor=shop.staff,
        now=read_clock(),
    )


def suspension(shop: World) -> None:
    suspend_customer(customer=shop.ben, reason="cards", actor=shop.staff, now=read_clock())


def an_import_that_suspends(shop: World) -> None:
    ben = Customer.objects.get(pk=shop.ben.pk)
    close_account(ben, "import", read_clock())
    ben.save()


def signing_out_everywhere(shop: World) -> None:
    sign_out_everywhere(customer=shop.ben, actor=shop.staff, now=read_clock())


CHANGES = (
    staff_correct_the_address,
    another_address,
    suspension,
    an_import_that_suspends,
    signing_out_everywhere,
)
#: Who signs out everywhere still has the mailbox in which they were asked to pay.
STAYS = {(signing_out_everywhere, by_pay_link)}


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_what_could_be_done_before_cant_be_after(shop: World, change: Callable[[World], None]) -> None:
    can = {permission: permission(shop) for permission in PERMISSIONS}
    change(shop)
    after = {permission.__name__ for permission in PERMISSIONS if can[permission]()}
    assert after == {permission.__name__ for other, permission in STAYS if other is change}


def test_what_changes_nobody_ends_nothing(shop: World) -> None:
    """The control: each of them could be done."""
    can = {permission: permission(shop) for permission in PERMISSIONS}
    update_customer(customer=shop.ben, values={"phone": "415 555 0111"}, actor=shop.staff, now=read_clock())
    assert [permission.__name__ for permission in PERMISSIONS if not can[permission]()] == []


@pytest.mark.parametrize("kind", ["offer_invitation", "sign_in_link"])
def test_a_link_that_waits_in_a_mail_is_for_who_the_customer_is_when_it_goes_out(
    shop: World, kind: str
) -> None:
    """It goes to the mailbox of that moment, so it must open there."""
    now = read_clock()
    Customer.objects.filter(pk=shop.ben.pk).update(marketing_consent_at=now)
    if kind == "offer_invitation":
        mail = queue_offer_invitation(offer_id=shop.estate_offer.pk, customer_id=shop.ben.pk, now=now)
    else:
        mail = queue_sign_in_link(customer_id=shop.ben.pk, days=7, now=now)
    another_address(shop)
    send_mail.call(mail.pk)
    sent = outbox.outbox[-1]
    assert sent.to == ["benedict@example.com"]
    link = next(line for line in str(sent.body).splitlines() if "/in/" in line)
    assert is_let_in(path_of(link))


def test_the_former_mailbox_leaves_itself_alone_and_nobody_else(shop: World) -> None:
    now = read_clock()
    Customer.objects.filter(pk=shop.ben.pk).update(marketing_consent_at=now)
    former = path_of(unsubscribe_url(shop.ben))
    another_address(shop)
    answer = Client().post(former, {"List-Unsubscribe": "One-Click"})
    assert (
        answer.status_code == 200
        and "You won’t be invited to our releases by mail" in answer.content.decode()
    )
    ben = Customer.objects.get(pk=shop.ben.pk)
    assert ben.marketing_consent_at is not None and ben.marketing_left_at is None
    # Somebody else signs up with that mailbox: it is theirs to say.
    Customer.objects.filter(pk=shop.clara.pk).update(email="ben@example.com", marketing_consent_at=now)
    assert Client().post(former, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Customer.objects.get(pk=shop.clara.pk).marketing_left_at is not None
    present = path_of(unsubscribe_url(ben))
    assert Client().post(present, {"act": "leave"}).status_code == 302
    assert Customer.objects.get(pk=shop.ben.pk).marketing_left_at is not None


def test_an_older_address_takes_back_and_never_gives(shop: World) -> None:
    """It names the customer and not the mailbox, so whose it is isn't known for sure."""
    from django.core.signing import Signer

    Customer.objects.filter(pk=shop.ben.pk).update(marketing_consent_at=read_clock())
    token = Signer(salt="tirage.customers.unsubscribe", sep=".").sign(shop.ben.reference)
    Client().post(f"/unsubscribe/{token}/", {"act": "leave"})
    assert Customer.objects.get(pk=shop.ben.pk).marketing_left_at is not None
    Client().post(f"/unsubscribe/{token}/", {"act": "return"})
    assert Customer.objects.get(pk=shop.ben.pk).marketing_consent_at is None
