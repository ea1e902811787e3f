"""Payments: the list, one attempt with its story and what may be done with it, and the month by day."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.rooms.checkout.journey import buy, checkout_arguments, hold
from tests.web.conftest import ClientAs
from tests.world import World, save_test_card
from tirage.checkout.operations import place_order
from tirage.core.events import EventName
from tirage.core.models import Event, Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import give_credit, refund_payment, spend_credit, take_offline_payment
from tirage.payments.states import OfflineKind
from tirage.staff.states import Role


def order_of(world: World, customer: Customer, owed: int = 268_00, **fields: Any) -> Order:
    values: dict[str, Any] = {
        "state": "placed",
        "currency": "USD",
        "made_at": world.now,
        "placed_at": world.now,
        "owed_minor": owed,
    }
    return Order.objects.create(customer=customer, **(values | fields))


def pay(order: Order, at: datetime, minor: int, **fields: Any) -> Payment:
    """One payment as it lies in the ledger; a settled charge by the test gateway unless told otherwise."""
    values: dict[str, Any] = {
        "gateway": "test",
        "kind": "charge",
        "state": "settled",
        "actor_label": order.customer.name,
        "gateway_reference": f"tch_{minor}",
    } | fields
    if values["state"] == "settled":
        values.setdefault("settled_at", at + timedelta(seconds=2))
    key = f"key-{Payment.objects.count()}"
    return Payment.objects.create(
        order=order, amount_minor=minor, currency="USD", idempotency_key=key, made_at=at, **values
    )


@pytest.fixture
def money(world: World) -> dict[str, Payment]:
    """Payments of every sort: Ana's on Tuesday, Ben's on Wednesday."""
    ana, ben = order_of(world, world.ana), order_of(world, world.ben)
    tuesday, wednesday = world.now, world.now + timedelta(days=1)
    found = {
        "declined": pay(
            ana,
            tuesday - timedelta(minutes=5),
            268_00,
            payment_method=world.ana_card,
            state="declined",
            decline_code="insufficient_funds",
            message="This card doesn't have enough funds.",
        ),
        "charge": pay(ana, tuesday, 268_00, payment_method=world.ana_card, purpose="CHG-7K2M9QAB"),
        "authorise": pay(
            ben, wednesday, 100_00, payment_method=world.ben_card, kind="authorise", actor_label="Ben"
        ),
        "cheque": pay(
            ben,
            wednesday,
            50_00,
            gateway="offline",
            offline_kind="cheque",
            note="No. 17",
            actor_label="Owner",
        ),
        "gift": pay(ben, wednesday, 12_00, gateway="offline", offline_kind="comp", note="Corked"),
        "credit": pay(ben, wednesday, 5_00, gateway="credit"),
        "unknown": pay(ben, wednesday, 7_00, state="unknown", payment_method=world.ben_card),
    }
    found["refund"] = pay(
        ana,
        wednesday,
        20_00,
        kind="refund",
        parent=found["charge"],
        payment_method=world.ana_card,
        actor_label="Owner",
        gateway_reference="trf_1",
    )
    found["capture"] = pay(
        ben, wednesday, 90_00, kind="capture", parent=found["authorise"], payment_method=world.ben_card
    )
    return found


def listed(client: Client, **filters: str) -> set[str]:
    """The references that the list finds."""
    page = client.get("/winery/payments/", filters)
    assert page.status_code == 200
    return {row.key for row in page.context["rows"]}


# The list


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"q": "ana"}, {"declined", "charge", "refund"}),
        ({"q": "ben@example.com"}, {"authorise", "cheque", "gift", "credit", "unknown", "capture"}),
        ({"q": "trf_1"}, {"refund"}),
        ({"q": "chg-7k2m"}, {"charge"}),
        ({"q": "nobody"}, set()),
        ({"kind": "refund"}, {"refund"}),
        ({"state": "declined"}, {"declined"}),
        ({"state": "unknown"}, {"unknown"}),
        ({"way": "card"}, {"declined", "charge", "authorise", "unknown", "refund", "capture"}),
        ({"way": "credit"}, {"credit"}),
        ({"way": "cheque"}, {"cheque"}),
        ({"way": "comp"}, {"gift"}),
        ({"way": "cash"}, set()),
        ({"gateway": "test", "kind": "charge"}, {"declined", "charge", "unknown"}),
        ({"brand": "Visa", "state": "settled"}, {"charge", "authorise", "refund", "capture"}),
        ({"brand": "Mastercard"}, set()),
        ({"amount_from": "90", "amount_to": "100"}, {"authorise", "capture"}),
        ({"code": "insufficient_funds"}, {"declined"}),
        ({"staff": "Owner"}, {"cheque", "refund"}),
        ({"first": "2026-10-06", "last": "2026-10-06"}, {"declined", "charge"}),
        ({"settled_first": "2026-10-07"}, {"authorise", "cheque", "gift", "credit", "refund", "capture"}),
        ({"settled_last": "2026-10-06"}, {"charge"}),
    ],
)
def test_each_filter_finds_what_it_says(
    owner_client: Client, money: dict[str, Payment], filters: dict[str, str], names: set[str]
) -> None:
    assert listed(owner_client, **filters) == {money[name].reference for name in names}


def test_a_number_finds_its_payments(owner_client: Client, money: dict[str, Payment]) -> None:
    charge = money["charge"]
    assert listed(owner_client, q=charge.reference.lower()) == {charge.reference}
    of_the_order = {money[name].reference for name in ("declined", "charge", "refund")}
    assert listed(owner_client, q=charge.order.reference) == of_the_order
    assert len(listed(owner_client, q="PAY-")) == len(listed(owner_client, q="ord-")) == len(money)


def test_days_are_the_winerys(owner_client: Client, world: World) -> None:
    """Half past eleven in the evening in California is the next day already in Greenwich."""
    late = datetime.fromisoformat("2026-10-07T06:30:00+00:00")
    payment = pay(order_of(world, world.ana), late, 1_00)
    assert listed(owner_client, first="2026-10-06", last="2026-10-06") == {payment.reference}
    assert listed(owner_client, settled_first="2026-10-07") == set()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "yesterday"])
def test_a_day_beyond_all_days_is_refused_in_words(
    owner_client: Client, money: dict[str, Payment], day: str
) -> None:
    page = owner_client.get("/winery/payments/", {"first": day, "settled_last": day})
    assert page.status_code == 200
    assert page.context["list"].filters.form.errors


def test_the_list_says_each_payment_in_words(owner_client: Client, money: dict[str, Payment]) -> None:
    page = owner_client.get("/winery/payments/", {"sort": "amount"})
    rows = {row.key: " ".join(str(cell.html) for cell in row.cells) for row in page.context["rows"]}
    for name, words in {
        "declined": ("Declined", "Not enough money on the card", "$268.00", "Visa 4242"),
        "charge": ("Paid", "Charge", "Ana Alvarez"),
        "authorise": ("Set aside", "$100.00"),
        "capture": ("Paid", "Capture"),
        "cheque": ("Check", "Owner"),
        "gift": ("Gift",),
        "credit": ("Store credit",),
        "unknown": ("No answer yet",),
        "refund": ("Refunded", "−$20.00"),
    }.items():
        assert all(word in rows[money[name].reference] for word in words), (name, rows[money[name].reference])
    assert page.context["rows"][0].key == money["credit"].reference


def test_the_file_adds_up_to_the_money_that_moved(owner_client: Client, money: dict[str, Payment]) -> None:
    owner_client.post("/winery/lists/payments/columns", {"columns": ["moved", "amount", "kind", "code"]})
    answer = owner_client.get("/winery/payments/", {"export": "csv"})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = {row["Payment"]: row for row in csv.DictReader(io.StringIO(body))}
    assert rows[money["refund"].reference]["Amount"] == "-20.00"
    assert rows[money["declined"].reference]["Decline code"] == "insufficient_funds"
    moved = sum(Decimal(row["Money moved"]) for row in rows.values())
    assert moved == Decimal("268") - 20 + 90 + 50 + 12 + 5
    event = Event.objects.get(name=EventName.EXPORT_MADE.value)
    assert event.data["list"] == "payments"


def test_the_list_takes_few_queries(
    owner_client: Client, money: dict[str, Payment], django_assert_max_num_queries: Any
) -> None:
    owner_client.get("/winery/payments/")
    with django_assert_max_num_queries(9):
        owner_client.get("/winery/payments/", {"q": "ana", "brand": "Visa", "state": "settled"})


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.MANAGER, 200), (Role.HOSPITALITY, 200), (Role.READ_ONLY, 200), (Role.FULFILMENT, 403)],
)
def test_who_may_look(client_as: ClientAs, money: dict[str, Payment], role: Role, status: int) -> None:
    client = client_as(role)
    for path in ("", "daily/", f"{money['charge'].reference}/"):
        assert client.get(f"/winery/payments/{path}").status_code == status
    home = client.get("/winery/").content.decode()
    assert ('href="/winery/payments/"' in home) is (status == 200)


def test_looking_is_not_exporting(client_as: ClientAs, money: dict[str, Payment]) -> None:
    client = client_as(Role.READ_ONLY)
    for path in ("/winery/payments/", "/winery/payments/daily/"):
        assert client.get(path, {"export": "csv"}).status_code == 403
        assert "export=csv" not in client.get(path).content.decode()


# One payment


def page_of(client: Client, payment: Payment) -> str:
    answer = client.get(f"/winery/payments/{payment.reference}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def story(client: Client, payment: Payment) -> list[str]:
    moments = client.get(f"/winery/payments/{payment.reference}/").context["story"]
    return [f"{moment.who} {moment.text}" for moment in moments]


def test_the_page_says_where_it_stands_and_what_support_needs(
    owner_client: Client, money: dict[str, Payment]
) -> None:
    page = page_of(owner_client, money["declined"])
    for words in (
        "Not enough money on the card. No money moved.",
        "insufficient_funds",
        "This card doesn&#x27;t have enough funds.",
        "Test gateway",
        "tch_26800",
        money["declined"].idempotency_key,
        money["declined"].order.reference,
        "Ana Alvarez",
    ):
        assert words in page
    assert "CHG-7K2M9QAB" in page_of(owner_client, money["charge"])
    assert "No. 17" in page_of(owner_client, money["cheque"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("charge", "$20.00 went back, $248.00 are left."),
        ("refund", "Refunded; nothing is left to do."),
        ("capture", "Paid; nothing is left to do."),
        ("authorise", "Set aside on the card. It is taken when the order ships."),
        ("unknown", "It is asked again by itself; you can ask now."),
    ],
)
def test_each_says_what_comes_next(
    owner_client: Client, money: dict[str, Payment], name: str, words: str
) -> None:
    assert words in page_of(owner_client, money[name])


def test_an_authorisation_that_ended_says_so(owner_client: Client, money: dict[str, Payment]) -> None:
    payment = money["authorise"]
    Payment.objects.filter(pk=payment.pk).update(released_at=payment.settled_at)
    assert "$90.00 of it were taken; nothing more can be." in page_of(owner_client, payment)
    Payment.objects.filter(parent=payment).update(state="declined")
    assert "Let go: nothing was taken from it" in page_of(owner_client, payment)
    Payment.objects.filter(parent=payment).update(kind="authorise", state="settled")
    assert "Renewed: another took its place" in page_of(owner_client, payment)


def test_parents_and_children_belong_together(
    owner_client: Client, money: dict[str, Payment], world: World
) -> None:
    back = pay(
        money["capture"].order, world.now + timedelta(days=2), 9_00, kind="refund", parent=money["capture"]
    )
    for looked_at in ("authorise", "capture"):
        family = owner_client.get(f"/winery/payments/{money[looked_at].reference}/").context["family"]
        assert [(one.payment.pk, one.depth) for one in family] == [
            (money["authorise"].pk, 0),
            (money["capture"].pk, 1),
            (back.pk, 2),
        ]
        assert [one.payment.pk for one in family if one.current] == [money[looked_at].pk]
    assert owner_client.get(f"/winery/payments/{money['cheque'].reference}/").context["family"] == []


def test_the_story_of_a_charge_and_its_refund_is_told_in_order(owner_client: Client, world: World) -> None:
    placed = buy(world, world.ana, {"CAB23": 2}, world.now)
    charge = Payment.objects.get(order__reference=placed.order_reference)
    refund_payment(
        payment_reference=charge.reference,
        amount_minor=20_00,
        reason="Broken cork",
        actor=world.staff,
        now=world.now + timedelta(hours=1),
    )
    amount = f"${charge.amount_minor / 100:,.2f}"
    assert story(owner_client, charge) == [
        f"Ana Alvarez asked for {amount} from Visa 4242",
        "Test gateway said yes",
        "Olive Owens refunded $20.00 (Broken cork)",
    ]


def test_the_story_of_a_decline_is_told_by_the_bank(owner_client: Client, world: World) -> None:
    card = save_test_card(world.ana, world.now, behaviour=Behaviour.CARD_DECLINED, last4="0341")
    hold(world.ana, {"CAB23": 1}, world.now)
    place_order(**checkout_arguments(world, world.ana, world.now, card_reference=card.reference))
    asked, declined = story(owner_client, Payment.objects.get())
    assert asked.startswith("Ana Alvarez asked for $")
    assert "which said no: Your bank declined this card." in declined


def test_money_without_a_bank_has_a_short_story(owner_client: Client, world: World) -> None:
    order = order_of(world, world.ben)
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    cheque = take_offline_payment(
        order_reference=order.reference,
        amount_minor=100_00,
        offline_kind=OfflineKind.CHEQUE,
        note="No. 17",
        **facts,
    )
    give_credit(customer=world.ben, amount=Money(30_00, "USD"), reason="Sorry", **facts)
    spent = spend_credit(order_id=order.pk, customer_id=world.ben.pk, amount=Money(30_00, "USD"), **facts)
    assert story(owner_client, cheque) == ["Olive Owens recorded a check of $100.00 (No. 17)"]
    assert story(owner_client, Payment.objects.get(pk=spent)) == ["Olive Owens paid $30.00 from store credit"]
    page = page_of(owner_client, cheque)
    assert "Idempotency key" not in page
    assert "Ask the bank now" not in page


def test_a_renewal_takes_the_place_of_what_was_set_aside(
    owner_client: Client, money: dict[str, Payment], world: World
) -> None:
    first = money["authorise"]
    money["capture"].delete()
    at = world.now + timedelta(days=5)
    Payment.objects.filter(pk=first.pk).update(released_at=at)
    pay(first.order, at, 100_00, kind="authorise", parent=first, payment_method=world.ben_card)
    assert "Tirage let it go: its renewal took its place" in story(owner_client, first)


def test_the_bank_is_asked_about_an_open_payment(owner_client: Client, world: World) -> None:
    card = save_test_card(world.ana, world.now, behaviour=Behaviour.TIMES_OUT_CHARGED, last4="1007")
    hold(world.ana, {"CAB23": 1}, world.now)
    place_order(**checkout_arguments(world, world.ana, world.now, card_reference=card.reference))
    payment = Payment.objects.get()
    assert payment.state == "unknown"
    assert "Ask the bank now" in page_of(owner_client, payment)
    answer = owner_client.post(f"/winery/payments/{payment.reference}/ask-bank", follow=True)
    assert "You asked the bank. Its answer: paid." in answer.content.decode()
    assert "Ask the bank now" not in answer.content.decode()
    again = owner_client.post(f"/winery/payments/{payment.reference}/ask-bank", follow=True)
    assert "has its answer already" in again.content.decode()


@pytest.mark.parametrize("name", ["credit", "cheque", "charge"])
def test_nobody_is_asked_about_what_has_its_answer(
    owner_client: Client, money: dict[str, Payment], name: str
) -> None:
    owner_client.post(f"/winery/payments/{money[name].reference}/ask-bank")
    money[name].refresh_from_db()
    assert money[name].state == "settled"


def test_money_goes_back_from_the_payments_page(owner_client: Client, world: World) -> None:
    placed = buy(world, world.ana, {"CAB23": 2}, world.now)
    charge = Payment.objects.get(order__reference=placed.order_reference)
    answer = owner_client.post(
        f"/winery/payments/{charge.reference}/refund", {"amount": "20", "reason": "Broken cork"}
    )
    assert answer["Location"] == f"/winery/payments/{charge.reference}/"
    refund = Payment.objects.get(kind="refund")
    assert (refund.parent_id, refund.amount_minor, refund.state) == (charge.pk, 20_00, "settled")


@pytest.mark.parametrize(("tick", "mails"), [({"tell_customer": "on"}, 1), ({}, 0)])
@pytest.mark.parametrize("to", ["original", "credit"])
def test_the_customer_is_told_of_money_given_back_unless_unticked(
    owner_client: Client, world: World, tick: dict[str, str], mails: int, to: str
) -> None:
    placed = buy(world, world.ana, {"CAB23": 2}, world.now)
    charge = Payment.objects.get(order__reference=placed.order_reference)
    page = page_of(owner_client, charge)
    assert re.search(r'<input type="checkbox" name="tell_customer"[^>]* checked', page)
    asked = {"amount": "20", "reason": "Broken cork", "to": to, **tick}
    owner_client.post(f"/winery/payments/{charge.reference}/refund", asked)
    assert Payment.objects.filter(kind="refund").count() == 1
    assert SentMail.objects.filter(kind="money_given_back").count() == mails


def test_a_refused_refund_keeps_what_was_typed_and_says_what_to_do(
    owner_client: Client, money: dict[str, Payment]
) -> None:
    answer = owner_client.post(
        f"/winery/payments/{money['charge'].reference}/refund", {"amount": "300", "reason": "Broken corks"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "At most $248.00." in page
    assert 'value="Broken corks"' in page
    assert 'value="300"' in page
    assert '<details class="story-act" open>' in page
    assert Payment.objects.filter(kind="refund").count() == 1


def test_a_refund_form_sent_twice_gives_back_once(owner_client: Client, world: World) -> None:
    placed = buy(world, world.ana, {"CAB23": 2}, world.now)
    charge = Payment.objects.get(order__reference=placed.order_reference)
    asked = {"amount": "20", "reason": "Broken cork", "seen": charge.amount_minor, "to": "original"}
    path = f"/winery/payments/{charge.reference}/refund"
    assert owner_client.post(path, asked).status_code == 302
    for way in ("original", "credit"):
        again = owner_client.post(path, asked | {"to": way})
        page = again.content.decode()
        assert again.status_code == 400
        assert "Money of this payment has gone back since you saw it." in page
        assert f'name="seen" value="{charge.amount_minor - 20_00}"' in page, (
            "seen now: sent again, it is meant"
        )
    assert Payment.objects.filter(kind="refund").count() == 1


def test_nothing_is_no_amount_to_give_back(owner_client: Client, money: dict[str, Payment]) -> None:
    answer = owner_client.post(
        f"/winery/payments/{money['charge'].reference}/refund", {"amount": "0", "reason": "Broken corks"}
    )
    assert "Write an amount above nothing." in answer.content.decode()


def test_when_somebody_else_gave_everything_back_the_refusal_still_shows(
    owner_client: Client, money: dict[str, Payment], world: World
) -> None:
    charge = money["charge"]
    pay(charge.order, world.now, 248_00, kind="refund", parent=charge)
    answer = owner_client.post(
        f"/winery/payments/{charge.reference}/refund", {"amount": "10", "reason": "Broken corks"}
    )
    assert answer.status_code == 400
    assert "needs another look" in answer.content.decode()


@pytest.mark.parametrize(("role", "sees"), [(Role.MANAGER, True), (Role.HOSPITALITY, False)])
def test_only_those_who_may_refund_see_how(
    client_as: ClientAs, money: dict[str, Payment], role: Role, sees: bool
) -> None:
    assert ("Refund</summary>" in page_of(client_as(role), money["charge"])) is sees


def test_a_payments_page_takes_few_queries(
    owner_client: Client, money: dict[str, Payment], django_assert_max_num_queries: Any
) -> None:
    owner_client.get("/winery/payments/")
    with django_assert_max_num_queries(8):
        page_of(owner_client, money["charge"])


def test_the_order_leads_to_its_payments_and_the_search_finds_them(
    owner_client: Client, client_as: ClientAs, money: dict[str, Payment]
) -> None:
    charge = money["charge"]
    order = owner_client.get(f"/winery/orders/{charge.order.reference}/").content.decode()
    assert f'href="/winery/payments/{charge.reference}/"' in order
    answer = owner_client.get("/winery/search", {"q": charge.reference.lower()})
    assert answer["Location"] == f"/winery/payments/{charge.reference}/"
    fulfilment = client_as(Role.FULFILMENT)
    assert fulfilment.get("/winery/search", {"q": charge.reference}).context["finds"] == []
    assert (
        f"/winery/payments/{charge.reference}/"
        not in fulfilment.get(f"/winery/orders/{charge.order.reference}/").content.decode()
    )


# Day by day


def test_a_month_by_day_and_by_way(owner_client: Client, money: dict[str, Payment]) -> None:
    answer = owner_client.get("/winery/payments/daily/", {"month": "2026-10"})
    month, page = answer.context["month"], answer.content.decode()
    tuesday, wednesday = month.days
    assert (tuesday.label, wednesday.label) == ("Tue, Oct 6", "Wed, Oct 7")
    assert [(line.label, line.sums.net) for line in tuesday.ways] == [("Visa, Test gateway", 268_00)]
    assert [(line.label, line.sums.net) for line in wednesday.ways] == [
        ("Visa, Test gateway", 70_00),
        ("Store credit", 5_00),
        ("Check", 50_00),
        ("Gift", 12_00),
    ]
    assert (month.totals.money.net, month.totals.gifts.net) == (393_00, 12_00)
    for words in ("October 2026", "$413", "$20.00", "$393.00", "$100.00", "not counted as money", "$12.00"):
        assert words in page, words
    assert "chart-bar" in page
    assert "($20.00 refunded)" in page


def test_a_day_leads_to_its_payments(owner_client: Client, money: dict[str, Payment]) -> None:
    month = owner_client.get("/winery/payments/daily/", {"month": "2026-10"}).context["month"]
    for day in month.days:
        page = owner_client.get(day.url)
        sums = day.totals.money + day.totals.gifts
        assert page.context["list"].count == sums.payments


def test_the_month_is_chosen_and_the_neighbours_are_near(
    owner_client: Client, money: dict[str, Payment]
) -> None:
    page = owner_client.get("/winery/payments/daily/", {"month": "2026-01"}).content.decode()
    assert 'href="?month=2025-12"' in page
    assert 'href="?month=2026-02"' in page
    assert 'value="2026-01"' in page
    assert "No money moved" in page


def test_without_a_choice_it_is_this_month_by_the_winerys_clock(
    owner_client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tirage.backoffice.payments import views as payments

    monkeypatch.setattr(payments, "read_clock", lambda: datetime.fromisoformat("2026-11-01T06:00:00+00:00"))
    answer = owner_client.get("/winery/payments/daily/")
    assert answer.context["month"].name == "October 2026"
    assert 'rel="next"' not in answer.content.decode()


@pytest.mark.parametrize("typed", ["2026", "2026-13", "october", "1200-01", "9999-12", "2026-10-06", "-"])
def test_what_is_no_month_is_said_and_kept(owner_client: Client, world: World, typed: str) -> None:
    answer = owner_client.get("/winery/payments/daily/", {"month": typed})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Write a month" in page
    assert f'value="{typed}"' in page


def test_the_months_file_has_every_day_and_way(owner_client: Client, money: dict[str, Payment]) -> None:
    answer = owner_client.get("/winery/payments/daily/", {"month": "2026-10", "export": "csv"})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [(row["Day"], row["How"], row["Card brand"], row["Net"]) for row in rows] == [
        ("2026-10-06", "Card", "Visa", "268.00"),
        ("2026-10-07", "Card", "Visa", "70.00"),
        ("2026-10-07", "Store credit", "", "5.00"),
        ("2026-10-07", "Check", "", "50.00"),
        ("2026-10-07", "Gift", "", "0.00"),
    ]
    assert (rows[1]["Refunded"], rows[1]["Set aside"], rows[4]["Gifts"]) == ("20.00", "100.00", "12.00")
    assert "daily-totals-2026-10.csv" in answer["Content-Disposition"]
    event = Event.objects.get(name=EventName.EXPORT_MADE.value)
    assert event.data == {"list": "daily-totals", "query": "month=2026-10", "format": "csv", "count": 5}


def test_the_excel_file_of_the_month(owner_client: Client, money: dict[str, Payment]) -> None:
    answer = owner_client.get("/winery/payments/daily/", {"month": "2026-10", "export": "xlsx"})
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    assert len(rows) == 6
    assert rows[1][:2] == [datetime(2026, 10, 6).date(), "Card"]  # noqa: DTZ001


def test_a_month_takes_few_queries(
    owner_client: Client, money: dict[str, Payment], django_assert_max_num_queries: Any
) -> None:
    owner_client.get("/winery/payments/")
    with django_assert_max_num_queries(6):
        owner_client.get("/winery/payments/daily/", {"month": "2026-10"})


def test_another_locale_says_the_days_its_own_way(owner_client: Client, money: dict[str, Payment]) -> None:
    Winery.objects.update(locale="fr_FR")
    forget_winery()
    month = owner_client.get("/winery/payments/daily/", {"month": "2026-10"}).context["month"]
    assert (month.name, month.days[0].label) == ("octobre 2026", "mar. 6 oct.")


def test_home_tells_of_todays_money_and_leads_to_it(owner_client: Client, world_today: World) -> None:
    order = order_of(world_today, world_today.ana)
    charge = pay(order, world_today.now, 268_00, settled_at=world_today.now)
    pay(order, world_today.now, 20_00, kind="refund", parent=charge, settled_at=world_today.now)
    page = owner_client.get("/winery/").content.decode()
    assert '<a href="/winery/payments/daily/">$268.00</a>' in page
    assert "$20.00 refunded" in page
