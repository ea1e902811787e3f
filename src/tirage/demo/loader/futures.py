"""Wine before it is bottled: a campaign two years old, and one on sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F

from tirage.catalog.models import Sku, Vintage, Wine
from tirage.core.actors import Actor, ActorKind
from tirage.core.reactions import react
from tirage.core.winery import local_time
from tirage.customers.models import Customer, Group
from tirage.delivery.rules import Tariff, Terms
from tirage.demo.loader.clubs import own
from tirage.demo.loader.context import Load
from tirage.demo.loader.futures_ways import give_lwin, offer_cases, sort
from tirage.demo.loader.handing import hand_wine_on
from tirage.demo.loader.late import fall_into_arrears, let_a_card_end
from tirage.demo.loader.named import NAMED
from tirage.demo.people import Tier
from tirage.futures.cutting.planning import CutValues, plan_cut, preview
from tirage.futures.cutting.running import continue_cut, watch_cuts
from tirage.futures.estimating import save_estimate
from tirage.futures.holding import certificate_for
from tirage.futures.lots import LotValues, save_lot
from tirage.futures.models import Cut, CutLine, Instalment, Lot, Transfer
from tirage.futures.settling.arrivals import record_arrival
from tirage.futures.settling.asking import begin_settlements, keep_in_cellar
from tirage.futures.settling.covering import coverage
from tirage.futures.settling.terms import TermValues, save_term
from tirage.futures.states import CutRule, LotStage, Precedence, StorageCharged, StoragePer, Undecided
from tirage.inventory.models import Stock
from tirage.inventory.operations import sell_now
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.operations import CampaignValues, save_campaign, save_release
from tirage.offers.states import PlanKind, ReleaseKind, WishKind
from tirage.offers.terms import first_terms
from tirage.orders.models import Order
from tirage.orders.operations import book_payment, start_order
from tirage.orders.rules import ShipTo
from tirage.orders.statements import NewCharge, NewLine
from tirage.orders.states import Channel, ChargeKind
from tirage.payments.models import Payment
from tirage.payments.operations.offline import take_offline_payment
from tirage.payments.queries import good_cards
from tirage.payments.states import OfflineKind
from tirage.taxes.rules import TaxRule

WINE = "Windward Reserve Cabernet"
#: Of those who bought two years ago, who hasn't paid all of it.
LATE = 9


@dataclass(frozen=True, slots=True)
class _Campaign:
    """A vintage of the wine, sold so many days ago; ``expected`` pieces by format, with the price of each."""

    name: str
    year: int
    sold: int
    closes: int
    plan: PlanKind
    stage: LotStage
    formats: tuple[tuple[int, int, int], ...]
    window: tuple[date, date]
    bottling: date
    buyers: int


def leave_futures(load: Load, groups: dict[Tier, Group], by: Actor) -> None:
    """Ridge bought two years ago, in full, and can buy again; of the new vintage some have, by instalments."""
    today = load.today
    wine = Wine.objects.create(
        name=WINE, variety="Cabernet Sauvignon", appellation="Ekholm Ridge", colour="red"
    )
    old = _Campaign(
        f"En primeur {today.year - 3}",
        today.year - 3,
        -720,
        -690,
        PlanKind.NOW,
        LotStage.BOTTLED,
        ((750, 360, 85_00), (1500, 48, 190_00)),
        (date(today.year + 1, 3, 1), date(today.year + 1, 6, 30)),
        date(today.year, 7, 15),
        14,
    )
    new = _Campaign(
        f"En primeur {today.year - 1}",
        today.year - 1,
        -5,
        45,
        PlanKind.INSTALMENTS,
        LotStage.ELEVAGE,
        ((750, 420, 95_00), (1500, 60, 210_00), (3000, 6, 460_00)),
        (date(today.year + 2, 9, 1), date(today.year + 3, 3, 31)),
        date(today.year + 1, 7, 1),
        9,
    )
    _estimates(load, by)
    for one in (old, new):
        _sell(load, wine, one, groups[Tier.RIDGE], by)
    _break_one(load, Lot.objects.get(sku__millilitres=1500, sku__vintage__year=old.year), by)
    hand_wine_on(load, Release.objects.get(name=old.name), by)
    _settle(load, Release.objects.get(name=old.name), by)
    for sku in Sku.objects.filter(vintage__wine=wine).select_related("vintage"):
        give_lwin(sku)
    offer_cases(load, Lot.objects.get(sku__millilitres=750, sku__vintage__year=new.year), by)
    sort(load)
    _fall_short(
        load,
        Lot.objects.get(sku__millilitres=3000),
        Sku.objects.get(millilitres=750, vintage__wine=wine, vintage__year=old.year),
        by,
    )


def _break_one(load: Load, lot: Lot, by: Actor) -> None:
    """Of the magnums of two years ago one broke: whoever bought last has the money back."""
    values = CutValues(
        CutRule.PROPORTIONAL, lot.committed - 1, "A magnum broke on the bottling line.", load.nine(-99)
    )
    _cut(load, lot, values, by, load.nine(-100), load.nine(-99))


def _fall_short(load: Load, lot: Lot, instead: Sku, by: Actor) -> None:
    """There are no double magnums this year: whoever bought one may have the Reserve that is there instead."""
    until = local_time(load.now).date() + timedelta(days=18)
    values = CutValues(
        CutRule.PROPORTIONAL,
        0,
        "The glassworks can’t make its largest bottles this year.",
        load.now - timedelta(hours=30),
        substitute=instead,
        substitute_minor=80_00,
        substitute_until=until,
    )
    _cut(load, lot, values, by, load.now - timedelta(hours=40), load.now - timedelta(hours=29))


def _cut(load: Load, lot: Lot, values: CutValues, by: Actor, planned: datetime, begun: datetime) -> None:
    """Planned then, and carried out by the worker later."""
    found = preview(lot, rule=values.rule, pieces=values.pieces)
    cut = plan_cut(lot=lot, values=values, seen=found.as_seen(), actor=by, now=planned)
    Cut.objects.filter(pk=cut.pk).update(reference=load.reference("CUT"))
    for line in cut.lines.order_by("pk"):
        CutLine.objects.filter(pk=line.pk).update(reference=load.reference("SUB"))
    watch_cuts(now=begun)
    cut.refresh_from_db()
    continue_cut(cut=cut, limit=100, now=begun)
    for refund in Payment.objects.filter(order__cut_lines__cut=cut, kind="refund").order_by("pk"):
        Payment.objects.filter(pk=refund.pk).update(reference=load.reference("PAY"))
    SentMail.objects.filter(kind__startswith="cut_", sent_at__isnull=True).update(
        sent_at=F("due_at"), attempts=1
    )


def _settle(load: Load, release: Release, by: Actor) -> None:
    """The wine of two years ago is here: they are asked where it goes, and two keep it in the cellar."""
    came, asked = load.now - timedelta(days=12), load.now - timedelta(days=10)
    for lot in Lot.objects.filter(sku__offer_items__offer__release=release).distinct():
        record_arrival(
            lot=lot,
            pieces=lot.expected,
            arrived_on=local_time(came).date(),
            cost_minor=lot.expected * 21_40,
            note="From the bottling line",
            actor=by,
            now=came,
        )
    since = load.nine(-90)
    save_term(
        values=TermValues(
            local_time(since).date(),
            StoragePer.CASE,
            Decimal("0.05"),
            5,
            StorageCharged.LEAVING,
            Undecided.KEEP,
            transfers=True,
            transfer_minor=9_00,
            transfer_most_minor=36_00,
        ),
        actor=by,
        now=since,
    )
    covered = coverage(release.pk, Precedence.OLDEST).covered
    offered = set(Transfer.objects.filter(state="proposed").values_list("order", flat=True))
    made = begin_settlements(
        release=release,
        order_ids=[
            one.order.pk for one in covered if one.order.pk not in offered and not one.order.balance_minor
        ],
        precedence=Precedence.OLDEST,
        due_on=local_time(load.now).date() + timedelta(days=20),
        actor=by,
        now=asked,
    )
    for settlement in made[3:5]:
        owner = settlement.order.customer
        hand = Actor(ActorKind.CUSTOMER, owner.pk, owner.name)
        keep_in_cellar(settlement=settlement, actor=hand, now=asked + timedelta(days=3))
    let_a_card_end(load, made[6].order)


def _sell(load: Load, wine: Wine, one: _Campaign, group: Group, by: Actor) -> None:
    at = load.nine(one.sold)
    vintage = Vintage.objects.create(
        wine=wine, year=one.year, alcohol_percent="14.0", note="Black currant, graphite, a cold river."
    )
    skus = [_sku(vintage, size, price) for size, _, price in one.formats]
    for sku, (_, expected, _) in zip(skus, one.formats, strict=True):
        lot = save_lot(lot=None, sku=sku, values=_lot(one, expected, LotStage.ELEVAGE), actor=by, now=at)
        if one.stage is not LotStage.ELEVAGE:
            bottled = _lot(one, expected, one.stage)
            save_lot(lot=lot, sku=sku, values=bottled, actor=by, now=load.now - timedelta(days=60))
    release, offer = _offer(load, one, group, skus, by, at)
    for number, customer in enumerate(_people(group, one.buyers)):
        bought = at + timedelta(days=number % 3, hours=number)
        if bought < load.now:
            _buy(load, release, offer, customer, skus, number, by, bought)
    SentMail.objects.filter(sent_at__isnull=True, due_at__lt=load.now - timedelta(days=1)).update(
        sent_at=F("due_at"), attempts=1
    )


def _sku(vintage: Vintage, millilitres: int, price: int) -> Sku:
    code = f"EK-WR-{str(vintage.year)[2:]}-{millilitres}"
    name = f"{WINE} {vintage.year}"
    return Sku.objects.create(
        code=code, vintage=vintage, name=name, millilitres=millilitres, price_minor=price
    )


def _lot(one: _Campaign, expected: int, stage: LotStage) -> LotValues:
    return LotValues(
        name=f"Barrels of {one.year}",
        lowest=expected * 9 // 10,
        expected=expected,
        highest=expected * 21 // 20,
        window_from=one.window[0],
        window_until=one.window[1],
        bottling_on=one.bottling,
        stage=stage,
    )


def _offer(
    load: Load, one: _Campaign, group: Group, skus: Sequence[Sku], by: Actor, at: datetime
) -> tuple[Release, Offer]:
    release = save_release(
        release=None,
        name=one.name,
        kind=ReleaseKind.EN_PRIMEUR.value,
        wish_kind=WishKind.OFF.value,
        note="Sold from the barrel; settled when it is released.",
        actor=by,
        now=at,
    )
    values = CampaignValues(first_terms(), withdrawal_days=14, cancel_fee_bp=1000)
    if one.plan is PlanKind.INSTALMENTS:
        days = [date(load.today.year + 1, month, 1) for month in (3, 9)]
        parts = ((days[0], 3500), (days[1], 3500))
        values = CampaignValues(
            first_terms(), PlanKind.INSTALMENTS, 3000, parts, withdrawal_days=14, cancel_fee_bp=1000
        )
    save_campaign(release=release, values=values, actor=by, now=at)
    offer = Offer.objects.create(
        reference=load.reference("OFR"),
        release=release,
        group=group,
        is_active=True,
        activated_at=at,
        opens_at=at,
        closes_at=load.nine(one.closes),
        title=f"The {one.year} Reserve, from the barrel",
        message="It has another year in wood before it. You can have it now, in bond, at the price of the barrel.",
    )
    OfferItem.objects.bulk_create(
        OfferItem(
            offer=offer, sku=sku, position=place, purchase_maximum=12 // (place + 1), default_quantity=3
        )
        for place, sku in enumerate(skus)
    )
    return release, offer


def _people(group: Group, count: int) -> list[Customer]:
    """Those of the group with a card, the first of the named among them."""
    able = Customer.objects.filter(
        status="active", memberships__group=group, pk__in=good_cards(group_since(group)).values("customer")
    ).order_by("signed_up_at", "pk")
    found = list(able[:count])
    named = able.filter(email=NAMED["full"].email).first()
    if named and named not in found:
        found[0] = named
    return found


def group_since(group: Group) -> datetime:
    """When somebody was last put into the group: cards that were good then are good."""
    return group.memberships.order_by("-since").values_list("since", flat=True)[0]


def _buy(
    load: Load,
    release: Release,
    offer: Offer,
    customer: Customer,
    skus: Sequence[Sku],
    number: int,
    by: Actor,
    at: datetime,
) -> None:
    """By bank transfer: what is due now, in full."""
    wanted = [(skus[0], 6 + 6 * (number % 2))] + ([(skus[1], 1)] if number % 3 == 0 else [])
    wanted += [(sku, 1) for sku in skus[2:] if number % 4 == 1 or customer.email == NAMED["full"].email]
    items = {item.sku_id: item.pk for item in offer.items.all()}
    lines = [NewLine(sku.pk, items[sku.pk], pieces, sku.price_minor) for sku, pieces in wanted]
    wine = sum(line.quantity * line.unit_price_minor for line in lines)
    bp = offer.group.discount_bp
    off = -(wine * bp // 10_000)
    started = start_order(
        customer_id=customer.pk,
        release_id=release.pk,
        offer_id=offer.pk,
        group_id=offer.group_id,
        channel=Channel.OFFER,
        currency="USD",
        method_id=None,
        ship_to=ShipTo(customer.name, phone=customer.phone),
        gift_note="",
        terms=Terms(bp, False, Tariff(), TaxRule(0, False)),
        lines=lines,
        charges=[NewCharge(ChargeKind.DISCOUNT.value, off, f"{bp / 100:g} % off")],
        actor=own(customer),
        now=at,
    )
    react(
        "futures.ordered",
        order_id=started.id,
        release_id=release.pk,
        owed_minor=started.owed_minor,
        payment_method_id=customer.payment_methods.values_list("pk", flat=True).first(),
        actor=own(customer),
        now=at,
    )
    stocks = dict(Stock.objects.filter(sku__in=skus).values_list("sku_id", "pk"))
    sell_now(quantities={stocks[sku.pk]: pieces for sku, pieces in wanted})
    book_payment(
        order_id=started.id, paid_minor=0, reaction="order.bought_early", actor=own(customer), now=at
    )
    Order.objects.filter(pk=started.id).update(reference=load.reference("ORD"))
    order = Order.objects.get(pk=started.id)
    owes = not order.later_minor and number == LATE
    payment = take_offline_payment(
        order_reference=order.reference,
        amount_minor=order.called_minor * 2 // 3 if owes else order.called_minor,
        offline_kind=OfflineKind.TRANSFER,
        note="Transfer of the deposit" if order.later_minor else "Transfer",
        actor=by,
        now=at + timedelta(hours=2),
    )
    Payment.objects.filter(pk=payment.pk).update(reference=load.reference("PAY"))
    if owes:
        fall_into_arrears(load, Order.objects.get(pk=order.pk))
    elif not Instalment.objects.filter(order=order).exists():
        certificate_for(order, now=at + timedelta(hours=3))


def _estimates(load: Load, by: Actor) -> None:
    """Round figures for places that the demo's people live in; a winery sets its own."""
    rows = (
        ("US", "CA", (3_00, 6_00), 0, 725, "California sales tax, statewide"),
        ("US", "NY", (5_00, 9_00), 0, 888, "New York City sales tax"),
        ("GB", "", (6_00, 11_00), 41_00, 2000, "HMRC wine duty of Feb 2026, in dollars"),
        ("DE", "", (7_00, 12_00), 0, 1900, "German VAT; still wine bears no duty"),
    )
    for country, state, delivery, duty, tax, source in rows:
        save_estimate(
            country=country,
            state=state,
            first_day=date(load.today.year, 1, 1),
            delivery=delivery,
            duty_minor=duty,
            tax_bp=tax,
            source=source,
            actor=by,
            now=load.nine(-30),
        )
