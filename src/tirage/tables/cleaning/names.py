"""Names that came in one column. Splitting is a guess by habit of writing; nothing of the name is lost."""

import re
from dataclasses import dataclass

from tirage.tables.cleaning.text import clean_text, is_empty

_TITLES = frozenset(
    "mr mrs ms mx miss dr prof professor rev reverend hon sir dame lady lord capt col judge "
    "mme mlle herr frau".split()
)
_SUFFIXES = frozenset("jr sr ii iii iv md phd esq dds cpa mw ms jd dvm".split())
_PARTICLES = frozenset(
    "van von vom zu zum zur de der den del della delle dei degli di da das do dos du des la le las los "
    "ter ten te bin ibn el st st. saint santa san af av".split()
)
_AND = re.compile(r" (?:and|And|AND|und|et|y) | ?[&+] ?")


@dataclass(frozen=True, slots=True)
class PersonName:
    """`first` may hold two people ("Ana and Jo") and may be empty when the cell has one word."""

    first: str
    last: str


def split_name(value: str) -> PersonName | None:
    """First and last name. None when the cell is empty.

    "Van der Berg, Ana" and "Ana van der Berg" are Ana, van der Berg; "Mr & Mrs J. Smith" is J., Smith;
    "Ana and Jo Smith" is Ana and Jo, Smith; "John Smith, Jr." is John, Smith Jr.
    """
    if is_empty(value):
        return None
    text = clean_text(value).strip(" ,;")
    before, comma, after = (part.strip() for part in text.partition(","))
    if not comma:
        return _split_plain(text)
    if _is_suffix(after):
        return _split_plain(f"{before} {after}")
    first, _, suffix = (part.strip() for part in after.partition(","))
    return PersonName(_without_titles(first), f"{before} {suffix}".strip())


def _split_plain(text: str) -> PersonName:
    people = [person for person in map(_without_titles, _AND.split(text)) if person]
    if not people:
        return PersonName("", text)
    if len(people) == 1:
        return PersonName(*_split_words(people[0].split()))
    if all(len(person.split()) == 1 for person in people):
        return PersonName(" and ".join(people), "")
    if len(people[0].split()) == 1:
        # "Ana and Jo Smith": the first names before the shared last name.
        first, last = _split_words(people[-1].split())
        return PersonName(" and ".join([*people[:-1], first] if first else people[:-1]), last)
    # "Ana Ruiz and Jo Smith": the first of them, with the other kept after the last name.
    first, last = _split_words(people[0].split())
    return PersonName(first, " and ".join([last, *people[1:]]))


def _split_words(words: list[str]) -> tuple[str, str]:
    suffix: list[str] = []
    while len(words) > 2 and _is_suffix(words[-1]):
        suffix.insert(0, words.pop())
    start = next(
        (index for index in range(1, len(words) - 1) if words[index].lower() in _PARTICLES), len(words) - 1
    )
    return " ".join(words[:start]), " ".join(words[start:] + suffix)


def _without_titles(text: str) -> str:
    words = text.split()
    while words and _bare(words[0]) in _TITLES:
        words.pop(0)
    return " ".join(words)


def _is_suffix(text: str) -> bool:
    return bool(text) and all(_bare(word) in _SUFFIXES for word in text.split())


def _bare(word: str) -> str:
    return word.replace(".", "").strip(",").lower()
