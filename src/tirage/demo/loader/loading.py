"""Loading the demo winery: decide everything in memory, then write each table once, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, transaction

from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft, ChangeDraftLine
from tirage.checkout.models import Cart, CartLine, RestockRequest
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Address, Customer, Membership
from tirage.demo.estate import ESTATE
from tirage.demo.loader.ahead import plan_ahead
from tirage.demo.loader.asking import ask_to_be_erased
from tirage.demo.loader.books import Books, Purchase
from tirage.demo.loader.bringing import leave_list
from tirage.demo.loader.cellar import Ways, build_winery, build_wines
from tirage.demo.loader.changing import Changing, name_makers
from tirage.demo.loader.complying import leave_in_compliance
from tirage.demo.loader.context import Load
from tirage.demo.loader.crowd import Buyer, build_groups, build_people, write_tags
from tirage.demo.loader.drafting import leave_draft
from tirage.demo.loader.duplicating import leave_duplicate
from tirage.demo.loader.fetching import lay_ready
from tirage.demo.loader.found import leave_found
from tirage.demo.loader.futures import leave_futures
from tirage.demo.loader.giving import give_some
from tirage.demo.loader.granting import set_aside_for_named, tell_of_runs
from tirage.demo.loader.holding import hold_parcels
from tirage.demo.loader.limiting import limit_states, rule_states
from tirage.demo.loader.mapping import put_on_the_map
from tirage.demo.loader.moving import leave_history
from tirage.demo.loader.named import NAMED, invite_named, thank_named
from tirage.demo.loader.newsletters import leave_newsletters
from tirage.demo.loader.noting import leave_notes
from tirage.demo.loader.offering import Offering, build_offerings
from tirage.demo.loader.ordering import take_calls
from tirage.demo.loader.owing import Owing
from tirage.demo.loader.packing import pack_some
from tirage.demo.loader.policing import leave_policies
from tirage.demo.loader.rehearsing import rehearse_next
from tirage.demo.loader.reporting import leave_reports
from tirage.demo.loader.season import Season
from tirage.demo.loader.segmenting import keep_segments
from tirage.demo.loader.showing import keep_black_box
from tirage.demo.loader.special import add_special_addresses, spell_one_twice
from tirage.demo.loader.standing import leave_standing_orders
from tirage.demo.loader.stockroom import Stockroom
from tirage.demo.loader.storing import store_elsewhere
from tirage.demo.loader.taxing import tax_states
from tirage.demo.loader.team import Role, build_staff, has_staff
from tirage.demo.loader.tiering import climb_ladder, leave_ladder, tier_everybody
from tirage.demo.loader.today import (
    HELD,
    KEPT,
    NEARLY,
    SOLD_OUT,
    Today,
    build_allowances,
    let_some_come_last,
    promised,
)
from tirage.demo.loader.trying import try_the_shop
from tirage.demo.loader.visiting import plan_visits
from tirage.demo.loader.waiting import wait_in_line
from tirage.demo.loader.wishing import Wishing
from tirage.demo.people import COUNT, SEED
from tirage.demo.words import Stage
from tirage.inventory.models import Hold, Movement, Stock
from tirage.notifications.models import SentMail
from tirage.offers.models import CustomAllowance
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.orders.statements import recount_orders
from tirage.orders.states import OrderState
from tirage.payments.gateways import current_gateway
from tirage.payments.models import Collection, Comparison, Finding, PayLink, Payment, PaymentMethod
from tirage.wishes.models import Wish

#: Called with what is being done and how much of everything is done, 0 to 1.
Progress = Callable[[str, float], None]
#: How much of each finished release has left the cellar, oldest first.
_SHIPPED = (1.0, 1.0, 1.0, 0.87)


def load_demo(
    progress: Progress, *, now: datetime | None = None, count: int = COUNT, seed: int = SEED
) -> None:
    """Fills an empty database with the demo winery as of ``now``: the same facts for the same moment and seed.

    Raises DomainError ``not_empty`` when somebody's data is there already; then nothing has changed.
    """
    refuse_other_data()
    load = Load(now or read_clock(), count, seed)
    with transaction.atomic():
        _build(load, progress)
    # So much at once: neither engine knows yet what is in its tables, and would plan for empty ones.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA optimize" if connection.vendor == "sqlite" else "ANALYZE")
    progress("The demo winery is ready", 1.0)


def refuse_other_data() -> None:
    """The demo is loaded into nothing but an empty shop."""
    if Customer.objects.exists() or Sku.objects.exists() or has_staff():
        raise DomainError(
            "not_empty",
            "This database has a winery's data in it already. The demo needs an empty one: name another with "
            "TIRAGE_DATABASE_URL, or run make demo-reset if this is an old demo.",
        )


def _build(load: Load, progress: Progress) -> None:
    progress("Planting vines", 0.01)
    build_winery()
    team = build_staff(load)
    skus = build_wines(load)
    ways = Ways(load)
    groups = build_groups(load, team[Role.OWNER])
    progress("Inviting five thousand people", 0.05)
    buyers = build_people(load, groups, team[Role.HOSPITALITY])
    offerings = build_offerings(load, groups, skus, team[Role.MANAGER])
    room = Stockroom(load, team, skus)
    room.open()
    progress("Opening the doors at nine", 0.16)
    books = Books(load, ways, ESTATE.currency)
    _sell_everything(load, books, room, Season(load, books, ways, team, room.supply), offerings, buyers)
    _write_everything(load, books, buyers, progress)
    wait_in_line(load, groups, team[Role.MANAGER])
    progress("Telling the story", 0.82)
    climb_ladder(load, team[Role.MANAGER])
    load.write_events()
    invite_named(load.now)
    thank_named(team[Role.MANAGER], load.now)
    add_special_addresses(team[Role.MANAGER], load.now)
    spell_one_twice(team[Role.HOSPITALITY], load.now)
    limit_states(team[Role.MANAGER], load.now)
    rule_states(team[Role.MANAGER], load.now)
    tax_states(team[Role.MANAGER], load.now)
    hold_parcels(NAMED["full"].email, team[Role.MANAGER], load.now)
    store_elsewhere(NAMED["full"].email, team[Role.MANAGER], load.now)
    leave_list(load.now, team[Role.MANAGER])
    leave_history(load.now, team[Role.MANAGER])
    tell_of_runs(load.now, team[Role.MANAGER])
    leave_policies(load.now, team[Role.MANAGER])
    set_aside_for_named(load, team[Role.MANAGER])
    plan_ahead(NAMED["later"].email, load.now)
    take_calls(load, team[Role.HOSPITALITY])
    try_the_shop(load, team[Role.MANAGER])
    give_some(load.now, team[Role.MANAGER])
    rehearse_next(load.now, team[Role.MANAGER])
    leave_draft(load.now, team[Role.MANAGER])
    leave_standing_orders(load, groups, team[Role.MANAGER])
    leave_futures(load, groups, team[Role.MANAGER])
    keep_segments(load.now, team[Role.MANAGER])
    leave_newsletters(load.now, team[Role.MANAGER])
    tier_everybody(load.now, team[Role.MANAGER])
    leave_ladder(load.now, team[Role.MANAGER])
    leave_reports(load, team[Role.MANAGER])
    leave_duplicate(load, team[Role.HOSPITALITY])
    leave_in_compliance(load.now, team[Role.MANAGER])
    lay_ready(load.now, team[Role.MANAGER])
    pack_some(load, team[Role.MANAGER])
    keep_black_box(load.now)
    ask_to_be_erased(load)
    progress("Unfolding the map", 0.97)
    put_on_the_map(load.now, team[Role.MANAGER])
    plan_visits(load.now, team[Role.MANAGER])
    leave_notes(load.now, team[Role.MANAGER])


def _sell_everything(
    load: Load,
    books: Books,
    room: Stockroom,
    season: Season,
    offerings: Sequence[Offering],
    buyers: Sequence[Buyer],
) -> None:
    wishing = Wishing(load, books, season.team)
    for past, shipped in zip(_releases(offerings, Stage.FINISHED), _SHIPPED, strict=True):
        purchases = season.sell(past, buyers)
        season.regret(purchases, cancelled=0.015, waiting=0)
        wishing.answer(wishing.wish(purchases, keenness=0.3), room.supply, share=0.12)
        season.ship(purchases, shipped)
        season.console(purchases, 0.016)
        room.retire(past[0].release.name)
    let_some_come_last(buyers, load.now)
    for open_now in _releases(offerings, Stage.OPEN):
        room.supply.kept = dict(KEPT)
        purchases = season.sell(open_now, buyers)
        season.regret(purchases, cancelled=0.012, waiting=3)
        wishing.wish(purchases, keenness=0.3)
        _make_scarce(load, room, open_now[0])
        build_allowances(load, open_now, buyers, season.team[Role.MANAGER])
        attempts = [one for one in books.purchases if one.offering.release is open_now[0].release]
        Today(load, books, season, room.stocks, attempts).fill(open_now, buyers, room.supply)
    host = season.team[Role.HOSPITALITY]
    Owing(load, books, host).tell(books.purchases)
    open_ones = [one for one in books.purchases if one.offering.stage is Stage.OPEN]
    Changing(load, books, host, room.supply, room.stocks).tell(open_ones)
    room.close(season.shipments, promised(books.purchases))
    leave_found(load, ESTATE.currency)


def _releases(offerings: Sequence[Offering], stage: Stage) -> list[list[Offering]]:
    by_release: dict[int, list[Offering]] = {}
    for one in offerings:
        if one.stage is stage:
            by_release.setdefault(one.release.pk, []).append(one)
    return list(by_release.values())


def _make_scarce(load: Load, room: Stockroom, first: Offering) -> None:
    """One wine is gone, one nearly, and one will be in others' carts."""
    at = load.nine((first.offer.opens_at - load.now).days - 2)
    for code in (SOLD_OUT, NEARLY, HELD):
        room.keep_for_library(code, leave=KEPT.get(code, 0), at=at)


def _write_everything(load: Load, books: Books, buyers: Sequence[Buyer], progress: Progress) -> None:
    _count(books.purchases)
    for model, words, done in (
        (Customer, "Writing down who came", 0.2),
        (Address, "Writing down where they live", 0.25),
        (Membership, "Drawing up the list", 0.3),
        (PaymentMethod, "Keeping their cards", 0.33),
    ):
        progress(words, done)
        load.write(model)
    write_tags(buyers)
    progress("Writing the orders", 0.38)
    load.rows[Order].sort(key=lambda order: order.made_at)
    orders = load.rows[Order]
    load.write(Order)
    progress("Writing the orders", 0.46)
    load.write(OrderChange)
    load.write(OrderLine)
    load.write(OrderCharge)
    recount_orders(0, 2**62)
    progress("Taking the money", 0.62)
    _write_payments(load)
    _write_rest(load)
    progress("Mailing the receipts", 0.76)
    _write_mails(load, {order.reference: order.pk for order in orders})


def _write_rest(load: Load) -> None:
    load.rows[Wish].sort(key=lambda wish: wish.made_at)
    name_makers(load)
    for model in (
        ChangeDraft,
        ChangeDraftLine,
        PayLink,
        Collection,
        Comparison,
        Finding,
        Stock,
        Movement,
        Cart,
        CartLine,
        Hold,
        RestockRequest,
        CustomAllowance,
        Wish,
    ):
        load.write(model)


def _write_payments(load: Load) -> None:
    """Refunds after what they go back to."""
    payments = sorted(load.rows[Payment], key=lambda payment: payment.made_at)
    for refunds in (False, True):
        load.rows[Payment] = [payment for payment in payments if (payment.parent is not None) is refunds]
        load.write(Payment)
    gateway = current_gateway()
    write_past = getattr(gateway, "write_past", None)
    if write_past is None:
        raise DomainError("no_past", f"The demo needs the test gateway, not {gateway.key}.")
    write_past(cards=load.cards, charges=load.charges, refunds=load.refunds)


def _write_mails(load: Load, orders: dict[str, int]) -> None:
    mails = load.rows[SentMail]
    mails.sort(key=lambda mail: mail.due_at)
    for mail in mails:
        mail.data = {"order_id": orders[mail.data["order"]]} if mail.data else {}
    load.write(SentMail)


def _count(purchases: Sequence[Purchase]) -> None:
    """Each customer's figures, from the orders that count."""
    for purchase in sorted(purchases, key=lambda one: one.order.made_at):
        order, customer = purchase.order, purchase.buyer.customer
        if order.state in (OrderState.PLACED, OrderState.SHIPPED):
            customer.orders_count += 1
            customer.lifetime_minor += purchase.wine_minor
            customer.first_order_at = customer.first_order_at or order.placed_at
            customer.last_order_at = order.placed_at
