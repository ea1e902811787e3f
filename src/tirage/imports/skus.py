"""Wines, vintages and skus: made as they are needed, through the cellar's own acts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.db.models.functions import Lower
from django.utils.translation import gettext

from tirage.catalog.lwin import bare_lwin, lwin_problem, say_lwin
from tirage.catalog.models import Sku, Vintage, Wine, format_name
from tirage.catalog.operations import save_sku, save_vintage, save_wine
from tirage.catalog.rules import code_problem, sku_name
from tirage.catalog.states import Colour
from tirage.core.money import Money
from tirage.imports.asking import MOST_WORDS
from tirage.imports.engine import Finding, Importer, Setting
from tirage.imports.goods import goods_questions, refuse_other_goods
from tirage.imports.wine_words import (
    ALCOHOL,
    FRACTIONS,
    MOST_FORMATS,
    MOST_STRENGTHS,
    read_colour,
    read_format,
    wine_questions,
)
from tirage.inventory.models import Stock
from tirage.inventory.operations import move_stock
from tirage.inventory.states import MovementReason
from tirage.tables.cleaning import NON_VINTAGE, BottleFormat, parse_money, parse_percent
from tirage.tables.matching import Mapping
from tirage.tables.questions import Question
from tirage.tables.staging import RowReader
from tirage.tables.survey import Survey
from tirage.tables.synonyms import SKU_FIELDS

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
#: What tells the colour of a wine whose file doesn't, in its name or variety.
_TELLING = {
    **dict.fromkeys(("rosé", "rose", "rosato", "rosado", "saignée"), Colour.ROSE),
    **dict.fromkeys(("sparkling", "brut", "crémant", "pétillant"), Colour.SPARKLING),
    **dict.fromkeys(
        (
            *(
                "white",
                "blanc",
                "bianco",
                "blanco",
                "chardonnay",
                "riesling",
                "viognier",
                "chenin",
                "roussanne",
            ),
            *(
                "marsanne",
                "sémillon",
                "semillon",
                "gewürztraminer",
                "gewurztraminer",
                "albariño",
                "vermentino",
            ),
            *("gris", "grigio", "fiano", "grüner", "muscat", "picpoul", "falanghina", "friulano"),
        ),
        Colour.WHITE,
    ),
}
USUAL = BottleFormat(750, 1)


@dataclass(frozen=True, slots=True)
class SkuRow:
    """Empty text and None: the row says nothing about it. ``year`` is None also for a wine without a year."""

    row: int
    code: str
    wine: str
    year: int | None
    says_year: bool
    format: BottleFormat | None
    price_minor: int | None
    variety: str
    appellation: str
    colour: str
    alcohol: Decimal | None
    note: str
    on_hand: int | None
    lwin: str = ""


class SkuImporter(Importer[SkuRow]):
    fields = SKU_FIELDS
    batch: ClassVar[int] = 5_000
    word_fields: ClassVar[dict[str, int]] = {
        "format": MOST_FORMATS,
        "alcohol": MOST_STRENGTHS,
        "colour": MOST_WORDS,
        "goods": MOST_WORDS,
    }
    piece_fields: ClassVar[tuple[str, ...]] = ("on_hand",)

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._first_row: dict[str, int] = {}
        #: Wine and year to the note that the file gives first, and its row.
        self._notes: dict[tuple[str, int | None], tuple[str, int]] = {}
        self.counts = Counter[str]()

    def ask(self, found: Survey, mapping: Mapping) -> list[Question]:
        return [
            *super().ask(found, mapping),
            *goods_questions(found, mapping),
            *wine_questions(found, mapping, self.options.answers),
        ]

    def show(self, row: SkuRow) -> list[tuple[str, str]]:
        return show_sku(row, self.winery.currency)

    def parse(self, reader: RowReader) -> SkuRow:
        reader.get("goods", partial(refuse_other_goods, said=self.said))
        code = reader.text("code", longest=200)
        if code and (problem := code_problem(code)):
            reader.problem("code", problem)
        wine, year, says_year = _wine_and_year(reader)
        price = reader.get("price", partial(parse_money, currency=self.winery.currency, mark=self.mark))
        if price is not None and price < 0:
            reader.problem("price", "A price is nought or more.")
        return SkuRow(
            row=reader.number,
            code=code,
            wine=wine,
            year=year,
            says_year=says_year,
            format=reader.get("format", partial(read_format, said=self.said)),
            price_minor=price,
            variety=reader.text("variety", longest=120),
            appellation=reader.text("appellation", longest=120),
            colour=reader.get("colour", partial(read_colour, said=self.said)) or "",
            alcohol=self._alcohol(reader),
            note=reader.get("tasting_note") or "",
            on_hand=self.pieces(reader, "on_hand"),
            lwin=bare_lwin(reader.text("lwin", longest=40)),
        )

    def _alcohol(self, reader: RowReader) -> Decimal | None:
        fractions = self.said.get(ALCOHOL) == FRACTIONS
        percent = reader.get("alcohol", partial(parse_percent, fractions=fractions, mark=self.mark))
        return None if percent is None else percent.quantize(Decimal("0.1"))

    def remember(self, rows: Sequence[SkuRow]) -> None:
        for row in rows:
            self._first_note(row)

    def check(self, rows: Sequence[SkuRow]) -> list[Finding]:
        present = skus_by_code([row.code for row in rows])
        stocks = dict(Stock.objects.filter(sku__in=present.values()).values_list("sku_id", "on_hand"))
        findings = []
        for row in rows:
            sku = present.get(row.code.casefold())
            found = self._check_row(row, sku)
            if sku is not None and row.on_hand is not None and row.on_hand != stocks.get(sku.pk, 0):
                words = f"{sku.code} is here already, so its stock stays. Import stock to count it."
                found.append(Finding(row.row, "on_hand", str(row.on_hand), words, is_notice=True))
            if all(finding.is_notice for finding in found):
                self._first_row[row.code.casefold()] = row.row
            findings += found
        return findings

    def _check_row(self, row: SkuRow, sku: Sku | None) -> list[Finding]:
        earlier = self._first_row.get(row.code.casefold())
        if earlier is not None:
            words = f"The sku {row.code} is in row {earlier} already. Keep one of the two rows."
            return [Finding(row.row, "code", row.code, words)]
        found = _new_findings(row) if sku is None else _present_findings(row, sku)
        if all(finding.is_notice for finding in found):
            found += self._note_findings(row)
        return found

    def _note_findings(self, row: SkuRow) -> list[Finding]:
        first, its_row = self._first_note(row)
        if first == row.note or not row.note:
            return []
        words = f"Row {its_row} has the note of this wine already, and every format shows that one."
        return [Finding(row.row, "tasting_note", row.note, words, is_notice=True)]

    def _first_note(self, row: SkuRow) -> tuple[str, int]:
        """The note that counts for the row and where it stands: a note belongs to the vintage, whatever the format."""
        here = (row.note, row.row)
        return (
            self._notes.setdefault((row.wine.casefold(), row.year), here) if row.note and row.wine else here
        )

    def write(self, rows: Sequence[SkuRow]) -> None:
        present = skus_by_code([row.code for row in rows])
        for row in rows:
            sku = present.get(row.code.casefold())
            if sku is None:
                self._make(row)
            else:
                self._change(row, sku)

    def _make(self, row: SkuRow) -> None:
        actor, now = self.setting.actor, self.setting.now
        vintage = self._vintage(row, self._wine(row))
        size = row.format or USUAL
        sku = save_sku(
            sku=None,
            vintage=vintage,
            code=row.code,
            price_minor=row.price_minor or 0,
            millilitres=size.millilitres,
            units=size.units,
            lwin=row.lwin,
            actor=actor,
            now=now,
        )
        if row.on_hand:
            move_stock(
                sku_id=sku.pk,
                quantity=row.on_hand,
                reason=MovementReason.OPENING,
                note="Imported with the sku",
                actor=actor,
                now=now,
            )
        self.counts["created"] += 1

    def _change(self, row: SkuRow, sku: Sku) -> None:
        before = (sku.price_minor, sku.lwin, *_facts(sku.vintage.wine), *_vintage_facts(sku.vintage))
        vintage = self._vintage(row, self._wine(row, sku.vintage.wine), sku.vintage)
        price = sku.price_minor if row.price_minor is None else row.price_minor
        lwin = row.lwin or sku.lwin
        if (price, lwin) != (sku.price_minor, sku.lwin):
            save_sku(
                sku=sku,
                vintage=vintage,
                code=sku.code,
                price_minor=price,
                millilitres=sku.millilitres,
                units=sku.units,
                lwin=lwin,
                actor=self.setting.actor,
                now=self.setting.now,
            )
        after = (price, lwin, *_facts(vintage.wine), *_vintage_facts(vintage))
        self.counts["changed" if before != after else "unchanged"] += 1

    def _wine(self, row: SkuRow, wine: Wine | None = None) -> Wine:
        wine = wine or Wine.objects.filter(name__iexact=row.wine).first()
        wanted: dict[str, Any] = {
            "variety": row.variety or (wine.variety if wine else ""),
            "appellation": row.appellation or (wine.appellation if wine else ""),
            "colour": row.colour or (wine.colour if wine else _told_colour(row)),
        }
        if wine and all(getattr(wine, name) == value for name, value in wanted.items()):
            return wine
        name = wine.name if wine else row.wine
        return save_wine(wine=wine, name=name, **wanted, actor=self.setting.actor, now=self.setting.now)

    def _vintage(self, row: SkuRow, wine: Wine, vintage: Vintage | None = None) -> Vintage:
        vintage = vintage or wine.vintages.filter(year=row.year).first()
        note = self._first_note(row)[0] or (vintage.note if vintage else "")
        alcohol = row.alcohol if row.alcohol is not None else (vintage.alcohol_percent if vintage else None)
        if vintage and (vintage.note, vintage.alcohol_percent) == (note, alcohol):
            vintage.wine = wine
            return vintage
        return save_vintage(
            vintage=vintage,
            wine=wine,
            year=vintage.year if vintage else row.year,
            note=note,
            alcohol_percent=alcohol,
            cases_made=vintage.cases_made if vintage else None,
            actor=self.setting.actor,
            now=self.setting.now,
        )

    def outcome(self) -> str:
        return say_counts(self.counts, "sku", "skus")


def skus_by_code(codes: Sequence[str]) -> dict[str, Sku]:
    """Skus by code in small letters, with their wines."""
    lower = [code.lower() for code in codes]
    found = Sku.objects.annotate(lower=Lower("code")).filter(lower__in=lower)
    return {sku.code.casefold(): sku for sku in found.select_related("vintage__wine")}


def say_counts(counts: Counter[str], one: str, many: str) -> str:
    """``3 new skus, 1 changed, 2 as they were.``"""
    new, changed, same = (counts[name] for name in ("created", "changed", "unchanged"))
    parts = [f"{new:,} new {one if new == 1 else many}"] if new or not (changed or same) else []
    parts += [f"{changed:,} changed"] if changed else []
    parts += [f"{same:,} as they were"] if same else []
    return ", ".join(parts) + "."


def _told_colour(row: SkuRow) -> str:
    """By the words of its name, then of its variety; red otherwise."""
    for text in (row.wine, row.variety):
        words = re.findall(r"\w+", text.casefold())
        told = [_TELLING[word] for word in words if word in _TELLING]
        if told:
            # A rosé or a sparkling of a white grape is what it is made into.
            return (next((colour for colour in told if colour is not Colour.WHITE), told[0])).value
    return Colour.RED.value


def _wine_and_year(reader: RowReader) -> tuple[str, int | None, bool]:
    """The wine without its year, the year, and whether the row says anything about the year."""
    column = "wine" if reader.text("wine") else "name"
    wine = reader.text(column, longest=160)
    vintage = reader.get("vintage")
    bare, named = _split_year(wine)
    if named and vintage in (None, named):
        wine = bare
        if vintage is None:
            reader.notice(column, f"Read as {wine}, vintage {named}.")
            vintage = named
    if vintage == NON_VINTAGE:
        return wine.removesuffix(" NV"), None, True
    return wine, vintage, vintage is not None


def _split_year(wine: str) -> tuple[str, int | None]:
    """``2023 Syrah`` and ``Syrah 2023`` are Syrah, 2023."""
    first, _, rest = wine.partition(" ")
    name, _, last = wine.rpartition(" ")
    if rest and _YEAR.fullmatch(first):
        return rest, int(first)
    return (name, int(last)) if name and _YEAR.fullmatch(last) else (wine, None)


def _new_findings(row: SkuRow) -> list[Finding]:
    found = []
    if not row.wine:
        found.append(Finding(row.row, "wine", "", f"{row.code} is new, so it needs the name of its wine."))
    if row.price_minor is None:
        found.append(Finding(row.row, "price", "", f"{row.code} is new, so it needs a price."))
    if row.wine and not row.says_year:
        words = f"No vintage, so this becomes {sku_name(row.wine, None)}."
        found.append(Finding(row.row, "vintage", "", words, is_notice=True))
    if row.format is None:
        words = f"No size, so this becomes {format_name(USUAL.millilitres, USUAL.units)}."
        found.append(Finding(row.row, "format", "", words, is_notice=True))
    return [*found, *_lwin_findings(row, row.year, row.format or USUAL)]


def _lwin_findings(row: SkuRow, year: int | None, size: BottleFormat) -> list[Finding]:
    """A number of another wine is nobody's to guess, nor one whose last digits a spreadsheet lost."""
    problem = lwin_problem(row.lwin, year=year, units=size.units, millilitres=size.millilitres)
    return [Finding(row.row, "lwin", row.lwin, problem)] if problem else []


def _present_findings(row: SkuRow, sku: Sku) -> list[Finding]:
    found = []
    here = sku.vintage
    if row.wine and row.wine.casefold() != here.wine.name.casefold():
        words = f"{sku.code} is {here} here. Give the other wine a code of its own, or correct the row."
        found.append(Finding(row.row, "wine", row.wine, words))
    if row.says_year and row.year != here.year:
        words = f"{sku.code} is {here} here. Give the other vintage a code of its own, or correct the row."
        found.append(Finding(row.row, "vintage", str(row.year or NON_VINTAGE), words))
    if row.format and (row.format.millilitres, row.format.units) != (sku.millilitres, sku.units):
        wanted = format_name(row.format.millilitres, row.format.units)
        words = f"{sku.code} is {sku.format_name} here. Make a new sku for {wanted}."
        found.append(Finding(row.row, "format", wanted, words))
    return [*found, *_lwin_findings(row, here.year, BottleFormat(sku.millilitres, sku.units))]


def show_sku(row: SkuRow, currency: str) -> list[tuple[str, str]]:
    """The row as it was read, for people."""
    size = row.format and format_name(row.format.millilitres, row.format.units)
    return [
        ("Sku", row.code),
        ("Wine", row.wine),
        ("Vintage", str(row.year or NON_VINTAGE) if row.says_year else ""),
        ("Format", size or ""),
        ("LWIN", say_lwin(row.lwin)),
        ("Price", "" if row.price_minor is None else str(Money(row.price_minor, currency))),
        ("Variety", row.variety),
        ("Appellation", row.appellation),
        (gettext("Color"), row.colour),
        ("Alcohol", "" if row.alcohol is None else f"{row.alcohol} %"),
        ("Tasting note, shown to customers", row.note[:200]),
        ("On hand", "" if row.on_hand is None else f"{row.on_hand:,}"),
    ]


def _facts(wine: Wine) -> tuple[str, ...]:
    return (wine.variety, wine.appellation, wine.colour)


def _vintage_facts(vintage: Vintage) -> tuple[str, Decimal | None]:
    return (vintage.note, vintage.alcohol_percent)
