"""Portfolios: made, named, filled and emptied by their customer; they follow the order's ledger by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.hands import settle
from tirage.core.locks import lock_row, lock_rows
from tirage.customers.models import Customer
from tirage.futures.models import Commitment, Portfolio, PortfolioPart
from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: Of one customer.
MOST = 40
NAME_LENGTH = 60
#: An order's wine of a lot: the keys of both.
Wine = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Where a customer's wine is: each portfolio with its pieces by wine, in the order in which they were made."""

    portfolios: Sequence[tuple[Portfolio, Mapping[Wine, int]]]

    def pieces_in(self, portfolio: Portfolio, wine: Wine) -> int:
        return next((parts.get(wine, 0) for one, parts in self.portfolios if one == portfolio), 0)

    def sorted_pieces(self, wine: Wine) -> int:
        """Pieces of it that are in any portfolio."""
        return sum(parts.get(wine, 0) for _, parts in self.portfolios)


def sorted_by(customer: Customer) -> Sorted:
    """Two statements."""
    own = list(Portfolio.objects.filter(customer=customer).order_by("pk"))
    parts: dict[int, dict[Wine, int]] = defaultdict(dict)
    found = PortfolioPart.objects.filter(portfolio__in=own)
    for key, order_id, lot_id, pieces in found.values_list("portfolio", "order", "lot", "pieces"):
        parts[key][order_id, lot_id] = pieces
    return Sorted([(one, parts[one.pk]) for one in own])


@transaction.atomic
def save_portfolio(
    *,
    customer: Customer,
    portfolio: Portfolio | None,
    name: str,
    pieces: Mapping[Wine, int] | None = None,
    shown: Mapping[str, Any] | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Portfolio, int]:
    """Makes a portfolio (``portfolio`` None) or renames it, and puts ``pieces`` of wines in it: exactly so many.

    Wine that is in no portfolio comes first, then what others have, the first of them first; what is taken out is in
    none. The portfolio, and how many pieces came from others. Locks the orders of ``pieces``, the customer. Records
    ``portfolio.saved``. ``shown`` is by ``name`` and ``pieces-<order>-<lot>``. Raises DomainError ``portfolio_invalid``
    (fields of these names), Conflict ``portfolio_gone``, Overtaken.
    """
    fields = {field_of(wine): wine for wine in pieces or {}}
    lock_rows(Order.objects.filter(pk__in={order_id for order_id, _ in fields.values()}, customer=customer))
    lock_row(Customer.objects.filter(pk=customer.pk))
    typed = {"name": " ".join(name.split())} | {
        field_of(wine): count for wine, count in (pieces or {}).items()
    }
    settled = settle(typed, shown=shown, stands=_stands(customer, portfolio, fields))
    name, wanted = settled["name"], {wine: settled[field] for field, wine in fields.items()}
    has = _has(customer, wanted)
    if problems := _problems(customer, portfolio, name, wanted, has):
        raise DomainError("portfolio_invalid", " ".join(problems.values()), problems)
    saved = portfolio or Portfolio(customer=customer, made_at=now)
    saved.name = name
    saved.save()
    moved = sum(_put(saved, wine, count, has[wine]) for wine, count in wanted.items())
    _record(saved, f"{'changed' if portfolio else 'made'} the portfolio “{name}”", actor, now)
    return saved, moved


def _stands(customer: Customer, portfolio: Portfolio | None, fields: Mapping[str, Wine]) -> dict[str, Any]:
    """As the forms name it; nothing of a new one."""
    if portfolio is None:
        return {}
    found = Portfolio.objects.filter(pk=portfolio.pk, customer=customer).first()
    if found is None:
        raise Conflict("portfolio_gone", "This portfolio is gone. Your wine is still there.")
    rows = PortfolioPart.objects.filter(portfolio=found).values_list("order", "lot", "pieces")
    parts = {(order_id, lot_id): count for order_id, lot_id, count in rows}
    return {"name": found.name} | {field: parts.get(wine, 0) for field, wine in fields.items()}


def _has(customer: Customer, wanted: Collection[Wine]) -> dict[Wine, int]:
    """Pieces of these wines that the customer's placed orders have."""
    rows = Commitment.objects.filter(
        line__order__in={order_id for order_id, _ in wanted},
        line__order__customer=customer,
        line__order__state__in=[OrderState.PLACED.value, OrderState.SHIPPED.value],
    )
    sums = rows.values_list("line__order", "lot").annotate(sum=Sum("pieces"))
    return {(order_id, lot_id): int(pieces) for order_id, lot_id, pieces in sums}


def _problems(
    customer: Customer,
    portfolio: Portfolio | None,
    name: str,
    wanted: Mapping[Wine, int],
    has: Mapping[Wine, int],
) -> dict[str, str]:
    others = Portfolio.objects.filter(customer=customer).exclude(pk=portfolio.pk if portfolio else 0)
    problems = {}
    if not name:
        problems["name"] = "Give it a name, such as For my daughter."
    elif len(name) > NAME_LENGTH:
        problems["name"] = f"Shorten the name to {NAME_LENGTH} characters."
    elif name.casefold() in {one.name.casefold() for one in others}:
        problems["name"] = "You have a portfolio of this name already."
    elif portfolio is None and len(others) >= MOST:
        problems["name"] = f"You have {MOST} portfolios, which is as many as there can be."
    for wine, count in wanted.items():
        most = has.get(wine, 0)
        if not 0 <= count <= most:
            words = f"You have {most} of this wine." if most else "This wine isn’t on the order any more."
            problems[field_of(wine)] = words
    return problems


def field_of(wine: Wine) -> str:
    """How forms name the pieces of a wine."""
    return f"pieces-{wine[0]}-{wine[1]}"


def _put(portfolio: Portfolio, wine: Wine, count: int, has: int) -> int:
    """Of a locked order; how many pieces other portfolios have less by it."""
    order_id, lot_id = wine
    here = PortfolioPart.objects.filter(portfolio=portfolio, order=order_id, lot=lot_id)
    if not count:
        here.delete()
        return 0
    elsewhere = PortfolioPart.objects.filter(order=order_id, lot=lot_id).exclude(portfolio=portfolio)
    others = list(elsewhere.order_by("portfolio"))
    too_many = max(sum(one.pieces for one in others) + count - has, 0)
    _shrink(others, too_many)
    PortfolioPart.objects.update_or_create(
        portfolio=portfolio, order_id=order_id, lot_id=lot_id, defaults={"pieces": count}
    )
    return too_many


def _shrink(parts: Sequence[PortfolioPart], too_many: int) -> None:
    for one in parts:
        less = min(one.pieces, too_many)
        same = PortfolioPart.objects.filter(pk=one.pk)
        if less == one.pieces:
            same.delete()
        elif less:
            same.update(pieces=F("pieces") - less)
        too_many -= less


@transaction.atomic
def remove_portfolio(*, portfolio: Portfolio, actor: Actor, now: datetime) -> None:
    """Takes the name away; its wine is in no portfolio then. Locks the customer. Records ``portfolio.removed``."""
    lock_row(Customer.objects.filter(pk=portfolio.customer_id))
    here = Portfolio.objects.filter(pk=portfolio.pk)
    if here.exists():
        _record(
            portfolio, f"removed the portfolio “{portfolio.name}”", actor, now, EventName.PORTFOLIO_REMOVED
        )
        here.delete()


def trim_portfolios(order_id: int, left: Mapping[int, int]) -> None:
    """No portfolio keeps what the locked order doesn't have any more: ``left`` are its pieces by lot.

    What was in none goes first, then the portfolio that was made last.
    """
    parts: dict[int, list[PortfolioPart]] = defaultdict(list)
    for one in PortfolioPart.objects.filter(order=order_id, lot__in=left).order_by("-portfolio"):
        parts[one.lot_id].append(one)
    for lot_id, own in parts.items():
        _shrink(own, max(sum(one.pieces for one in own) - left[lot_id], 0))


def follow_format(order_id: int, source_id: int, target_id: int, off: int, on: int) -> None:
    """What became another format stays in its portfolio, in whole pieces. With the order locked, before its ledger has
    moved: what is in no portfolio is taken as changed first."""
    parts = list(PortfolioPart.objects.filter(order=order_id, lot=source_id).order_by("-portfolio"))
    has = (
        Commitment.objects.filter(line__order=order_id, lot=source_id).aggregate(sum=Sum("pieces"))["sum"]
        or 0
    )
    missing = max(off - (int(has) - sum(one.pieces for one in parts)), 0)
    for one in parts:
        taken = min(one.pieces, missing)
        missing -= taken
        if comes := taken * on // off:
            added, is_new = PortfolioPart.objects.get_or_create(
                portfolio_id=one.portfolio_id,
                order_id=order_id,
                lot_id=target_id,
                defaults={"pieces": comes},
            )
            if not is_new:
                PortfolioPart.objects.filter(pk=added.pk).update(pieces=F("pieces") + comes)
        _shrink([one], taken)


def _record(
    portfolio: Portfolio,
    text: str,
    actor: Actor,
    now: datetime,
    name: EventName = EventName.PORTFOLIO_SAVED,
) -> None:
    key = portfolio.customer_id
    data = {"portfolio": portfolio.reference}
    record_event(name, "customer", key, text=text, data=data, customer_id=key, actor=actor, now=now)
