"""What storage costs from a day on, as the winery sets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.bounds import LAST_DAY, MOST_MINOR
from tirage.core.dated import say_date
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.money import Money, say_money
from tirage.core.texts import say_count
from tirage.core.winery import current_winery, local_time
from tirage.futures.models import Settlement, StorageTerm
from tirage.futures.settling.storage import MILLION, DayPrice, say_day_price
from tirage.futures.settling.storing import term_on
from tirage.futures.states import StorageCharged, StoragePer, Undecided

#: The most that a day may cost, in units of the currency, and the most free days.
MOST_A_DAY, MOST_FREE = Decimal(1000), 3650


@dataclass(frozen=True, slots=True)
class TermValues:
    """``a_day`` is in units of the winery's currency, to a millionth; the fee of a case in its minor units."""

    first_day: date
    per: StoragePer
    a_day: Decimal
    free_days: int
    charged: StorageCharged
    undecided: Undecided
    transfers: bool = False
    transfer_minor: int = 0
    transfer_most_minor: int | None = None


@transaction.atomic
def save_term(*, values: TermValues, actor: Actor, now: datetime) -> StorageTerm:
    """What storage costs from a day on; the same day again replaces it, a day that is over stays as it was.

    Records ``storage.saved``. Raises DomainError ``storage_invalid`` by field.
    """
    if problems := _problems(values, now):
        raise DomainError("storage_invalid", "The terms can't be saved like this.", problems)
    saved, _ = StorageTerm.objects.update_or_create(
        first_day=values.first_day,
        defaults={
            "per": values.per.value,
            "day_micros": int(values.a_day * MILLION),
            "free_days": values.free_days,
            "charged": values.charged.value,
            "undecided": values.undecided.value,
            "transfers": values.transfers,
            "transfer_minor": values.transfer_minor,
            "transfer_most_minor": values.transfer_most_minor,
        },
    )
    text = f"set storage from {say_date(values.first_day)}: {say_term(saved)}"
    record_event(EventName.STORAGE_SAVED, "winery", 1, text=text, actor=actor, now=now)
    return saved


def _problems(values: TermValues, now: datetime) -> dict[str, str]:
    problems = {}
    if not local_time(now).date() <= values.first_day <= LAST_DAY:
        problems["first_day"] = "Choose today or a later day: days that are over keep what they cost."
    if not 0 <= values.a_day <= MOST_A_DAY:
        problems["a_day"] = f"Between 0 and {MOST_A_DAY}."
    if not 0 <= values.free_days <= MOST_FREE:
        problems["free_days"] = f"Between 0 and {MOST_FREE}."
    if values.transfers and not 0 < values.transfer_minor <= MOST_MINOR:
        problems["transfer"] = "Write what a case costs that goes to another bond."
    if values.transfer_most_minor is not None and not 0 < values.transfer_most_minor <= MOST_MINOR:
        problems["transfer_most"] = "Leave it empty, or write an amount."
    return problems


def say_term(term: StorageTerm) -> str:
    """``$0.05 a case and day, free for 30 days, charged each month``."""
    free = f", free for {say_count(term.free_days, 'day', 'days')}" if term.free_days else ""
    if not term.day_micros:
        return "free"
    charged = "each month" if term.charged == StorageCharged.MONTHLY else "when the wine leaves"
    return f"{_a_day(term)}{free}, charged {charged}"


def say_transfer(term: StorageTerm) -> str:
    """``$9.00 a case, $36.00 at most``; empty where wine isn't transferred."""
    if not term.transfers:
        return ""
    winery = current_winery()

    def said(minor: int) -> str:
        return say_money(Money(minor, winery.currency), winery.locale)

    most = f", {said(term.transfer_most_minor)} at most" if term.transfer_most_minor else ""
    return f"{said(term.transfer_minor)} a case{most}"


def _a_day(term: StorageTerm) -> str:
    price = DayPrice(term.first_day, term.per == StoragePer.CASE, term.day_micros)
    winery = current_winery()
    return say_day_price(price, winery.currency, winery.locale)


def say_storage(settlement: Settlement, now: datetime) -> str:
    """What its customer reads of keeping the wine; empty where it costs them nothing. One statement."""
    term = term_on(local_time(now).date())
    if settlement.free_until is None or term is None or not term.day_micros:
        return ""
    charged = "each month" if term.charged == StorageCharged.MONTHLY else "when it leaves"
    return f"Storage is free until {say_date(settlement.free_until)}, then {_a_day(term)}, charged {charged}."
