"""Conditions about the person: group, tag, place, sign-up, consent, cards, days, store credit, RFM class."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from tirage.core.sql import day_of, is_postgresql
from tirage.core.winery import start_of_day
from tirage.places import edges_of, find_zip, zips_within
from tirage.places.outlines import MOST as MOST_CORNERS
from tirage.segments.compiling.scope import Scope, Sql, among, between, joined, sql
from tirage.segments.models import SavedPlace
from tirage.segments.rules import Condition, read_home

Compile = Callable[[Condition, Scope], Sql]


def customers(scope: Scope, where: Sql) -> Sql:
    """Customers by their own columns, as ``c``."""
    return Sql("SELECT c.id AS id FROM customers_customer c WHERE") + where + scope.mine("c.id")


def credit(found: Condition, scope: Scope) -> Sql:
    low, high = scope.minor(found.number("from")), scope.minor(found.number("to"))
    return customers(scope, between("c.credit_minor", low, high))


def first_order(found: Condition, scope: Scope) -> Sql:
    return customers(scope, Sql("c.first_order_at IS NOT NULL") + scope.within(found, "c.first_order_at"))


def last_order(found: Condition, scope: Scope) -> Sql:
    return customers(scope, Sql("c.last_order_at IS NOT NULL") + scope.within(found, "c.last_order_at"))


def signed_up(found: Condition, scope: Scope) -> Sql:
    return customers(scope, Sql("c.signed_up_at IS NOT NULL") + scope.within(found, "c.signed_up_at"))


def source(found: Condition, scope: Scope) -> Sql:
    return customers(scope, sql("c.source = %s", found.text("source")))


def opted_in(found: Condition, scope: Scope) -> Sql:
    return customers(scope, Sql("c.marketing_consent_at IS NOT NULL"))


def suspended(found: Condition, scope: Scope) -> Sql:
    return customers(scope, Sql("c.status = 'suspended'"))


def group(found: Condition, scope: Scope) -> Sql:
    reference, on = found.text("group"), found.get("on")
    of_group = "FROM {} m JOIN customers_group g ON g.id = m.group_id WHERE g.reference = %s"
    present = sql(f"SELECT m.customer_id AS id {of_group.format('customers_membership')}", reference)
    present += scope.mine("m.customer_id")
    if not isinstance(on, date):
        return present
    begins, ends = start_of_day(on), start_of_day(on + timedelta(days=1))
    past = sql(f"SELECT m.customer_id AS id {of_group.format('customers_pastmembership')}", reference)
    past += sql("AND m.since < %s AND m.until > %s", ends, begins) + scope.mine("m.customer_id")
    return joined([present + sql("AND m.since < %s", ends), past], "UNION")


def tier(found: Condition, scope: Scope) -> Sql:
    return Sql(
        "SELECT m.customer_id AS id FROM customers_membership m WHERE m.kind = 'allocation'"
    ) + scope.mine("m.customer_id")


#: What a membership is for each word; who came back after leaving is a member.
_MEMBERS = {
    "member": "m.state IN ('active', 'paused')",
    "paused": "m.state = 'paused'",
    "left": """m.state = 'left' AND NOT EXISTS (
        SELECT 1 FROM clubs_clubmember n
        WHERE n.club_id = m.club_id AND n.customer_id = m.customer_id AND n.state IN ('active', 'paused'))""",
}


def club(found: Condition, scope: Scope) -> Sql:
    members = "SELECT m.customer_id AS id FROM clubs_club b JOIN clubs_clubmember m ON m.club_id = b.id"
    return sql(
        f"{members} WHERE b.reference = %s AND {_MEMBERS[found.text('as')]}", found.text("club")
    ) + scope.mine("m.customer_id")


def tag(found: Condition, scope: Scope) -> Sql:
    return sql(
        "SELECT x.customer_id AS id FROM customers_tag t JOIN customers_tag_customers x ON x.tag_id = t.id"
        " WHERE t.name = %s",
        found.text("tag"),
    ) + scope.mine("x.customer_id")


def customer_list(found: Condition, scope: Scope) -> Sql:
    return sql(
        "SELECT m.customer_id AS id FROM segments_customerlist l"
        " JOIN segments_customerlistmember m ON m.list_id = l.id WHERE l.reference = %s",
        found.text("list"),
    ) + scope.mine("m.customer_id")


def _living(scope: Scope, where: Sql) -> Sql:
    """By the default address, as ``a``."""
    return (
        Sql(
            "SELECT a.customer_id AS id FROM customers_address a WHERE a.is_default AND a.removed_at IS NULL AND"
        )
        + where
        + scope.mine("a.customer_id")
    )


def state(found: Condition, scope: Scope) -> Sql:
    return _living(scope, sql("a.state = %s AND a.country = 'US'", found.text("state")))


def zip_code(found: Condition, scope: Scope) -> Sql:
    beginning = found.text("zip").upper()
    return _living(scope, sql("substr(upper(a.postal_code), 1, %s) = %s", len(beginning), beginning))


def near(found: Condition, scope: Scope) -> Sql:
    middle = find_zip(found.text("zip"))
    if middle is None or middle.latitude is None or middle.longitude is None:
        return customers(scope, Sql("1 = 0"))
    around = zips_within(middle.latitude, middle.longitude, found.whole("miles"))
    return _living(
        scope,
        Sql("a.country = 'US' AND") + among("substr(a.postal_code, 1, 5)", [zip.zip for _, zip in around]),
    )


_CARDS = "SELECT p.customer_id AS id FROM payments_paymentmethod p WHERE p.kept AND p.removed_at IS NULL"
_MONTH = "p.exp_year * 12 + p.exp_month"


def _month(day: date) -> int:
    return day.year * 12 + day.month


#: The table of where customers live belongs to the room of insights, which stands above this one and isn't imported.
_HOMES = "SELECT h.customer_id AS id FROM insights_placement h WHERE"
_HOME_COLUMNS = {
    "state": "h.country = 'US' AND h.state = %s",
    "metro": "h.metro = %s",
    "county": "h.county = %s",
    "zip": "h.country = 'US' AND h.zip_code = %s",
    "country": "h.country = %s",
}


def lives(found: Condition, scope: Scope) -> Sql:
    home = read_home(found.text("area"))
    if home is None:
        return customers(scope, Sql("1 = 0"))
    kind, code = home
    where = sql(f"h.coverage <> 'excluded' AND {_HOME_COLUMNS[kind]}", code)
    return Sql(_HOMES) + where + scope.mine("h.customer_id")


def place(found: Condition, scope: Scope) -> Sql:
    """A ray to the east crosses the outline an odd number of times, as ``places.is_inside`` has it."""
    kept = SavedPlace.objects.filter(reference=found.text("place")).first()
    if kept is None:
        return customers(scope, Sql("1 = 0"))
    crossed = [
        Sql(
            "CASE WHEN h.latitude >= %s AND h.latitude < %s AND h.longitude < %s + (h.latitude - %s) * %s"
            " THEN 1 ELSE 0 END",
            (edge.south, edge.north, edge.east, edge.at, edge.slope),
        )
        for edge in edges_of(kept.corners)
    ]
    south, north = (way(latitude for latitude, _ in kept.corners) for way in (min, max))
    where = sql("h.latitude >= %s AND h.latitude <= %s AND (", south, north) + joined(crossed, "+")
    return Sql(_HOMES) + where + Sql(f") IN ({_ODD})") + scope.mine("h.customer_id")


#: Written out, since the engines' drivers take the sign of a remainder for a mark of theirs.
_ODD = ", ".join(str(number) for number in range(1, MOST_CORNERS + 1, 2))


def card(found: Condition, scope: Scope) -> Sql:
    return sql(f"{_CARDS} AND {_MONTH} >= %s", _month(scope.today)) + scope.mine("p.customer_id")


def card_expires(found: Condition, scope: Scope) -> Sql:
    """Its last day is the last one of its month: valid today, over by then."""
    over_by = _month(scope.today + timedelta(days=found.whole("days") + 1)) - 1
    return sql(f"{_CARDS} AND {_MONTH} >= %s AND {_MONTH} <= %s", _month(scope.today), over_by) + scope.mine(
        "p.customer_id"
    )


_DAYS_OF_A_YEAR = 366
_DAYS_OF = {"birthday": "birth_date", "sign_up": "signed_up_at", "first_order": "first_order_at"}


def anniversary(found: Condition, scope: Scope) -> Sql:
    """Whose day of the year is among the coming ones, and who has had that day before."""
    column = _DAYS_OF[found.text("of")]
    days = {
        f"{day:%m-%d}" for n in range(found.whole("days") + 1) for day in [scope.today + timedelta(days=n)]
    }
    leaps = {scope.today.year, (scope.today + timedelta(days=found.whole("days"))).year}
    if "02-28" in days and not all(_is_leap(year) for year in leaps):
        days.add("02-29")
    where = Sql(f"c.{column} IS NOT NULL")
    if len(days) == _DAYS_OF_A_YEAR:
        before = start_of_day(scope.today)
        return customers(
            scope, where if column == "birth_date" else where + sql(f"AND c.{column} < %s", before)
        )
    if column == "birth_date":
        written = "to_char(c.birth_date, 'MM-DD')" if is_postgresql() else "substr(c.birth_date, 6, 5)"
        where += Sql("AND") + among(written, sorted(days))
    else:
        where += sql(f"AND c.{column} < %s", start_of_day(scope.today)) + Sql("AND")
        if not is_postgresql():
            # A function of Python's is asked for the winery's day only where UTC's is that or the one beside it.
            where += among(f"substr(c.{column}, 6, 5)", sorted(_beside(days))) + Sql("AND")
        where += among(_day_of_year(f"c.{column}", scope), sorted(days))
    return customers(scope, where)


def _beside(days: set[str]) -> set[str]:
    """These days of the year with the day before and the day after each."""
    near = (date(2024, int(day[:2]), int(day[3:])) + timedelta(days=n) for day in days for n in (-1, 0, 1))
    return {f"{day:%m-%d}" for day in near}


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _day_of_year(column: str, scope: Scope) -> Sql:
    """The day that a moment has on the winery's clock."""
    if is_postgresql():
        return Sql(f"to_char({day_of(column, '%s')}, 'MM-DD')", (scope.zone,))
    return Sql(f"substr({day_of(column, '%s')}, 6, 5)", (scope.zone,))


_RFM = """
SELECT s.id AS id FROM (
    SELECT c.id AS id,
        1 + (rank() OVER (ORDER BY c.last_order_at) - 1) * 5 / count(*) OVER () AS r,
        1 + (rank() OVER (ORDER BY c.orders_count) - 1) * 5 / count(*) OVER () AS f,
        1 + (rank() OVER (ORDER BY c.lifetime_minor) - 1) * 5 / count(*) OVER () AS m
    FROM customers_customer c WHERE c.orders_count > 0) s
WHERE"""
_CLASS = {
    "champions": "s.r >= 4 AND s.f >= 4 AND s.m >= 4",
    "loyal": "s.f >= 4 AND s.r >= 3",
    "new": "s.r >= 4 AND s.f <= 2",
    "at_risk": "s.r <= 2 AND s.f >= 3",
    "asleep": "s.r <= 2 AND s.f <= 2",
}


def rfm(found: Condition, scope: Scope) -> Sql:
    """The first of the classes that fits; see ``rules.kinds.RFM_NOTE``."""
    wanted = found.text("class")
    if wanted == "never":
        return customers(scope, Sql("c.orders_count = 0"))
    before = list(_CLASS)[: list(_CLASS).index(wanted)] if wanted in _CLASS else list(_CLASS)
    where = [f"({_CLASS[wanted]})"] if wanted in _CLASS else []
    where += [f"NOT ({_CLASS[name]})" for name in before]
    return Sql(f"{_RFM} {' AND '.join(where)}") + scope.mine("s.id")


COMPILERS: dict[str, Compile] = {
    "credit": credit,
    "first_order": first_order,
    "last_order": last_order,
    "signed_up": signed_up,
    "source": source,
    "opted_in": opted_in,
    "suspended": suspended,
    "group": group,
    "tier": tier,
    "club": club,
    "tag": tag,
    "list": customer_list,
    "state": state,
    "zip": zip_code,
    "near": near,
    "lives": lives,
    "place": place,
    "card": card,
    "card_expires": card_expires,
    "anniversary": anniversary,
    "rfm": rfm,
}
