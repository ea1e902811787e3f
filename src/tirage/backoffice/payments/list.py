"""The list of payments: its filters and columns."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.urls import reverse

from tirage.backoffice.frame.cells import (
    link_cell,
    moment_cell,
    moment_value,
    money_cell,
    money_value,
    reference_cell,
)
from tirage.backoffice.frame.filters import (
    DayFilter,
    MinorFilter,
    Source,
    beginning,
    choice_filter,
    search_filter,
)
from tirage.backoffice.frame.links import order_url
from tirage.backoffice.frame.lists import Column, RowList, Total
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.backoffice.payments.words import (
    KINDS,
    OFFLINE_KINDS,
    STATES,
    STORE_CREDIT,
    code_words,
    decline_words,
    gateway_words,
    how,
    moved_minor,
    payment_state,
    payment_words,
    signed_minor,
)
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.states import AT_ONCE, CREDIT, TRIAL, PaymentKind, PaymentState
from tirage.staff.models import StaffMember

CARD = "card"
WAYS = ((CARD, "Card"), (CREDIT, STORE_CREDIT), *OFFLINE_KINDS.items())
BRANDS = ("Visa", "Mastercard", "American Express", "Discover", "Diners Club", "JCB", "UnionPay")


def _declined() -> QuerySet[Payment]:
    return Payment.objects.exclude(decline_code="").exclude(gateway=TRIAL).distinct()


class PaymentFilters(OfCustomers):
    to_customer = "order__customer"
    sources: ClassVar = {
        "code": Source(_declined, value="decline_code", label="decline_code", say=code_words),
        "staff": Source(StaffMember.objects.all, value="name"),
    }

    q = search_filter("Payment, order, name or e-mail")
    first = DayFilter("made_at", label="Tried from")
    last = DayFilter("made_at", last=True, label="Tried until")
    settled_first = DayFilter("settled_at", label="Settled from")
    settled_last = DayFilter("settled_at", last=True, label="Settled until")
    kind = choice_filter("Kind", "kind", choices=list(KINDS.items()))
    state = choice_filter("State", "state", choices=list(STATES.items()))
    way = choice_filter("How", method="by_way", choices=WAYS)
    gateway = choice_filter(
        "Gateway", "gateway", choices=[(key, gateway_words(key)) for key in settings.TIRAGE_GATEWAYS]
    )
    brand = choice_filter("Card brand", method="by_brand", choices=[(brand, brand) for brand in BRANDS])
    amount_from = MinorFilter("amount_minor", lookup_expr="gte", label="Amount from")
    amount_to = MinorFilter("amount_minor", lookup_expr="lte", label="Amount to")
    code = choice_filter("Declined for", "decline_code")
    staff = choice_filter("By", "actor_label")

    class Meta:
        model = Payment
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        """Without what test orders were paid, unless asked for: by their gateway, or by a number."""
        rows: QuerySet[Payment] = super().filter_queryset(queryset)
        given = self.form.cleaned_data
        named = (given.get("q") or "").strip().upper().startswith(("PAY-", "ORD-", "CHG-"))
        return rows if given.get("gateway") == TRIAL or named else rows.exclude(gateway=TRIAL)

    def search(self, rows: QuerySet[Payment], name: str, value: str) -> QuerySet[Payment]:
        """A payment's, order's or change's number from its beginning, a gateway's reference, or words of the
        customer's name, e-mail or telephone."""
        text = value.strip()
        start = text.upper()
        if start in ("PAY-", "ORD-"):
            return rows
        if start.startswith("PAY-"):
            return rows.filter(beginning("reference", start))
        if start.startswith("ORD-"):
            orders = Order.objects.filter(beginning("reference", start))
            return rows.filter(order__in=orders.values("pk"))
        if start.startswith("CHG-"):
            return rows.exclude(purpose="").filter(beginning("purpose", start))
        if "_" in text and "@" not in text:
            return rows.filter(gateway_reference=text)
        return self._of_people(rows, people_matching(text))

    def _of_people(self, rows: QuerySet[Payment], people: QuerySet[Customer]) -> QuerySet[Payment]:
        """From people to payments in one join; where many were found, from payments to people."""
        if self.broad:
            return self.within(rows, "order", Order.objects.filter(customer__in=people.values("pk")))
        return rows.filter(order__customer__in=people.values("pk"))

    def by_way(self, rows: QuerySet[Payment], name: str, value: str) -> QuerySet[Payment]:
        if value == CARD:
            return rows.exclude(gateway__in=AT_ONCE)
        return rows.filter(gateway=CREDIT) if value == CREDIT else rows.filter(offline_kind=value)

    def by_brand(self, rows: QuerySet[Payment], name: str, value: str) -> QuerySet[Payment]:
        return self.within(rows, "payment_method", PaymentMethod.objects.filter(brand=value))


def payment_url(payment: Payment) -> str:
    return reverse("backoffice:payment", args=[payment.reference])


def _customer(payment: Payment) -> Any:
    customer = payment.order.customer
    return link_cell(customer.name, reverse("backoffice:customer", args=[customer.reference]))


_SETTLED = Q(state=PaymentState.SETTLED.value)
#: What moved money, each way; what is only set aside moved none.
_CAME = _SETTLED & Q(kind__in=[PaymentKind.CHARGE.value, PaymentKind.CAPTURE.value])
_BACK = _SETTLED & Q(kind=PaymentKind.REFUND.value)


class PaymentList(RowList[Payment]):
    name = "payments"
    noun_one = "payment"
    noun_many = "payments"
    filters = PaymentFilters
    default_sort = "-when"
    totals = (
        Total(
            "came",
            lambda found: Sum("amount_minor", filter=_CAME),
            lambda total: f"{money_cell(total)} came in",
        ),
        Total(
            "back",
            lambda found: Sum("amount_minor", filter=_BACK),
            lambda total: f"{money_cell(total)} went back",
        ),
    )
    columns = (
        Column(
            "payment",
            "Payment",
            lambda p: reference_cell(p.reference, payment_url(p)),
            lambda p: p.reference,
            kind="main",
        ),
        Column("state", "State", payment_state, payment_words),
        Column(
            "when",
            "When",
            lambda p: moment_cell(p.made_at),
            lambda p: moment_value(p.made_at),
            ("-made_at", "-id"),
        ),
        Column(
            "settled",
            "Settled",
            lambda p: moment_cell(p.settled_at),
            lambda p: moment_value(p.settled_at),
            shown=False,
        ),
        Column("customer", "Customer", _customer, lambda p: p.order.customer.name),
        Column("email", "E-mail", lambda p: p.order.customer.email, shown=False),
        Column(
            "order",
            "Order",
            lambda p: reference_cell(p.order.reference, order_url(p.order)),
            lambda p: p.order.reference,
        ),
        Column("change", "For the change", lambda p: p.purpose, shown=False),
        Column("kind", "Kind", lambda p: KINDS[p.kind]),
        Column("how", "How", how),
        Column("gateway", "Gateway", lambda p: gateway_words(p.gateway), shown=False),
        Column("gateway_reference", "Gateway's reference", lambda p: p.gateway_reference, shown=False),
        Column("reason", "Reason", decline_words, wide=True),
        Column("code", "Decline code", lambda p: p.decline_code, shown=False),
        Column("note", "Note", lambda p: p.note, shown=False),
        Column("by", "By", lambda p: p.actor_label, wide=True),
        Column(
            "moved",
            "Money moved",
            lambda p: money_cell(moved_minor(p)),
            lambda p: money_value(moved_minor(p)),
            kind="number",
            shown=False,
        ),
        Column(
            "amount",
            "Amount",
            lambda p: money_cell(signed_minor(p)),
            lambda p: money_value(signed_minor(p)),
            ("-amount_minor", "-id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[Payment]:
        return Payment.objects.all()

    def load(self, rows: QuerySet[Payment]) -> QuerySet[Payment]:
        return rows.select_related("order__customer", "payment_method")


PAYMENTS = PaymentList()
