"""Money of wine en primeur that doesn't come by itself: a last part that nobody paid, and a card that has expired."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F

from tirage.core.winery import local_time
from tirage.demo.loader.context import Load
from tirage.futures.arrears import watch_arrears
from tirage.futures.cards import tell_of_ending_cards
from tirage.futures.models import Arrears, Instalment
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import Collection, PayLink, PaymentMethod
from tirage.payments.operations.collecting import begin_collecting


def fall_into_arrears(load: Load, order: Order) -> None:
    """The last third of an order was due a month ago; its card was refused four times, and its link isn't paid."""
    due = load.now - timedelta(days=31)
    Instalment.objects.create(
        order=order,
        number=1,
        amount_minor=order.balance_minor,
        due_on=local_time(due).date(),
        announced_at=due - timedelta(days=7),
        called_at=due,
    )
    collection = begin_collecting(order=order, payment_method_id=None, now=due)
    assert collection is not None
    Collection.objects.filter(pk=collection.pk).update(
        reference=load.reference("COL"),
        attempts=5,
        decline_code="insufficient_funds",
        message="Your card doesn’t have enough money on it.",
        next_at=None,
    )
    watch_arrears(now=load.now - timedelta(days=6))
    for model, prefix in ((Arrears, "DUE"), (PayLink, "LNK")):
        model.objects.filter(order=order).update(reference=load.reference(prefix))
    _sent("in_arrears")


def let_a_card_end(load: Load, order: Order) -> None:
    """The card of somebody who is asked where the wine goes expired last month; they are asked for another."""
    last = load.today.replace(day=1) - timedelta(days=1)
    cards = PaymentMethod.objects.filter(customer=order.customer)
    cards.update(exp_year=last.year, exp_month=last.month)
    tell_of_ending_cards(now=load.now - timedelta(hours=30))
    _sent("card_ending")


def _sent(kind: str) -> None:
    waiting = SentMail.objects.filter(kind=kind, sent_at__isnull=True)
    waiting.update(sent_at=F("due_at"), attempts=1)
