"""Countries, and what each wants in an address: a state or not, and how its postal code looks.

Codes are ISO 3166-1 alpha-2, names come from Babel. The US territories are states of 'US' here, as the post
and the law on shipping wine treat them, and are therefore no countries.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from babel import Locale
from babel.core import get_global

from tirage.places.formats import AddressFormat, format_of
from tirage.places.states import OTHER_SPELLINGS

# Babel also names regions that are no countries (the euro zone, outlying oceans, pseudo-locales).
_NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
_US_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI", "UM"})

#: Besides the names that Babel knows in OWN_NAMES: what people write, and what countries were called.
_COUNTRY_SPELLINGS = {
    "usa": "US",
    "us": "US",
    "us of a": "US",
    "america": "US",
    "united states of america": "US",
    "the united states": "US",
    "estados unidos de america": "US",
    "uk": "GB",
    "great britain": "GB",
    "britain": "GB",
    "united kingdom of great britain and northern ireland": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "eire": "IE",
    "republic of ireland": "IE",
    "hong kong": "HK",
    "hong kong sar": "HK",
    "macau": "MO",
    "macao": "MO",
    "korea": "KR",
    "republic of korea": "KR",
    "south korea": "KR",
    "north korea": "KP",
    "democratic peoples republic of korea": "KP",
    "the democratic republic of the congo": "CD",
    "peoples republic of china": "CN",
    "mainland china": "CN",
    "prc": "CN",
    "taiwan province of china": "TW",
    "republic of china": "TW",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "deutschland": "DE",
    "germany west": "DE",
    "west germany": "DE",
    "east germany": "DE",
    "federal republic of germany": "DE",
    "schweiz": "CH",
    "suisse": "CH",
    "svizzera": "CH",
    "osterreich": "AT",
    "burma": "MM",
    "zaire": "CD",
    "dr congo": "CD",
    "drc": "CD",
    "democratic republic of the congo": "CD",
    "republic of the congo": "CG",
    "swaziland": "SZ",
    "macedonia": "MK",
    "turkey": "TR",
    "turkiye": "TR",
    "cape verde": "CV",
    "ivory coast": "CI",
    "east timor": "TL",
    "ceylon": "LK",
    "siam": "TH",
    "persia": "IR",
    "rhodesia": "ZW",
    "upper volta": "BF",
    "dahomey": "BJ",
    "viet nam": "VN",
    "russian federation": "RU",
    "syrian arab republic": "SY",
    "lao pdr": "LA",
    "brunei darussalam": "BN",
    "republic of moldova": "MD",
    "vatican": "VA",
    "holy see": "VA",
    "uae": "AE",
    "ksa": "SA",
    "nz": "NZ",
    "the bahamas": "BS",
    "the gambia": "GM",
    "slovak republic": "SK",
    "bosnia": "BA",
}
#: Codes that other systems still write.
_OTHER_CODES = {"UK": "GB", "EL": "GR", "XKX": "XK", "ROM": "RO", "TMP": "TL", "ZAR": "CD", "BUR": "MM"}
#: The languages in which a country's name is known: those of people who buy wine.
OWN_NAMES = "en es fr de it pt nl da sv nb fi pl cs hu el ja zh ko".split()


#: Tax, the law and the team's tables name their states one by one.
_TAXED_BY_STATE = ("US", "CA", "AU")


@dataclass(frozen=True, slots=True)
class Country:
    """A country and, read when it is asked for, what an address form needs to know of it."""

    code: str
    name: str

    @property
    def format(self) -> AddressFormat:
        return format_of(self.code)

    @property
    def state_label(self) -> str:
        """``Prefecture``; empty where no state is written."""
        return self.format.state_label

    @property
    def needs_state(self) -> bool:
        return bool(self.state_label) and "S" in self.format.needs

    @property
    def needs_city(self) -> bool:
        return "C" in self.format.needs

    @property
    def has_city(self) -> bool:
        """Whether one is asked for: not where the country is the city."""
        return self.format.has("C") or not any(re.search("[A-Z]{4}", line) for line in self.format.lines)

    @property
    def has_postal_code(self) -> bool:
        return bool(self.format.postal_label)

    @property
    def needs_postal_code(self) -> bool:
        return self.has_postal_code and "Z" in self.format.needs

    @property
    def postal_pattern(self) -> re.Pattern[str] | None:
        """Of the normalised code, to be matched in full; None: anything goes."""
        return self.format.postal_pattern

    @property
    def postal_example(self) -> str:
        return next(iter(self.format.postal_examples), "")


@lru_cache(maxsize=8)
def _country_table(locale: str) -> dict[str, Country]:
    names = Locale.parse(locale).territories
    return {
        code: Country(code, name)
        for code, name in names.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES | _US_TERRITORIES
    }


def countries(locale: str = "en_US") -> list[Country]:
    """Every country, sorted by its name in that locale."""
    return sorted(_country_table(locale).values(), key=lambda country: country.name.casefold())


def find_country(code: str, locale: str = "en_US") -> Country | None:
    """The country of an ISO alpha-2 code (upper case)."""
    return _country_table(locale).get(code)


def subdivisions(country: str) -> dict[str, str]:
    """Code and name of each state or province that tax and law tell apart; empty in other countries."""
    return dict(format_of(country).states) if country in _TAXED_BY_STATE else {}


def regions(country: str) -> dict[str, str]:
    """What is kept and the name of each state, province or prefecture that an address there names; may be empty."""
    return dict(format_of(country).states)


@lru_cache(maxsize=1)
def _country_spellings() -> dict[str, str]:
    """Every name and code by its plain form; an English name before one of another language."""
    found: dict[str, str] = {}
    for language in reversed(OWN_NAMES):
        for code, name in Locale.parse(language).territories.items():
            if code in _country_table("en_US") or code in _US_TERRITORIES - {"UM"}:
                found[_plain(name)] = code
    found.update({_plain(name): code for name, code in _COUNTRY_SPELLINGS.items()})
    for code, now in get_global("territory_aliases").items():
        if re.fullmatch("[A-Z]{3}|[0-9]{3}", code) and len(now) == 1:
            found[code.lower()] = now[0]
    found.update({code.lower(): now for code, now in _OTHER_CODES.items()})
    return found


@lru_cache(maxsize=4096)
def _found_country(text: str) -> str:
    if text.upper() in _country_table("en_US") or text.upper() in _US_TERRITORIES:
        return text.upper()
    spelt = _country_spellings().get(_plain(text), "") or _turned_name(text)
    return spelt or _agreed(_parts_of(text), lambda part: "" if part == text else _found_country(part))


def _turned_name(text: str) -> str:
    """'Korea, Republic of', 'Iran, Islamic Republic of': as lists of the United Nations write them."""
    name, comma, rest = text.partition(",")
    if not comma or not re.search(r"\b(?:of|of the)$", _plain(rest)):
        return ""
    turned = _country_spellings().get(_plain(f"{rest} {name}"), "")
    return turned or _country_spellings().get(_plain(name), "")


def read_country(raw: str) -> tuple[str, str]:
    """'USA', 'GBR', 'Italia', 'Burma', 'United States (US)' → the ISO code, and a state where the text names one.

    The US territories are states: 'Puerto Rico' is ('US', 'PR'). Two empty texts for what is not recognised.
    """
    found = _found_country(_tidy(raw))
    return ("US", "" if found == "UM" else found) if found in _US_TERRITORIES else (found, "")


def normalise_country(raw: str) -> str:
    """The ISO code of ``read_country``; what is not recognised comes back trimmed, as it was."""
    return read_country(raw)[0] or _tidy(raw)


def _parts_of(text: str) -> list[str]:
    """What stands inside and outside of brackets, and before and after a dash, slash or comma."""
    return [
        part for part in (" ".join(piece.split()) for piece in re.split(r"[()\[\]/,;]| [-–—] ", text)) if part
    ]


def _agreed(parts: list[str], find: Callable[[str], str]) -> str:
    """What all of two or more parts are said to be; empty when they differ or one is unknown."""
    found = {find(part) for part in parts} if len(parts) > 1 else {""}
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=64)
def _state_spellings(country: str) -> dict[str, str]:
    known = format_of(country)
    by_name = {_plain(name): code for code, name in known.states.items()}
    others = {_plain(written): code for written, code in known.spellings}
    return {**others, **by_name, **OTHER_SPELLINGS.get(country, {})}


def normalise_state(country: str, raw: str) -> str:
    """'Calif.', 'california', 'CA ', 'US-CA', 'D.C.', 'CA - California' → the code.

    Anything else comes back trimmed, as it was; for a country without a fixed list that is the state.
    """
    text = _tidy(raw)
    if not text or find_country(country) is None or not format_of(country).states:
        return text
    return _found_state(country, text) or _agreed(_parts_of(text), partial(_found_state, country)) or text


def _found_state(country: str, text: str) -> str:
    short = _without_prefix(text, country, "-_ ").replace(".", "").replace(" ", "").upper()
    return short if short in format_of(country).states else _state_spellings(country).get(_plain(text), "")


def normalise_postal_code(country: str, raw: str) -> str:
    """The postal code in the country's own form.

    US: a zero lost in a spreadsheet is put back ('1234', '1234.0' → '01234'; '501' → '00501'), ZIP+4 is kept
    (and '-0000', a spreadsheet's filler, is not). What can't be read comes back tidied, for
    `validate_address_parts` to complain about; so does every code of what is no country.
    """
    text = re.sub(r"[.,]0*$", "", _tidy(raw)).upper()
    text = re.sub(" ?[-\u2013\u2014] ?", "-", text)
    if find_country(country) is None:
        return text
    return _NORMALISERS.get(country, _normalise_by_shape)(country, text)


def _normalise_us(_country: str, text: str) -> str:
    head, plus, tail = text.replace(" ", "-" if re.fullmatch(r"\d{3,5} \d{4}", text) else "").partition("-")
    if not plus and re.fullmatch(r"\d{8,9}", head):
        head, plus, tail = head[:-4], "-", head[-4:]
    if not re.fullmatch(r"[0-9]{3,5}", head) or (tail and not re.fullmatch(r"[0-9]{1,4}", tail)):
        return text
    tail = tail.zfill(4) if tail.strip("0") else ""
    return head.zfill(5) + (f"-{tail}" if tail else "")


def _normalise_gb(_country: str, text: str) -> str:
    bare = re.sub(r"[^A-Z0-9]", "", text)
    if bare.startswith("BFPO"):
        return f"BFPO {bare[4:]}".strip()
    return f"{bare[:-3]} {bare[-3:]}" if 5 <= len(bare) <= 7 else text


def _normalise_by_shape(country: str, text: str) -> str:
    """As the country's examples are cut: into what groups, with how many digits."""
    # D-80331 is written in Germany, PL-00-001 in Poland, CH-8001 and CH 8001 in Switzerland
    letter = text[:1] if "A" <= text[:1] <= "Z" else country
    bare = re.sub(r"[^A-Z0-9]", "", _without_prefix(_without_prefix(text, country, "- "), letter, "-"))
    pattern, shapes = format_of(country).postal_pattern, _shapes(country)
    lost = ["0" + bare] if bare.isdigit() and len({len(_bare(shape)) for shape in shapes}) == 1 else []
    for code in (bare, *lost):
        for shape in shapes:
            if len(_bare(shape)) == len(code) and (not pattern or pattern.fullmatch(_cut(code, shape))):
                return _cut(code, shape)
    return text


@lru_cache(maxsize=64)
def _shapes(country: str) -> tuple[str, ...]:
    """The examples that are cut differently from each other."""
    examples = format_of(country).postal_examples
    return tuple({re.sub("[A-Z0-9]", "0", example): example for example in reversed(examples)}.values())[::-1]


def _bare(shape: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", shape)


def _cut(code: str, shape: str) -> str:
    letters = iter(code)
    return "".join(next(letters) if sign.isalnum() else sign for sign in shape)


_NORMALISERS: dict[str, Callable[[str, str], str]] = {
    "US": _normalise_us,
    "GB": _normalise_gb,
}


def _without_prefix(text: str, prefix: str, separators: str) -> str:
    """``CA`` for ``us-ca``. What people send is compared, and never made a pattern."""
    length = len(prefix)
    has_it = text[:length].upper() == prefix.upper() and text[length : length + 1] in tuple(separators)
    return text[length + 1 :] if has_it and text[length + 1 : length + 2].isalnum() else text


def states_of_postal_code(country: str, code: str) -> tuple[str, ...]:
    """The states in which a normalised code outside the United States may lie; empty where its beginning tells none."""
    beginnings = format_of(country).beginnings
    return tuple(state for state, pattern in beginnings.items() if code and pattern.match(code))


def _tidy(raw: str) -> str:
    """Trim, and make each run of white space (non-breaking too) one space, drop zero-width marks."""
    return " ".join(re.sub("[\u200b\u200c\u200d\u2060\ufeff]", "", raw).split())


def _plain(raw: str) -> str:
    """For comparing: lower case, no accents, full stops or commas, '&' read as 'and', single spaces."""
    text = raw if raw.isascii() else _without_accents(raw)
    text = text.casefold().replace(".", "").replace("'", "").replace("&", " and ").replace(",", " ")
    return " ".join(text.split())


def _without_accents(raw: str) -> str:
    apart = unicodedata.normalize("NFKD", raw.replace("’", "'"))
    return "".join(character for character in apart if not unicodedata.combining(character))
