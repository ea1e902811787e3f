"""Reading the laws of places, and the wines that they ask about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Exists, Q, QuerySet

from tirage.catalog.models import Sku
from tirage.delivery.laws.rules import DatedLaw, SentWine
from tirage.delivery.models import Destination, LabelRegistration, Law
from tirage.delivery.states import LawKind

#: Country and state.
Place = tuple[str, str]
#: Laws that ask about wines; others are about the place.
_OF_WINES = (LawKind.ALCOHOL, LawKind.FORMATS, LawKind.LABELS)


def laws_of(place: Place) -> list[DatedLaw]:
    """The laws of one place, of all days; one statement, one more where labels are registered.

    A country's hold for its states that aren't under Delivery themselves.
    """
    country, state = place
    own = Destination.objects.filter(country=country, state=state)
    there = Q(destination__state=state) | (Q(destination__state="") & ~Exists(own))
    found = laws_by_place(Law.objects.filter(there, destination__country=country))
    return [law for laws in found.values() for law in laws]


def laws_by_place(laws: QuerySet[Law] | None = None) -> dict[Place, list[DatedLaw]]:
    """The laws of all places that have some; two statements at most."""
    found = (Law.objects.all() if laws is None else laws).select_related("destination").order_by("pk")
    by_place: dict[Place, list[DatedLaw]] = defaultdict(list)
    rows = list(found)
    labels = _labels_of([law.pk for law in rows if law.kind == LawKind.LABELS])
    for law in rows:
        by_place[law.destination.country, law.destination.state].append(dated(law, labels.get(law.pk, ())))
    return dict(by_place)


def dated(law: Law, labels: Iterable[tuple[int, date | None]]) -> DatedLaw:
    """A law with the labels that are registered by it, and their last days."""
    known = list(labels)
    return DatedLaw(
        LawKind(law.kind),
        law.first_day,
        law.last_day,
        law.tenths,
        law.words,
        frozenset(vintage for vintage, _ in known),
        frozenset((vintage, end) for vintage, end in known if end),
        law.every,
        law.due_on,
    )


def _labels_of(law_ids: Sequence[int]) -> Mapping[int, list[tuple[int, date | None]]]:
    if not law_ids:
        return {}
    found: dict[int, list[tuple[int, date | None]]] = defaultdict(list)
    rows = LabelRegistration.objects.filter(law_id__in=law_ids)
    for law_id, vintage_id, last_day in rows.values_list("law_id", "vintage_id", "last_day"):
        found[law_id].append((vintage_id, last_day))
    return found


def sent_wines(sku_ids: Collection[int], laws: Iterable[DatedLaw]) -> dict[int, SentWine]:
    """What laws ask of these wines, by sku id; one statement, none where no law asks about wines."""
    if not sku_ids or not any(law.kind in _OF_WINES for law in laws):
        return {}
    skus = Sku.objects.filter(pk__in=list(sku_ids)).select_related("vintage").order_by("pk")
    return {sku.pk: _sent(sku) for sku in skus}


def _sent(sku: Sku) -> SentWine:
    percent = sku.vintage.alcohol_percent
    return SentWine(
        sku.pk,
        f"{sku.name}, {sku.format_name}",
        sku.vintage_id,
        sku.millilitres,
        None if percent is None else int(percent * 10),
    )
