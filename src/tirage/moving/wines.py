"""Which of our skus a former order's wines are; those that aren't here come in as catalogue alone, out of sale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from django.db.models.functions import Lower

from tirage.catalog.models import Sku, Vintage, Wine
from tirage.catalog.rules import sku_name
from tirage.moving.drafts import Bottle, Draft, Unfit, bottles_of
from tirage.moving.models import MadeHere
from tirage.moving.states import Made

LONGEST_CODE, LONGEST_NAME = 40, 160


class Wines:
    """Skus by code, or by name, vintage and format; read once a run, kept as more are made."""

    def __init__(self) -> None:
        self.made = 0
        #: What was counted as new already, for a run that makes nothing.
        self.counted: set[Bottle] = set()
        self.forget()

    def forget(self) -> None:
        """Reads all skus anew: what was made was undone."""
        skus = Sku.objects.annotate(key=Lower("code")).select_related("vintage__wine")
        self._codes: dict[str, tuple[int, int]] = {}
        self._names: dict[tuple[str, int | None, int, int], tuple[int, int]] = {}
        for sku in skus:
            self._note(sku, sku.vintage.wine.name, sku.vintage.year)

    def _note(self, sku: Sku, name: str, year: int | None) -> None:
        self._codes[sku.code.lower()] = sku.pk, sku.units
        self._names.setdefault((name.lower(), year, sku.millilitres, sku.units), (sku.pk, sku.units))

    def find(self, bottle: Bottle) -> tuple[int, int] | None:
        """Id and bottles in a piece."""
        if bottle.code:
            return self._codes.get(bottle.code.lower())
        return self._names.get((bottle.name.lower(), bottle.year, bottle.millilitres, bottle.units))

    def known(self, bottle: Bottle) -> tuple[int, int]:
        """The same of one that is here."""
        found = self.find(bottle)
        if found is None:
            raise RuntimeError(f"nobody made {bottle}")
        return found

    def check(self, draft: Draft) -> None:
        """Raises Unfit for a wine that can't be made: it has a code too long, or no name."""
        for bottle in bottles_of([draft]):
            if self.find(bottle) is None and len(bottle.code) > LONGEST_CODE:
                raise Unfit(f"The sku {bottle.code[:60]}… is longer than {LONGEST_CODE} characters.")

    def make(self, drafts: Sequence[Draft]) -> None:
        """Makes what the drafts name and isn't here: out of sale, without stock. Inside the caller's transaction."""
        prices = _prices(drafts)
        for bottle in bottles_of(drafts):
            if self.find(bottle) is None:
                self._make(bottle, prices.get(bottle, 0))

    def _make(self, bottle: Bottle, price_minor: int) -> None:
        name = (bottle.name or bottle.code)[:LONGEST_NAME]
        wine = Wine.objects.filter(name__iexact=name).first() or Wine.objects.create(name=name)
        year = bottle.year if bottle.year and 1800 <= bottle.year <= 2200 else None
        vintage, _ = Vintage.objects.get_or_create(wine=wine, year=year)
        sku = Sku.objects.create(
            code=bottle.code or self._code(name, bottle),
            vintage=vintage,
            name=sku_name(wine.name, year)[:240],
            millilitres=bottle.millilitres,
            units=bottle.units,
            price_minor=price_minor,
            is_active=False,
        )
        MadeHere.objects.create(kind=Made.SKU.value, made_id=sku.pk)
        self._note(sku, name, bottle.year)
        self.made += 1

    def _code(self, name: str, bottle: Bottle) -> str:
        """``ESTATE-CABERNET-2019``, numbered where it is taken."""
        size = (
            "" if (bottle.millilitres, bottle.units) == (750, 1) else f"{bottle.units}X{bottle.millilitres}"
        )
        parts = (
            re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")[:24] or "WINE",
            bottle.year or "NV",
            size,
        )
        plain = "-".join(str(part) for part in parts if part)
        candidates = (plain if not number else f"{plain}-{number}" for number in range(10_000))
        return next(code for code in candidates if code.lower() not in self._codes)


def _prices(drafts: Iterable[Draft]) -> Mapping[Bottle, int]:
    return {line.bottle: line.unit_minor for draft in drafts for line in draft.placing.lines}
