"""What customers make of wine en primeur in the demo: portfolios, other formats; and the trade's numbers of it."""

from __future__ import annotations

from tirage.catalog.lwin import NON_VINTAGE
from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.demo.loader.clubs import own
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED
from tirage.futures.formats.offering import save_format
from tirage.futures.holding import holdings_of
from tirage.futures.models import Lot
from tirage.futures.portfolios import save_portfolio
from tirage.offers.models import OfferItem

#: Of no wine on the trade's list.
LWIN7 = "9990001"
#: What six bottles in their wooden case cost more.
CASE_MINOR = 12_00


def give_lwin(sku: Sku) -> None:
    """The Reserve has its number, with its year and its pack."""
    year = str(sku.vintage.year or NON_VINTAGE)
    lwin = f"{LWIN7}{year}{sku.units:02d}{sku.millilitres:05d}"
    Sku.objects.filter(pk=sku.pk).update(lwin=lwin)


def offer_cases(load: Load, lot: Lot, by: Actor) -> None:
    """The new vintage may be had by the wooden case of six, out of the same barrels."""
    sku = Sku.objects.create(
        code=f"{lot.sku.code}-6",
        vintage=lot.sku.vintage,
        name=lot.sku.name,
        millilitres=lot.sku.millilitres,
        units=6,
        price_minor=6 * lot.sku.price_minor + CASE_MINOR,
    )
    give_lwin(sku)
    save_format(lot=lot, sku=sku, supplement_minor=CASE_MINOR, actor=by, now=load.nine(-4))
    for item in OfferItem.objects.filter(sku=lot.sku):
        OfferItem.objects.create(offer=item.offer, sku=sku, position=9, purchase_maximum=2)


def sort(load: Load) -> None:
    """Margaret Holm keeps a part of the old Reserve for her daughter, and a name for what is to come."""
    margaret = Customer.objects.filter(email=NAMED["full"].email).first()
    holdings = holdings_of(margaret) if margaret else []
    if margaret is None or not holdings:
        return
    oldest = holdings[-1]
    parts = {(oldest.order.pk, one.lot.pk): (one.pieces + 1) // 2 for one in oldest.held}
    for name, pieces in (("For my daughter", parts), ("Birth year of Elin", {})):
        save_portfolio(
            customer=margaret,
            portfolio=None,
            name=name,
            pieces=pieces,
            actor=own(margaret),
            now=load.nine(-30),
        )
