"""The list of checks: its filters and columns."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from tirage.backoffice.compliance.words import STATES, check_state, service_words, state_words, why
from tirage.backoffice.frame.cells import link_cell, moment_cell, moment_value, person_cell
from tirage.backoffice.frame.filters import DayFilter, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.states import HOLDING, CheckState, Duty
from tirage.orders.models import Order
from tirage.places.states import STATES as PLACES

_SHOWN = [state for state in CheckState if state is not CheckState.REPLACED]


class CheckFilters(OfCustomers):
    to_customer = "order__customer"

    q = search_filter("Order number, name or e-mail")
    waits = choice_filter(
        "Waits", method="waiting", choices=[("yes", "In compliance"), ("telling", "To be told")]
    )
    state = choice_filter("State", "state", choices=[(state.value, STATES[state]) for state in _SHOWN])
    to = choice_filter(
        "Ships to", "order__ship_state", choices=[(code, state.name) for code, state in PLACES.items()]
    )
    first = DayFilter("made_at", label="From")
    last = DayFilter("made_at", last=True, label="Until")

    class Meta:
        model = ComplianceCheck
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[ComplianceCheck], name: str, value: str) -> QuerySet[ComplianceCheck]:
        """An order's number from its beginning, or words of the customer's name or e-mail."""
        text = value.strip().upper()
        if text.startswith("ORD-"):
            return rows.filter(order__reference__startswith=text)
        orders = Order.objects.filter(customer__in=people_matching(value).values("pk"))
        return self.within(rows, "order", orders)

    def waiting(self, rows: QuerySet[ComplianceCheck], name: str, value: str) -> QuerySet[ComplianceCheck]:
        if value == "telling":
            return rows.exclude(duty=Duty.NONE.value)
        return rows.filter(state__in=[state.value for state in HOLDING])


def check_url(check: ComplianceCheck) -> str:
    return reverse("backoffice:order_compliance", args=[check.order.reference])


def _customer(check: ComplianceCheck) -> Any:
    customer = check.order.customer
    return person_cell(
        customer.name, customer.email, reverse("backoffice:customer", args=[customer.reference])
    )


def _place(check: ComplianceCheck) -> str:
    order = check.order
    return ", ".join(filter(None, (order.city, order.ship_state)))


class CheckList(RowList[ComplianceCheck]):
    name = "compliance"
    noun_one = "check"
    noun_many = "checks"
    filters = CheckFilters
    default_sort = "-made"
    columns = (
        Column(
            "order",
            "Order",
            lambda c: link_cell(c.order.reference, check_url(c)),
            lambda c: c.order.reference,
            kind="main",
        ),
        Column("state", "State", check_state, state_words),
        Column("customer", "Customer", _customer, lambda c: c.order.customer.name),
        Column("to", "Ships to", _place),
        Column("why", "Why", why),
        Column("service", "Asked", lambda c: service_words(c.service), shown=False),
        Column("email", "E-mail", lambda c: c.order.customer.email, shown=False),
        Column(
            "made",
            "Since",
            lambda c: moment_cell(c.made_at),
            lambda c: moment_value(c.made_at),
            ("-made_at", "-id"),
            kind="aside",
        ),
        Column(
            "answered",
            "Answered",
            lambda c: moment_cell(c.answered_at),
            lambda c: moment_value(c.answered_at),
            shown=False,
        ),
        Column(
            "told",
            "Reported",
            lambda c: moment_cell(c.told_at),
            lambda c: moment_value(c.told_at),
            shown=False,
        ),
        Column("by", "Decided by", lambda c: c.decided_by, shown=False),
    )

    def rows(self) -> QuerySet[ComplianceCheck]:
        return ComplianceCheck.objects.exclude(state=CheckState.REPLACED.value)

    def load(self, rows: QuerySet[ComplianceCheck]) -> QuerySet[ComplianceCheck]:
        return rows.select_related("order__customer")


CHECKS = CheckList()
