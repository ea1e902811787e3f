"""The list of orders: its filters and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.db import connection
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from tirage.backoffice.frame.cells import (
    day_cell,
    link_cell,
    moment_cell,
    moment_value,
    money_cell,
    money_value,
    person_cell,
    state_cell,
    state_words,
    state_words_lazy,
)
from tirage.backoffice.frame.filters import DayFilter, Source, choice_filter, search_filter
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import Column, RowList, Total, below
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.backoffice.frame.wines import SKUS
from tirage.backoffice.orders.leaving import LEAVING, leaving
from tirage.catalog.models import Sku
from tirage.core.clock import read_clock
from tirage.core.fields import product
from tirage.core.winery import current_winery
from tirage.customers.models import Group
from tirage.delivery.carriers import carrier_name
from tirage.delivery.models import Location, Method
from tirage.delivery.states import MethodKind
from tirage.fulfilment.carriers import follow_url
from tirage.moving.models import MovedOrder
from tirage.offers.models import Release
from tirage.orders.models import IS_ORDER, IS_TEST, Order, OrderLine
from tirage.orders.states import TESTS, Channel, OrderState
from tirage.parts.wording import say_bottles
from tirage.payments.queries import authorised_by_order, with_authorised
from tirage.places.states import STATES
from tirage.staff.permissions import Permission
from tirage.wishes.granting.queries import with_open_wishes

#: A wine with more lines than this is in most orders.
POPULAR_LINES = 50_000
BALANCES = (
    ("owing", "Still to pay"),
    ("authorised", gettext_lazy("Authorized, taken when it ships")),
    ("credit", "To refund"),
    ("none", "Settled"),
)
FLAGGED = (("yes", "Needs somebody"),)
WISHING = (("open", "Open wishes"),)


#: Who made an order, by its channel.
_MADE_BY = {
    Channel.OFFER.value: "Customer",
    Channel.TELEPHONE.value: "Telephone",
    Channel.WINERY.value: "At the winery",
    Channel.STAFF.value: "Staff",
    Channel.HISTORY.value: "Former system",
}


class OrderFilters(OfCustomers):
    sources: ClassVar = {
        "release": Source(Release.objects.all),
        "group": Source(Group.objects.all, rank="rank"),
        "sku": SKUS,
        "method": Source(Method.objects.all, rank="position"),
    }

    q = search_filter("Order number, name or e-mail")
    state = choice_filter(
        "State",
        "state",
        choices=[
            (state.value, state_words_lazy(state))
            for state in OrderState
            if state is not OrderState.DRAFT and state not in TESTS
        ],
    )
    release = choice_filter("Release", "release__reference", method="of_release")
    group = choice_filter("Group", "group__reference", method="of_group")
    first = DayFilter("made_at", label="Ordered from")
    last = DayFilter("made_at", last=True, label="Ordered until")
    to = choice_filter(
        "Ships to", "ship_state", choices=[(code, state.name) for code, state in STATES.items()]
    )
    sku = choice_filter("Contains", method="containing")
    balance = choice_filter("Balance", method="with_balance", choices=BALANCES)
    attention = choice_filter("Attention", method="needing", choices=FLAGGED)
    method = choice_filter("Delivery", method="by_method")
    wishes = choice_filter("Wishes", method="wishing", choices=WISHING)
    channel = choice_filter("Made by", "channel", choices=list(_MADE_BY.items()))
    packing = choice_filter("Leaving", method="by_leaving", choices=list(LEAVING))
    tests = choice_filter("Test orders", method="tried", choices=[("only", "Test orders only")])

    class Meta:
        model = Order
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """Without declined tries, unless asked for: by state, by number, or because one needs somebody. Test orders are
        there for who asks for just them, or names one."""
        rows: QuerySet[Order] = super().filter_queryset(queryset)
        given = self.form.cleaned_data
        if given.get("tests") or _names_an_order(given.get("q") or ""):
            return rows
        if given.get("state") or given.get("attention"):
            return rows.exclude(state__in=[state.value for state in TESTS])
        return rows.filter(IS_ORDER)

    def tried(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return rows.filter(IS_TEST)

    def search(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """An order number's beginning, its whole number in a former system, or words of the customer's name, e-mail or
        telephone."""
        text = value.strip()
        if _names_an_order(text):
            return rows.filter(reference__startswith=text.upper())
        former = MovedOrder.objects.filter(number=text.lstrip("#"), order__isnull=False)
        if _may_be_former(text) and former.exists():
            return self.within(rows, "pk", former, "order")
        return self.within(rows, "customer", people_matching(text))

    def of_release(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return self.within(rows, "release", Release.objects.filter(reference=value))

    def of_group(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return self.within(rows, "group", Group.objects.filter(reference=value))

    def by_method(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return self.within(rows, "method", Method.objects.filter(reference=value))

    def containing(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        sku = self.remember(name, lambda: seek_sku(value))
        return self.within(rows, "pk", OrderLine.objects.filter(sku=sku.key), "order", many=sku.popular)

    def with_balance(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        if value == "none":
            return rows.filter(balance_minor=0)
        # Nobody waits for the money of an order that was never paid.
        open_ones = rows.filter(~Q(balance_minor=0)).filter(IS_ORDER)
        if value == "credit":
            return open_ones.filter(balance_minor__lt=0)
        due = with_authorised(open_ones.filter(balance_minor__gt=F("later_minor")), read_clock())
        covered = Q(balance_minor__lte=F("authorised") + F("later_minor"))
        return due.filter(covered if value == "authorised" else ~covered)

    def wishing(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return with_open_wishes(rows)

    def by_leaving(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return leaving(rows, value, read_clock())

    def needing(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return rows.filter(~Q(attention=""))


def _may_be_former(text: str) -> bool:
    """Numbers of former systems have a figure and no spaces."""
    return any(one.isdigit() for one in text) and not any(one.isspace() or one == "@" for one in text)


def _names_an_order(text: str) -> bool:
    return text.strip().upper().startswith("ORD-")


@dataclass(frozen=True, slots=True)
class SkuSought:
    """A sku by its key (0 for none), and whether most orders have it."""

    key: int
    popular: bool


def seek_sku(code: str) -> SkuSought:
    """Looks a sku up and, on SQLite, how many lines it has: PostgreSQL's statistics know that already."""
    found = Sku.objects.filter(code=code).values_list("pk", flat=True)
    if connection.vendor != "sqlite":
        return SkuSought(next(iter(found), 0), popular=False)
    counted = found.annotate(lines=Count("order_lines")).values_list("pk", "lines")
    key, lines = next(iter(counted), (0, 0))
    return SkuSought(key, popular=lines > POPULAR_LINES)


def open_balance(order: Order) -> int:
    """Minor units to pay by now (negative: to give back) beside what is set aside; nought for an abandoned order."""
    if order.step == OrderState.ABANDONED:
        return 0
    return order.called_minor - _aside(order)


def _aside(order: Order) -> int:
    """What of the balance is set aside on cards; the list's ``decorate`` has looked it up."""
    return min(max(int(order.balance_minor), 0), getattr(order, "authorised_minor", 0))


def _balance(order: Order) -> str:
    """``$25.00``, ``$240.00 authorised`` or both."""
    parts = [money_cell(open_balance(order) or None)]
    if _aside(order):
        parts.append(gettext("%s authorized") % money_cell(_aside(order)))
    return ", ".join(part for part in parts if part)


def _state(order: Order) -> SafeString:
    """The state, of an order that has left with its day, and what somebody should look at before it does."""
    parts: list[SafeString | str] = [state_cell(order.state)]
    if order.step == OrderState.SHIPPED and order.shipped_at:
        parts.append(day_cell(order.shipped_at))
    if order.attention:
        parts.append(state_cell("attention", "Needs somebody"))
    if getattr(order, "has_open_wishes", False):
        parts.append(state_cell("wishing", "Open wishes"))
    return format_html_join(" ", "{}", ((part,) for part in parts))


def _tracking(order: Order) -> SafeString | str:
    """The number, leading to the carrier's page where the carrier is known."""
    href = follow_url(order.tracking, order.method)
    return link_cell(order.tracking, href) if href else order.tracking


def _customer(order: Order) -> Any:
    customer = order.customer
    href = reverse("backoffice:customer", args=[customer.reference])
    return person_cell(customer.name, customer.email, href)


def _place(order: Order) -> str:
    return ", ".join(part for part in (order.city, order.ship_state) if part)


def _bottles(found: QuerySet[Order]) -> Any:
    return below(OrderLine.objects.all(), "order", found.filter(IS_ORDER), product("quantity", "sku__units"))


def _stored_at(order: Order) -> str:
    """Warehouse and account, of an order that goes into storage."""
    return order.customer.stored_at if order.method and order.method.kind == MethodKind.STORAGE else ""


def _held_at(order: Order) -> str:
    """The number of the carrier's location that it goes to, by ``OrderList.load``."""
    return str(getattr(order, "location_code", ""))


class OrderList(RowList[Order]):
    name = "orders"
    noun_one = "order"
    noun_many = "orders"
    filters = OrderFilters
    default_sort = "-made"
    actions = "backoffice/orders/actions.html"
    actions_permission = Permission.SHIP_ORDERS
    # Tries that were declined for good are nobody's debt and nobody's bottles.
    totals = (
        Total(
            "owed",
            lambda found: Sum("owed_minor", filter=IS_ORDER),
            lambda total: f"{money_cell(total)} in all",
        ),
        Total(
            "open",
            lambda found: Sum("balance_minor", filter=IS_ORDER & Q(balance_minor__gt=0)),
            lambda total: f"{money_cell(total)} not paid yet",
        ),
        Total(
            "bottles",
            _bottles,
            lambda total: say_bottles(total, current_winery().locale),
        ),
    )
    columns = (
        Column(
            "order",
            "Order",
            lambda o: link_cell(o.reference, order_url(o)),
            lambda o: o.reference,
            kind="main",
        ),
        Column("state", "State", _state, lambda o: state_words(o.state)),
        Column(
            "made",
            "Ordered",
            lambda o: moment_cell(o.made_at),
            lambda o: moment_value(o.made_at),
            ("-made_at", "-id"),
        ),
        Column(
            "shipped",
            "Shipped",
            lambda o: moment_cell(o.shipped_at),
            lambda o: moment_value(o.shipped_at),
            shown=False,
        ),
        Column("tracking", "Tracking number", _tracking, lambda o: o.tracking, shown=False),
        Column("customer", "Customer", _customer, lambda o: o.customer.name),
        Column("email", "E-mail", lambda o: o.customer.email, shown=False),
        Column("release", "Release", lambda o: o.release.name if o.release else "", wide=True),
        Column("group", "Group", lambda o: o.group.name if o.group else "", shown=False),
        Column("place", "Ships to", _place, wide=True),
        Column("postal_code", cast(str, gettext_lazy("ZIP")), lambda o: o.postal_code, shown=False),
        Column("method", "Delivery", lambda o: o.method.name if o.method else "", shown=False),
        Column(
            "carrier", "Carrier", lambda o: carrier_name(o.method.carrier) if o.method else "", shown=False
        ),
        Column(
            "held_at",
            "Carrier’s location",
            _held_at,
            _held_at,
            shown=False,
        ),
        Column("stored_at", "Storage account", _stored_at, _stored_at, shown=False),
        Column("channel", "Made by", lambda o: _MADE_BY[o.channel], shown=False),
        Column(
            "paid",
            "Paid",
            lambda o: money_cell(o.paid_minor),
            lambda o: money_value(o.paid_minor),
            kind="number",
            shown=False,
        ),
        Column(
            "balance",
            "Balance",
            _balance,
            lambda o: money_value(open_balance(o)),
            ("-balance_minor", "-id"),
            kind="number",
            labelled=True,
        ),
        Column(
            "authorised",
            cast(str, gettext_lazy("Authorized")),
            lambda o: money_cell(_aside(o) or None),
            lambda o: money_value(_aside(o)),
            kind="number",
            shown=False,
        ),
        Column("attention", "Attention", lambda o: o.attention, shown=False),
        Column(
            "total",
            "Total",
            lambda o: money_cell(o.owed_minor),
            lambda o: money_value(o.owed_minor),
            ("-owed_minor", "-id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[Order]:
        return Order.objects.all()

    def load(self, rows: QuerySet[Order]) -> QuerySet[Order]:
        held_at = Location.objects.filter(reference=OuterRef("location")).values("code")[:1]
        found = rows.select_related("customer", "release", "group", "method")
        return found.annotate(location_code=Coalesce(Subquery(held_at), Value("")))

    def decorate(self, rows: Sequence[Order]) -> None:
        """Looks up what is set aside, for the rows that owe anything (most pages have none), and which of those that
        may still ship have open wishes beside them."""
        owing = [row.pk for row in rows if row.state == OrderState.PLACED and row.balance_minor > 0]
        authorised = authorised_by_order(owing, read_clock())
        for row in rows:
            row.authorised_minor = authorised.get(row.pk, 0)  # type: ignore[attr-defined]
        placed = Order.objects.filter(pk__in=[row.pk for row in rows if row.state == OrderState.PLACED])
        wishing = set(with_open_wishes(placed).values_list("pk", flat=True))
        for row in rows:
            row.has_open_wishes = row.pk in wishing  # type: ignore[attr-defined]


ORDERS = OrderList()
