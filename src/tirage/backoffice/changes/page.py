"""What the page of one order change shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from tirage.backoffice.changes.forms import TYPED, ChangeForm
from tirage.backoffice.changes.settling import OfflineForm, settling_of
from tirage.backoffice.changes.wines import FoundWine, all_offered, found_wines, offered_wines
from tirage.backoffice.changes.words import draft_state, is_ended, waiting_words
from tirage.backoffice.frame.cells import money_cell
from tirage.backoffice.frame.links import order_url
from tirage.changes.facts import gather_facts
from tirage.changes.fees import leaving
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import NEEDS_CUSTOMER, PAY_LINK
from tirage.changes.pricing import order_ship_to
from tirage.changes.rules import ChangeQuote, MethodChoice, Problem, QuoteLine
from tirage.changes.splitting import split_of_draft
from tirage.changes.states import DraftState, Maker, Rates
from tirage.changes.ways_out import ways_out_of_draft
from tirage.checkout.splitting import kept_until
from tirage.core.money import Money
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Address
from tirage.delivery.days import say_date
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.parts.addressing import changes_country
from tirage.parts.wording import say_bottles
from tirage.payments.models import Payment
from tirage.payments.operations import live_pay_link, pay_link_url
from tirage.payments.states import OPEN
from tirage.staff.permissions import Permission, may

#: Longer than this is said as a day, not counted down.
COUNTED_DOWN = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A wine of the table: its pieces as they stand in the form, and what stands against them."""

    line: QuoteLine
    field: BoundField
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several to choose from; ``note`` stands behind its label."""

    value: str
    label: str
    note: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Rights:
    """What the member may do with this change. ``edits`` is false for what others prepare and what waits."""

    changes: bool
    edits: bool
    discounts: bool
    overrides: bool


def change_url(draft: ChangeDraft) -> str:
    return reverse("backoffice:change", args=[draft.reference])


def addresses_of(order: Order) -> list[Address]:
    """The customer's saved addresses, the usual one first."""
    saved = Address.objects.filter(customer=order.customer_id, removed_at__isnull=True)
    return list(saved.order_by("-is_default", "id"))


def rights_of(draft: ChangeDraft, member: Any) -> Rights:
    changes = may(member, Permission.CHANGE_ORDERS)
    if draft.is_new_order:
        changes = changes and may(member, Permission.ORDER_FOR_CUSTOMERS)
    overrides = may(member, Permission.OVERRIDE_RULES)
    own = draft.maker != Maker.CUSTOMER
    return Rights(
        changes=changes,
        edits=changes and own and draft.state == DraftState.OPEN and (overrides or not draft.override_reason),
        discounts=changes and may(member, Permission.DISCOUNT),
        overrides=changes and overrides,
    )


def change_form(
    request: HttpRequest, draft: ChangeDraft, quote: ChangeQuote, data: QueryDict | None = None
) -> ChangeForm:
    rights = rights_of(draft, request.user)
    return ChangeForm(
        data,
        draft=draft,
        quote=quote,
        addresses=addresses_of(draft.order) if rights.edits else (),
        discounts=rights.discounts,
        overrides=rights.overrides,
        typing=is_typing(request),
        redrawn=changes_country(request),
    )


def is_typing(request: HttpRequest) -> bool:
    """The page asks for its sums while somebody types; whatever has a button of its own waits for it."""
    return request.headers.get("HX-Request") == "true"


def change_context(
    request: HttpRequest, draft: ChangeDraft, quote: ChangeQuote, form: ChangeForm, now: datetime
) -> dict[str, Any]:
    """Everything that the page prints; its parts that follow while typing take the same."""
    order, rights = draft.order, rights_of(draft, request.user)
    by_field = _by_field(quote.problems)
    sought = request.GET.get("wine", "")[:80]
    settle = request.POST.get("settle", "") or request.POST.get("way", "")
    return {
        "title": _title(draft),
        "crumbs": _crumbs(draft),
        "new": draft.is_new_order,
        "by_other": draft.editor_label
        if draft.editor_id not in (None, request.user.pk, draft.actor_id)
        else "",
        "offer_words": _offer_words(draft) if rights.edits else "",
        "draft": draft,
        "order": order,
        "quote": quote,
        "form": form,
        "rights": rights,
        "state": draft_state(draft),
        "ended": is_ended(draft),
        "by_customer": draft.maker == Maker.CUSTOMER,
        "waiting": waiting_words(draft, order.customer.name),
        "at_bank": draft.state == DraftState.WAITING and draft.waiting_code == NEEDS_CUSTOMER,
        "asked": _asked(draft),
        "link": _link(draft, rights, now),
        "lines": [
            LineRow(line, form[f"pieces-{line.key}"], by_field.pop(f"pieces-{line.key}", []))
            for line in quote.lines
        ],
        "address_options": _addresses(form),
        "address_problems": by_field.pop("address", []),
        "method_options": [(way, _method(way, form)) for way in quote.methods],
        "method_problems": by_field.pop("method", []),
        "rate_options": _rates(quote, form),
        "problems": [text for texts in by_field.values() for text in texts],
        "split": _split(draft, quote, rights, now),
        "outs": ways_out_of_draft(draft, quote, now) if rights.edits else (),
        "asks_override": any(one.needs_override for one in quote.problems) or bool(draft.override_reason),
        "has_fee": not draft.is_new_order and not leaving(order, now).is_free,
        "held": sum(line.held for line in quote.lines) if draft.state != DraftState.PAYING else 0,
        "held_long": quote.expires_at - now > COUNTED_DOWN,
        "settling": settling_of(draft, quote, request.user, now, settle),
        "offline_form": OfflineForm(request.POST or None, auto_id="%s"),
        "wines": wines_of(sought, draft, quote, now) if rights.edits else [],
        "sought": sought,
        "typed": TYPED,
        "now": now,
    }


def _split(draft: ChangeDraft, quote: ChangeQuote, rights: Rights, now: datetime) -> dict[str, str] | None:
    """What may go now and what later, where a place takes less than the draft sends there; else no statement."""
    if not rights.edits or all(one.code != "beyond_volume_limit" for one in quote.problems):
        return None
    found = split_of_draft(gather_facts(draft, now), now)
    if found is None:
        return None
    locale = current_winery().locale
    return {
        "key": found.key,
        "first": say_bottles(found.first, locale),
        "rest": say_bottles(found.rest, locale),
        "on": say_date(found.on),
        "until": say_date(local_time(kept_until(found.on)).date()),
    }


def _title(draft: ChangeDraft) -> str:
    name = draft.order.customer.name
    return f"An order for {name}" if draft.is_new_order else f"Change {name}’s order"


def _crumbs(draft: ChangeDraft) -> list[tuple[str, str]]:
    order = draft.order
    if draft.is_new_order:
        customer = reverse("backoffice:customer", args=[order.customer.reference])
        return [
            ("Customers", reverse("backoffice:customers")),
            (order.customer.name, customer),
            ("An order", ""),
        ]
    return [
        ("Orders", reverse("backoffice:orders")),
        (order.reference, order_url(order)),
        ("Change", ""),
    ]


def _offer_words(draft: ChangeDraft) -> str:
    """What the offer, from which a new order begins, asks of a whole order: read out before bottles are chosen."""
    offer = draft.order.offer
    if not draft.is_new_order or offer is None:
        return ""
    asks = []
    if offer.bottles_minimum:
        asks.append(f"at least {offer.bottles_minimum} bottles")
    if offer.bottles_maximum:
        asks.append(f"at most {offer.bottles_maximum} bottles")
    if offer.spend_minimum_minor:
        asks.append(f"at least {money_cell(offer.spend_minimum_minor)} of wine")
    return f"The offer asks for {', '.join(asks)}." if asks else ""


def wines_of(sought: str, draft: ChangeDraft, quote: ChangeQuote, now: datetime) -> list[FoundWine]:
    """What can be added: what was searched for, else the rest of the customer's own offer."""
    if sought.strip():
        return found_wines(sought, draft, quote, now)
    return all_offered(quote) if draft.is_new_order else offered_wines(quote)


def _by_field(problems: tuple[Problem, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem.text)
    return found


def _asked(draft: ChangeDraft) -> str:
    """The payment about which the bank is asked: its page tells the story, and ends a silence of days."""
    if draft.state not in (DraftState.PAYING, DraftState.WAITING):
        return ""
    open_ones = Payment.objects.filter(purpose=draft.reference, state__in=[state.value for state in OPEN])
    return open_ones.values_list("reference", flat=True).order_by("-pk").first() or ""


def _link(draft: ChangeDraft, rights: Rights, now: datetime) -> dict[str, Any] | None:
    """The address that pays: whoever has it charges the customer's card, so those who only look don't see it."""
    if not rights.changes or draft.state != DraftState.WAITING or draft.waiting_code != PAY_LINK:
        return None
    link = live_pay_link(order_id=draft.order_id, purpose=draft.reference, now=now)
    return {"url": pay_link_url(link), "until": link.expires_at} if link else None


def _addresses(form: ChangeForm) -> list[Option]:
    order, chosen = form.draft.order, form["address"].value() or ""
    own, label = order.one_line_address or "no address", "As on the order"
    if form.draft.is_new_order:
        own, label = order.one_line_address or "none is saved", "The usual address"
    kept, home = form.address_now, order_ship_to(order)
    others = [one for one in form.addresses if one.reference == kept or ShipTo.of(one) != home]
    saved = [(one.reference, one.recipient, one.one_line) for one in others]
    return [
        Option("", label, own, chosen == ""),
        *(Option(value, label, note, chosen == value) for value, label, note in saved),
        Option(TYPED, "Another address", "", chosen == TYPED),
    ]


def _method(way: MethodChoice, form: ChangeForm) -> Option:
    own = form.draft.order.method
    notes = [way.description] if way.description else []
    is_own = own is not None and own.reference == way.reference and not form.draft.is_new_order
    notes += ["as on the order"] if is_own else []
    notes += [] if way.is_public else ["only the team can choose it"]
    return Option(way.reference, way.name, " · ".join(notes), form["method"].value() == way.reference)


def _rates(quote: ChangeQuote, form: ChangeForm) -> list[tuple[Option, Money]]:
    """Both rates with what the order would come to; nothing where they don't differ."""
    if quote.owed_by_other_rates is None:
        return []
    owed = {quote.rates: quote.after.owed}
    chosen = form["rates"].value()
    names = {Rates.AS_ORDERED: "As ordered", Rates.AS_OF_TODAY: "As of today"}
    return [
        (Option(one.value, label, "", chosen == one.value), owed.get(one, quote.owed_by_other_rates))
        for one, label in names.items()
    ]
