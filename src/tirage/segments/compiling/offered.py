"""Conditions about what became of an offer: who was offered, invited, looked, has something in the cart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tirage.core.sql import moment_in
from tirage.segments.compiling.people import Compile
from tirage.segments.compiling.scope import Scope, Sql, joined, sql
from tirage.segments.rules import Condition
from tirage.wishes.reallocation.statements import offered_people

_NAMED = re.compile(r"%\((\w+)\)s")
_RELEASE = "(SELECT r.id FROM offers_release r WHERE r.reference = %s)"


def _in_order(text: str, parameters: Mapping[str, Any]) -> Sql:
    """A statement with named parameters as one with marks."""
    values = tuple(parameters[name] for name in _NAMED.findall(text))
    return Sql(_NAMED.sub("%s", text), values)


def offered(found: Condition, scope: Scope) -> Sql:
    """As reports and unused bottles count them; test groups only where they are named."""
    text = offered_people().replace("%(release)s", _RELEASE.replace("%s", "%(reference)s"))
    facts = {"reference": found.text("release"), "now": moment_in(scope.now)}
    people = _in_order(text, facts) + Sql("SELECT p.customer_id AS id FROM people p WHERE 1 = 1")
    group = found.text("group")
    which = sql("g.reference = %s", group) if group else Sql("NOT g.is_test")
    people += Sql(
        "AND p.offer_id IN (SELECT o.id FROM offers_offer o JOIN customers_group g ON g.id = o.group_id WHERE"
    )
    return people + which + Sql(")") + scope.mine("p.customer_id")


def invited(found: Condition, scope: Scope) -> Sql:
    of_group = Sql("")
    if group := found.text("group"):
        of_group = sql("AND o.group_id = (SELECT g.id FROM customers_group g WHERE g.reference = %s)", group)
    return _marked("notifications_offerinvitation", found, scope) + of_group


def seen(found: Condition, scope: Scope) -> Sql:
    return _marked("checkout_offerlook", found, scope)


def _marked(table: str, found: Condition, scope: Scope) -> Sql:
    """Customers of whom ``table`` has a row for an offer of the release."""
    return sql(
        f"SELECT x.customer_id AS id FROM {table} x JOIN offers_offer o ON o.id = x.offer_id"
        f" WHERE o.release_id = {_RELEASE}",
        found.text("release"),
    ) + scope.mine("x.customer_id")


def in_cart(found: Condition, scope: Scope) -> Sql:
    return sql(
        "SELECT k.customer_id AS id FROM checkout_cart k JOIN inventory_hold h ON h.holder = k.reference"
        f" WHERE k.kept_until IS NULL AND k.release_id = {_RELEASE} AND h.expires_at > %s",
        found.text("release"),
        scope.now,
    ) + scope.mine("k.customer_id")


def bounced(found: Condition, scope: Scope) -> Sql:
    """The mailbox that refused is still theirs, and has taken no mail since; or the provider says that it refuses."""
    refused = Sql(
        "SELECT c.id AS id FROM notifications_sentmail m JOIN customers_customer c ON c.id = m.customer_id"
        " WHERE m.refused_by <> '' AND m.refused_by = c.email AND NOT EXISTS ("
        "SELECT 1 FROM notifications_sentmail y WHERE y.customer_id = c.id AND y.sent_at > m.due_at)"
    ) + scope.mine("c.id")
    told = Sql(
        "SELECT c.id AS id FROM notifications_mailbox b JOIN customers_customer c ON c.email = b.address"
        " WHERE b.why = 'bounced' AND b.taken_back_at IS NULL"
    ) + scope.mine("c.id")
    return joined([refused, told], "UNION")


COMPILERS: dict[str, Compile] = {
    "offered": offered,
    "invited": invited,
    "seen": seen,
    "in_cart": in_cart,
    "bounced": bounced,
}
