"""All rules side by side, for the same wishes, bottles and caps: what each comes to, and what each customer gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.wishes.words import RULES, say_aim
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.parts.charts import Bar
from tirage.parts.curves import Spread
from tirage.parts.wording import say_percent
from tirage.staff.permissions import Permission, staff_required
from tirage.wishes.granting.planning import choose_rule
from tirage.wishes.models import GrantLine, GrantRun
from tirage.wishes.rules import Outcome, Rule
from tirage.wishes.rules.measures import lorenz, part_of_fewest
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

    def spread(self, run: GrantRun) -> Spread:
        """How the pieces spread over the customers, as a curve and in words."""
        points = lorenz(self.outcome.spread)
        words = (
            f"The half with fewest have {_percent(part_of_fewest(points, 0.5))} of the pieces"
            if points
            else "Nobody gets anything"
        )
        return Spread(
            self.name, points, f"Gini {self.gini_words}", f"{words}.", is_chosen=run.rule == self.rule
        )


def _percent(part: float) -> str:
    return say_percent(part, current_winery().locale, places=0)


@dataclass(frozen=True, slots=True)
class Results:
    """One customer with the pieces under each rule, in their order; ``left_out`` says why a wish got none."""

    customer: Customer
    asked: int
    pieces: Sequence[int]
    left_out: str


class FindForm(forms.Form):
    """Whose result is looked for."""

    who = forms.CharField(label="Find a customer", required=False, max_length=200)

    @property
    def text(self) -> str:
        return str(self.cleaned_data["who"]) if self.is_valid() else ""


@require_safe
@staff_required(Permission.SEE_WISHES)
def grant_rules(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What each rule comes to, and what each customer gets under it."""
    run, currency = _found(reference), current_winery().currency
    if run.state == GrantState.SHARING:
        # Its page says how far the worker is.
        return redirect("backoffice:grant_run", reference)
    outcomes = {rule: Outcome(**run.compared[rule]) for rule in Rule if rule in run.compared}
    rules = [
        Compared(rule, RULES[rule][0], _words(run, rule), outcome, Money(outcome.money_minor, currency))
        for rule, outcome in outcomes.items()
    ]
    find = FindForm(request.GET)
    page = Paginator(_by_customer(run, find.text), CUSTOMERS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "run": run,
        "title": f"Rules for wishes of {run.release.name}",
        "rules": rules,
        "is_missing": bool(rules) and Rule.OPTIMISER not in outcomes and run.state == GrantState.DRAFT,
        "is_draft": run.state == GrantState.DRAFT,
        "nothing": [Bar(one.name, one.outcome.with_nothing) for one in rules],
        "spreads": [one.spread(run) for one in rules],
        "find": find,
        "page": page,
        "rows": _results(run, list(page), list(outcomes)),
        "crumbs": [
            ("Wishes", reverse("backoffice:wishes")),
            ("Grant runs", reverse("backoffice:grants")),
            (run.release.name, reverse("backoffice:grant_run", args=[reference])),
            ("Rules side by side", ""),
        ],
    }
    return render(request, "backoffice/wishes/grant_rules.html", context)


def _words(run: GrantRun, rule: Rule) -> str:
    return f"{say_aim(run).capitalize()}." if rule is Rule.OPTIMISER else RULES[rule][1]


def _by_customer(run: GrantRun, text: str) -> QuerySet[GrantLine, dict[str, Any]]:
    """Who asked for most first."""
    lines = run.lines.order_by()
    if text:
        lines = lines.filter(customer__in=people_matching(text).values("pk"))
    by_customer = lines.values("customer_id").annotate(pieces=Sum("asked"), left_out=Max("left_out"))
    return by_customer.order_by("-pieces", "customer_id")


def _results(run: GrantRun, people: Sequence[dict[str, Any]], rules: Sequence[Rule]) -> list[Results]:
    """Two statements for the customers of a page."""
    keys = [one["customer_id"] for one in people]
    known = Customer.objects.in_bulk(keys)
    pieces: dict[int, Counter[str]] = {key: Counter() for key in keys}
    for customer_id, shares in run.lines.filter(customer_id__in=keys).values_list("customer_id", "shares"):
        pieces[customer_id].update(shares)
    return [
        Results(
            known[one["customer_id"]],
            one["pieces"],
            [pieces[one["customer_id"]][rule] for rule in rules],
            one["left_out"],
        )
        for one in people
        if one["customer_id"] in known
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
