"""Wine that is kept: what each day costs, charged once, by the month or when it leaves, and under bond elsewhere."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as mailing

from tests.bank import charged_in_all
from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.rooms.futures.settled import agreed, arrive, ask, home, shown
from tests.world import save_test_card
from tirage.changes.collecting import retry_due_collections
from tirage.changes.operations import drop_draft
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.money import Money
from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.fulfilment.operations import ship_order
from tirage.futures.models import Settlement, StorageMonth, StorageTerm
from tirage.futures.settling import storing
from tirage.futures.settling.agreeing import ask_stale_again
from tirage.futures.settling.asking import HAND, ask_anew, keep_in_cellar, look_after_settlements
from tirage.futures.settling.reckoning import Choice, look_at
from tirage.futures.settling.storage import DayPrice, say_stored, stored_months
from tirage.futures.settling.storing import charge_storage
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.orders.models import Order
from tirage.orders.queries import order_charges
from tirage.payments.operations import give_credit

BOND = Choice(warehouse="Octavian Vaults", account="O-4411")


def term(first_day: date = date(2026, 1, 1), **changes: Any) -> StorageTerm:
    """Five cents a case and day, free for thirty days; a case to another bond $9, at most $36."""
    facts = {
        "day_micros": 50_000,
        "free_days": 30,
        "transfers": True,
        "transfer_minor": 9_00,
        "transfer_most_minor": 36_00,
    }
    return StorageTerm.objects.create(first_day=first_day, **facts | changes)


@pytest.fixture
def futures(world: Any) -> Futures:
    return begin(world)


@pytest.fixture
def order(futures: Futures) -> Order:
    return order_of(buy(futures, futures.world.ben, 12))


def kept(futures: Futures) -> Settlement:
    """Asked today, kept today."""
    arrive(futures, 60)
    (settlement,) = ask(futures)
    keep_in_cellar(settlement=settlement, actor=futures.world.staff, now=futures.world.now)
    settlement.refresh_from_db()
    return settlement


def first_of(settlement: Settlement, months: int) -> datetime:
    """The morning of the first day of a month, so many after the first that costs something began."""
    assert settlement.free_until is not None
    day = settlement.free_until + timedelta(days=1)
    for _ in range(months):
        day = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    here = local_time(settlement.asked_at)
    return here.replace(year=day.year, month=day.month, day=day.day)


# The days


CASE = DayPrice(date(2026, 1, 1), True, 50_000)


def test_each_month_is_rounded_once_and_both_days_count() -> None:
    found = stored_months([(date(2026, 1, 1), 12_000)], [CASE], date(2029, 3, 5), date(2029, 5, 2), 2)
    assert [(one.month, one.first.day, one.last.day, one.minor) for one in found] == [
        (date(2029, 3, 1), 5, 31, 1_35),
        (date(2029, 4, 1), 1, 30, 1_50),
        (date(2029, 5, 1), 1, 2, 10),
    ]
    assert say_stored(found[0], "USD", "en_US") == "12 bottles for 27 days at $0.05 a case and day"


def test_the_trades_price_of_a_year_comes_out_to_the_penny() -> None:
    """£10.20 a case and year is 0.027945… a day; three bottles of a case are a quarter of it."""
    price = DayPrice(date(2026, 1, 1), True, 27_945)
    year = stored_months([(date(2026, 1, 1), 12_000)], [price], date(2027, 1, 1), date(2027, 12, 31), 2)
    assert len(year) == 12 and sum(one.minor for one in year) == 10_23, "rounded month by month"
    (quarter,) = stored_months([(date(2026, 1, 1), 3_000)], [price], date(2027, 1, 1), date(2027, 1, 31), 2)
    assert quarter.minor == 22


def test_a_new_price_and_fewer_bottles_count_from_their_day() -> None:
    prices = [CASE, DayPrice(date(2029, 3, 11), False, 10_000)]
    bottles = [(date(2026, 1, 1), 12_000), (date(2029, 3, 21), 6_000)]
    (march,) = stored_months(bottles, prices, date(2029, 3, 1), date(2029, 3, 31), 2)
    assert march.minor == 50 + 1_20 + 66
    assert say_stored(march, "USD", "en_US") == (
        "12 bottles for 10 days at $0.05 a case and day; 12 bottles for 10 days at $0.01 a bottle and day; "
        "6 bottles for 11 days at $0.01 a bottle and day"
    )


def test_before_the_first_price_nothing_is_asked() -> None:
    (march,) = stored_months(
        [(date(2026, 1, 1), 12_000)],
        [DayPrice(date(2029, 3, 30), True, 1_000_000)],
        date(2029, 3, 1),
        date(2029, 3, 31),
        2,
    )
    assert march.minor == 2_00


# By the month


def test_free_first_then_each_month_once_from_store_credit_then_the_card(
    futures: Futures, order: Order
) -> None:
    term()
    world, settlement = futures.world, kept(futures)
    assert settlement.free_until == local_time(world.now).date() + timedelta(days=30)
    give_credit(
        customer=world.ben,
        amount=Money(50, "USD"),
        reason="A corked bottle",
        actor=world.staff,
        now=world.now,
    )
    early = first_of(settlement, 1) - timedelta(days=1)
    assert charge_storage(now=early) == 0 and not StorageMonth.objects.exists()
    now, before = first_of(settlement, 1), charged_in_all()
    assert charge_storage(now=now) == 1 and charge_storage(now=now) == 0
    (month,) = StorageMonth.objects.all()
    assert (month.first, month.amount_minor) == (
        settlement.free_until.day + 1,
        round(5 * (month.last - month.first + 1)),
    )
    order.refresh_from_db()
    told = SentMail.objects.get(kind="storage_charged")
    assert send_one(told.pk, now) is None
    (letter,) = [mail for mail in mailing.outbox if mail.subject.startswith("Storage of your wine until")]
    body = str(letter.body)
    assert "a case and day" in body and "$0.50 came from your store credit." in body
    assert "charged to your Visa" in body and order.reference in body
    (charge,) = order_charges(order)
    assert charge.kind == "storage" and charge.amount.minor == month.amount_minor
    assert charge.description.startswith("Storage of Cabernet Sauvignon 2025 (Barrels 1 to 4), ")
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == max(50 - month.amount_minor, 0)
    retry_due_collections(now=now)
    order.refresh_from_db()
    assert order.balance_minor == 0 and run_checks(now) == []
    assert charged_in_all() - before == max(month.amount_minor - 50, 0)
    assert charge_storage(now=first_of(settlement, 2)) == 1 and StorageMonth.objects.count() == 2


def test_who_was_asked_before_there_were_terms_stays_for_nothing(futures: Futures, order: Order) -> None:
    settlement = kept(futures)
    term(free_days=0)
    assert settlement.free_until is None
    assert charge_storage(now=futures.world.now + timedelta(days=400)) == 0


def test_a_run_that_dies_goes_on_with_the_rest(
    futures: Futures, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    term()
    other = order_of(buy(futures, futures.world.ben, 6))
    arrive(futures, 60)
    first, second = ask(futures)
    now = first_of(first, 1)

    def die(settlement: Settlement, last: date) -> Any:
        if settlement.pk == second.pk:
            raise SystemExit
        return real(settlement, last)

    real = storing.storage_until
    with monkeypatch.context() as patch:
        patch.setattr(storing, "storage_until", die)
        with pytest.raises(SystemExit):
            charge_storage(now=now)
    assert set(StorageMonth.objects.values_list("order", flat=True)) == {order.pk}
    assert charge_storage(now=now) == 1
    assert set(StorageMonth.objects.values_list("order", flat=True)) == {order.pk, other.pk}
    assert run_checks(now) == []


# When it leaves


def test_leaving_asks_for_the_days_that_nobody_charged_each_line_explained(
    futures: Futures, order: Order
) -> None:
    term(charged="leaving")
    world, settlement = futures.world, kept(futures)
    assert charge_storage(now=first_of(settlement, 3)) == 0
    assert settlement.free_until is not None
    now = world.now + timedelta(days=30 + 10 + 1)
    costs = shown(settlement, home(world), now)
    stored = [line for line in costs.lines if line.name.startswith("Storage")]
    assert sum(line.minor for line in stored) == 50
    assert all("at $0.05 a case and day" in line.how for line in stored)
    assert agreed(world, settlement, home(world), now) is not None
    assert sum(StorageMonth.objects.values_list("amount_minor", flat=True)) == 50
    order.refresh_from_db()
    assert order.balance_minor == 0 and run_checks(now) == []
    assert charge_storage(now=first_of(settlement, 4)) == 0


def test_a_change_that_came_to_nothing_takes_its_days_with_it(futures: Futures, order: Order) -> None:
    term(charged="leaving")
    world, settlement = futures.world, kept(futures)
    now = world.now + timedelta(days=60)
    card = save_test_card(world.ben, world.now, behaviour=Behaviour.CARD_DECLINED, last4="0002")
    for failed, state in ((1, "asked"), (2, "person")):
        agreed(world, settlement, home(world), now, payment_method=card)
        assert StorageMonth.objects.exists() and run_checks(now) == []
        drop_draft(draft_reference=order.drafts.latest("pk").reference, actor=HAND, now=now)
        settlement.refresh_from_db()
        assert (settlement.state, settlement.failed) == (state, failed)
        assert not StorageMonth.objects.exists()
    assert agreed(world, settlement, home(world), now) is not None, "the customer still may"
    settlement.refresh_from_db()
    assert settlement.state == "settled" and run_checks(now) == []


def test_an_agreement_whose_worker_died_charges_no_day(
    futures: Futures, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    term(charged="leaving")
    world, settlement = futures.world, kept(futures)
    now = world.now + timedelta(days=60)

    def die(**_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("tirage.futures.settling.agreeing.confirm_draft", die)
        with pytest.raises(SystemExit):
            agreed(world, settlement, home(world), now)
    assert ask_stale_again(now=now + timedelta(minutes=31)) == 1
    assert not StorageMonth.objects.exists() and run_checks(now) == []


# Nobody chose


def test_the_team_decides_where_the_terms_say_so_and_asks_anew(futures: Futures, order: Order) -> None:
    term(undecided="person")
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    later = world.now + timedelta(days=32)
    look_after_settlements(now=later)
    settlement.refresh_from_db()
    assert settlement.state == "person" and settlement.is_open
    assert Order.objects.get().attention.startswith("Decide where its wine goes."), "it is on Home"
    today = local_time(later).date()
    with pytest.raises(DomainError):
        ask_anew(settlement=settlement, due_on=today, actor=world.staff, now=later)
    ask_anew(settlement=settlement, due_on=today + timedelta(days=20), actor=world.staff, now=later)
    settlement.refresh_from_db()
    assert (settlement.state, settlement.reminded) == ("asked", 0)
    with pytest.raises(Conflict):
        ask_anew(settlement=settlement, due_on=today + timedelta(days=20), actor=world.staff, now=later)


# Under bond


def test_under_bond_it_pays_handling_and_neither_duty_nor_tax(futures: Futures, order: Order) -> None:
    term()
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    costs = shown(settlement, BOND, world.now)
    assert [(line.name, line.minor, line.how) for line in costs.lines] == [
        ("Transfer under bond to Octavian Vaults", 9_00, "1 case at $9.00.")
    ]
    assert agreed(world, settlement, BOND) is not None
    settlement.refresh_from_db()
    assert (settlement.state, settlement.warehouse, settlement.account) == (
        "settled",
        "Octavian Vaults",
        "O-4411",
    )
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert run_checks(world.now) == []


def test_under_bond_needs_an_account_and_terms_that_allow_it(futures: Futures, order: Order) -> None:
    world = futures.world
    arrive(futures, 60)
    (settlement,) = ask(futures)
    assert "isn’t transferred" in look_at(settlement, BOND, world.now).problem
    term()
    assert "number of your account" in look_at(settlement, Choice(warehouse="Octavian"), world.now).problem
