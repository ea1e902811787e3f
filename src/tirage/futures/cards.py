"""Cards of orders en primeur: which is charged later, and which won't do any more on the day on which it would be.

Sixty, thirty and seven days before that day its customer is asked for another, once each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.turns import take_turns
from tirage.core.winery import current_winery, local_time
from tirage.customers.models import Customer
from tirage.futures.models import Acceptance, CardNotice, Commitment, Instalment, Mandate, Settlement
from tirage.futures.ordering import say_mandate
from tirage.futures.states import STANDING, SettlementState
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import PaymentMethod

#: Days before the charge on which a customer is asked for another card.
TOLD = (60, 30, 7)
#: What a card is named for later, as the mandate says it.
ORDERS = "my orders of wine that isn’t bottled yet"
#: Cards of one run; the next takes the rest.
MOST = 500


@dataclass(frozen=True, slots=True)
class ToCome:
    """What is charged of an order on a day: a part of its price, or what its settlement comes to, which nobody knows
    yet.
    """

    order: Order
    on: date
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Ending:
    """A card that won't do on ``on``, the first day on which it would be charged for one of ``due``; none where its
    customer has saved none that could be.
    """

    customer: Customer
    card: PaymentMethod | None
    on: date
    due: tuple[ToCome, ...]

    @property
    def end(self) -> str:
        """``February 2027``, the last month of the card; empty without one."""
        return f"{date(self.card.exp_year, self.card.exp_month, 1):%B %Y}" if self.card else ""

    @property
    def amount(self) -> Money | None:
        """What is known to be charged then."""
        known = [one.amount for one in self.due if one.amount and one.on == self.on]
        return sum(known[1:], known[0]) if known else None


def kept_card_ids(order_ids: Collection[int]) -> dict[int, int]:
    """The card that the later parts of each order are charged to, by the last mandate; two statements."""
    kept = Acceptance.objects.filter(order__in=list(order_ids), card__isnull=False)
    found: dict[int, int] = {
        order_id: card_id for order_id, card_id in kept.values_list("order", "card") if card_id
    }
    named = Mandate.objects.filter(order__in=list(order_ids)).order_by("pk")
    return found | dict(named.values_list("order", "card"))


def kept_card(order_id: int) -> PaymentMethod | None:
    """That of one order."""
    card_id = kept_card_ids([order_id]).get(order_id)
    return PaymentMethod.objects.filter(pk=card_id).first() if card_id else None


def ending_cards(now: datetime, *, within: int = TOLD[0], customer: Customer | None = None) -> list[Ending]:
    """Cards that won't do on a day within so many days, the first day first. Seven statements, however many."""
    today = local_time(now).date()
    due = _to_come(today, today + timedelta(days=within), customer)
    kept = kept_card_ids({one.order.pk for one in due})
    cards = saved_by({one.order.customer_id for one in due})
    found: dict[tuple[int, int | None], list[ToCome]] = defaultdict(list)
    by_id: dict[int, PaymentMethod] = {}
    for one in due:
        card, does = _charged(kept.get(one.order.pk), cards[one.order.customer_id], one.on)
        if not does and (card or one.amount):
            found[one.order.customer_id, card.pk if card else None].append(one)
            by_id |= {card.pk: card} if card else {}
    endings = [
        Ending(parts[0].order.customer, by_id.get(card_id or 0), parts[0].on, tuple(parts))
        for (_, card_id), parts in found.items()
    ]
    return sorted(endings, key=lambda one: (one.on, one.customer.pk))


def _charged(kept: int | None, cards: Sequence[PaymentMethod], on: date) -> tuple[PaymentMethod | None, bool]:
    """The card that would be charged on a day and whether one that will do is saved; as ``next_card`` chooses then."""
    at = noon(on)
    own = next((card for card in cards if card.pk == kept), None)
    good = [card for card in cards if not card.has_expired(at)]
    if own in good or good:
        return (own if own in good else good[0]), True
    return own or (cards[0] if cards else None), False


def noon(day: date) -> datetime:
    """Noon of the winery's day."""
    return datetime.combine(day, time(12), ZoneInfo(current_winery().time_zone))


def saved_by(customer_ids: Collection[int]) -> dict[int, list[PaymentMethod]]:
    """Everybody's saved cards, the first to be offered first; one statement."""
    rows = PaymentMethod.objects.filter(customer__in=list(customer_ids), kept=True, removed_at__isnull=True)
    found: dict[int, list[PaymentMethod]] = defaultdict(list)
    for card in rows.order_by("-is_default", "-pk"):
        found[card.customer_id].append(card)
    return found


def _to_come(today: date, last: date, customer: Customer | None) -> list[ToCome]:
    """What is charged between two days, the first first; what is called already is money to collect."""
    whose = {"order__customer": customer} if customer else {}
    parts = Instalment.objects.filter(
        called_at__isnull=True,
        amount_minor__gt=0,
        order__state=OrderState.PLACED.value,
        due_on__range=(today, last),
        **whose,
    ).select_related("order__customer")
    found = [
        ToCome(one.order, one.due_on, Money(one.amount_minor, one.order.currency))
        for one in parts
        if one.due_on
    ]
    return sorted([*found, *_settlements(today, last, customer)], key=lambda one: (one.on, one.order.pk))


def _settlements(today: date, last: date, customer: Customer | None) -> Iterable[ToCome]:
    """Orders whose customers are asked where the wine goes, by the last day to choose; and those whose wine is
    expected, by the first day of its window. Of those that gave a card to be kept for later.
    """
    whose = {"order__customer": customer} if customer else {}
    asked = Settlement.objects.filter(
        state=SettlementState.ASKED.value, due_on__range=(today, last), **whose
    ).select_related("order__customer")
    yield from (ToCome(one.order, one.due_on, None) for one in asked)
    standing = Settlement.objects.filter(state__in=[state.value for state in STANDING]).values("order")
    expected = (
        Commitment.objects.filter(
            line__order__state=OrderState.PLACED.value,
            line__order__release__kind=ReleaseKind.EN_PRIMEUR.value,
            **{f"line__{name}": value for name, value in whose.items()},
        )
        .exclude(line__order__in=standing)
        .values("line__order")
        .annotate(on=Max("lot__window_from"))
        .filter(on__range=(today, last))
    )
    days = {row["line__order"]: row["on"] for row in expected}
    kept = Q(acceptance__card__isnull=False) | Q(mandates__isnull=False)
    orders = Order.objects.filter(kept, pk__in=list(days)).select_related("customer").distinct()
    yield from (ToCome(order, days[order.pk], None) for order in orders)


def tell_of_ending_cards(*, now: datetime) -> int:
    """Asks for another card whoever's won't do; how many were asked. Scheduled."""
    today = local_time(now).date()
    acts = [
        partial(_tell, one, step, now)
        for one in ending_cards(now)[:MOST]
        if one.card and (step := _step((one.on - today).days))
    ]
    return sum(take_turns(iter(acts)))


def _step(days: int) -> int:
    """Which of the three is due so many days before; those that were missed aren't made up for."""
    return min((one for one in TOLD if days <= one), default=0)


@transaction.atomic
def _tell(one: Ending, step: int, now: datetime) -> bool:
    """Once: the row is written in the transaction that queues the mail, and the database lets nobody write another."""
    assert one.card is not None
    _, made = CardNotice.objects.get_or_create(card=one.card, due_on=one.on, days=step, defaults={"at": now})
    if not made:
        return False
    text = f"asked for another card than {one.card.label} before {one.on:%B} {one.on.day}, {one.on.year}"
    record_event(
        EventName.CARD_ENDING_TOLD,
        "customer",
        one.customer.pk,
        text=text,
        data={"card": one.card.reference, "days": step},
        customer_id=one.customer.pk,
        actor=system("Payment plan"),
        now=now,
    )
    react("card.ending", card_id=one.card.pk, customer_id=one.customer.pk, now=now)
    return True


def orders_to_come(customer: Customer) -> list[Order]:
    """The customer's orders of which something is charged later: what a mandate is about."""
    early = Order.objects.filter(
        customer=customer, state=OrderState.PLACED.value, release__kind=ReleaseKind.EN_PRIMEUR.value
    )
    settled = Settlement.objects.filter(state=SettlementState.SETTLED.value).values("order")
    return list(early.filter(acceptance__isnull=False).exclude(pk__in=settled).order_by("placed_at", "pk"))


@transaction.atomic
def name_card(*, customer: Customer, card: PaymentMethod, actor: Actor, now: datetime) -> int:
    """Makes a card the one that later parts of the customer's orders are charged to, by the mandate's words; of how
    many orders.

    Instalments to come use it from now on; what is collected already is tried with it by ``card.saved``. Records
    ``mandate.given`` of each.
    """
    orders = orders_to_come(customer)
    kept = kept_card_ids([order.pk for order in orders])
    named = [order for order in orders if kept.get(order.pk) != card.pk]
    Mandate.objects.bulk_create(
        Mandate(order=order, card=card, words=say_mandate(ORDERS), at=now) for order in named
    )
    for order in named:
        record_event(
            EventName.MANDATE_GIVEN,
            "order",
            order.pk,
            text=f"named {card.label} for what is still to come",
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )
    return len(named)
