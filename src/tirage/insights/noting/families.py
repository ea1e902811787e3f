"""What is looked for: one function a family, each a statement or two over all customers, then tests area by area."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from django.db.models import F

from tirage.customers.models import Group, Membership
from tirage.customers.states import GroupKind
from tirage.insights.noting.homes import Gathered, compare_areas
from tirage.insights.noting.lapsing import lapsing
from tirage.insights.noting.scene import Scene
from tirage.insights.noting.timing import timing
from tirage.insights.rules.facts import FactKind
from tirage.insights.statements import _not_of, bought, rows_of, within
from tirage.segments.compiling.scope import Sql, joined


def sales(scene: Scene) -> Gathered:
    """Metros, states and countries where more, or fewer, customers than elsewhere spent more than the year before."""
    gathered = Gathered()
    rows = rows_of(
        Sql("SELECT b.customer_id, b.minor, b.minor_b FROM (")
        + bought(scene.period, scene.before, scene.tests)
        + Sql(") b WHERE b.minor <> b.minor_b ORDER BY b.customer_id")
    )
    compare_areas(
        gathered,
        ((customer, now > before, (int(now), int(before))) for customer, now, before in rows),
        scene.homes,
        kind=FactKind.GROWING,
        opposite=FactKind.FADING,
        sums=("sales", "sales_before"),
        rest_sums=("rest_sales", "rest_before"),
    )
    return gathered


def newcomers(scene: Scene) -> Gathered:
    """Where more of those who bought did so for the first time."""
    gathered = Gathered()
    rows = rows_of(
        Sql("SELECT c.id, CASE WHEN")
        + within("c.first_order_at", scene.period)
        + Sql("THEN 1 ELSE 0 END FROM customers_customer c JOIN (")
        + bought(scene.period, scene.before, scene.tests)
        + Sql(") b ON b.customer_id = c.id WHERE b.n > 0 ORDER BY c.id")
    )
    people = ((customer, bool(first), ()) for customer, first in rows)
    compare_areas(gathered, people, scene.homes, kind=FactKind.NEW_HERE)
    return gathered


def refunds(scene: Scene) -> Gathered:
    """Where more, or fewer, of those who paid for orders of the twelve months were refunded something of it."""
    gathered = Gathered()
    ours = within("o.placed_at", scene.period) + _not_of(scene.tests)
    parts = [
        Sql(
            "SELECT o.customer_id, o.paid_minor AS came, 0 AS back FROM orders_order o"
            " WHERE o.state IN ('placed', 'shipped', 'cancelled') AND"
        )
        + ours,
        Sql(
            "SELECT o.customer_id, y.amount_minor, y.amount_minor FROM payments_payment y"
            " JOIN orders_order o ON o.id = y.order_id WHERE y.kind = 'refund' AND y.state = 'settled'"
            " AND o.state IN ('placed', 'shipped', 'cancelled') AND"
        )
        + ours,
    ]
    rows = rows_of(
        Sql("SELECT q.customer_id, sum(q.came), sum(q.back) FROM (")
        + joined(parts, "UNION ALL")
        + Sql(") q GROUP BY q.customer_id HAVING sum(q.came) > 0 ORDER BY q.customer_id")
    )
    compare_areas(
        gathered,
        ((customer, back > 0, (int(back), int(came))) for customer, came, back in rows),
        scene.homes,
        kind=FactKind.REFUNDS_HIGH,
        opposite=FactKind.REFUNDS_LOW,
        sums=("back", "paid"),
        rest_sums=("rest_back", "rest_paid"),
    )
    return gathered


def wishes(scene: Scene) -> Gathered:
    """Where more of those who bought or wished asked for bottles that they weren't given."""
    gathered = Gathered()
    asked = (
        Sql(
            "SELECT w.customer_id, sum(CAST(w.asked - w.granted AS bigint) * k.units) AS unmet"
            " FROM wishes_wish w JOIN offers_offeritem i ON i.id = w.offer_item_id"
            " JOIN offers_offer f ON f.id = i.offer_id JOIN catalog_sku k ON k.id = i.sku_id"
            " WHERE w.state NOT IN ('withdrawn', 'test') AND"
        )
        + within("w.made_at", scene.period)
        + _not_of(scene.tests, "f.group_id")
        + Sql("GROUP BY w.customer_id")
    )
    buying = (
        Sql("SELECT o.customer_id, 0 AS unmet FROM orders_order o WHERE o.state IN ('placed', 'shipped') AND")
        + within("o.placed_at", scene.period)
        + _not_of(scene.tests)
    )
    rows = rows_of(
        Sql("SELECT q.customer_id, sum(q.unmet) FROM (")
        + joined([asked, buying], "UNION ALL")
        + Sql(") q GROUP BY q.customer_id ORDER BY q.customer_id")
    )
    compare_areas(
        gathered,
        ((customer, unmet > 0, (int(unmet),)) for customer, unmet in rows),
        scene.homes,
        kind=FactKind.WISHES_UNMET,
        sums=("bottles",),
    )
    return gathered


def tiers(scene: Scene) -> Gathered:
    """Where an allocation group is at home: more of an area's customers are in it than of others'."""
    gathered = Gathered()
    groups = dict(
        Group.objects.filter(kind=GroupKind.ALLOCATION.value, is_test=False)
        .order_by("rank", "pk")
        .values_list("reference", "name")
    )
    members: dict[str, set[int]] = defaultdict(set)
    kept = Membership.objects.filter(group__reference__in=groups)
    for reference, customer_id in kept.annotate(of=F("group__reference")).values_list("of", "customer_id"):
        members[reference].add(customer_id)
    everybody = sorted(scene.homes.areas)
    for reference, name in groups.items():
        inside = members[reference]
        compare_areas(
            gathered,
            ((customer, customer in inside, ()) for customer in everybody),
            scene.homes,
            kind=FactKind.TIER_CONCENTRATED,
            group=(reference, name),
        )
    return gathered


#: In the order in which they are looked for.
FAMILIES: dict[str, Callable[[Scene], Gathered]] = {
    "sales": sales,
    "refunds": refunds,
    "wishes": wishes,
    "tiers": tiers,
    "newcomers": newcomers,
    "lapsing": lapsing,
    "timing": timing,
}
