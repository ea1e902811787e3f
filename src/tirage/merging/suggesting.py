"""Who on the list is likely one person under two accounts. Reads only; nothing is merged by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tirage.core.sql import fetch_all, is_postgresql
from tirage.customers.models import Customer

#: Likenesses of one kind that are looked at, and pairs that are shown.
MOST = 200
#: More people of one name in one place are a company's list sooner than one person.
MOST_ALIKE = 4

#: An address without what mail programs leave out: what follows a plus sign, and dots before the @.
_MAILBOX = {
    True: "replace(split_part(split_part(c.email, '@', 1), '+', 1), '.', '') || '@' || split_part(c.email, '@', 2)",
    False: """replace(substr(c.email, 1, min(instr(c.email, '@'), instr(c.email || '+', '+')) - 1), '.', '')
        || substr(c.email, instr(c.email, '@'))""",
}
_IDS = {True: "string_agg(DISTINCT who::text, ',')", False: "group_concat(DISTINCT who)"}
_NAME = "lower(c.first_name || ' ' || c.last_name)"
_NAMED = "c.first_name <> '' AND c.last_name <> ''"
_ALIKE = {
    "The same mailbox but for dots or a plus sign": """
        SELECT {mailbox} AS alike, c.id AS who FROM customers_customer c""",
    "The same name and telephone": """
        SELECT {name} || ' ' || c.phone AS alike, c.id AS who FROM customers_customer c
        WHERE c.phone <> '' AND {named}""",
    "The same name and ZIP code": """
        SELECT {name} || ' ' || substr(a.postal_code, 1, 5) AS alike, c.id AS who FROM customers_customer c
        JOIN customers_address a ON a.customer_id = c.id AND a.removed_at IS NULL
        WHERE a.postal_code <> '' AND {named}""",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """``stays`` is proposed to stay: who ordered more, then who came first."""

    stays: Customer
    ends: Customer
    reasons: tuple[str, ...]


def find_likely_pairs(most: int = MOST) -> list[Pair]:
    """Who may be one person, the most reasons first; four statements."""
    reasons: dict[tuple[int, int], list[str]] = {}
    for reason, statement in _ALIKE.items():
        for ids in _alike(statement):
            for pair in combinations(ids, 2):
                reasons.setdefault(pair, []).append(reason)
    chosen = sorted(reasons, key=lambda pair: (-len(reasons[pair]), pair))[:most]
    people = Customer.objects.in_bulk({one for pair in chosen for one in pair})
    return [
        _pair([people[one] for one in pair], reasons[pair]) for pair in chosen if set(pair) <= people.keys()
    ]


def _alike(statement: str) -> list[list[int]]:
    engine = is_postgresql()
    each_one = statement.format(mailbox=_MAILBOX[engine], name=_NAME, named=_NAMED)
    rows = fetch_all(
        f"SELECT {_IDS[engine]} AS ids FROM ({each_one}) each_one GROUP BY alike"  # noqa: S608  # fixed words
        f" HAVING count(DISTINCT who) BETWEEN 2 AND {MOST_ALIKE} ORDER BY min(who) LIMIT {MOST}"
    )
    return [sorted(int(one) for one in row["ids"].split(",")) for row in rows]


def _pair(people: Sequence[Customer], reasons: Sequence[str]) -> Pair:
    stays, ends = sorted(people, key=lambda one: (-one.orders_count, one.signed_up_at, one.pk))
    return Pair(stays, ends, tuple(reasons))
