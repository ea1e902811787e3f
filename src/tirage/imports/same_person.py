"""Two people behind one e-mail address: noticed and asked about, never made one in silence."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from tirage.tables.questions import Choice, Question

#: In the file; and of the file and the list here.
SHARED, OTHER = "shared_email", "other_name"
LEAVE_OUT, ONE, KEEP, TAKE = "leave_out", "one", "keep", "take"
#: From here on two first names are spellings of one: Jon and John, Anna and Ana.
_ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class PersonNames:
    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first} {self.last}".strip()


def write_names(names: PersonNames) -> str:
    """As one text; ``read_names`` gives them back."""
    return f"{names.first}\n{names.last}"


def read_names(text: str) -> PersonNames:
    first, _, last = text.partition("\n")
    return PersonNames(first, last)


def are_two(one: PersonNames, other: PersonNames) -> bool:
    """Whether the names are those of two people: other first names, however alike the last ones are.

    Initials, short forms, spellings, first names in common (Ana, Ana and Jo) and names turned round are one person.
    """
    if not str(one) or not str(other):
        return False
    first, second = _plain(one.first), _plain(other.first)
    if first and second:
        turned = first == _plain(other.last) and second == _plain(one.last)
        return not (turned or _alike(first, second))
    # One of them is known by one name alone.
    words, others = set(_plain(str(one)).split()), set(_plain(str(other)).split())
    return not words & others


def _alike(first: str, second: str) -> bool:
    words, others = first.split(), second.split()
    if set(words) & set(others) or words[0].startswith(others[0]) or others[0].startswith(words[0]):
        return True
    return SequenceMatcher(None, first, second).ratio() >= _ALIKE


def _plain(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold().replace(".", " "))
    kept = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(word for word in kept.replace("-", " ").split() if word not in _BETWEEN)


_BETWEEN = frozenset({"and", "&", "mr", "mrs", "ms", "dr", "prof", "the"})


def shared_question(row: int, first: PersonNames, other_row: int, second: PersonNames) -> Question:
    """What becomes of two people of one file with one e-mail address."""
    return Question(
        SHARED,
        f"One e-mail address for two people, such as {first} (row {row}) and {second} (row {other_row})",
        (
            Choice(LEAVE_OUT, "Leave out whoever comes later"),
            Choice(ONE, "Keep them as one customer by the first name, the other name in the note"),
        ),
        LEAVE_OUT,
    )


def other_question(row: int, here: PersonNames, there: PersonNames) -> Question:
    """What becomes of somebody whose e-mail address is another's here."""
    return Question(
        OTHER,
        f"An e-mail address that is somebody else’s here, such as {there} (row {row}), here {here}",
        (
            Choice(LEAVE_OUT, "Leave the row out"),
            Choice(KEEP, "Keep the name that is here, the other name in the note"),
            Choice(TAKE, "Take the file’s name: it is the same person"),
        ),
        LEAVE_OUT,
    )
