"""The tax of a sale by a service: asked before anything is written, and kept for the same question.

The page of a checkout and its button ask the same, so they agree; what is asked twice within minutes is asked once.
A service that fails is left alone for a moment, so that it holds nobody's page twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import structlog

from tirage.compliance.models import TaxAnswer
from tirage.compliance.protocol import (
    ComplianceService,
    Due,
    FeeDue,
    Sale,
    ServiceBusy,
    ServiceRefused,
    ServiceSilent,
    TaxDue,
)
from tirage.compliance.services import Connected, connected
from tirage.taxes.protocol import TaxKind, TaxLine
from tirage.taxes.rules import Answer, FeeRule, Levy, TaxRule, service_line
from tirage.taxes.states import FeeUnit

_log = structlog.get_logger(__name__)

#: Seconds that a customer waits for it, all in all.
PATIENCE = 4.0
#: So long an answer is as good as a new one; one of the same day is better than none for the rest of it.
FRESH = timedelta(minutes=15)
KEPT = timedelta(days=2)
#: Seconds for which a service that failed isn't asked again by this process.
QUIET = 20.0
_PPM = 1_000_000

_quiet_until = 0.0


def taxing() -> Connected | None:
    """Who is asked for tax; no statement where no service is connected, one where one is."""
    found = connected()
    return found if found and found.setup.asks_tax else None


def question_key(who: Connected, facts: Sequence[Any]) -> str:
    """Of all that an answer depends on: who is asked, from where wine leaves, and the sale."""
    about = [who.service.key, who.setup.version, *facts]
    return sha256(json.dumps(about, default=str).encode()).hexdigest()


def due_of(who: Connected, key: str, sale: Callable[[], Sale], now: datetime) -> Due | None:
    """What a sale owes by the service; None where it doesn't say. One statement for a question that was asked before.

    Talks to the service within ``PATIENCE``: no transaction may be open. ``sale`` is made only where it is asked.
    """
    kept = TaxAnswer.objects.filter(fingerprint=key).first()
    if kept is not None and kept.answered_at > now - FRESH:
        return _due_in(kept.due)
    found = _ask(who.service, sale)
    if found is None:
        return _due_in(kept.due) if kept is not None and kept.answered_at > now - KEPT else None
    TaxAnswer.objects.update_or_create(fingerprint=key, defaults={"due": _due_out(found), "answered_at": now})
    return found


def _ask(service: ComplianceService, sale: Callable[[], Sale]) -> Due | None:
    if time.monotonic() < _quiet_until:
        return None
    try:
        return _whole(service.quote(sale(), seconds=PATIENCE))
    except ServiceBusy as busy:
        _be_quiet(min(busy.seconds or QUIET, 10 * QUIET))
    except ServiceSilent:
        _be_quiet(QUIET)
    except ServiceRefused as refused:
        # It is this sale that it can't tax: others may be asked about.
        _log.warning("tax_refused", service=service.key, why=str(refused))
    return None


def _be_quiet(seconds: float) -> None:
    global _quiet_until
    _quiet_until = time.monotonic() + seconds


def ask_at_once() -> None:
    """Forgets that a service failed a moment ago."""
    global _quiet_until
    _quiet_until = 0.0


def _whole(due: Due) -> Due:
    """The taxes add up to its own sum, but for the rounding of each; the largest takes the difference.

    Raises ServiceSilent where they don't: half an answer is none.
    """
    rest = due.total_minor - sum(one.amount_minor for one in due.taxes)
    if due.total_minor < 0 or abs(rest) > len(due.taxes):
        raise ServiceSilent
    if not rest:
        return due
    largest = max(range(len(due.taxes)), key=lambda number: due.taxes[number].amount_minor)
    taxes = [
        TaxDue(one.jurisdiction, one.kind, one.base_minor, one.rate, one.amount_minor + rest)
        if number == largest
        else one
        for number, one in enumerate(due.taxes)
    ]
    return Due(due.total_minor, tuple(taxes), due.fees)


def _due_out(due: Due) -> dict[str, Any]:
    return {
        "taxes": [
            [one.jurisdiction, one.kind, one.base_minor, str(one.rate), one.amount_minor] for one in due.taxes
        ],
        "fees": [[one.name, one.amount_minor] for one in due.fees],
    }


def _due_in(kept: Mapping[str, Any]) -> Due:
    taxes = tuple(
        TaxDue(place, kind, base, Decimal(rate), amount) for place, kind, base, rate, amount in kept["taxes"]
    )
    fees = tuple(FeeDue(*one) for one in kept["fees"])
    return Due(sum(one.amount_minor for one in taxes), taxes, fees)


def rule_of(service: ComplianceService, due: Due, tables: TaxRule, *, of: tuple[int, int, int]) -> TaxRule:
    """What an order is taxed by where a service was asked: its taxes of this sale, its rates for what becomes of it.

    ``of`` is the wine after discounts, its delivery and its handling. Deposits are always those of our own ``tables``,
    and so are fees where the service tells none.
    """
    lines = _lines(due.taxes, service.name)
    levies = tuple(_levies(due.taxes, service.name, *of))
    told = service.quotes_fees
    fees = [fee for fee in tables.fees if not told or fee.kind is TaxKind.DEPOSIT]
    if told:
        fees += [
            FeeRule(fee.name, "", fee.amount_minor, TaxKind.FEE, FeeUnit.ORDER, source=service.name)
            for fee in due.fees
        ]
    return TaxRule(
        sum(levy.rate_ppm for levy in levies if levy.on_wine),
        any(levy.on_shipping for levy in levies),
        levies,
        tuple(fees),
        is_statewide=False,
        answer=Answer(service.name, *of, lines),
    )


def _lines(taxes: Iterable[TaxDue], source: str) -> tuple[TaxLine, ...]:
    """One line for each rate of each jurisdiction."""
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for one in taxes:
        key = one.jurisdiction[:80], _ppm(one.rate)
        base, amount = sums.get(key, (0, 0))
        sums[key] = base + one.base_minor, amount + one.amount_minor
    return tuple(
        service_line(source, place, base, rate, amount) for (place, rate), (base, amount) in sums.items()
    )


def _levies(taxes: Sequence[TaxDue], source: str, wine: int, shipping: int, other: int) -> Iterable[Levy]:
    """The rates of each jurisdiction on wine and on its way. Where only some of the wine is taxed, what it comes to."""
    for place in dict.fromkeys(one.jurisdiction for one in taxes):
        mine = [one for one in taxes if one.jurisdiction == place]
        on_wine = _rate([one for one in mine if one.kind == "wine"], wine)
        on_way = _rate([one for one in mine if one.kind != "wine"], shipping + other)
        if on_wine == on_way:
            yield Levy(place[:80], rate_ppm=on_wine, on_shipping=True, on_other=True, source=source)
            continue
        if on_wine:
            yield Levy(place[:80], rate_ppm=on_wine, source=source)
        if on_way:
            yield Levy(
                place[:80], rate_ppm=on_way, on_wine=False, on_shipping=True, on_other=True, source=source
            )


def _rate(taxes: Sequence[TaxDue], whole: int) -> int:
    rates = {_ppm(one.rate) for one in taxes}
    if len(rates) == 1 and sum(one.base_minor for one in taxes) == whole:
        return rates.pop()
    amount = sum(one.amount_minor for one in taxes)
    return min((2 * amount * _PPM + whole) // (2 * whole), _PPM) if whole > 0 else 0


def _ppm(rate: Decimal) -> int:
    return int((rate * _PPM).to_integral_value())


def prune_tax_answers(*, now: datetime) -> int:
    """Forgets answers of days ago; how many. Orders keep their own."""
    gone, _ = TaxAnswer.objects.filter(answered_at__lte=now - KEPT).delete()
    return gone
