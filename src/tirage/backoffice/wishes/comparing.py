"""All rules side by side, for the same wishes, bottles and caps: what each comes to, and what each customer gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.wishes.words import RULES
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.parts.charts import Bar
from tirage.staff.permissions import Permission, staff_required
from tirage.wishes.granting.planning import asks_of, choose_rule, shares_under
from tirage.wishes.models import GrantRun
from tirage.wishes.rules import Ask, Outcome, Rule, Shares, measure
from tirage.wishes.states import GrantState

#: Customers on one page.
CUSTOMERS = 50


@dataclass(frozen=True, slots=True)
class Compared:
    """One rule with what it comes to."""

    rule: Rule
    name: str
    words: str
    outcome: Outcome
    money: Money

    @property
    def gini_words(self) -> str:
        return f"{self.outcome.gini:.2f}"


@dataclass(frozen=True, slots=True)
class Results:
    """One customer with the pieces under each rule, in the order of the rules."""

    customer: Customer
    asked: int
    pieces: Sequence[int]


@require_safe
@staff_required(Permission.SEE_WISHES)
def grant_rules(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What each rule comes to, and what each customer gets under it."""
    run = _found(reference)
    asks, currency = asks_of(run), current_winery().currency
    shares = {rule: shares_under(run, rule, asks) for rule in Rule}
    outcomes = {rule: measure(asks, shares[rule]) for rule in Rule}
    rules = [
        Compared(rule, *RULES[rule], outcomes[rule], Money(outcomes[rule].money_minor, currency))
        for rule in Rule
    ]
    page = Paginator(_by_customer(asks), CUSTOMERS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "run": run,
        "title": f"Rules for wishes of {run.release.name}",
        "rules": rules,
        "is_draft": run.state == GrantState.DRAFT,
        "nothing": [Bar(one.name, one.outcome.with_nothing) for one in rules],
        "uneven": [Bar(one.name, one.outcome.gini) for one in rules],
        "page": page,
        "rows": _results(list(page), shares),
        "crumbs": [
            ("Wishes", reverse("backoffice:wishes")),
            ("Grant runs", reverse("backoffice:grants")),
            (run.release.name, reverse("backoffice:grant_run", args=[reference])),
            ("Rules side by side", ""),
        ],
    }
    return render(request, "backoffice/wishes/grant_rules.html", context)


def _by_customer(asks: Sequence[Ask]) -> list[tuple[int, list[Ask]]]:
    """Who asked for most first."""
    wishes: dict[int, list[Ask]] = {}
    for ask in asks:
        wishes.setdefault(ask.customer, []).append(ask)
    return sorted(wishes.items(), key=lambda one: (-sum(ask.pieces for ask in one[1]), one[0]))


def _results(people: Sequence[tuple[int, list[Ask]]], shares: Mapping[Rule, Shares]) -> list[Results]:
    """One statement for the customers of a page."""
    known = Customer.objects.in_bulk([customer_id for customer_id, _ in people])
    return [
        Results(
            known[customer_id],
            sum(ask.pieces for ask in asks),
            [sum(shares[rule][ask.key] for ask in asks) for rule in Rule],
        )
        for customer_id, asks in people
        if customer_id in known
    ]


@require_POST
@staff_required(Permission.EDIT_WISHES)
def grant_rule(request: HttpRequest, reference: str) -> HttpResponse:
    """Shares a draft out by another rule; what was changed by hand is gone."""
    run, wanted = _found(reference), request.POST.get("rule", "")
    if wanted not in {rule.value for rule in Rule}:
        return redirect("backoffice:grant_rules", reference)
    with refusals_said(request):
        choose_rule(run=run, rule=Rule(wanted), now=read_clock())
    return redirect("backoffice:grant_run", reference)


def _found(reference: str) -> GrantRun:
    return get_object_or_404(GrantRun.objects.select_related("release"), reference=reference)
