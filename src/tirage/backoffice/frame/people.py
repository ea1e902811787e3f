"""Finding customers by what somebody types."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from tirage.customers.models import Customer
from tirage.customers.rules import fold, identity_email

MOST_WORDS = 6
#: Fewer digits are part of an address or a year sooner than a telephone.
FEWEST_DIGITS = 5
#: A number's last digits are the same with and without the country before it.
TELLING_DIGITS = 9
_TELEPHONE = re.compile(r"(?:tel\.?:?)?[+\d][\d\s().\-/\u2010-\u2015\u00a0]*")


def words_in(text: str) -> list[str]:
    """The words to look for, small, without the commas of ``Holm, Margaret``."""
    words = (
        word.removeprefix("mailto:").strip('.,;:"“”‘()<>') for word in re.split(r"[\s,;]+", text.lower())
    )
    return [word for word in words if word][:MOST_WORDS]


def telephone_in(text: str) -> str:
    """The telling digits of what is a telephone, in whatever spelling; empty for anything else."""
    text = text.strip().lower()
    digits = re.sub(r"\D", "", text).lstrip("0") if _TELEPHONE.fullmatch(text) else ""
    return digits[-TELLING_DIGITS:] if len(digits) >= FEWEST_DIGITS else ""


def people_matching(text: str, rows: QuerySet[Customer] | None = None) -> QuerySet[Customer]:
    """Customers with every word of ``text`` somewhere in name, e-mail or telephone, accents or not.

    A telephone is found in any spelling, with and without its country.
    """
    found = Customer.objects.all() if rows is None else rows
    if digits := telephone_in(text):
        return found.filter(search_text__contains=digits)
    for word in words_in(text):
        found = found.filter(reduce(or_, (Q(search_text__contains=one) for one in _spellings(word))))
    return found


def best_first(text: str, people: QuerySet[Customer]) -> QuerySet[Customer]:
    """The same people: whose e-mail or name it is, whose name begins so, who has the words' beginnings, the rest."""
    words = words_in(text)
    names = {" ".join(words), " ".join(words[1:] + words[:1]), fold(" ".join(words))}
    rank = Case(
        When(email=identity_email(text), then=Value(0)),
        When(reduce(or_, (Q(search_text__startswith=f"{name} ") for name in names)), then=Value(1)),
        When(last_name__istartswith=words[0] if words else "", then=Value(2)),
        When(reduce(or_, (Q(search_text__startswith=name) for name in names)), then=Value(3)),
        When(reduce(or_, (Q(search_text__contains=f" {name}") for name in names)), then=Value(4)),
        default=Value(5),
        output_field=IntegerField(),
    )
    return people.order_by(rank, "last_name", "first_name", "id")


def _spellings(word: str) -> set[str]:
    """The word as typed, without accents, with the other apostrophe, and a mailbox in the spelling it is kept in."""
    found = {word, fold(word), identity_email(word)} if "@" in word or "＠" in word else {word, fold(word)}
    return found | {one.replace("'", "’") for one in found} | {one.replace("’", "'") for one in found}
