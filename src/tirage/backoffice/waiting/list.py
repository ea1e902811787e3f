"""The list of places in line: its filters and columns."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from tirage.backoffice.frame.cells import (
    moment_cell,
    moment_value,
    person_cell,
    state_cell,
    state_words,
)
from tirage.backoffice.frame.filters import DayFilter, Source, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList, Total
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.customers.models import Group
from tirage.joining.models import WaitingPlace
from tirage.joining.states import PlaceState
from tirage.staff.permissions import Permission

#: Who can be invited.
WAITING = Q(state=PlaceState.WAITING.value, customer__status="active")


class WaitingFilters(OfCustomers):
    sources: ClassVar = {"group": Source(Group.objects.all, rank="rank")}

    q = search_filter("Name, e-mail or telephone")
    state = choice_filter(
        "State", "state", choices=[(state.value, state_words(state)) for state in PlaceState]
    )
    group = choice_filter("Invited into", method="into_group")
    agreed = choice_filter(
        "Mail about offers", method="has_agreed", choices=[("yes", "Agreed"), ("no", "Not agreed")]
    )
    since_from = DayFilter("since", label="In line from")
    since_until = DayFilter("since", last=True, label="In line until")

    class Meta:
        model = WaitingPlace
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[WaitingPlace], name: str, value: str) -> QuerySet[WaitingPlace]:
        return self.within(rows, "customer", people_matching(value))

    def into_group(self, rows: QuerySet[WaitingPlace], name: str, value: str) -> QuerySet[WaitingPlace]:
        return rows.filter(group__reference=value)

    def has_agreed(self, rows: QuerySet[WaitingPlace], name: str, value: str) -> QuerySet[WaitingPlace]:
        return rows.filter(customer__marketing_consent_at__isnull=value == "no")


def place_url(place: WaitingPlace) -> str:
    return reverse("backoffice:place", args=[place.reference])


def _person(place: WaitingPlace) -> Any:
    return person_cell(place.customer.name, place.customer.email, place_url(place))


class WaitingList(RowList[WaitingPlace]):
    name = "waiting"
    noun_one = "place in line"
    noun_many = "places in line"
    filters = WaitingFilters
    default_sort = "since"
    actions = "backoffice/waiting/actions.html"
    actions_permission = Permission.EDIT_GROUPS
    template = "backoffice/waiting/list.html"
    totals = (
        Total("waiting", lambda found: Count("pk", filter=WAITING), lambda total: f"{total:,} waiting"),
    )
    columns = (
        Column("customer", "Customer", _person, lambda w: w.customer.name, kind="main"),
        Column("email", "E-mail", lambda w: w.customer.email, shown=False),
        Column("state", "State", lambda w: state_cell(w.state), lambda w: state_words(w.state)),
        Column("group", "Invited into", lambda w: w.group.name if w.group else ""),
        Column("until", "Until", lambda w: moment_cell(w.expires_at), lambda w: moment_value(w.expires_at)),
        Column("source", "Came by", lambda w: w.source, wide=True),
        Column("note", "Note", lambda w: w.note, shown=False),
        Column(
            "since",
            "In line since",
            lambda w: moment_cell(w.since),
            lambda w: moment_value(w.since),
            ("since", "id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[WaitingPlace]:
        return WaitingPlace.objects.all()

    def load(self, rows: QuerySet[WaitingPlace]) -> QuerySet[WaitingPlace]:
        return rows.select_related("customer", "group")


PLACES = WaitingList()
