"""Addresses that many carriers don't take wine to: post office boxes, military posts, territories of the United States.

A private mailbox (``PMB 12`` at a street and number) is no post office box: couriers deliver there.
"""

import re
import string
import unicodedata
from enum import StrEnum

from tirage.places.states import STATES, StateKind


class SpecialKind(StrEnum):
    PO_BOX = "po_box"
    MILITARY = "military"
    TERRITORY = "territory"


#: How each is called in a sentence, in the plural.
SPECIAL_WORDS = {
    SpecialKind.PO_BOX: "PO boxes",
    SpecialKind.MILITARY: "military addresses (APO, FPO, DPO)",
    SpecialKind.TERRITORY: "US territories",
}
#: Territories that some people choose as a country of its own.
_TERRITORIES = frozenset(
    code for code, state in STATES.items() if state.kind in (StateKind.TERRITORY, StateKind.ASSOCIATED)
)
_MILITARY_STATES = frozenset(code for code, state in STATES.items() if state.kind is StateKind.MILITARY)
_PO = r"p\W{0,3}[o0]\W{0,3}"
_PO_BOX = re.compile(
    rf"""\b(?:
        {_PO}(?:box|bx|drawer|drwr)\b          # P.O. Box, PO Box, P O Bx, P.0. Drawer
      | {_PO}(?:box|bx)[ ]?\#?[ ]?\d             # POBox12
      | {_PO}b(?:\b\W{{0,3}}|(?=\d))(?:(?:no|nr|number)\W{{0,2}}|\#[ ]?)?\d   # POB 12, P.O.B. No. 12
      | post(?:al)?[ -]?(?:of+ice)?[ -]?(?:box|bx|drawer)\b       # Post Office Box, Post-Office Box, Postal Box
      | g\W{{0,2}}{_PO}(?:box|bx)\b                               # GPO Box
      | (?:lock|caller)[ ]?box[ ]?\#?[ ]?\d | firm[ ]caller[ ]?\#?[ ]?\d
      | (?:private|locked|mail)[ ]bag[ ](?:no\W{{0,2}})?\#?[ ]?(?:x[ ]?)?\d | general[ ]delivery\b | poste[ ]restante\b
      | postfach\b | apartado(?:[ ](?:de[ ]correos|postal))?[ ]\d | casella[ ]postale\b | bo[iî]te[ ]postale\b
      | case[ ]postale\b | caixa[ ]postal\b | casilla(?:[ ](?:de[ ]correos?|postal))?[ ]\d | postboks[ ]?\d
      | b\.?[ ]?p\.?[ ]?\#?[ ]?\d+\b | postbus[ ]?\d | apdo\W{{0,2}}(?:postal[ ]?)?\d
    )""",
    re.VERBOSE,
)
#: What is one only where nothing else stands on the line: `Box 12`, `Drawer 4`, `PO 12`.
_BARE_BOX = re.compile(rf"(?:(?:box|bx|drawer) ?(?:no\W{{0,2}})?|{_PO})#? ?\d{{1,9}}\w?")
_MILITARY_CITY = re.compile(r"[afd]\W{0,2}p\W{0,2}o(?:\W{1,3}(?:[afd]po|a[aep])\b.*)?")
#: `PSC 3 Box 1`, `CMR 402 Box 12`, `Unit 2050 Box 4190`: how the posts number their boxes.
_MILITARY_BOX = re.compile(r"\b(?:psc|cmr|unit|omc)\W{0,2}\d{1,6}\W{1,3}box\W{1,2}\d")
#: Beginnings of ZIPs that are military posts' or territories' alone. All of 969 is: Guam, Palau, Micronesia, the
#: Marianas, the Marshalls; of 967 only American Samoa's, the rest is Hawaii's.
_MILITARY_ZIPS = tuple("090 091 092 093 094 095 096 097 098 340 962 963 964 965 966".split())
_TERRITORY_ZIPS = ("006", "007", "008", "009", "969", "96799")
_AROUND = string.punctuation + " "


def special_kinds(
    *, country: str, line1: str, line2: str = "", city: str = "", state: str = "", postal_code: str = ""
) -> frozenset[SpecialKind]:
    """Which of the kinds an address is, as people write it; country and state as codes.

    Carriers go by the ZIP alone: an address is military also where its state says otherwise.
    """
    found = set()
    if any(_is_po_box(line) for line in (line1, line2)):
        found.add(SpecialKind.PO_BOX)
    is_us = country == "US"
    zip_code = postal_code.strip() if is_us else ""
    is_posted = state in _MILITARY_STATES or zip_code.startswith(_MILITARY_ZIPS)
    if is_us and (is_posted or _is_military(line1, line2, city)):
        found.add(SpecialKind.MILITARY)
    is_outlying = is_us and (state in _TERRITORIES or zip_code.startswith(_TERRITORY_ZIPS))
    if is_outlying or country in _TERRITORIES:
        found.add(SpecialKind.TERRITORY)
    return frozenset(found)


def _is_military(line1: str, line2: str, city: str) -> bool:
    return bool(_MILITARY_CITY.fullmatch(_plain(city).strip(_AROUND))) or any(
        _MILITARY_BOX.search(_plain(line)) for line in (line1, line2)
    )


def _is_po_box(line: str) -> bool:
    text = _plain(line)
    return bool(_PO_BOX.search(text) or _BARE_BOX.fullmatch(text.strip(_AROUND)))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
