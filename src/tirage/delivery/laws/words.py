"""Laws as people say them: why wine can't go to a place and what can be done, and what a law is called on lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tirage.catalog.models import format_name
from tirage.core.texts import say_names
from tirage.delivery.carriers import carrier_name
from tirage.delivery.days import say_date
from tirage.delivery.instead import ways_besides
from tirage.delivery.laws.rules import Broken, DatedLaw, barred_volumes, carriers_of, zip_beginnings
from tirage.delivery.states import LawKind, MethodKind, ReportEvery

KIND_WORDS = {
    LawKind.CLOSED: "Closed: no wine may be sent there",
    LawKind.PERMIT: "Permit: wine only while it is in force",
    LawKind.ALCOHOL: "Alcohol: no wine stronger than",
    LawKind.FORMATS: "Formats: no bottles of these volumes",
    LawKind.ON_SITE: "On site: only what was bought at the winery",
    LawKind.CARRIERS: "Carriers: only these",
    LawKind.LABELS: "Labels: only registered ones",
    LawKind.DRY_ZIPS: "Dry ZIPs: nothing goes there",
    LawKind.SIGNATURE: "Signature: an adult signs",
    LawKind.REPORTING: "Reporting: what is due, and when",
}


#: How laws are said whose words are for people, and what comes between.
_SAID = {
    LawKind.CLOSED: "no wine may be sent there",
    LawKind.PERMIT: "permit",
    LawKind.SIGNATURE: "an adult signs",
    LawKind.REPORTING: "reporting",
    LawKind.ON_SITE: "only what was bought at the winery",
}
#: How often, in words.
EVERY_WORDS = {
    ReportEvery.MONTH: "each month",
    ReportEvery.TWO_MONTHS: "every two months",
    ReportEvery.QUARTER: "each quarter",
    ReportEvery.HALF_YEAR: "each half year",
    ReportEvery.YEAR: "each year",
}
_BEFORE = {LawKind.PERMIT: " ", LawKind.CLOSED: ": ", LawKind.SIGNATURE: ": ", LawKind.REPORTING: ": "}


def say_percent(tenths: int) -> str:
    """``16 %``, ``16.5 %``."""
    return f"{tenths / 10:g} %"


def say_law(law: DatedLaw) -> str:
    """``no wine stronger than 16.5 %``: what a law says, for lists of them."""
    if law.kind is LawKind.ALCOHOL:
        return f"no wine stronger than {say_percent(law.tenths or 0)}"
    if law.kind is LawKind.FORMATS:
        return f"no {_say_formats(law.words)}"
    if law.kind is LawKind.DRY_ZIPS:
        return f"nothing to ZIPs {say_names(zip_beginnings(law.words))}"
    if law.kind is LawKind.CARRIERS:
        return f"only by {_say_carriers(carriers_of(law.words))}"
    if law.kind is LawKind.REPORTING:
        return ", ".join(
            part
            for part in (
                f"reporting: {law.words}",
                EVERY_WORDS[ReportEvery(law.every)] if law.every else "",
                f"next by {say_date(law.due_on)}" if law.due_on else "",
            )
            if part
        )
    if law.kind is LawKind.LABELS:
        return f"only registered labels, {len(law.labels)} of them"
    return _SAID[law.kind] + (f"{_BEFORE[law.kind]}{law.words}" if law.words else "")


def _say_carriers(words: Sequence[str]) -> str:
    """``FedEx or UPS``."""
    names = [carrier_name(word) or word for word in words]
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)


def _say_formats(words: str) -> str:
    return say_names([format_name(one, 1) for one in sorted(barred_volumes(words))])


def say_days(law: DatedLaw) -> str:
    """``from January 1, 2026 on``."""
    until = f"to {say_date(law.last_day)}" if law.last_day else "on"
    return f"from {say_date(law.first_day)} {until}"


def say_broken(
    broken: Sequence[Broken],
    place: str,
    *,
    asks: bool = True,
    kinds: Collection[MethodKind] = (MethodKind.PICKUP,),
) -> str:
    """Why wine can't go to ``place``, and with ``asks`` what whoever orders can do; empty when it may.

    Where all of it may not go nothing is said of single wines.
    """
    whole = [one for one in broken if not one.wines]
    if whole:
        why = _say_whole(whole[0], place)
        if asks and whole[0].kind is LawKind.CARRIERS:
            return f"{why} {_one_of(['choose another way of delivery', *ways_besides(kinds)])}"
        ways = ways_besides(kinds, held_helps=whole[0].kind is LawKind.DRY_ZIPS)
        return f"{why} {_one_of(ways)}" if asks else why
    said = " ".join(_say_wines(one, place) for one in broken)
    if not said or not asks:
        return said
    what = "it" if _count(broken) == 1 else "them"
    return f"{said} {_one_of([f'leave {what} out', *ways_besides(kinds)])}"


def _one_of(ways: Sequence[str]) -> str:
    """``Pick the wine up or send it to another address.``"""
    said = f"{', '.join(ways[:-1])} or {ways[-1]}" if len(ways) > 1 else ways[0]
    return f"{said[:1].upper()}{said[1:]}."


def _count(broken: Sequence[Broken]) -> int:
    return len({wine.sku_id for one in broken for wine in one.wines})


def _say_whole(one: Broken, place: str) -> str:
    until = f" until {say_date(one.until)}" if one.until else ""
    if one.kind is LawKind.DRY_ZIPS:
        return f"No wine may be sent to this ZIP in {place}{until}."
    if one.kind is LawKind.ON_SITE:
        return f"{place} takes only wine that was bought at the winery{until}."
    if one.kind is LawKind.CARRIERS:
        return f"{place} takes wine only by {_say_carriers(one.carriers) or 'carriers that we don’t have'}{until}."
    if one.kind is LawKind.PERMIT:
        return f"We have no permit to send wine to {place}{until or ' at the moment'}."
    return f"{place} takes no wine by mail{until}."


def _say_wines(one: Broken, place: str) -> str:
    names = say_names(list(dict.fromkeys(wine.name for wine in one.wines)))
    is_ = "is" if len(one.wines) == 1 else "are"
    if one.kind is LawKind.ALCOHOL:
        return f"{place} takes no wine stronger than {say_percent(one.tenths or 0)}, and {names} {is_} or may be."
    if one.kind is LawKind.FORMATS:
        return f"{place} takes no bottles of this size: {names}."
    return f"{place} takes only wines whose labels are registered there, and {names} {is_} not yet."
