"""What can be done with a draft that sends wine where it may not go: choices that were tried before they are shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from tirage.changes.facts import Facts, gather_facts, load_of, method_wanted, parcel_to, ship_to_of
from tirage.changes.models import ChangeDraft
from tirage.changes.rules import ChangeQuote, QuoteLine
from tirage.checkout.volumes import judge_parcel
from tirage.checkout.ways_out import Out, WayOut, barred_wines, held, other_addresses, say_instead, way_of
from tirage.customers.models import Address
from tirage.delivery.queries import quote_methods, special_of
from tirage.delivery.states import SENT
from tirage.orders.rules import ShipTo

#: What stands against a draft for where it goes.
_OF_PLACES = ("not_deliverable", "against_law", "beyond_volume_limit")


def ways_out_of_draft(draft: ChangeDraft, quote: ChangeQuote, now: datetime) -> tuple[WayOut, ...]:
    """What its maker can do instead; none, without a statement, where nothing of the kind stands against it.

    Else the facts are gathered again, with some statements for each of a few other addresses.
    """
    if not any(one.code in _OF_PLACES for one in quote.problems):
        return ()
    facts, goes_to = gather_facts(draft, now), ship_to_of(draft)
    own = Address.objects.filter(customer_id=draft.order.customer_id, removed_at__isnull=True)
    others = [one for one in own.order_by("-is_default", "-pk") if ShipTo.of(one) != goes_to]

    def goes(to: Address) -> str:
        return _way_to(facts, to, now)

    here = Address(customer_id=draft.order.customer_id, **asdict(goes_to))
    is_held = not goes_to.location and any(way.may_be_held for way in quote.methods)
    found = [
        _fewer(facts),
        *(way_of(way.reference, way.name, way.shipping) for way in quote.methods if way.kind not in SENT),
        held(here, goes, facts.volume, now) if is_held and goes_to.line1 else None,
        *other_addresses(others, goes),
        WayOut(Out.NEW, "Send it to another address"),
    ]
    return tuple(one for one in found if one)


def _way_to(facts: Facts, to: Address, now: datetime) -> str:
    """The way by which all of it may go to another address: the one that is chosen where it leads there."""
    freight = load_of(facts.lines, after=True).freight(facts.priced.becomes.terms.discount_bp)
    quotes = quote_methods(
        country=to.country,
        state=to.state,
        freight=freight,
        free_shipping=False,
        special=special_of(to),
        location=to.location,
        staff=not facts.by_customer,
        city=to.city,
        postal_code=to.postal_code,
        customer_id=facts.order.customer_id,
        now=now,
    )
    ways = [way for way in quotes if way.kind.is_sent and not way.refuses]
    wanted = method_wanted(facts.draft)
    way = next((one for one in ways if one.reference == wanted), ways[0] if ways else None)
    if way is None:
        return ""
    parcel = parcel_to(facts.draft, facts.lines, ShipTo.of(to), goes_elsewhere=True, now=now)
    return "" if way.is_limited and judge_parcel(parcel).is_beyond else way.reference


def _fewer(facts: Facts) -> WayOut | None:
    """Fewer of the bottles that are added, the last wines first; only where some may still come."""
    barred = barred_wines(facts.volume) if facts.volume else None
    if facts.volume is None or barred is None:
        return None
    left = facts.volume.left
    cuts = _cuts(facts, barred, 0 if left is None else facts.volume.asked - left)
    adds = {line.key: line.change for line in facts.lines if line.change > 0}
    if not cuts or sum(cuts.values()) >= sum(adds.values()):
        return None
    value = ",".join(f"{line.key}:{line.after - cuts[line.key]}" for line in facts.lines if line.key in cuts)
    units = {line.key: line.units for line in facts.lines}
    added = sum(units[key] * count for key, count in adds.items())
    stays = added - sum(units[key] * count for key, count in cuts.items())
    return WayOut(Out.PIECES, say_instead(stays, added, "Add"), value)


def _cuts(facts: Facts, barred: frozenset[int], excess: int) -> dict[str, int] | None:
    """Pieces to take off lines that add wine, by key, in whole multiples; None where that isn't enough."""
    multiples = {item.sku_id: item.multiple for item in facts.page.items} if facts.page else {}
    found = {}
    for line in reversed(facts.lines):
        pieces = _cut(line, barred, excess, multiples.get(line.sku_id, 1))
        if pieces:
            found[line.key] = pieces
            excess -= pieces * line.millilitres
    stay = {line.sku_id for line in facts.lines if line.after > found.get(line.key, 0) + max(line.before, 0)}
    return None if excess > 0 or stay & barred else found


def _cut(line: QuoteLine, barred: frozenset[int], excess: int, multiple: int) -> int:
    if line.change <= 0:
        return 0
    if line.sku_id in barred:
        return line.change
    pieces = -(-max(excess, 0) // line.millilitres)
    return min(line.change, -(-pieces // multiple) * multiple)
