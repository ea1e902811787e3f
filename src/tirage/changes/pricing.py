"""By which rates a change is reckoned: the order's own as far as they still say something, else today's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tirage.catalog.formats import Formats
from tirage.catalog.models import current_formats
from tirage.changes import statements
from tirage.changes.models import ChangeDraft
from tirage.changes.reckoning import NO_TERMS, Known, Pricing, sum_of
from tirage.changes.rules import ChargeEntry, FieldChange
from tirage.changes.states import Rates
from tirage.checkout.rules import percent_words
from tirage.customers.rules import say_address
from tirage.delivery.queries import DeliveryQuote
from tirage.delivery.rules import Terms
from tirage.delivery.states import MethodKind
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.orders.states import ChargeKind
from tirage.places.telephones import say_telephone

_OTHER = {Rates.AS_ORDERED: Rates.AS_OF_TODAY, Rates.AS_OF_TODAY: Rates.AS_ORDERED}
#: What a field without a value is called in words.
NONE = "none"
#: A note for the team: customers can do nothing with it.
NO_RATES = "The order doesn't know the prices it was made by; today's are used."
#: Said of a way of delivery by its name.
_NEW_DELIVERY = "{} is priced at today's rate."
_NEW_TAX = "Tax is at today's rate, because the wine goes to another place."


@dataclass(frozen=True, slots=True)
class Course:
    """Where and how the order goes now and would go; ``way`` is today's new one, None when none leads there."""

    order: Order
    ship_to: ShipTo
    old_kind: MethodKind | None
    way: DeliveryQuote | None
    same_way: bool
    #: Whether the order's own tax is that of a whole state.
    taxed_statewide: bool = True

    @property
    def same_place(self) -> bool:
        """Taxed in the same place: the address's state, or wherever the same method hands over."""
        if self.old_kind is None or not self.old_kind.is_sent:
            return self.same_way
        is_sent = self.way is None or self.way.kind.is_sent
        return is_sent and self._old_state == self._new_state and self._is_taxed_alike

    @property
    def _is_taxed_alike(self) -> bool:
        """Whether nothing of the state is taxed by itself, or the order stays in its town."""
        old = (self.order.city, self.order.postal_code)
        return old == (self.ship_to.city, self.ship_to.postal_code) or (
            self.taxed_statewide and (self.way is None or self.way.tax.is_statewide)
        )

    @property
    def _old_state(self) -> tuple[str, str]:
        return self.order.country, self.order.ship_state

    @property
    def _new_state(self) -> tuple[str, str]:
        return self.ship_to.country, self.ship_to.state

    def same_region(self) -> bool:
        """Where the same method costs the same. One statement when the state is another."""
        if self.same_place:
            return True
        same_state = self._old_state == self._new_state
        return same_state or statements.in_one_zone(self._old_state, self._new_state)

    @property
    def final_ship_to(self) -> ShipTo:
        """The address that the order carries: wine that isn't sent goes nowhere, but has a name on it."""
        stays = self.same_way and self.ship_to == order_ship_to(self.order)
        if stays or self.way is None or self.way.kind.is_sent:
            return self.ship_to
        return ShipTo(recipient=self.ship_to.recipient, phone=self.ship_to.phone)


@dataclass(frozen=True, slots=True)
class Priced:
    """How the order was priced and would be, by which way it goes, and what changes besides wine and money."""

    was: Pricing
    becomes: Pricing
    #: The order's terms afterwards; None leaves them as they are.
    terms: Terms | None
    course: Course
    ways: tuple[DeliveryQuote, ...]
    #: Whether wine goes elsewhere, or by other means.
    moves: bool
    fields: tuple[FieldChange, ...]
    notes: tuple[str, ...]
    #: How the order would be priced by the other rates; none where they are the same.
    by_other_rates: Pricing | None


@dataclass(frozen=True, slots=True)
class _Choice:
    #: None: what is on the ledger is all that is known.
    was: Terms | None
    becomes: Terms
    notes: tuple[str, ...] = ()


def price(
    draft: ChangeDraft,
    ship_to: ShipTo,
    ways: Sequence[DeliveryQuote],
    present: Sequence[ChargeEntry],
    *,
    discount_bp: int,
) -> Priced:
    """The two pricings of a draft. ``ways`` lead to ``ship_to`` today, ``discount_bp`` is today's of the groups."""
    order, old = draft.order, draft.order.method
    wanted = draft.delivery.get("method", old.reference if old else "")
    way = next((one for one in ways if one.reference == wanted), None)
    stays_in_bond = old is None and not wanted and not draft.is_new_order and order.terms is not None
    kept = Terms.from_json(order.terms) if order.terms else None
    course = Course(
        order,
        ship_to,
        MethodKind(old.kind) if old else None,
        way,
        stays_in_bond or (old is not None and wanted == old.reference),
        kept is None or kept.tax.is_statewide,
    )
    formats = kept.formats if kept else current_formats()
    today = _today(draft, course, kept, discount_bp, formats)
    as_ordered = _as_ordered(course, kept, today) if kept else None
    # What an order without rates was given off stands on its ledger: today's group takes and gives nothing by itself.
    # A new order is priced by today's rates, its group's discount even before a way is chosen.
    given_bp = discount_bp if draft.is_new_order else discount_on(present)
    rates = Rates.AS_OF_TODAY if draft.is_new_order else Rates(draft.rates)
    chosen = _choose(course, kept, today, as_ordered, rates, given_bp)
    was = _was(chosen, order, present, given_bp)
    differ = today is not None and as_ordered is not None and _prices_differ(as_ordered.becomes, today)
    other = _choose(course, kept, today, as_ordered, _OTHER[rates], given_bp)
    shipping_name = _shipping_name(order, present, course)
    return Priced(
        was=was,
        becomes=_named(chosen.becomes, shipping_name, present),
        terms=None if chosen.becomes == kept or chosen.was is chosen.becomes else chosen.becomes,
        course=course,
        ways=tuple(ways),
        moves=not course.same_way or "ship_to" in draft.delivery,
        fields=_fields(draft, course),
        notes=chosen.notes,
        by_other_rates=_named(other.becomes, shipping_name, present) if differ else None,
    )


def _today(
    draft: ChangeDraft, course: Course, kept: Terms | None, discount_bp: int, formats: Formats
) -> Terms | None:
    """Today's rates of the way. What was said of wine that isn't picked up stays as it was said to the customer."""
    way = course.way
    if way is None:
        return None
    days = way.sent_after_days
    if course.same_way and not draft.is_new_order:
        days = kept.sent_after_days if kept else None
    # What a service said of the place says more than the tables of the same day.
    is_answered = kept is not None and kept.tax.answer is not None and course.same_place
    tax = kept.tax if kept and is_answered else way.tax
    return Terms(discount_bp, way.is_free, way.tariff, tax, formats, days)


def _prices_differ(one: Terms, other: Terms) -> bool:
    return replace(one, sent_after_days=None) != replace(other, sent_after_days=None)


def _choose(
    course: Course,
    kept: Terms | None,
    today: Terms | None,
    as_ordered: _Choice | None,
    rates: Rates,
    given_bp: int,
) -> _Choice:
    """``given_bp`` is the discount of an order that doesn't know its rates."""
    if kept is not None and as_ordered is not None:
        return as_ordered if rates is Rates.AS_ORDERED else _Choice(kept, today or kept)
    known = today or NO_TERMS
    if rates is Rates.AS_OF_TODAY and today:
        return _Choice(None, today, (NO_RATES,))
    fallback = Terms(given_bp, known.is_free, known.tariff, known.tax, known.formats, known.sent_after_days)
    if rates is Rates.AS_ORDERED and course.same_way and course.same_place:
        return _Choice(fallback, fallback, (NO_RATES,))
    return _Choice(None, fallback, (NO_RATES,))


def discount_on(present: Sequence[ChargeEntry]) -> int:
    """The group's discount in basis points as an order's charges name it (``10 % off``); nought when they don't."""
    for charge in present:
        percent = charge.description.removesuffix(" % off")
        is_given = charge.kind == ChargeKind.DISCOUNT and charge.amount_minor < 0
        if is_given and percent.replace(".", "", 1).isdecimal():
            found = int(Decimal(percent) * 100)
            if percent_words(found) == charge.description:
                return found
    return 0


def _as_ordered(course: Course, kept: Terms, today: Terms | None) -> _Choice:
    """The order's own rates; what they say nothing of, another way or another place, is today's."""
    if today is None:
        return _Choice(kept, kept)
    same_rates = course.same_way and course.same_region()
    notes = [] if same_rates else [_NEW_DELIVERY.format(course.way.name if course.way else "Delivery")]
    if not course.same_place and today.tax != kept.tax:
        notes.append(_NEW_TAX)
    becomes = Terms(
        kept.discount_bp,
        kept.is_free if same_rates else today.is_free,
        kept.tariff if same_rates else today.tariff,
        kept.tax if course.same_place else today.tax,
        kept.formats,
        today.sent_after_days,
    )
    return _Choice(kept, becomes, tuple(notes))


def _was(chosen: _Choice, order: Order, present: Sequence[ChargeEntry], given_bp: int) -> Pricing:
    name = _old_shipping_name(order, present)
    if chosen.was is not None:
        return _named(chosen.was, name, present)
    return Known(
        Terms(given_bp, NO_TERMS.is_free, NO_TERMS.tariff, NO_TERMS.tax),
        name,
        percent_words(given_bp),
        sum_of(present, ChargeKind.SHIPPING),
        sum_of(present, ChargeKind.TAX),
    )


def _named(terms: Terms, shipping_name: str, present: Sequence[ChargeEntry]) -> Pricing:
    return Pricing(terms, shipping_name, percent_words(terms.discount_bp))


def _shipping_name(order: Order, present: Sequence[ChargeEntry], course: Course) -> str:
    if course.same_way or course.way is None:
        return _old_shipping_name(order, present)
    return course.way.name


def _old_shipping_name(order: Order, present: Sequence[ChargeEntry]) -> str:
    """What delivery is called on the order: the method's name then, whatever it is now."""
    names = [charge for charge in present if charge.kind == ChargeKind.SHIPPING.value]
    method = order.method.name if order.method else "Delivery"
    if not names or any(charge.description == method for charge in names):
        return method
    return max(names, key=lambda charge: charge.amount_minor).description


def _fields(draft: ChangeDraft, course: Course) -> tuple[FieldChange, ...]:
    """What changes besides wine and money, in words; what has become as wished meanwhile is left out."""
    order, delivery = draft.order, draft.delivery
    found = [
        FieldChange("address", "Address", _address(order_ship_to(order)), _address(course.final_ship_to))
    ]
    if not course.same_way:
        old = order.method.name if order.method else NONE
        found.append(FieldChange("method", "Delivery", old, course.way.name if course.way else "another way"))
    if "requested_ship_on" in delivery:
        wanted = delivery["requested_ship_on"]
        day = date.fromisoformat(wanted) if wanted else None
        found.append(FieldChange("ship_on", "Ship on", _day(order.requested_ship_on), _day(day)))
    if "gift_note" in delivery:
        found.append(
            FieldChange("gift_note", "Gift note", order.gift_note or NONE, delivery["gift_note"] or NONE)
        )
    return tuple(one for one in found if one.before != one.after)


def order_ship_to(order: Order) -> ShipTo:
    """Where the order goes now."""
    return ShipTo(
        order.recipient,
        order.company,
        order.line1,
        order.line2,
        order.city,
        order.ship_state,
        order.postal_code,
        order.country,
        order.phone,
        order.location,
    )


def _address(to: ShipTo) -> str:
    parts = [to.recipient, to.company, say_address(to, state=to.state) if to.line1 or to.city else ""]
    phone = [f"tel. {say_telephone(to.phone)}"] if to.phone else []
    return ", ".join([part for part in parts if part] + phone) or NONE


def _day(day: date | None) -> str:
    return f"{day:%B} {day.day}, {day.year}" if day else NONE
