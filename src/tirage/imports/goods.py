"""Which rows of another shop's products are wine: by their category, asked of whoever brings the file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tirage.imports.asking import word_key, word_questions
from tirage.tables.cleaning import clean_text
from tirage.tables.errors import CellError
from tirage.tables.matching import Mapping as Columns
from tirage.tables.questions import Choice, Question
from tirage.tables.survey import Survey, Word, fold

WINE, OTHER = "wine", "other"
_CHOICES = (Choice(WINE, "Wine: comes in"), Choice(OTHER, "No wine: left out"))
_WINE = frozenset(
    "wine wines vin vins vino vini vinos wein weine vinho champagne prosecco cava cremant sparkling port sherry "
    "madeira red white rose rosé orange dessert fortified bottle bottles".split()
)
_OTHER = frozenset(
    "accessory accessories apparel bag bags book books candle candles cap caps card cards cheese clothing coffee "
    "corkscrew corkscrews decanter decanters event events experience experiences food glass glasses glassware gift "
    "gifts hat hats hoodie hoodies jacket merch merchandise mug mugs oil opener openers poster posters rack racks "
    "service shirt shirts stemware tasting tastings ticket tickets tour tours tshirt voucher vouchers".split()
)


def goods_questions(found: Survey, mapping: Columns) -> list[Question]:
    """What each category is, as far as its words tell; a category that says nothing is taken for wine, as a guess."""
    words: dict[str, Word] = found.words.get("goods", {})
    if not words or "goods" in found.crowded:
        return []
    told = {key: _told(word.text) for key, word in words.items()}
    guesses = {key: said or WINE for key, said in told.items()}
    sure = [key for key, said in told.items() if said == WINE]
    return word_questions("goods", f"“{mapping.matched['goods']}”", words, _CHOICES, guesses, sure)


def refuse_other_goods(value: str, said: Mapping[str, str]) -> str:
    """The category of a row of wine. Raises CellError for what is none, by the answers to the file's questions."""
    text = clean_text(value)
    if (said.get(word_key("goods", fold(text))) or _told(text)) == OTHER:
        raise CellError(f"“{text}” is no wine, so this row is left out. If it is, say so for all rows.")
    return text


def _told(category: str) -> str:
    """Of a path such as ``Food > Beverages > Wine`` the last part counts; empty where no word tells."""
    path = [
        set(re.findall(r"[^\W_]+", part.casefold().replace("t-shirt", "tshirt")))
        for part in category.split(">")
    ]
    last = path[-1]
    if last & _OTHER:
        return OTHER
    if last & _WINE:
        return WINE
    is_path = len(path) > 1
    return (WINE if any(part & {"wine", "wines"} for part in path) else OTHER) if is_path else ""
