"""A winery that was bought: ten years of it in three systems' files, not moved in yet, with its yearly sums.

Everything beside orders waits as files whose columns are to be looked at; a token map of saved cards, to be looked up.
"""

from __future__ import annotations

import csv
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tirage.core.actors import Actor
from tirage.core.winery import local_time
from tirage.customers.models import Customer
from tirage.demo.loader.clubs import CLUB
from tirage.demo.second_winery import Sold, sold, write_files
from tirage.demo.second_winery_people import Places, write_people
from tirage.demo.words import SPRING_2027
from tirage.imports.models import ImportRun
from tirage.imports.operations import run_import, start_import
from tirage.imports.options import ImportOptions
from tirage.imports.states import ImportKind
from tirage.moving.reconciling import keep_figures
from tirage.moving.states import By
from tirage.offers.models import OfferItem
from tirage.payments.gateways import current_gateway
from tirage.payments.protocol import PastCard

CUSTOMERS, ORDERS, YEARS = 120, 600, 10


def leave_history(now: datetime, manager: Actor) -> None:
    """Its files wait under *Settings, Move in*: to be looked at, brought in and compared in five minutes."""
    with tempfile.TemporaryDirectory() as folder:
        orders = list(sold(CUSTOMERS, ORDERS, first_year=now.year - YEARS, years=YEARS))
        files, control = write_files(Path(folder), orders)
        for number, path in enumerate(files):
            _bring(path, now - timedelta(minutes=40 - number), manager)
        _bring(_token_map(Path(folder), now), now - timedelta(minutes=35), manager, ImportKind.CARDS)
        _leave_people(Path(folder), orders, now, manager)
    keep_figures(by=By.YEAR, figures=dict(control.by_year), actor=manager, now=now)


def _leave_people(folder: Path, orders: list[Sold], now: datetime, manager: Actor) -> None:
    """Their files are here, and nothing of them is in: each waits for somebody to look at its columns."""
    people = list({one.buyer.email: one.buyer for one in orders}.values())
    today = local_time(now).date()
    for number, one in enumerate(write_people(folder, people, _places(), today)):
        _keep(one.path, now - timedelta(minutes=30 - number), manager, one.kind)


def _places() -> Places:
    """The lowest group of the release to come, and the one above it; a wine that both may wish for."""
    items = OfferItem.objects.filter(offer__release__name=SPRING_2027.name, offer__group__is_test=False)
    wished = (
        items.filter(wish_maximum__gt=1).select_related("offer__group", "sku").order_by("-offer__group__rank")
    )
    lowest = wished[0]
    above = wished.exclude(offer=lowest.offer)[0]
    return Places(lowest.offer.group.name, above.offer.group.name, CLUB, lowest.sku.code)


def _token_map(folder: Path, now: datetime) -> Path:
    """Saved cards of three customers who have none here, as a processor says whose they are; one isn't there."""
    people = list(Customer.objects.filter(payment_methods=None, status="active").order_by("pk")[:3])
    facts = ("Visa", "4242", 12, now.year + 3, "4242424242424242", now - timedelta(days=200))
    kept = [PastCard(f"tok_{one.reference[4:]}", f"cus_{one.reference[4:]}", *facts) for one in people]
    if write_past := getattr(current_gateway(), "write_past", None):
        write_past(cards=kept[:2], charges=[], refunds=[])
    rows = [(one.email, card.customer_reference, card.token) for one, card in zip(people, kept, strict=True)]
    path = folder / "saved-cards.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("E-mail", "Stripe customer", "Payment method"), *rows])
    return path


def _bring(path: Path, at: datetime, manager: Actor, kind: ImportKind = ImportKind.ORDERS) -> None:
    run_import(reference=_keep(path, at, manager, kind).reference, actor=manager, now=at)


def _keep(path: Path, at: datetime, manager: Actor, kind: ImportKind) -> ImportRun:
    facts: dict[str, Any] = {"file_name": path.name, "options": ImportOptions(), "actor": manager, "now": at}
    with path.open("rb") as file:
        return start_import(kind=kind.value, file=file, **facts)
