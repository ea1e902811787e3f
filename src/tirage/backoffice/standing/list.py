"""The list of standing orders: its filters and columns."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from tirage.backoffice.frame.cells import moment_cell, moment_value, person_cell, state_cell, state_words
from tirage.backoffice.frame.filters import DayFilter, ListFilters, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList, Total
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.standing.words import amount_words
from tirage.standing.models import StandingOrder
from tirage.standing.states import Amount, StandingState

_ACTIVE = Q(state=StandingState.ACTIVE.value)


class StandingFilters(ListFilters):
    q = search_filter("Name, e-mail or telephone")
    state = choice_filter(
        "State", "state", choices=[(state.value, state_words(state)) for state in StandingState]
    )
    amount = choice_filter(
        "What",
        "amount",
        choices=[
            (Amount.FULL.value, "Full allocation"),
            (Amount.USUAL.value, "Suggested quantities"),
            (Amount.CAPPED.value, "Up to a number of bottles"),
        ],
    )
    agreed_from = DayFilter("agreed_at", label="Agreed from")
    agreed_until = DayFilter("agreed_at", last=True, label="Agreed until")

    class Meta:
        model = StandingOrder
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[StandingOrder], name: str, value: str) -> QuerySet[StandingOrder]:
        return self.within(rows, "customer", people_matching(value))


def standing_url(standing: StandingOrder) -> str:
    return reverse("backoffice:standing_order", args=[standing.reference])


def _person(standing: StandingOrder) -> Any:
    return person_cell(standing.customer.name, standing.customer.email, standing_url(standing))


class StandingList(RowList[StandingOrder]):
    name = "standing"
    noun_one = "standing order"
    noun_many = "standing orders"
    filters = StandingFilters
    default_sort = "-agreed"
    template = "backoffice/standing/list.html"
    totals = (Total("active", lambda found: Count("pk", filter=_ACTIVE), lambda total: f"{total:,} active"),)
    columns = (
        Column("customer", "Customer", _person, lambda one: one.customer.name, kind="main"),
        Column("email", "E-mail", lambda one: one.customer.email, shown=False),
        Column("state", "State", lambda one: state_cell(one.state), lambda one: state_words(one.state)),
        Column("amount", "What", amount_words),
        Column("card", "Card", lambda one: one.card.label if one.card else "Their first"),
        Column("reason", "Reason", lambda one: one.reason, wide=True),
        Column(
            "agreed",
            "Agreed",
            lambda one: moment_cell(one.agreed_at),
            lambda one: moment_value(one.agreed_at),
            ("agreed_at", "id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[StandingOrder]:
        return StandingOrder.objects.all()

    def load(self, rows: QuerySet[StandingOrder]) -> QuerySet[StandingOrder]:
        return rows.select_related("customer", "card")


STANDING = StandingList()
