"""Everything that a customer has bought, by wine: what has come, what is kept, and what is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tirage.catalog.models import format_name
from tirage.catalog.rules import full_title
from tirage.core.sql import fetch_all, moment_out

# What went to storage stays the customer's there; what isn't bottled yet waits in bond until it is released.
_CELLAR = """
SELECT k.id, k.code, k.name, k.millilitres, k.units, v.year, b.digest, sum(l.quantity) AS bought,
       sum(CASE WHEN o.state = 'placed' AND coalesce(r.kind, '') <> 'en_primeur' THEN l.quantity ELSE 0 END) AS to_come,
       sum(CASE WHEN o.state = 'placed' AND r.kind = 'en_primeur' THEN l.quantity ELSE 0 END) AS in_bond,
       sum(CASE WHEN o.state = 'shipped' AND m.kind = 'storage' THEN l.quantity ELSE 0 END) AS stored,
       min(o.placed_at) AS first_at, max(o.placed_at) AS last_at
FROM orders_order o
JOIN orders_orderline l ON l.order_id = o.id
JOIN catalog_sku k ON k.id = l.sku_id
JOIN catalog_vintage v ON v.id = k.vintage_id
LEFT JOIN catalog_label b ON b.id = v.label_id
LEFT JOIN offers_release r ON r.id = o.release_id
LEFT JOIN delivery_method m ON m.id = o.method_id
WHERE o.customer_id = %s AND o.state IN ('placed', 'shipped')
GROUP BY k.id, k.code, k.name, k.millilitres, k.units, v.year, b.digest
HAVING sum(l.quantity) > 0
ORDER BY max(o.placed_at) DESC, k.name, k.id
"""


@dataclass(frozen=True, slots=True)
class CellarWine:
    """One wine in one format; in pieces of it."""

    code: str
    name: str
    year: int | None
    format_name: str
    label_digest: str
    bought: int
    #: Ordered and on its way to be sent or fetched; en primeur and not released; kept in storage.
    to_come: int
    in_bond: int
    stored: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def title(self) -> str:
        return full_title(self.name, self.format_name)

    @property
    def received(self) -> int:
        """What has been sent or handed over."""
        return self.bought - self.to_come - self.in_bond - self.stored


def cellar_of(customer_id: int) -> list[CellarWine]:
    """What the customer has bought and not given back, from the former system too, newest first; one statement."""
    return [
        CellarWine(
            code=row["code"],
            name=row["name"],
            year=row["year"],
            format_name=format_name(row["millilitres"], row["units"]),
            label_digest=row["digest"] or "",
            bought=int(row["bought"]),
            to_come=int(row["to_come"]),
            in_bond=int(row["in_bond"]),
            stored=int(row["stored"]),
            first_at=moment_out(row["first_at"]),
            last_at=moment_out(row["last_at"]),
        )
        for row in fetch_all(_CELLAR, [customer_id])
    ]
