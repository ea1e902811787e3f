"""A release at real size, as a team sets it up in an afternoon, and its report against plain SQL.

Twenty thousand customers come by an import and are tiered by criteria, three offers of twelve wines are pasted into the
grid, two hundred have what they took last time by the ladder, three hundred have it ordered by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.urls import reverse

from tests.rooms.imports.conftest import upload
from tests.web.conftest import client_of
from tests.web.hands import Hand
from tests.world import World, acting, build_world
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.core.clock import read_clock
from tirage.core.sql import fetch_all
from tirage.customers.models import Customer, Membership, MoveRun
from tirage.customers.operations import continue_move, start_move
from tirage.customers.states import MoveState
from tirage.imports.operations import run_import
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Movement, Stock
from tirage.offers.models import CustomAllowance, Offer, Release
from tirage.offers.operations import save_offer, save_release
from tirage.offers.operations.releases import OfferValues
from tirage.orders.models import Order, OrderChange, OrderLine
from tirage.orders.statements import recount_customer, recount_orders
from tirage.payments.models import PaymentMethod
from tirage.reports.allocation import report_of
from tirage.staff.states import Role
from tirage.standing.acting import work_next
from tirage.standing.agreeing import Wanted, agree
from tirage.standing.models import StandingRun
from tirage.standing.running import plan_run, start_run, watch_standing
from tirage.standing.states import Amount, RunState
from tirage.standing.terms import current_terms, save_terms
from tirage.tiers.criteria import save_criteria
from tirage.tiers.ladders import apply_ladder, save_ladder
from tirage.tiers.placing import draft_tiering
from tirage.tiers.planning import plan_ladder

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

PEOPLE, FOUNDERS, STANDING = 20_000, 200, 300
PLACES = (
    ("San Francisco", "CA", "94110"),
    ("New York", "NY", "10012"),
    ("Portland", "OR", "97209"),
    ("Miami Beach", "FL", "33139"),
)
CRITERIA = {"premier": "tag(tag:Founder)", "estate": "state(state:CA)", "welcome": "not(state(state:CA))"}
#: The most of each wine for Premier, Estate and Welcome; an empty cell isn't offered.
MAXIMUMS = {
    "CAB23": (9, 3, 1),
    "CAB23-MAG": (2, 1, None),
    "CHA24": (6, 2, 2),
    "SYR23-3": (2, 1, None),
    **{f"NEW{number}": (6, 1 + number % 2, 1) for number in range(8)},
}
RULES: dict[str, Any] = {
    "rise": 1, "least": 0, "most": 0, "newcomers": None, "counts_grants": True, "passed_wish_only": False,
    "guaranteed_until": None, "is_told": True,
}  # fmt: skip


@pytest.fixture
def large(db: None, settings: LazySettings, tmp_path: Path) -> World:
    """The world, its release over since long, with wine for everybody and eight wines more."""
    settings.VAR = tmp_path
    world = build_world(read_clock())
    began = world.now - timedelta(days=60)
    Offer.objects.update(opens_at=began, activated_at=began, closes_at=began + timedelta(days=10))
    vintage = Vintage.objects.create(wine=Wine.objects.create(name="New", colour="red"), year=2024)
    for number in range(8):
        sku = Sku.objects.create(
            code=f"NEW{number}", vintage=vintage, name=f"New {number}", price_minor=40_00 + number * 5_00
        )
        stock = Stock.objects.create(sku=sku)
        Movement.objects.create(stock=stock, at=began, quantity=1, reason="opening", actor_label="Olive")
    Movement.objects.update(quantity=100_000)
    Stock.objects.update(on_hand=100_000)
    return world


def analyse() -> None:
    """As a server does by itself between two acts; in one transaction plans would be an empty shop's."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def brought_in(world: World, then: datetime) -> None:
    """Twenty thousand people out of two files, the first of them a short one, as somebody tries an import."""
    for numbers in (range(PEOPLE // 40), range(PEOPLE // 40, PEOPLE)):
        _bring_in(world, numbers, then)
        analyse()
    assert Customer.objects.filter(email__endswith="@real.example").count() == PEOPLE


def _bring_in(world: World, numbers: range, then: datetime) -> None:
    rows = ["Email,First Name,Last Name,Birth Date,Address,City,State,Zip,Tags"]
    for number in numbers:
        founder = number % (PEOPLE // FOUNDERS) == 0
        city, state, code = PLACES[number % len(PLACES)]
        name = f"p{number}@real.example,Pat,Number{number},1970-01-01,{number + 1} Main Street"
        rows.append(f"{name},{city},{state},{code},{'Founder' if founder else ''}")
    run = upload("customers", "\n".join(rows), then)
    run = run_import(reference=run.reference, skip_bad=False, actor=world.staff, now=then)
    assert (run.state, run.problems) == ("done", [])


def tiered(world: World, then: datetime) -> None:
    """Everybody in the first group whose criteria fit."""
    for name, criteria in CRITERIA.items():
        save_criteria(
            group=getattr(world, name), criteria=criteria, keeps_members=False, actor=world.staff, now=then
        )
    run: MoveRun = start_move(run=draft_tiering(actor=world.staff, now=then), actor=world.staff, now=then)
    while run.state == MoveState.RUNNING:
        run = continue_move(run=run, actor=world.staff, now=then)
    members = Membership.objects.filter(customer__email__endswith="@real.example", kind="allocation")
    assert [members.filter(group=getattr(world, name)).count() for name in CRITERIA] == [
        FOUNDERS,
        PEOPLE // len(PLACES) - FOUNDERS,
        PEOPLE - PEOPLE // len(PLACES),
    ]


def bought_last_time(world: World) -> None:
    """Each founder took one to six of the Cabernet in the release before."""
    item = world.item(world.premier_offer, world.cabernet)
    at = world.premier_offer.opens_at
    founders = Customer.objects.filter(tags__name="Founder").order_by("pk")
    facts = {"state": "shipped", "made_at": at, "placed_at": at, "shipped_at": at, "currency": "USD"}
    where = {"release": world.release, "offer": world.premier_offer, "group": world.premier}
    taken = [1 + number % 6 for number in range(FOUNDERS)]
    orders = Order.objects.bulk_create(
        Order(customer=one, owed_minor=many * 120_00, **where, **facts)
        for one, many in zip(founders, taken, strict=True)
    )
    changes = OrderChange.objects.bulk_create(
        OrderChange(
            order=one, number=1, kind="placing", at=at, actor_label="x", difference_minor=one.owed_minor
        )
        for one in orders
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=change.order, change=change, sku=world.cabernet, offer_item=item, quantity=many,
            unit_price_minor=120_00,
        )
        for change, many in zip(changes, taken, strict=True)
    )  # fmt: skip
    recount_orders(0, 2**62)
    for one in founders:
        recount_customer(one.pk)


def set_up(world: World, opens_at: datetime) -> Release:
    """Three offers, their wines pasted into the grid by its form, and activated by theirs."""
    release = save_release(release=None, name="Real size", actor=world.staff, now=world.now)
    values = OfferValues(
        opens_at,
        opens_at + timedelta(days=7),
        title="Yours",
        message="It is here.",
        confirmation_message="Thanks.",
    )
    offers = [
        save_offer(
            offer=None, release=release, group=getattr(world, name), values=values, actor=world.staff, now=world.now
        )
        for name in CRITERIA
    ]  # fmt: skip
    client = client_of(Role.OWNER)
    path = reverse("backoffice:release_grid", args=[release.reference])
    hand = Hand.open(client, path, "backoffice:release_grid")
    for code in MAXIMUMS:
        hand = hand.go_on(hand.send({"act": "add", "add": code}))
    lines = ["\t".join(["Wine", *(getattr(world, name).name for name in CRITERIA)])]
    for code, cells in MAXIMUMS.items():
        lines.append("\t".join([code, *("" if cell is None else str(cell) for cell in cells)]))
    hand.go_on(hand.send({"act": "paste", "block": "\n".join(lines)})).send({"act": "save"})
    assert [offer.items.count() for offer in offers] == [12, 12, 10]
    for offer in offers:
        client.post(reverse("backoffice:activate_offer", args=[offer.reference]))
    assert all(Offer.objects.filter(release=release).values_list("is_active", flat=True))
    return release


def given_by_the_ladder(world: World, release: Release) -> None:
    """What each founder took last time, and one more where that was all."""
    offer = Offer.objects.get(release=release, group=world.premier)
    values = {**RULES, "based_on": world.release.reference}
    ladder = save_ladder(offer=offer, values=values, actor=world.staff, now=world.now)
    plan = plan_ladder(ladder, world.now)
    apply_ladder(ladder=ladder, seen=plan.digest, actor=world.staff, now=world.now)
    own = CustomAllowance.objects.filter(offer_item__offer=offer)
    assert own.count() == FOUNDERS and own.filter(purchase_maximum=7).count() == 33


def agreed_to(world: World) -> None:
    """Three hundred of Estate want it ordered by itself: ten of them all of it, the others two, four or six bottles."""
    save_terms(values={"is_offered": True}, actor=world.staff, now=world.now)
    some = Customer.objects.filter(memberships__group=world.estate, email__endswith="@real.example")
    people = list(some.order_by("pk")[:STANDING])
    card = {
        "brand": "Visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": world.now.year + 3,
        "saved_at": world.now,
    }
    TestCard.objects.bulk_create(
        TestCard(
            token=f"card_{one.pk}", idempotency_key=f"key_{one.pk}", fingerprint=f"card_{one.pk}",
            customer_reference=one.reference, behaviour=Behaviour.SUCCEEDS.value, **card,
        )
        for one in people
    )  # fmt: skip
    PaymentMethod.objects.bulk_create(
        PaymentMethod(customer=one, gateway="test", token=f"card_{one.pk}", is_default=True, **card)
        for one in people
    )
    version = current_terms().version
    for number, one in enumerate(people):
        wanted = Wanted(Amount.CAPPED, 2 + number % 3 * 2) if number % 30 else Wanted(Amount.FULL)
        agree(
            customer=one, wanted=wanted, version=version, adult_confirmed=True, actor=acting(one), now=world.now
        )  # fmt: skip


def ordered_by_itself(world: World, release: Release) -> None:
    watch_standing(now=world.now)
    run = StandingRun.objects.select_related("release").get(release=release)
    plan_run(run=run, now=world.now)
    run = start_run(run=run, actor=world.staff, now=run.begins_at)
    while run.state == RunState.RUNNING:
        work_next(run=run, limit=50, now=run.begins_at)
    assert run.lines.filter(outcome="ordered").count() == STANDING


def counted(statement: str, release: Release) -> dict[Any, Any]:
    """By group and wine: what the other columns say."""
    rows = (list(row.values()) for row in fetch_all(statement, [release.pk]))
    return {(group, sku): tuple(int(one) for one in rest) for group, sku, *rest in rows}


OFFERED = """
    SELECT f.group_id, i.sku_id, sum(coalesce(a.purchase_maximum, i.purchase_maximum) * k.units) AS bottles
    FROM offers_offer f JOIN offers_offeritem i ON i.offer_id = f.id JOIN catalog_sku k ON k.id = i.sku_id
    JOIN customers_membership m ON m.group_id = f.group_id
    JOIN customers_customer c ON c.id = m.customer_id AND c.status = 'active'
    LEFT JOIN offers_customallowance a ON a.offer_item_id = i.id AND a.customer_id = m.customer_id
    WHERE f.release_id = %s GROUP BY f.group_id, i.sku_id
"""
BOUGHT = """
    SELECT o.group_id, l.sku_id, sum(l.quantity * k.units) AS bottles, sum(l.quantity * l.unit_price_minor) AS minor
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN catalog_sku k ON k.id = l.sku_id
    WHERE o.release_id = %s AND o.state IN ('placed', 'shipped') GROUP BY o.group_id, l.sku_id
"""
BUYERS = """
    SELECT o.group_id, 0 AS sku_id, count(DISTINCT o.customer_id) FROM orders_order o
    WHERE o.release_id = %s AND o.state IN ('placed', 'shipped') GROUP BY o.group_id
"""
MEMBERS = """
    SELECT f.group_id, 0 AS sku_id, count(*) FROM offers_offer f JOIN customers_membership m ON m.group_id = f.group_id
    JOIN customers_customer c ON c.id = m.customer_id AND c.status = 'active'
    WHERE f.release_id = %s GROUP BY f.group_id
"""


def test_a_release_at_real_size_and_its_report_against_plain_sql(large: World) -> None:
    world, then = large, large.now - timedelta(days=100)
    brought_in(world, then)
    tiered(world, then)
    bought_last_time(world)
    analyse()
    opens_at = world.now + timedelta(days=4)
    release = set_up(world, opens_at)
    given_by_the_ladder(world, release)
    agreed_to(world)
    ordered_by_itself(world, release)
    report = report_of(release, opens_at + timedelta(hours=1))
    offered, bought = counted(OFFERED, release), counted(BOUGHT, release)
    said = {
        (line.offer.group_id, sku.pk): (figures.offered, (figures.bought, figures.wine_minor))
        for line in report.groups
        for sku, figures in line.wines
    }
    assert said == {place: (many, bought.get(place, (0, 0))) for place, (many,) in offered.items()}
    assert len(said) == 34 and sum(many for many, _ in bought.values()) > STANDING * 4
    people = {(line.offer.group_id, 0): (line.people.offered, line.people.bought) for line in report.groups}
    buyers, members = counted(BUYERS, release), counted(MEMBERS, release)
    assert people == {place: (*many, *buyers.get(place, (0,))) for place, many in members.items()}
    assert sum(many for _, many in people.values()) == STANDING
    assert report.sold.bottles == sum(many for many, _ in bought.values())
    assert report.sold.wine_minor == sum(minor for _, minor in bought.values())
    assert all(
        one.offered == one.taken + one.held + one.left for one in (line.figures for line in report.groups)
    )
