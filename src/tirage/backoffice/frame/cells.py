"""Cells of list tables, as safe HTML, and their plain values for exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery, local_time
from tirage.parts.charts import Number
from tirage.parts.wording import say_number, say_whole_money
from tirage.tables.writing import Cell

#: The tone of each state's dot: good, warning, problem, live, hollow or nothing.
TONES = {
    "placed": "good",
    "draft": "hollow",
    "settled": "good",
    "granted": "good",
    "active": "good",
    "open": "live",
    "to_collect": "warning",
    "wishing": "warning",
    "collected": "good",
    "let_go": "hollow",
    "pending": "warning hollow",
    "needs_customer": "warning",
    "unknown": "warning",
    "cancelled": "hollow",
    "booked": "good",
    "paying": "warning hollow",
    "abandoned": "hollow",
    "withdrawn": "hollow",
    "archived": "hollow",
    "voided": "hollow",
    "invited": "live",
    "joined": "good",
    "expired": "hollow",
    "left": "hollow",
    "declined": "problem",
    "suspended": "problem",
    "attention": "problem",
}


def link_cell(text: str, href: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', href, text)


def reference_cell(reference: str, href: str) -> SafeString:
    """A number such as ``ORD-7K2M9Q`` that leads to its page, never broken in two."""
    return format_html('<a class="cell-reference" href="{}">{}</a>', href, reference)


def person_cell(name: str, email: str, href: str) -> SafeString:
    """A name that leads to its page, the e-mail address under it."""
    mail = format_html('<span class="person-mail">{}</span>', email) if email != name else ""
    return format_html(
        '<span class="person"><a class="person-name" href="{}">{}</a>{}</span>', href, name, mail
    )


def money_cell(amount: Money | int | None) -> str:
    """``$190.00``; nothing for None. Minor units are of the winery's currency."""
    if amount is None:
        return ""
    winery = current_winery()
    money = amount if isinstance(amount, Money) else Money(amount, winery.currency)
    return say_money(money, winery.locale)


def axis_money(value: Number) -> str:
    """Minor units as a figure of a plot: ``$1,200``."""
    winery = current_winery()
    return say_whole_money(Money(int(value), winery.currency), winery.locale)


def number_cell(value: int | None) -> str:
    return "" if value is None else say_number(value, current_winery().locale)


def moment_cell(at: datetime | None) -> SafeString | str:
    """``Nov 24, 2026, 9:00`` on the winery's clock, short enough for a table."""
    if at is None:
        return ""
    local = local_time(at)
    words = f"{local:%b} {local.day}, {local.year}"
    clock = local.strftime("%I:%M %p").lstrip("0")
    return format_html(
        '<time class="moment" datetime="{}">{} <span class="muted">{}</span></time>',
        at.isoformat(),
        words,
        clock,
    )


def day_cell(at: datetime | None) -> SafeString | str:
    """``Nov 24, 2026`` on the winery's clock."""
    if at is None:
        return ""
    local = local_time(at)
    return format_html(
        '<time class="moment" datetime="{}">{}</time>',
        at.isoformat(),
        f"{local:%b} {local.day}, {local.year}",
    )


#: How far a test order has come, so that nobody takes it for a real one.
_TESTS = {
    "trying": "Test, being paid",
    "test": "Test",
    "test_sent": "Test, shipped",
    "test_off": gettext_lazy("Test, canceled"),
    "test_void": "Test, never placed",
}


def state_words(state: str) -> str:
    """``needs_customer`` as ``Needs customer``."""
    if state == "cancelled":
        return gettext("Canceled")
    if state == "booked":
        return "A fee"
    if state in _TESTS:
        return str(_TESTS[state])
    return state.replace("_", " ").capitalize()


#: The same for choices, which are made when a module is loaded and said when a page is.
state_words_lazy = lazy(state_words, str)


def state_cell(state: str, words: str = "") -> SafeString:
    """A dot and a word."""
    tones = " ".join(f"state-{tone}" for tone in TONES.get(state, "").split())
    return format_html('<span class="state {}">{}</span>', tones, words or state_words(state))


def money_value(minor: int | None) -> Decimal | None:
    """An amount for a spreadsheet, in whole units of the winery's currency."""
    return None if minor is None else Money(minor, current_winery().currency).decimal


def moment_value(at: datetime | None) -> Cell:
    """A moment for a spreadsheet: the winery's clock, without a zone."""
    return None if at is None else local_time(at).replace(tzinfo=None, microsecond=0)


def signed(amount: Money | int, currency: str = "") -> str:
    """A difference: ``+$120.00``, ``−$48.00``, ``$0.00``."""
    money = amount if isinstance(amount, Money) else Money(amount, currency)
    words = money_cell(Money(abs(money.minor), money.currency))
    return words if not money.minor else f"{'+' if money.minor > 0 else '−'}{words}"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
