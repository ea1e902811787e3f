"""Take rates: what somebody bought of what they were offered.

What a stay in a group was offered is worked out from its two moments, without a row for each offer: the bottles of the
group's offers that ended after it began, less those that began after it was over. Only whose stays may count an offer
twice, or who was suspended, are looked at offer by offer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import DateTimeField, F, Min, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from tirage.core.fields import product
from tirage.core.sql import is_postgresql
from tirage.offers.models import Offer, OfferItem
from tirage.segments.compiling.people import Compile, customers
from tirage.segments.compiling.scope import STANDING, Scope, Sql, among, joined, orders_by_figures, ratio, sql
from tirage.segments.rules import Condition


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer, from when until when its group saw it, and the bottles of all its maximums."""

    offer_id: int
    release_id: int
    group_id: int
    begins: datetime
    ends: datetime
    bottles: int


def take(found: Condition, scope: Scope) -> Sql:
    """Bottles bought ÷ bottles offered over the releases that opened last; those of its time were offered them."""
    shown = _shown(found.whole("releases"), scope)
    if not shown:
        return customers(scope, Sql("1 = 0"))
    statement = _tables(shown, scope) + Sql("SELECT b.customer_id AS id") + _BESIDE
    statement += Sql("HAVING sum(b.offered) > 0 AND")
    statement += ratio("sum(b.taken)", "sum(b.offered)", found.number("from"), found.number("to"))
    return Sql("SELECT q.id AS id FROM (") + statement + Sql(") q")


def offered_and_taken(since: datetime, before: datetime, now: datetime) -> Sql | None:
    """``customer_id``, bottles ``offered`` and ``taken`` of releases that first opened in that time; None of none.

    Offers to test groups don't count.
    """
    scope = Scope(now)
    shown = _shown_offers(scope).filter(group__is_test=False)
    opened = shown.values("release").annotate(opened=Min("opens_at"))
    releases = list(opened.filter(opened__gte=since, opened__lt=before).values_list("release", flat=True))
    offers = _with_bottles(shown, releases)
    if not offers:
        return None
    sums = Sql("SELECT b.customer_id, sum(b.offered) AS offered, sum(b.taken) AS taken")
    return _tables(offers, scope) + sums + _BESIDE


def _tables(shown: Sequence[Shown], scope: Scope) -> Sql:
    tables = {
        "offers": _offers(shown),
        "silences": _silences(),
        "stays": _stays(shown, scope),
        "together": _TOGETHER,
        "odd": _ODD,
        "people": _PEOPLE,
        "entitled": _ENTITLED,
        "own": _own(scope),
        "taken": _taken(shown, scope),
    }
    return Sql("WITH") + joined(
        [Sql(f"{name} AS (") + table + Sql(")") for name, table in tables.items()], ","
    )


#: Put below one another and added up: SQLite, which has no statistics, might join them row by row.
_BESIDE = Sql(
    "FROM (SELECT customer_id, bottles AS offered, 0 AS taken FROM entitled"
    " UNION ALL SELECT customer_id, bottles, 0 FROM own UNION ALL SELECT customer_id, 0, bottles FROM taken) b"
    " GROUP BY b.customer_id"
)


def _offers(shown: Sequence[Shown]) -> Sql:
    row = "SELECT %s AS offer_id, %s AS group_id, %s AS begins, %s AS ends, %s AS bottles"
    typed = row.replace("%s AS begins, %s AS ends", "%s::timestamptz AS begins, %s::timestamptz AS ends")
    one = typed if is_postgresql() else row
    rows = [
        sql(one, offer.offer_id, offer.group_id, offer.begins, offer.ends, offer.bottles) for offer in shown
    ]
    return joined(rows, "UNION ALL")


def _stays(shown: Sequence[Shown], scope: Scope) -> Sql:
    """Each stay in a group with the bottles that it was offered."""
    ended_after = _steps(shown, "m.since", lambda offer: offer.ends, later=True)
    begun_after = _steps(shown, "m.until", lambda offer: offer.begins, later=False)
    present = Sql("SELECT m.customer_id, m.group_id,") + ended_after
    present += Sql("AS bottles FROM customers_membership m WHERE 1 = 1") + scope.mine("m.customer_id")
    past = Sql("SELECT m.customer_id, m.group_id,") + ended_after + Sql("-") + begun_after
    past += Sql("AS bottles FROM customers_pastmembership m WHERE 1 = 1") + scope.mine("m.customer_id")
    return present + Sql("UNION ALL") + past


def _steps(shown: Sequence[Shown], moment: str, edge: Callable[[Shown], datetime], *, later: bool) -> Sql:
    """The bottles of the group's offers whose edge is later than ``moment``; or as late, unless ``later``."""
    ordered = sorted(shown, key=lambda offer: (offer.group_id, edge(offer)))
    groups = Sql("(CASE m.group_id")
    for group_id, offers in groupby(ordered, key=lambda offer: offer.group_id):
        some = list(offers)
        steps = Sql("CASE")
        for at, offer in enumerate(some):
            rest = sum(one.bottles for one in some[at:])
            steps += sql(f"WHEN {moment} {'<' if later else '<='} %s THEN %s", edge(offer), rest)
        groups += sql("WHEN %s THEN", group_id) + steps + Sql("ELSE 0 END")
    return groups + Sql("ELSE 0 END)")


_TOGETHER = Sql(
    "SELECT q.customer_id, CAST(sum(q.bottles) AS bigint) AS bottles, count(*) AS stays, min(q.group_id) AS one,"
    " max(q.group_id) AS other FROM stays q WHERE q.bottles > 0 GROUP BY q.customer_id"
)
#: Whose offers are looked at one by one: more stays than one in a group, as far as that is seen at once, or suspended.
_ODD = Sql(
    "SELECT t.customer_id AS id FROM together t WHERE t.stays > 2 OR (t.stays = 2 AND t.one = t.other)"
    " UNION SELECT z.customer_id FROM silences z"
)
#: The offers that each of them saw. CROSS JOIN says the order to SQLite, which has no statistics.
_PEOPLE = Sql(
    "SELECT m.customer_id, f.offer_id FROM odd d CROSS JOIN customers_membership m"
    " CROSS JOIN offers f WHERE m.customer_id = d.id AND f.group_id = m.group_id AND m.since < f.ends"
    " UNION SELECT m.customer_id, f.offer_id FROM odd d"
    " CROSS JOIN customers_pastmembership m CROSS JOIN offers f WHERE m.customer_id = d.id"
    " AND f.group_id = m.group_id AND m.since < f.ends AND m.until > f.begins"
)


def _silences() -> Sql:
    """From when until when whoever was ever suspended was so; few, beside everybody."""
    always = ("'-infinity'::timestamptz", "'infinity'::timestamptz") if is_postgresql() else ("''", "'9999'")
    return Sql(
        f"SELECT c.id AS customer_id, coalesce(c.suspended_at, {always[0]}) AS since, {always[1]} AS until"
        " FROM customers_customer c WHERE c.status = 'suspended'"
        " UNION ALL SELECT s.customer_id, s.since, s.until FROM customers_pastsuspension s"
    )


def _heard(person: str, offer: str) -> str:
    """That somebody wasn't suspended all the while an offer was shown."""
    return (
        f"NOT EXISTS (SELECT 1 FROM silences z WHERE z.customer_id = {person}"
        f" AND z.since <= {offer}.begins AND z.until >= {offer}.ends)"
    )


_ENTITLED = Sql(
    "SELECT t.customer_id, t.bottles FROM together t WHERE t.customer_id NOT IN (SELECT id FROM odd)"
    " UNION ALL SELECT p.customer_id, sum(f.bottles) FROM people p CROSS JOIN offers f WHERE f.offer_id = p.offer_id"
    f" AND {_heard('p.customer_id', 'f')} GROUP BY p.customer_id"
)


def _own(scope: Scope) -> Sql:
    """What own limits add to the group's, or take from them. The sign keeps SQLite to the customer's own stays."""
    return (
        Sql(
            "SELECT a.customer_id, sum((a.purchase_maximum - i.purchase_maximum) * k.units) AS bottles FROM offers f"
            " CROSS JOIN offers_offeritem i CROSS JOIN offers_customallowance a CROSS JOIN catalog_sku k"
            " WHERE i.offer_id = f.offer_id AND a.offer_item_id = i.id AND k.id = i.sku_id"
        )
        + scope.mine("a.customer_id")
        + Sql(
            "AND (EXISTS (SELECT 1 FROM customers_membership m WHERE m.customer_id = a.customer_id"
            " AND m.group_id = f.group_id AND m.since < f.ends)"
            " OR EXISTS (SELECT 1 FROM customers_pastmembership m WHERE m.customer_id = a.customer_id"
            " AND +m.group_id = f.group_id AND m.since < f.ends AND m.until > f.begins))"
            f" AND {_heard('a.customer_id', 'f')} GROUP BY a.customer_id"
        )
    )


def _taken(shown: Sequence[Shown], scope: Scope) -> Sql:
    releases = among("o.release_id", sorted({offer.release_id for offer in shown}), kind="bigint")
    of = f"SELECT o.customer_id, sum(o.bottle_count) AS bottles FROM {orders_by_figures()} WHERE {STANDING} AND"
    return Sql(of) + releases + scope.mine("o.customer_id") + Sql("GROUP BY o.customer_id")


def _shown(count: int, scope: Scope) -> list[Shown]:
    """The offers of the ``count`` releases that opened last."""
    shown = _shown_offers(scope)
    latest = shown.values("release").annotate(opened=Min("opens_at")).order_by("-opened", "-release")[:count]
    return _with_bottles(shown, [row["release"] for row in latest])


def _shown_offers(scope: Scope) -> Any:
    """Offers that were ever open, with their first moment and their last or the present one."""
    end = Value(scope.now + timedelta(microseconds=1), output_field=DateTimeField())
    return (
        Offer.objects.filter(Q(is_active=True) | Q(deactivated_at__isnull=False))
        .annotate(
            begins=Greatest("opens_at", Coalesce("activated_at", "opens_at")),
            ends=Least("closes_at", Coalesce("deactivated_at", "closes_at"), end),
        )
        .filter(begins__lt=F("ends"))
    )


def _with_bottles(shown: Any, releases: Sequence[int]) -> list[Shown]:
    full = dict(
        OfferItem.objects.filter(offer__release__in=releases)
        .values_list("offer")
        .annotate(bottles=Sum(product("purchase_maximum", "sku__units")))
    )
    found: Any = shown.filter(release__in=releases).order_by("pk")
    return [
        Shown(
            offer.pk, offer.release_id, offer.group_id, offer.begins, offer.ends, int(full.get(offer.pk, 0))
        )
        for offer in found
    ]


COMPILERS: dict[str, Compile] = {"take": take}
