"""What an order would become, and the drafts that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from tirage.changes.facts import Facts, gather_facts, load_of, method_wanted, ship_to_of
from tirage.changes.fees import fee_on, leaving, say_fee
from tirage.changes.models import ChangeDraft, ChangeDraftCharge, ChangeDraftLine
from tirage.changes.named import going, overdrawn, staff_entries
from tirage.changes.pricing import order_ship_to
from tirage.changes.problems import (
    allowance_left,
    allowance_problems,
    line_problems,
    money_problems,
    order_problems,
    rule_problems,
    wines_of,
)
from tirage.changes.reckoning import Load, Pricing, charge_entries, reckon, settlement_of, sum_of, taken_off
from tirage.changes.rules import (
    Addable,
    ChangeQuote,
    ChargeEntry,
    LineEntry,
    MethodChoice,
    Problem,
    QuoteCharge,
    QuoteLine,
    StaffCharge,
    Sums,
)
from tirage.changes.states import LIVE, DraftState, Maker, Rates
from tirage.checkout.rules import ItemView, OfferPage
from tirage.checkout.volumes import say_verdict
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.core.winery import local_time
from tirage.customers.ages import (
    is_age_unknown,
    is_under_age,
    say_age_unknown,
    say_recipient_under_age,
    say_under_age,
)
from tirage.delivery.queries import kinds_besides
from tirage.offers.rules import CheckoutRules, OfferStatus
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order, OrderChange
from tirage.orders.operations import TOO_SMALL
from tirage.orders.packed import RECALL_FIRST
from tirage.orders.states import ChangeKind, ChargeKind, OrderState
from tirage.payments.operations import is_too_small, rests_are_waived, say_too_small

_WHY_NOT: dict[OrderState, Any] = {
    OrderState.PENDING: "This order is being paid right now. It can be changed once it is placed.",
    OrderState.SHIPPED: "This order has left for its customer, so it can't be changed any more.",
    OrderState.CANCELLED: gettext_lazy("This order is canceled."),
    OrderState.ABANDONED: "This order was never placed.",
    OrderState.BOOKED: "This is a fee, without bottles; there is nothing to change.",
}


def why_not_changeable(order: Order) -> str:
    """Why an order can't be changed as it is now, in words; empty when it can."""
    return str(_WHY_NOT.get(order.step, "")) or (RECALL_FIRST if order.packed_in else "")


def find_draft(reference: str, actor: Actor) -> ChangeDraft:
    """The draft with its order, customer, release, offer, method and card; customers see only those of their orders.

    Raises DomainError ``not_found``.
    """
    draft: ChangeDraft | None = with_order(ChangeDraft.objects.filter(reference=reference)).first()
    if draft is None or (actor.is_customer and draft.order.customer_id != actor.id):
        raise DomainError("not_found", "There is no such change.")
    return draft


def with_order(drafts: Any) -> Any:
    """The drafts with what their quote needs of the order, so that it isn't loaded one by one."""
    return drafts.select_related(
        "order__customer", "order__release", "order__offer", "order__method", "payment_method"
    )


def saying_something(drafts: QuerySet[ChangeDraft]) -> QuerySet[ChangeDraft]:
    """Without those that were only opened: they change nothing, hold nothing and wait for nobody."""
    lines = ChangeDraftLine.objects.filter(draft=OuterRef("pk"))
    charges = ChangeDraftCharge.objects.filter(draft=OuterRef("pk"))
    says = Exists(lines) | Exists(charges) | ~Q(delivery={}) | ~Q(rates=Rates.AS_ORDERED.value)
    return drafts.filter(~Q(state=DraftState.OPEN.value) | says)


def live_drafts(order_id: int) -> list[ChangeDraft]:
    """Drafts of an order that can still become a change, newest first."""
    states = [state.value for state in LIVE]
    return list(ChangeDraft.objects.filter(order_id=order_id, state__in=states).order_by("-id"))


def quote_draft(draft: ChangeDraft, now: datetime, *, locks: bool = False) -> ChangeQuote:
    """The draft as it would be applied now. Reads only; ten statements at most, one more after others' changes.

    ``locks`` locks the place that it goes to, where that has volume limits. The draft comes from
    ``find_draft``, or with its order loaded and locked.
    """
    facts = gather_facts(draft, now, locks=locks)
    order, lines, priced = facts.order, facts.lines, facts.priced
    before, after = load_of(lines, after=False), load_of(lines, after=True)

    def entries_by(pricing: Pricing) -> list[ChargeEntry]:
        gone, by_staff = _given(facts, pricing)
        entries = charge_entries(
            facts.present,
            before=before,
            after=after,
            was=priced.was,
            becomes=pricing,
            given=[*gone, *by_staff],
        )
        off = sum_of(entries, ChargeKind.DISCOUNT) - sum_of(by_staff, ChargeKind.DISCOUNT)
        return [*entries, *_fee(facts, before.wine_minor - after.wine_minor - off, now)]

    entries = entries_by(priced.becomes)
    was = reckon(before.wine_minor, facts.present)
    becomes = reckon(after.wine_minor, [*facts.present, *entries])
    other = priced.by_other_rates
    by_other = reckon(after.wine_minor, [*facts.present, *entries_by(other)]) if other else None
    if by_other == becomes:
        # Rates that are written otherwise and come to the same are nothing to choose between.
        by_other = None
    difference = becomes.owed - was.owed
    settlement = settlement_of(difference, owed_after=becomes.owed, covered=facts.covered, paid=facts.paid)
    rest = _rest(facts, settlement, difference, becomes.owed)
    settlement = rest.settlement
    if rest.waived:
        entries = [*entries, ChargeEntry(ChargeKind.WAIVED.value, -rest.waived, TOO_SMALL)]
        becomes = reckon(after.wine_minor, [*facts.present, *entries])
        difference = becomes.owed - was.owed
    off = taken_off(after, [*facts.present, *entries], priced.becomes) if becomes.tax < 0 else 0
    wrong_money = money_problems(becomes, taken_off=off)
    currency, held_until = order.currency, _held_until(draft, facts)
    return ChangeQuote(
        order_reference=order.reference,
        draft_reference=draft.reference,
        number=facts.changes[-1].number if facts.changes else draft.base_number,
        lines=lines,
        charges=_charges(facts.present, entries, facts.staff, currency),
        fields=priced.fields,
        before=Sums.of(was, currency),
        after=Sums.of(becomes, currency),
        difference=Money(difference, currency),
        settlement=Money(settlement, currency),
        balance=Money(order.owed_minor - order.paid_minor, currency),
        rates=Rates(draft.rates),
        rates_differ=by_other is not None,
        owed_by_other_rates=Money(by_other.owed, currency) if by_other else None,
        notes=(*(() if draft.is_new_order else priced.notes), *rest.notes),
        rest_by_credit=rest.by_credit,
        credit_only=settlement < 0 and _gives_credit_only(draft, now),
        problems=(*_problems(facts, now), *(wrong_money or _discount_problems(facts, entries))),
        moved_on=_moved_on(facts, currency),
        methods=_methods(facts, after, currency),
        addable=_addable(facts),
        expires_at=held_until,
        ends_with_offer=_closes_at(facts) == held_until,
        is_live=held_until > now,
        overridden=bool(draft.override_reason),
        new_lines=_new_lines(lines),
        new_charges=tuple(entries),
        terms=priced.terms,
        method_id=priced.course.way.method_id if priced.course.way else order.method_id,
        ship_to=priced.course.final_ship_to,
        uncovered=Money(order.owed_minor - facts.covered, currency),
    )


def _fee(facts: Facts, less: int, now: datetime) -> list[ChargeEntry]:
    """What giving wine back costs by the order's terms: of ``less``, its price after what was given off for it.

    Nothing for what the program changes by itself, nor where the team lets it go.
    """
    draft = facts.draft
    fee_bp = leaving(facts.order, now).fee_bp
    if less <= 0 or not fee_bp or draft.is_new_order or draft.waives_fee or draft.maker == Maker.SYSTEM:
        return []
    wine = Money(less, facts.order.currency)
    minor = fee_on(wine.minor, fee_bp)
    return [ChargeEntry(ChargeKind.CANCELLING.value, minor, say_fee(wine, fee_bp))] if minor else []


def _gives_credit_only(draft: ChangeDraft, now: datetime) -> bool:
    return draft.maker != Maker.SYSTEM and not draft.waives_fee and leaving(draft.order, now).to_credit


def _held_until(draft: ChangeDraft, facts: Facts) -> datetime:
    """When the draft's bottles come back: customers add none after the close of their offer, as it is by now."""
    closes_at = _closes_at(facts) if facts.by_customer else None
    adds = any(line.change > 0 for line in facts.lines)
    return min(draft.expires_at, closes_at) if closes_at and adds else draft.expires_at


def _closes_at(facts: Facts) -> datetime | None:
    return facts.page.offer.closes_at if facts.page and facts.page.offer else None


@dataclass(frozen=True, slots=True)
class _Rest:
    """What moves when what is to be paid is less than a card can be charged, and what is let go."""

    settlement: int
    waived: int = 0
    by_credit: bool = False
    notes: tuple[str, ...] = ()


def _rest(facts: Facts, settlement: int, difference: int, owed_after: int) -> _Rest:
    """Store credit pays a rest that no card can be charged, else it is let go, or kept for the next payment."""
    currency = facts.order.currency
    open_before = Money(facts.order.owed_minor - facts.covered, currency)
    if settlement > 0 and is_too_small(open_before) and not rests_are_waived():
        settlement = owed_after - facts.covered
    rest = Money(settlement, currency)
    if not is_too_small(rest):
        return _Rest(settlement)
    said = say_too_small(rest)
    if facts.credit >= settlement:
        return _Rest(settlement, by_credit=True, notes=(f"{said}: it is paid from the store credit.",))
    if rests_are_waived():
        return _Rest(0, waived=settlement, notes=(f"{said}: it is let go.",))
    return _Rest(0, notes=(f"{said}: it stays open and is paid with the order's next payment.",))


def _given(facts: Facts, pricing: Pricing) -> tuple[list[ChargeEntry], list[ChargeEntry]]:
    """What goes with the bottles that go, and what staff add to the order's charges."""
    gone = going(
        facts.present,
        facts.lines,
        was_bp=facts.priced.was.terms.discount_bp,
        becomes_bp=pricing.terms.discount_bp,
    )
    staff = staff_entries(
        [charge for _, charge in facts.staff],
        facts.lines,
        [*facts.present, *gone],
        group_minor=pricing.discount(load_of(facts.lines, after=True)),
    )
    return gone, [entry for entries in staff for entry in entries]


def _discount_problems(facts: Facts, entries: Sequence[ChargeEntry]) -> list[Problem]:
    """What staff take off a wine can't be more than it costs, nor for a wine that isn't on the order."""
    named = {
        entry.description for entry in entries if entry.sku_id is not None and entry.unit_price_minor is None
    }
    if named:
        words = f"{', '.join(sorted(named))}: there is nothing left of this wine to take it off."
        return [Problem("discount_too_high", words)]
    if not facts.staff:
        return []
    bp = facts.priced.becomes.terms.discount_bp
    return [
        Problem("discount_too_high", f"{line.title}: the discounts come to more than it costs.")
        for line in overdrawn(facts.lines, [*facts.present, *entries], discount_bp=bp)
    ]


def _problems(facts: Facts, now: datetime) -> list[Problem]:
    order, lines = facts.order, facts.lines
    if refused := why_not_changeable(order):
        return [Problem("not_changeable", refused)]
    found = line_problems(lines)
    if facts.draft.is_new_order:
        found += _new_order_problems(facts)
    else:
        found += allowance_problems(
            wines_of(lines),
            facts.page,
            is_allocated=order.release_id is not None,
            by_customer=facts.by_customer,
        )
    found += _unbottled_problems(facts)
    of_offer = not facts.draft.is_new_order or any(line.offer_item_id for line in lines)
    if order.offer and of_offer:
        offer = order.offer
        rules = CheckoutRules(offer.bottles_minimum, offer.bottles_maximum, offer.spend_minimum_minor)
        found += rule_problems(lines, rules, order.currency, is_new=facts.draft.is_new_order)
    return found + _delivery_problems(facts) + _volume_problems(facts, now) + _age_problems(facts, now)


def _new_order_problems(facts: Facts) -> list[Problem]:
    """What stands against an order that staff put together."""
    found = [Problem("suspended", "This customer is suspended.")] if facts.suspended else []
    if facts.lines and not facts.priced.course.way and not facts.draft.order.method_id:
        found.append(Problem("method_missing", "Choose where it goes and how.", field="method"))
    return found + order_problems(wines_of(facts.lines), facts.page, allocated=facts.allocated)


def _unbottled_problems(facts: Facts) -> list[Problem]:
    """Wine that isn't bottled is sold by terms that its customer agrees to, on orders that were placed by them."""
    release = facts.order.release
    if release is not None and release.kind == ReleaseKind.EN_PRIMEUR and not facts.draft.is_new_order:
        return []
    words = "isn’t bottled yet: it is sold en primeur, by terms that the customer agrees to. Set it aside for them."
    return [
        Problem("not_bottled", f"{line.title} {words}", field=f"pieces-{line.key}")
        for line in facts.lines
        if line.change > 0 and line.is_unbottled
    ]


def _delivery_problems(facts: Facts) -> list[Problem]:
    """Where wine may go is asked when more of it goes, or when it goes elsewhere or by other means."""
    priced = facts.priced
    goes_on = any(wine.net > 0 for wine in wines_of(facts.lines))
    is_without = facts.order.method_id is None and not method_wanted(facts.draft)
    if is_without or not (goes_on or priced.moves):
        return []
    if priced.course.way is None:
        words = facts.refused or (
            "We can't send wine there this way. Choose another way of delivery, or another address."
        )
        return [Problem("not_deliverable", words, field="method")]
    if facts.by_customer and not priced.course.way.is_public and not priced.course.same_way:
        return [Problem("not_deliverable", "Choose another way of delivery.", field="method")]
    if priced.course.way.kind.is_sent and not ship_to_of(facts.draft).line1:
        return [Problem("address_missing", "Choose where the wine goes.", field="address")]
    return []


def _volume_problems(facts: Facts, now: datetime) -> list[Problem]:
    """No wine, and no more of it, than the place's law lets go there; nobody can set that aside."""
    if facts.volume is None or not facts.volume.is_beyond:
        return []
    adds = [wine for wine in wines_of(facts.lines) if wine.net > 0]
    to, reopens = ship_to_of(facts.draft), facts.volume.reopens_on
    can_wait = reopens is not None and reopens > local_time(now).date()
    kinds = kinds_besides(facts.priced.ways, to.location)
    words = say_verdict(facts.volume, (to.country, to.state), can_wait=can_wait, kinds=kinds)
    why = say_verdict(facts.volume, (to.country, to.state), asks=False)
    code = "against_law" if facts.volume.broken else "beyond_volume_limit"
    return [Problem(code, words, field=adds[0].field if adds else "address", why=why)]


def _age_problems(facts: Facts, now: datetime) -> list[Problem]:
    """No bottle more for somebody who is known to be too young, nor any to where the law wants more years."""
    course, adds = facts.priced.course, [wine for wine in wines_of(facts.lines) if wine.net > 0]
    goes_to_another = facts.priced.moves or ship_to_of(facts.draft) != order_ship_to(facts.order)
    country, state = course.way.place if course.way else (facts.order.country, facts.order.ship_state)
    place, found = {"country": country, "state": state}, []
    if adds or not course.same_place:
        field = adds[0].field if adds else "method"
        if is_under_age(facts.born, now, **place):
            found.append(Problem("too_young", say_under_age(**place), field=field))
        elif is_age_unknown(facts.born, **place):
            found.append(Problem("birth_date_missing", _ask_for_birth(facts, place), field=field))
    is_sent = course.way is None or course.way.kind.is_sent
    if is_sent and (adds or goes_to_another) and is_under_age(facts.recipient_born, now, **place):
        found.append(Problem("recipient_too_young", say_recipient_under_age(**place), field="address"))
    return found


def _ask_for_birth(facts: Facts, place: dict[str, str]) -> str:
    where = (
        "Give yours under Account first." if facts.by_customer else "Enter it on the customer's page first."
    )
    return f"{say_age_unknown(**place)} {where}"


def _moved_on(facts: Facts, currency: str) -> tuple[str, ...]:
    """What others did since the maker looked, told by the activity where it tells it."""
    later = [change for change in facts.changes if change.number > facts.draft.base_number]
    if not later:
        return ()
    told = {
        event.data.get("number"): f"{event.actor_label} {event.text}"
        for event in Event.objects.filter(
            subject_kind="order", subject_id=facts.order.pk, name=EventName.ORDER_CHANGED.value
        )
    }
    return tuple(told.get(change.number) or _said(change, currency) for change in later)


def _said(change: OrderChange, currency: str) -> str:
    reason = f" ({change.reason})" if change.reason else ""
    amount = Money(abs(change.difference_minor), currency)
    if change.kind == ChangeKind.REFUND:
        return f"{change.actor_label} took {amount} off{reason}"
    direction = "more" if change.difference_minor > 0 else "less"
    return f"{change.actor_label} changed the order; it comes to {amount} {direction}{reason}"


def _charges(
    present: Sequence[ChargeEntry],
    entries: Sequence[ChargeEntry],
    staff: Sequence[tuple[int, StaffCharge]],
    currency: str,
) -> tuple[QuoteCharge, ...]:
    """Each charge by its name, before and after; staff's own of this draft one by one, so that each can be dropped."""
    own = {(charge.kind, charge.reason): id for id, charge in staff}
    before, change = _by_name(present), _by_name(entries)
    return tuple(
        QuoteCharge(
            kind,
            description,
            Money(before.get((kind, description), 0), currency),
            Money(before.get((kind, description), 0) + change.get((kind, description), 0), currency),
            own.get((kind, description)),
        )
        for kind, description in dict.fromkeys([*before, *change, *own])
    )


def _by_name(charges: Sequence[ChargeEntry]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for charge in charges:
        key = (charge.kind, charge.description)
        sums[key] = sums.get(key, 0) + charge.amount_minor
    return {key: minor for key, minor in sums.items() if minor}


def _methods(facts: Facts, after: Load, currency: str) -> tuple[MethodChoice, ...]:
    chosen = facts.priced.course.way.reference if facts.priced.course.way else ""
    return tuple(
        MethodChoice(
            way.reference,
            way.name,
            way.description,
            way.kind.value,
            Money(
                facts.priced.becomes.shipping(after) if way.reference == chosen else way.shipping_minor,
                currency,
            ),
            way.reference == chosen,
            way.is_public,
            way.may_be_held,
        )
        for way in facts.priced.ways
        if way.is_public or not facts.by_customer or way.reference == chosen
    )


def _addable(facts: Facts) -> tuple[Addable, ...]:
    """Wines that may be added now, within allowance and stock; what the draft adds already is taken off."""
    page = facts.page
    if page is None or (page.status is not OfferStatus.OPEN and not facts.draft.is_new_order):
        return ()
    adds = {wine.sku_id: wine.net for wine in wines_of(facts.lines)}
    prices = {line.sku_id: line.unit_price for line in reversed(facts.lines) if line.before > 0}
    return tuple(
        Addable(
            sku_id=item.sku_id,
            offer_item_id=item.offer_item_id,
            name=item.name,
            format_name=item.format_name,
            label_digest=item.label_digest,
            price=prices.get(item.sku_id, item.price),
            multiple=item.multiple,
            most=_most(item, page, adds.get(item.sku_id, 0)),
        )
        for item in page.items
    )


def _most(item: ItemView, page: OfferPage, added: int) -> int:
    """How many more pieces may come, in whole multiples; what the cart holds isn't free for the order."""
    free = item.free - (item.own_hold if item.is_held else 0)
    most = max(min(allowance_left(item, page) - added, free), 0)
    return most - most % item.multiple


def _new_lines(lines: Sequence[QuoteLine]) -> tuple[LineEntry, ...]:
    return tuple(
        LineEntry(line.sku_id, line.offer_item_id, line.change, line.unit_price.minor)
        for line in lines
        if line.change
    )
