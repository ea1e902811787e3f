"""Refund, check and color in an American winery, cheque and colour in a British one, by the same catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils import translation

import tirage
from tirage.backoffice.payments.words import how_words
from tirage.core.language import speaking_the_winerys
from tirage.core.models import Winery
from tirage.core.winery import current_winery, forget_winery
from tirage.imports.exports import export_of
from tirage.imports.kinds import kind_of
from tirage.tables.matching import match_columns

SOURCES = Path(tirage.__file__).parent
CATALOGUE = SOURCES / "locale" / "en_GB" / "LC_MESSAGES" / "django.po"
#: Words that are spelled another way in the other country; a text with one of them is marked, in the American way.
BRITISH = re.compile(
    r"\b(?:[Cc]heques?|[Cc]olou?red|[Cc]olours?|(?:[Uu]n)?[Aa]uthoris(?:e[ds]?|ing|ations?)|[Pp]ostcodes?"
    r"|(?:[Mm]illi|[Cc]enti)?[Ll]itres?|[Pp]rogrammes?|[Gg]rey|[Ff]avour\w*|[Hh]onour\w*|[Nn]eighbour\w*|[Cc]entres?"
    r"|[Oo]rganis\w+|[Rr]ecognis\w+|[Tt]ravelled|[Cc]ancell(?:ed|ing))\b"
)
AMERICAN = re.compile(
    r"\b(?:by check|a check|check’s|(?<!-)[Cc]olors?(?!-)|(?:[Uu]n)?[Aa]uthoriz(?:e[ds]?|ing|ations?)"
    r"|(?:[Mm]illi|[Cc]enti)?[Ll]iters?|[Gg]ray|[Ff]avor(?:ite)?s?|[Hh]onor\w*|[Nn]eighbor\w*|[Cc]enters?|[Oo]rganiz\w+|[Rr]ecogniz\w+|[Cc]ancel(?:ed|ing))\b"
    r"|\bA check$|^ZIP$|\bZIP or postal code\b"
)
#: Where such a word is no text for people: names of columns in files, of CSS, of what the demo's people say.
NO_TEXT = {
    "exports.py",
    "synonyms.py",
    "kinds.py",
    "wine_words.py",
    "finding.py",
    "headers.py",
    "making.py",
    "health.py",
}
#: What is said of addresses in the United States alone, or in each country by its own words, and the names of columns,
#: which no page shows.
AMERICAN_BY_NATURE = {"places/addresses.py", "places/formats.py", "customers/models.py"}
MARKS = {"gettext", "gettext_lazy", "gettext_noop"}


def messages() -> list[Message]:
    with CATALOGUE.open("rb") as words:
        return [one for one in read_po(words) if one.id]


def texts(source: Path) -> Iterator[tuple[int, str, bool]]:
    """The texts of a module but for its docstrings, with whether they are marked."""
    tree = ast.parse(source.read_text())
    silent, marked = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
            marked |= {id(one) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.lineno, node.value, id(node) in marked


def modules() -> list[Path]:
    skipped = {"migrations", "demo", "bench", "dev"}
    return [
        one
        for one in SOURCES.rglob("*.py")
        if not skipped & set(one.parts)
        and one.name not in NO_TEXT
        and str(one.relative_to(SOURCES)) not in AMERICAN_BY_NATURE
    ]


def test_no_text_is_in_one_countrys_words_alone() -> None:
    """Of single words only those with a capital are texts: the rest are names in the database and the code."""
    found = [
        f"{source.relative_to(SOURCES)}:{line}: {text}"
        for source in modules()
        for line, text, is_marked in texts(source)
        if (" " in text or text[:1].isupper())
        and (BRITISH.search(text) or (AMERICAN.search(text) and not is_marked))
        and not text.startswith(("SELECT", "INSERT", "UPDATE", "--", "#", "\n"))
        and source.name not in ("states.py", "palette.py", "theme.py", "contrast.py", "foreign.py")
    ]
    assert not found, "\n".join(found)
    pages = [one for one in SOURCES.rglob("*.html") if "dev" not in one.parts]
    loose = re.compile(
        r">[^<>{}]*\b(?:[Cc]heque|[Cc]ancell?(?:ed|ing)|[Cc]olou?rs?|[Aa]uthori[sz]\w+|ZIP)\b[^<>{}]*<"
    )
    assert [one.name for one in pages if loose.search(_words(one))] == []


def _words(page: Path) -> str:
    """A page's text; on the map ZIPs are those of the United States, whose places it knows."""
    return page.read_text().replace("ZIP", "" if "insights" in page.parts else "ZIP")


def test_every_marked_text_of_both_countries_is_in_the_catalogue() -> None:
    known = {str(one.id) for one in messages()}
    marked = {text for source in SOURCES.rglob("*.py") for _, text, is_marked in texts(source) if is_marked}
    assert {text for text in marked if AMERICAN.search(text)} <= known
    for message in messages():
        assert message.string and message.string != message.id, message.id


def test_the_compiled_catalogue_is_that_of_the_words() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        kept = {one.id: one.string for one in read_mo(compiled) if one.id}
    assert kept == {one.id: one.string for one in messages()}, "run python tools/catalogues.py"


@pytest.mark.django_db
@pytest.mark.parametrize(("locale", "word"), [("en_US", "Check"), ("en_GB", "Cheque"), ("fr_FR", "Cheque")])
def test_a_winery_reads_its_own_words(locale: str, word: str) -> None:
    current_winery()
    Winery.objects.update(locale=locale)
    forget_winery()
    with speaking_the_winerys():
        assert how_words("offline", "cheque") == word
        assert translation.gettext("Choose one of the colors.").count("colours") == (word == "Cheque")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("locale", "words"), [("en_US", {"Color", "ZIP"}), ("en_GB", {"Colour", "Postcode"})]
)
def test_files_go_out_in_the_winerys_words_and_are_read_in_either(locale: str, words: set[str]) -> None:
    current_winery()
    Winery.objects.update(locale=locale)
    forget_winery()
    with speaking_the_winerys():
        templates = kind_of("skus").headers + kind_of("customers").headers
        exported = export_of("skus").headers + export_of("customers").headers
    assert words <= set(templates) and words <= set(exported)
    for kind in ("skus", "customers"):
        with translation.override("en-gb"):
            british = kind_of(kind).headers
        for headers in (british, kind_of(kind).headers):
            read = match_columns(headers, kind_of(kind).fields)
            assert {"colour" if kind == "skus" else "postal_code"} <= set(read.matched), headers
