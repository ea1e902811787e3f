"""My futures by portfolio, a portfolio's own page, and all of it as a file to keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tirage.catalog.lwin import say_lwin
from tirage.catalog.rules import full_title
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.core.money import Money, total
from tirage.customers.models import Customer
from tirage.futures.holding import Held, Holding, holdings_of
from tirage.futures.models import Portfolio
from tirage.futures.portfolios import (
    NAME_LENGTH,
    Sorted,
    field_of,
    remove_portfolio,
    save_portfolio,
    sorted_by,
)
from tirage.parts.exporting import table_response
from tirage.parts.hands import EditForm, found_again
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context
from tirage.tables.writing import Cell

#: What wine is under that is in no portfolio.
UNSORTED = "In no portfolio"


@dataclass(frozen=True, slots=True)
class Part:
    """So many pieces of what an order has of a lot, and what they cost."""

    holding: Holding
    held: Held
    pieces: int
    cost: Money

    @property
    def title(self) -> str:
        return full_title(self.held.lot.sku.name, self.held.lot.sku.format_name)


@dataclass(frozen=True, slots=True)
class Heap:
    """A portfolio with what is in it; None for what is in none."""

    portfolio: Portfolio | None
    parts: Sequence[Part]

    @property
    def name(self) -> str:
        return self.portfolio.name if self.portfolio else UNSORTED

    @property
    def cost(self) -> Money | None:
        """What all of it cost; None where nothing is in it."""
        if not self.parts:
            return None
        return total([one.cost for one in self.parts], self.parts[0].cost.currency)


def heaps_of(holdings: Sequence[Holding], kept: Sorted) -> list[Heap]:
    """Each portfolio, empty ones too, then what is in none. What all parts of a wine cost together is what it cost."""
    parts: dict[int | None, list[Part]] = {one.pk: [] for one, _ in kept.portfolios} | {None: []}
    for holding in holdings:
        for held in holding.held:
            wine = (holding.order.pk, held.lot.pk)
            counts: list[tuple[int | None, int]] = [
                (one.pk, own.get(wine, 0)) for one, own in kept.portfolios
            ]
            counts.append((None, held.pieces - kept.sorted_pieces(wine)))
            costs = held.cost_of([count for _, count in counts])
            for (key, count), cost in zip(counts, costs, strict=True):
                if count > 0:
                    parts[key].append(Part(holding, held, count, cost))
    heaps = [Heap(one, parts[one.pk]) for one, _ in kept.portfolios]
    return [*heaps, Heap(None, parts[None])] if parts[None] else heaps


class PortfolioForm(EditForm):
    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="Only you and our team see it: For my daughter, say."
    )

    def __init__(
        self, *args: Any, wines: Sequence[tuple[str, str, str, int, int | None]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, label, about, most, here in wines:
            self.fields[name] = forms.IntegerField(
                label=label, min_value=0, max_value=most, initial=here, required=False, help_text=about
            )


def _wines(
    holdings: Sequence[Holding], kept: Sorted, portfolio: Portfolio | None
) -> list[tuple[str, str, str, int, int | None]]:
    """For a form: its field, the wine, where it is, how many there are and how many are in the portfolio."""
    rows = []
    for holding in holdings:
        for held in holding.held:
            wine = (holding.order.pk, held.lot.pk)
            here = kept.pieces_in(portfolio, wine) if portfolio else None
            others = [
                f"{own[wine]} in {one.name}"
                for one, own in kept.portfolios
                if one != portfolio and wine in own
            ]
            about = "; ".join([f"Order {holding.order.reference}: {held.pieces} in all", *others])
            title = full_title(held.lot.sku.name, held.lot.sku.format_name)
            rows.append((field_of(wine), f"{title}, lot {held.lot.name}", about, held.pieces, here))
    return rows


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def new_portfolio(request: HttpRequest, customer: Customer) -> HttpResponse:
    """A name, and what goes under it."""
    return _edit(request, customer, None)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def portfolio(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """One portfolio: its name, what is in it, and its end."""
    found = found_again(Portfolio.objects.filter(customer=customer), request.POST, reference=reference)
    if request.method == "POST" and request.POST.get("act") == "remove":
        remove_portfolio(portfolio=found, actor=customer_actor(request), now=read_clock())
        messages.success(request, f"“{found.name}” is gone. Its wine is still yours.")
        return redirect("storefront:futures")
    return _edit(request, customer, found)


def _edit(request: HttpRequest, customer: Customer, found: Portfolio | None) -> HttpResponse:
    holdings, kept = holdings_of(customer), sorted_by(customer)
    form = PortfolioForm(
        request.POST or None,
        wines=_wines(holdings, kept, found),
        about=found,
        initial={"name": found.name if found else ""},
    )
    if form.is_valid() and (done := _saved(request, customer, found, form)):
        return done
    context = page_context(request, form=form, portfolio=found, has_wine=len(form.fields) > 1)
    status = 422 if form.errors else 200
    return render(request, "storefront/futures/portfolio.html", context, status=status)


def _saved(
    request: HttpRequest, customer: Customer, found: Portfolio | None, form: PortfolioForm
) -> HttpResponse | None:
    fields = [name for name in form.fields if name.startswith("pieces-")]
    typed = {_wine_of(name): form.cleaned_data[name] for name in fields}
    try:
        made, moved = save_portfolio(
            customer=customer,
            portfolio=found,
            name=form.cleaned_data["name"],
            pieces={wine: count or 0 for wine, count in typed.items()},
            shown=form.shown,
            actor=customer_actor(request),
            now=read_clock(),
        )
    except Overtaken as refused:
        form.overtaken(refused)
        return None
    except DomainError as refused:
        for name, words in (refused.fields or {"": refused.message}).items():
            form.add_error(name if name in form.fields else None, words)
        return None
    from_others = f" {moved} of its bottles came from others." if moved else ""
    messages.success(request, f"“{made.name}” is saved.{from_others}")
    return redirect("storefront:futures")


def _wine_of(field: str) -> tuple[int, int]:
    _, order_id, lot_id = field.split("-")
    return int(order_id), int(lot_id)


HEADERS = (
    "Portfolio",
    "Wine",
    "Vintage",
    "Format",
    "LWIN",
    "Pieces",
    "Cost in bond",
    "Currency",
    "Lot",
    "Where it is",
    "Expected from",
    "Expected until",
    "Order",
    "Ordered on",
    "Release",
    "Still to come of the order",
)
_STAGES = {"elevage": "Élevage", "bottled": "Bottled", "arrived": "Arrived"}


@customer_required()
@require_safe
def futures_file(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """All of a customer's wine en primeur with its portfolios, as CSV or Excel (``as``)."""
    kind = request.GET.get("as", "csv")
    if kind not in ("csv", "xlsx"):
        raise Http404("no such kind of file")
    heaps = heaps_of(holdings_of(customer), sorted_by(customer))
    return table_response("my-futures", HEADERS, _rows(heaps), kind, sheet="My futures")


def _rows(heaps: Sequence[Heap]) -> Iterator[list[Cell]]:
    for heap in heaps:
        for one in heap.parts:
            lot, order = one.held.lot, one.holding.order
            yield [
                heap.portfolio.name if heap.portfolio else "",
                lot.sku.name,
                lot.sku.vintage.year,
                lot.sku.format_name,
                say_lwin(lot.sku.lwin),
                one.pieces,
                one.cost.decimal,
                one.cost.currency,
                lot.name,
                _STAGES[lot.stage],
                lot.window_from,
                lot.window_until,
                order.reference,
                order.placed_at.date() if order.placed_at else None,
                order.release.name if order.release else "",
                one.holding.to_come.decimal,
            ]
