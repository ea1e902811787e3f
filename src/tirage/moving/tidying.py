"""Customers and wines that only the history had, once it is out."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, QuerySet

from tirage.catalog.models import Sku, Vintage, Wine
from tirage.customers.models import Customer, Membership
from tirage.moving.models import MadeHere
from tirage.moving.states import Made
from tirage.orders.models import Order, OrderLine

_BATCH = 200


def take_away_unused() -> tuple[int, int]:
    """Removes customers and skus that the history made and that nothing is of any more; how many of each."""
    orders = Order.objects.filter(customer=OuterRef("pk"))
    members = Membership.objects.filter(customer=OuterRef("pk"))
    people = Customer.objects.filter(~Exists(orders), ~Exists(members), source="history")
    skus = Sku.objects.filter(
        ~Exists(OrderLine.objects.filter(sku=OuterRef("pk"))), is_active=False, stock=None
    )
    gone = _remove(Made.CUSTOMER, lambda ids: people.filter(pk__in=ids))
    wines = _remove(Made.SKU, lambda ids: skus.filter(pk__in=ids))
    if wines:
        Vintage.objects.filter(
            skus=None, note="", label=None, wine__variety="", wine__appellation=""
        ).delete()
        Wine.objects.filter(vintages=None, variety="", appellation="").delete()
    return gone, wines


def _remove(kind: Made, unused: Callable[[list[int]], QuerySet[Customer] | QuerySet[Sku]]) -> int:
    made = MadeHere.objects.filter(kind=kind.value)
    ids, count = list(made.values_list("made_id", flat=True)), 0
    for start in range(0, len(ids), _BATCH):
        here = list(unused(ids[start : start + _BATCH]).values_list("pk", flat=True))
        gone = [one for one in here if _is_removed(unused([one]))]
        made.filter(made_id__in=gone).delete()
        count += len(gone)
    return count


def _is_removed(rows: QuerySet[Customer] | QuerySet[Sku]) -> bool:
    """False where something else is of it: it stays."""
    try:
        with transaction.atomic():
            rows.delete()
    except ProtectedError:
        return False
    return True
