"""What an order's page says of its changes: those that were made, and those that are being prepared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from tirage.backoffice.changes.page import change_url
from tirage.backoffice.changes.words import can_retry, does, draft_state, maker_words, waits_for
from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE, Look, Panel
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import live_new_order
from tirage.changes.pricing import NONE
from tirage.changes.queries import saying_something, why_not_changeable
from tirage.changes.states import LIVE, DraftState
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.delivery.models import Method
from tirage.orders.models import Order, OrderChange, OrderLine
from tirage.orders.states import ChangeKind
from tirage.staff.permissions import Permission

_TITLES: dict[str, Any] = {
    ChangeKind.PLACING: "Placed",
    ChangeKind.CHANGE: "Changed",
    ChangeKind.GRANT: "Wish granted",
    ChangeKind.REFUND: "Refunded",
    ChangeKind.CANCEL: gettext_lazy("Canceled"),
    ChangeKind.TRANSFER: "Transferred",
}
_DETAILS = {
    "address": "Goes to",
    "method": "Delivery",
    "ship_on": "Ship on",
    "gift_note": "Gift note",
    "override": "Rules set aside",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A wine or a charge that a change has put on the ledger."""

    words: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Detail:
    """What a change has changed besides: ``before`` is empty where there was nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MadeChange:
    """A change as the page tells it; the latest comes first."""

    number: int
    title: str
    at: datetime
    by: str
    reason: str
    difference: Money
    entries: list[Entry]
    details: list[Detail]


@dataclass(frozen=True, slots=True)
class LiveDraft:
    """A change that is being prepared; ``until`` is when its bottles go back, none when nothing is held."""

    reference: str
    url: str
    state: SafeString
    maker: str
    does: str
    waits_for: str
    until: datetime | None
    can_retry: bool
    can_drop: bool


def _read_made(look: Look[Order]) -> Mapping[str, Any]:
    """Made changes, and why the order can't be changed now; three statements."""
    lines = Prefetch("lines", OrderLine.objects.select_related("sku").order_by("id"))
    changes = look.about.changes.order_by("-number").prefetch_related(lines, "charges")
    return {
        "changes": [made_change(change, look.about.currency) for change in changes],
        "why_not_changeable": why_not_changeable(look.about),
    }


def _read_drafts(look: Look[Order]) -> Mapping[str, Any] | None:
    drafts = _drafts(look.about)
    return {"drafts": drafts} if drafts else None


def made_change(change: OrderChange, currency: str) -> MadeChange:
    lines = [
        Entry(
            f"{line.quantity:+d} × {sku_title(line.sku)}".replace("-", "−", 1),
            Money(line.quantity * line.unit_price_minor, currency),
        )
        for line in change.lines.all()
    ]
    charges = [
        Entry(_charge_words(charge.kind, charge.description), Money(charge.amount_minor, currency))
        for charge in change.charges.all()
    ]
    title = str(_TITLES.get(change.kind, change.kind.capitalize()))
    return MadeChange(
        change.number,
        title,
        change.at,
        change.actor_label,
        change.reason.removeprefix(f"{title}, "),
        Money(change.difference_minor, currency),
        lines + charges,
        list(_details(change.details)),
    )


def sku_title(sku: Sku) -> str:
    """The wine's name, with its format where that isn't the plain bottle."""
    return sku.name if (sku.millilitres, sku.units) == (750, 1) else f"{sku.name}, {sku.format_name}"


def _charge_words(kind: str, description: str) -> str:
    return f"{kind.capitalize()}: {description}" if description else kind.capitalize()


def _details(details: dict[str, Sequence[str]]) -> Iterable[Detail]:
    for name, (before, after) in details.items():
        label = _DETAILS.get(name, name.replace("_", " ").capitalize())
        yield Detail(label, "" if before == NONE else before, after)


def _drafts(order: Order) -> list[LiveDraft]:
    """One statement, three more when there are any."""
    live = saying_something(
        ChangeDraft.objects.filter(order=order, state__in=[state.value for state in LIVE])
    )
    drafts = list(
        live.select_related("payment_method").prefetch_related("lines__sku", "charges").order_by("-id")
    )
    methods = dict(Method.objects.values_list("reference", "name")) if drafts else {}
    return [
        LiveDraft(
            reference=draft.reference,
            url=change_url(draft),
            state=draft_state(draft),
            maker=maker_words(draft),
            does=does(draft, methods),
            waits_for=waits_for(draft),
            until=None if draft.state == DraftState.PAYING else draft.expires_at,
            can_retry=can_retry(draft),
            can_drop=draft.state != DraftState.PAYING,
        )
        for draft in drafts
    ]


def _read_new_order(look: Look[Customer]) -> Mapping[str, Any] | None:
    """One statement, four more where there is one."""
    draft = live_new_order(look.about.pk)
    if draft is None or not saying_something(ChangeDraft.objects.filter(pk=draft.pk)).exists():
        return None
    return {"drafts": _drafts(draft.order), "now": look.now}


CUSTOMER_PAGE.declare(
    Panel(
        title="An order is being put together",
        template="backoffice/changes/new_order_of_customer.html",
        read=_read_new_order,
        permission=Permission.SEE_ORDERS,
        rank=5,
    )
)
ORDER_PAGE.declare(
    Panel(
        title="Being changed",
        template="backoffice/changes/drafts_of_order.html",
        read=_read_drafts,
        permission=Permission.SEE_ORDERS,
        rank=30,
    ),
    Panel(
        title="Changes",
        template="backoffice/changes/made_of_order.html",
        read=_read_made,
        permission=Permission.SEE_ORDERS,
        rank=60,
    ),
)
