"""The list of customers: its filters and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

import django_filters
from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.cells import (
    day_cell,
    moment_value,
    money_cell,
    money_value,
    number_cell,
    person_cell,
    state_cell,
    state_words,
)
from tirage.backoffice.frame.filters import (
    DayFilter,
    FlagFilter,
    MinorFilter,
    Source,
    choice_filter,
    search_filter,
    unindexed,
)
from tirage.backoffice.frame.lists import Column, RowList, Total
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.backoffice.orders.list import seek_sku
from tirage.catalog.models import Sku
from tirage.core.texts import say_count
from tirage.customers.models import Address, Customer, Group, Membership, Tag
from tirage.customers.states import CustomerStatus, GroupKind
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import BOUGHT
from tirage.payments.models import CreditEntry, PaymentMethod
from tirage.places.states import STATES
from tirage.places.telephones import say_telephone
from tirage.staff.permissions import Permission
from tirage.tables.cleaning import join_list

YES_OR_NO = (("yes", "Yes"), ("no", "No"))


class CustomerFilters(OfCustomers):
    to_customer = "pk"
    sources: ClassVar = {
        "group": Source(Group.objects.all, rank="rank"),
        "tag": Source(Tag.objects.all, value="name"),
        "bought": Source(Sku.objects.all, value="code", label="code"),
    }

    q = search_filter("Name, e-mail or telephone")
    group = choice_filter("Group", method="in_group")
    no_group = FlagFilter(label="In no allocation group", method="without_group")
    tag = choice_filter("Tag", method="with_tag")
    state = choice_filter(
        "State", method="in_state", choices=[(code, state.name) for code, state in STATES.items()]
    )
    status = choice_filter(
        "Status", "status", choices=[(status.value, state_words(status)) for status in CustomerStatus]
    )
    spend_from = MinorFilter("lifetime_minor", lookup_expr="gte", label="Lifetime spend from")
    spend_to = MinorFilter("lifetime_minor", lookup_expr="lte", label="Lifetime spend to")
    orders_from = django_filters.NumberFilter("orders_count", lookup_expr="gte", label="Orders from")
    orders_to = django_filters.NumberFilter("orders_count", lookup_expr="lte", label="Orders to")
    last_from = DayFilter("last_order_at", label="Last order from")
    last_until = DayFilter("last_order_at", last=True, label="Last order until")
    first_from = DayFilter("first_order_at", label="First order from")
    first_until = DayFilter("first_order_at", last=True, label="First order until")
    joined_from = DayFilter("signed_up_at", label="Signed up from")
    joined_until = DayFilter("signed_up_at", last=True, label="Signed up until")
    opted_in = choice_filter("Opted in to mail", method="consenting", choices=YES_OR_NO)
    bought = choice_filter("Bought", method="who_bought")
    card = choice_filter("Has a card", method="with_card", choices=YES_OR_NO)
    address = choice_filter("Has an address", method="with_address", choices=YES_OR_NO)
    credit = FlagFilter(label="Has store credit", method="with_credit")

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Every word somewhere in name, e-mail or telephone, accents or not; a reference finds its customer."""
        text = value.strip()
        if text.upper().startswith("CUS-"):
            return rows.filter(reference=text.upper())
        return people_matching(text, rows)

    def in_group(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        groups = Group.objects.filter(reference=value).values("pk")
        return self.within(rows, "pk", Membership.objects.filter(group__in=groups), "customer")

    def without_group(self, rows: QuerySet[Customer], name: str, value: bool) -> QuerySet[Customer]:
        if not value:
            return rows
        tiers = Membership.objects.filter(kind=GroupKind.ALLOCATION.value)
        return rows.exclude(pk__in=tiers.values("customer"))

    def with_tag(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        tagged = Tag.customers.through.objects.filter(tag__in=Tag.objects.filter(name=value).values("pk"))
        return self.within(rows, "pk", tagged, "customer")

    def in_state(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        living = Address.objects.filter(state=value, is_default=True, removed_at__isnull=True)
        return self.within(rows, "pk", living, "customer")

    def consenting(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return rows.filter(marketing_consent_at__isnull=value == "no")

    def who_bought(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """From the wine's lines to their customers; for a wine that most have, from the customers to their lines."""
        sku = self.remember(name, lambda: seek_sku(value))
        lines = OrderLine.objects.filter(sku=sku.key, quantity__gt=0)
        bought = [state.value for state in BOUGHT]
        if self.broad or sku.popular:
            orders = Order.objects.filter(state__in=bought)
            orders = self.within(orders, "pk", lines, "order", many=True)
            return self.within(rows, "pk", orders, "customer", many=True)
        lines = lines.alias(order_state=unindexed("order__state")).filter(order_state__in=bought)
        return self.within(rows, "pk", lines, "order__customer")

    def with_card(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return self._having(rows, PaymentMethod.objects.filter(kept=True, removed_at__isnull=True), value)

    def with_address(self, rows: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        return self._having(rows, Address.objects.filter(removed_at__isnull=True), value)

    def with_credit(self, rows: QuerySet[Customer], name: str, value: bool) -> QuerySet[Customer]:
        """By the ledger first: few customers ever have an entry, and no index is needed for the balance."""
        if not value:
            return rows
        return self.within(rows.filter(credit_minor__gt=0), "pk", CreditEntry.objects.all(), "customer")

    def _having(self, rows: QuerySet[Customer], owned: QuerySet[Any], value: str) -> QuerySet[Customer]:
        if value == "yes":
            return self.within(rows, "pk", owned, "customer")
        return rows.exclude(pk__in=owned.values("customer"))


def customer_url(customer: Customer) -> str:
    return reverse("backoffice:customer", args=[customer.reference])


def _groups(customer: Any) -> str:
    """Set by ``CustomerList.decorate``, as are tags and home."""
    return ", ".join(customer.shown_groups)


def _tags(customer: Any) -> str:
    return ", ".join(customer.shown_tags)


def _groups_in_files(customer: Any) -> str:
    return join_list(customer.shown_groups)


def _tags_in_files(customer: Any) -> str:
    return join_list(customer.shown_tags)


def _home(customer: Any) -> Address | None:
    home: Address | None = customer.home
    return home


class CustomerList(RowList[Customer]):
    name = "customers"
    noun_one = "customer"
    noun_many = "customers"
    filters = CustomerFilters
    default_sort = "name"
    template = "backoffice/customers/list.html"
    actions = "backoffice/customers/actions.html"
    actions_permission = Permission.EDIT_GROUPS
    nullable = frozenset({"last_order_at", "first_order_at"})
    totals = (
        Total(
            "spend", lambda found: Sum("lifetime_minor"), lambda total: f"{money_cell(total)} spent in all"
        ),
        Total("orders", lambda found: Sum("orders_count"), lambda total: say_count(total, "order", "orders")),
        Total("credit", lambda found: Sum("credit_minor"), lambda total: f"{money_cell(total)} store credit"),
    )
    columns = (
        Column(
            "name",
            "Customer",
            lambda c: person_cell(c.name, c.email, customer_url(c)),
            lambda c: c.name,
            ("last_name", "first_name", "id"),
            kind="main",
        ),
        Column("email", "E-mail", lambda c: c.email, shown=False),
        Column("first_name", "First name", lambda c: c.first_name, shown=False),
        Column("last_name", "Last name", lambda c: c.last_name, shown=False),
        Column("status", "Status", lambda c: state_cell(c.status), lambda c: state_words(c.status)),
        Column("groups", "Groups", _groups, _groups_in_files),
        Column("place", "Lives in", lambda c: _place(_home(c))),
        Column("recipient", "Recipient", lambda c: getattr(_home(c), "recipient", ""), shown=False),
        Column("company", "Company", lambda c: getattr(_home(c), "company", ""), shown=False),
        Column("street", "Street", lambda c: getattr(_home(c), "line1", ""), shown=False),
        Column("apartment", "Apartment", lambda c: getattr(_home(c), "line2", ""), shown=False),
        Column("city", "City", lambda c: getattr(_home(c), "city", ""), shown=False),
        Column("state", "State", lambda c: getattr(_home(c), "state", ""), shown=False),
        Column(
            "postal_code",
            cast(str, gettext_lazy("ZIP")),
            lambda c: getattr(_home(c), "postal_code", ""),
            shown=False,
        ),
        Column("country", "Country", lambda c: getattr(_home(c), "country", ""), shown=False),
        Column(
            "address_phone",
            "Address phone",
            lambda c: say_telephone(getattr(_home(c), "phone", "")),
            shown=False,
        ),
        Column("address_number", "Address number", lambda c: getattr(_home(c), "reference", ""), shown=False),
        Column("phone", "Telephone", lambda c: say_telephone(c.phone), shown=False),
        Column("tags", "Tags", _tags, _tags_in_files, shown=False),
        Column(
            "opted_in",
            "Opted in",
            lambda c: day_cell(c.marketing_consent_at),
            lambda c: moment_value(c.marketing_consent_at),
            shown=False,
        ),
        Column(
            "opted_out",
            "Opted out on",
            lambda c: day_cell(c.marketing_left_at),
            lambda c: moment_value(c.marketing_left_at),
            shown=False,
        ),
        Column(
            "joined",
            "Signed up",
            lambda c: day_cell(c.signed_up_at),
            lambda c: moment_value(c.signed_up_at),
            ("-signed_up_at", "id"),
            shown=False,
        ),
        Column(
            "first_order",
            "First order",
            lambda c: day_cell(c.first_order_at),
            lambda c: moment_value(c.first_order_at),
            shown=False,
        ),
        Column(
            "last_order",
            "Last order",
            lambda c: day_cell(c.last_order_at),
            lambda c: moment_value(c.last_order_at),
            ("-last_order_at", "id"),
        ),
        Column(
            "orders",
            "Orders",
            lambda c: number_cell(c.orders_count),
            lambda c: c.orders_count,
            kind="number",
            labelled=True,
        ),
        Column(
            "spend",
            "Lifetime spend",
            lambda c: money_cell(c.lifetime_minor),
            lambda c: money_value(c.lifetime_minor),
            ("-lifetime_minor", "id"),
            kind="aside",
        ),
        Column(
            "credit",
            "Store credit",
            lambda c: money_cell(c.credit_minor),
            lambda c: money_value(c.credit_minor),
            kind="number",
            shown=False,
            labelled=True,
        ),
    )

    def rows(self) -> QuerySet[Customer]:
        return Customer.objects.all()

    def decorate(self, rows: Sequence[Customer]) -> None:
        ids = [row.pk for row in rows]
        groups = _names(Membership.objects.filter(customer__in=ids).values_list("customer_id", "group__name"))
        tags = _names(
            Tag.customers.through.objects.filter(customer__in=ids).values_list("customer_id", "tag__name")
        )
        found = Address.objects.filter(customer__in=ids, is_default=True, removed_at__isnull=True)
        homes = {address.customer_id: address for address in found}
        for row in rows:
            shown: Any = row
            shown.shown_groups, shown.shown_tags = groups.get(row.pk, []), tags.get(row.pk, [])
            shown.home = homes.get(row.pk)


def _names(pairs: QuerySet[Any, Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for owner, name in sorted(pairs):
        found.setdefault(owner, []).append(name)
    return found


def _place(home: Address | None) -> str:
    if home is None:
        return ""
    return ", ".join(part for part in (home.city, home.state or home.country) if part)


CUSTOMERS = CustomerList()
