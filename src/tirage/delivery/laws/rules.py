"""Which of a place's laws stand against wine on its way there. Pure; alcohol in tenths of a percent, volumes in ml.

Each law is judged by itself, so no order of them makes another verdict. A place that has permits takes wine only while
one of them is in force. Of wine whose alcohol nobody wrote down it isn't known that it may go, so it may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tirage.delivery.states import LawKind


@dataclass(frozen=True, slots=True)
class DatedLaw:
    """A law with the days on which it is in force; ``words`` by its kind as ``models.Law`` has them."""

    kind: LawKind
    first_day: date
    last_day: date | None = None
    tenths: int | None = None
    words: str = ""
    #: Ids of the vintages whose labels are registered, and the last days of those that end.
    labels: frozenset[int] = frozenset()
    label_ends: frozenset[tuple[int, date]] = frozenset()
    #: Of a duty to report: how often, and until when next.
    every: str = ""
    due_on: date | None = None

    def is_in_force(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class SentWine:
    """What laws ask of a wine: one bottle's volume, and its alcohol in tenths of a percent where it is known."""

    sku_id: int
    name: str
    vintage_id: int
    millilitres: int
    tenths: int | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A law that stands against it, and the wines that it is about; without any it is about all of them.

    ``until`` is the last day of what is closed, where the law has one.
    """

    kind: LawKind
    wines: tuple[SentWine, ...] = ()
    tenths: int | None = None
    until: date | None = None
    #: The carriers that would do, by their words.
    carriers: tuple[str, ...] = ()


def barred_volumes(words: str) -> frozenset[int]:
    """The volumes that a law names, in millilitres: ``"1500, 3000"``."""
    return frozenset(int(one) for one in words.replace(",", " ").split())


def zip_beginnings(words: str) -> tuple[str, ...]:
    """The ZIPs, or beginnings of some, that a law names."""
    return tuple(words.replace(",", " ").split())


def carriers_of(words: str) -> tuple[str, ...]:
    """The carriers that a law names, by their words: ``"fedex, ups"``."""
    return tuple(words.replace(",", " ").split())


def broken_laws(
    laws: Iterable[DatedLaw],
    wines: Sequence[SentWine],
    *,
    postal_code: str,
    day: date,
    carrier: str | None = None,
    on_site: bool = False,
) -> tuple[Broken, ...]:
    """What stands against sending these wines on ``day``, each kind of law once, in the order of the kinds.

    ``carrier`` is the word of who takes them (``delivery.carriers``; empty where nobody knows), None where it isn't
    settled yet; ``on_site`` whether they were bought at the winery.
    """
    own = list(laws)
    sent = _Sent(wines, postal_code, day, carrier, on_site)
    found = [_broken(law, sent) for law in own if law.is_in_force(day)]
    permits = [law for law in own if law.kind is LawKind.PERMIT]
    if permits and not any(law.is_in_force(day) for law in permits):
        found.append(Broken(LawKind.PERMIT, until=_day_before(permits, day)))
    return _joined(one for one in found if one)


def _day_before(permits: Sequence[DatedLaw], day: date) -> date | None:
    """The last day without a permit, where a later one is known."""
    later = [law.first_day for law in permits if law.first_day > day]
    return min(later) - timedelta(days=1) if later else None


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is asked about."""

    wines: Sequence[SentWine]
    postal_code: str
    day: date
    carrier: str | None
    on_site: bool


def _broken(law: DatedLaw, sent: _Sent) -> Broken | None:
    if law.kind is LawKind.CLOSED or (law.kind is LawKind.ON_SITE and not sent.on_site):
        return Broken(law.kind, until=law.last_day)
    if law.kind is LawKind.CARRIERS:
        carriers = carriers_of(law.words)
        is_other = sent.carrier is not None and sent.carrier not in carriers
        return Broken(law.kind, until=law.last_day, carriers=carriers) if is_other else None
    if law.kind is LawKind.DRY_ZIPS:
        is_dry = is_in_zips(sent.postal_code, law.words)
        return Broken(law.kind, until=law.last_day) if is_dry else None
    barred = tuple(wine for wine in sent.wines if _bars(law, wine, sent.day))
    return Broken(law.kind, barred, law.tenths) if barred else None


def is_in_zips(postal_code: str, words: str) -> bool:
    """Whether a ZIP, with or without its four digits more, is one of those that a law names, or begins as one does.

    A ZIP without the four digits isn't known to be one that is named with them.
    """
    written = _bare(postal_code)
    return bool(written) and written.startswith(tuple(map(_bare, zip_beginnings(words))))


def _bare(postal_code: str) -> str:
    """``941101234``: however its four digits more are set off."""
    return postal_code.replace(" ", "").replace("-", "").upper()


def _bars(law: DatedLaw, wine: SentWine, day: date) -> bool:
    if law.kind is LawKind.ALCOHOL:
        return wine.tenths is None or law.tenths is None or wine.tenths > law.tenths
    if law.kind is LawKind.FORMATS:
        return wine.millilitres in barred_volumes(law.words)
    return law.kind is LawKind.LABELS and not _is_registered(law, wine.vintage_id, day)


def _is_registered(law: DatedLaw, vintage_id: int, day: date) -> bool:
    has_ended = any(day > end for one, end in law.label_ends if one == vintage_id)
    return vintage_id in law.labels and not has_ended


def _joined(found: Iterable[Broken]) -> tuple[Broken, ...]:
    """One for each kind: the wines of all, the strictest ceiling, the latest end (none where one has none)."""
    by_kind: dict[LawKind, Broken] = {}
    for one in found:
        other = by_kind.get(one.kind)
        by_kind[one.kind] = one if other is None else _both(one, other)
    return tuple(by_kind[kind] for kind in LawKind if kind in by_kind)


def _both(one: Broken, other: Broken) -> Broken:
    wines = {wine.sku_id: wine for wine in (*one.wines, *other.wines)}
    ceilings = [each.tenths for each in (one, other) if each.tenths is not None]
    ends = [each.until for each in (one, other)]
    return Broken(
        one.kind,
        tuple(wines[sku_id] for sku_id in sorted(wines)),
        min(ceilings, default=None),
        None if None in ends else max(end for end in ends if end),
        tuple(word for word in one.carriers if word in other.carriers),
    )
