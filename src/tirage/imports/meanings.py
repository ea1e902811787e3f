"""What the words of a list of people mean: whether somebody may be written to, may buy, is alive.

Consent comes from a clear word in a column that means it, and from nothing else. A word that nobody knows is asked
about, never taken for a yes or a no.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from tirage.imports.asking import word_key, word_questions
from tirage.places import countries, read_country
from tirage.tables.matching import Mapping as Columns
from tirage.tables.questions import Choice, Question
from tirage.tables.survey import Survey, Word, fold


class Meaning(StrEnum):
    #: Says nothing of what we keep.
    NOTHING = "nothing"
    AGREED = "agreed"
    #: Doesn't agree: takes back what was agreed to, but is no wish to be left alone for good.
    NO = "no"
    #: Said no, or may not be written to: kept, and given back by nothing that is older.
    LEFT = "left"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DECEASED = "deceased"


LABELS = {
    Meaning.AGREED: "Agrees to mail about offers",
    Meaning.NO: "Has not agreed to mail about offers",
    Meaning.LEFT: "Wants no mail about offers",
    Meaning.ACTIVE: "An active customer",
    Meaning.SUSPENDED: "Suspended: no sign-in, no offers, no mail",
    Meaning.DECEASED: "Deceased: suspended, no mail",
    Meaning.NOTHING: "Says nothing",
}
_YES = frozenset("yes y true t 1 1.0 on x ✓ ✔ ja oui si sí checked".split())
_NO = frozenset("no n false f 0 0.0 off nein non unchecked never none".split())
#: Words about mail, in whatever column they stand: they never suspend anybody.
_MAIL = {
    **dict.fromkeys(("subscribed", "opted in", "opt in", "opt-in", "opted-in", "optin"), Meaning.AGREED),
    **dict.fromkeys(
        (
            "not subscribed",
            "non-subscribed",
            "nonsubscribed",
            "non subscribed",
            "transactional",
            "not opted in",
        ),
        Meaning.NO,
    ),
    **dict.fromkeys(
        (
            *("unsubscribed", "opted out", "opt out", "opt-out", "opted-out", "optout", "cleaned", "bounced"),
            *(
                "hard bounce",
                "hard bounced",
                "complained",
                "spam",
                "spam complaint",
                "marked as spam",
                "suppressed",
            ),
            *("do not contact", "do not email", "do not mail", "dnc", "withdrawn", "revoked", "redacted"),
        ),
        Meaning.LEFT,
    ),
    # Asked to confirm and never did: no consent, and no refusal either.
    **dict.fromkeys(
        ("pending", "unconfirmed", "not confirmed", "invited", "archived", "unknown"), Meaning.NOTHING
    ),
}
_DEAD = dict.fromkeys(("deceased", "died", "dead"), Meaning.DECEASED)
_STATUS = {
    **dict.fromkeys(
        ("active", "enabled", "open", "current", "member", "customer", "approved", "ok"), Meaning.ACTIVE
    ),
    **dict.fromkeys(
        ("suspended", "closed", "deactivated", "inactive", "blocked", "banned", "not active"),
        Meaning.SUSPENDED,
    ),
    **dict.fromkeys(_YES, Meaning.ACTIVE),
    **dict.fromkeys(_NO - {"never", "none"}, Meaning.SUSPENDED),
    **_MAIL,
    **_DEAD,
}
_OPTED_IN = {
    **dict.fromkeys(_YES | {"active", "enabled"}, Meaning.AGREED),
    **dict.fromkeys(_NO | {"inactive", "disabled"}, Meaning.NO),
    **_MAIL,
    **_DEAD,
}
_OPTED_OUT = {
    **dict.fromkeys(_YES, Meaning.LEFT),
    **dict.fromkeys(_NO, Meaning.NOTHING),
    **{word: Meaning.LEFT if meaning is Meaning.LEFT else Meaning.NOTHING for word, meaning in _MAIL.items()},
    **_DEAD,
}
_DECEASED = {
    **dict.fromkeys(_YES, Meaning.DECEASED),
    **dict.fromkeys((*_NO, "alive", "living"), Meaning.NOTHING),
    **_DEAD,
}
_STANDING = (Meaning.ACTIVE, Meaning.SUSPENDED, Meaning.AGREED, Meaning.NO, Meaning.LEFT, Meaning.DECEASED)
#: Of each column of words: what its words usually mean, and what they may be said to mean.
COLUMNS: Mapping[str, tuple[Mapping[str, Meaning], tuple[Meaning, ...]]] = {
    "status": (_STATUS, (*_STANDING, Meaning.NOTHING)),
    "opted_in": (_OPTED_IN, (Meaning.AGREED, Meaning.NO, Meaning.LEFT, Meaning.DECEASED, Meaning.NOTHING)),
    "opted_out": (_OPTED_OUT, (Meaning.LEFT, Meaning.DECEASED, Meaning.NOTHING)),
    "do_not_contact": (_OPTED_OUT, (Meaning.LEFT, Meaning.DECEASED, Meaning.NOTHING)),
    "deceased": (_DECEASED, (Meaning.DECEASED, Meaning.NOTHING)),
}
#: The key of the question whether a date alone is a consent.
CONSENT_DATE = "consent_date"
COUNTRY_LIST = "countries"
#: Addresses that name no country: American where state, or ZIP and town, say so; or all of one country.
TOLD = "told"


def country_choices() -> tuple[Choice, ...]:
    """Every country, and none."""
    return (
        *(Choice(one.code, one.name) for one in countries()),
        Choice(NO_COUNTRY, "No country: leave the address out"),
    )


NO_COUNTRY = "none"


def meaning_questions(found: Survey, label_of: Mapping[str, str]) -> list[Question]:
    """What each distinct word of the columns of words means; the columns by ``label_of``, their headers."""
    questions: list[Question] = []
    for name, (usual, possible) in COLUMNS.items():
        words = found.words.get(name)
        if not words or name in found.crowded:
            continue
        choices = tuple(Choice(meaning.value, LABELS[meaning]) for meaning in possible)
        guesses = _guesses(name, words, usual)
        sure = [word for word in words if _is_sure(name, word)]
        questions += word_questions(name, f"“{label_of[name]}”", words, choices, guesses, sure)
    return questions


def _is_sure(name: str, word: str) -> bool:
    """Whether everybody would read it so: a clear word in a column that means it."""
    if name == "status":
        return word in ("active", "suspended", "closed", "deactivated")
    return (
        COLUMNS[name][0].get(word) in (Meaning.AGREED, Meaning.NO, Meaning.LEFT, Meaning.DECEASED)
        or word in _NO
    )


def _guesses(name: str, words: Iterable[str], usual: Mapping[str, Meaning]) -> dict[str, str]:
    """A status column that speaks of mail isn't about suspending: what would suspend there is asked."""
    speaks_of_mail = name == "status" and any(word in _MAIL for word in words)
    return {
        word: usual[word].value
        for word in words
        if word in usual and not (speaks_of_mail and usual[word] is Meaning.SUSPENDED)
    }


def country_questions(found: Survey, label: str) -> list[Question]:
    """Which country each word is, and where addresses are that name none."""
    choices = country_choices()
    words = dict(found.words.get("country", {}))
    for key, word in found.words.get("ship_country", {}).items():
        if key in words:
            words[key] = Word(words[key].text, words[key].rows + word.rows, words[key].first_row)
        else:
            words[key] = word
    blank = words.pop("", None)
    codes = {key: code for key, word in words.items() if (code := read_country(word.text)[0])}
    questions = word_questions("country", f"“{label}”", words, choices, codes, codes, COUNTRY_LIST)
    if blank is not None:
        questions.append(
            Question(
                "country",
                "Addresses that name no country",
                (
                    Choice(TOLD, "In the United States, where the state, or ZIP and town together, say so"),
                    *choices,
                ),
                TOLD,
                (),
                blank.rows,
            )
        )
    return questions


def consent_date_questions(mapping: Columns) -> list[Question]:
    """Whether a date of consent is one where no word of the file says so."""
    header = mapping.matched.get("opted_in_at")
    if header is None:
        return []
    choices = (
        Choice("yes", "Yes: whoever has one agreed to mail about offers then"),
        Choice("no", "No: it says nothing of consent"),
    )
    return [Question(CONSENT_DATE, f"Is a date in “{header}” a consent to mail?", choices, "yes")]


def country_key(text: str) -> str:
    """The key of what a country as it is written means."""
    return word_key("country", fold(text))
