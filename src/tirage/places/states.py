"""The states of the United States for post and tax: codes, names, FIPS numbers, usual spellings."""

from dataclasses import dataclass
from enum import StrEnum


class StateKind(StrEnum):
    STATE = "state"
    DISTRICT = "district"
    TERRITORY = "territory"
    ASSOCIATED = "associated"  # sovereign, served by the US post: Palau, Micronesia, the Marshall Islands
    MILITARY = "military"  # APO, FPO and DPO addresses


@dataclass(frozen=True, slots=True)
class State:
    code: str
    name: str
    fips: str  # two digits; empty for military posts
    kind: StateKind
    written: tuple[str, ...] = ()  # traditional abbreviations, without full stops, lower case


def _states(kind: StateKind, table: str) -> dict[str, State]:
    found = {}
    for line in table.strip().splitlines():
        code, fips, name, *written = (part.strip() for part in line.split("|"))
        found[code] = State(code, name, fips, kind, tuple(written))
    return found


STATES: dict[str, State] = {
    **_states(
        StateKind.STATE,
        """
        AL | 01 | Alabama | ala
        AK | 02 | Alaska | alas
        AZ | 04 | Arizona | ariz
        AR | 05 | Arkansas | ark
        CA | 06 | California | calif | cal
        CO | 08 | Colorado | colo
        CT | 09 | Connecticut | conn
        DE | 10 | Delaware | del
        FL | 12 | Florida | fla
        GA | 13 | Georgia
        HI | 15 | Hawaii | hawai'i
        ID | 16 | Idaho | ida
        IL | 17 | Illinois | ill | ills
        IN | 18 | Indiana | ind
        IA | 19 | Iowa
        KS | 20 | Kansas | kan | kans
        KY | 21 | Kentucky | ken
        LA | 22 | Louisiana
        ME | 23 | Maine
        MD | 24 | Maryland
        MA | 25 | Massachusetts | mass
        MI | 26 | Michigan | mich
        MN | 27 | Minnesota | minn
        MS | 28 | Mississippi | miss
        MO | 29 | Missouri
        MT | 30 | Montana | mont
        NE | 31 | Nebraska | neb | nebr
        NV | 32 | Nevada | nev
        NH | 33 | New Hampshire
        NJ | 34 | New Jersey
        NM | 35 | New Mexico | n mex | nmex
        NY | 36 | New York | new york state
        NC | 37 | North Carolina | n car | n carolina
        ND | 38 | North Dakota | n dak | n dakota
        OH | 39 | Ohio
        OK | 40 | Oklahoma | okla
        OR | 41 | Oregon | ore | oreg
        PA | 42 | Pennsylvania | penn | penna
        RI | 44 | Rhode Island
        SC | 45 | South Carolina | s car | s carolina
        SD | 46 | South Dakota | s dak | s dakota
        TN | 47 | Tennessee | tenn
        TX | 48 | Texas | tex
        UT | 49 | Utah
        VT | 50 | Vermont
        VA | 51 | Virginia | virg
        WA | 53 | Washington | wash | washington state
        WV | 54 | West Virginia | w va | wva | w virginia
        WI | 55 | Wisconsin | wis | wisc
        WY | 56 | Wyoming | wyo
        """,
    ),
    **_states(StateKind.DISTRICT, "DC | 11 | District of Columbia | washington dc | wash dc"),
    **_states(
        StateKind.TERRITORY,
        """
        AS | 60 | American Samoa
        GU | 66 | Guam
        MP | 69 | Northern Mariana Islands
        PR | 72 | Puerto Rico
        VI | 78 | US Virgin Islands | virgin islands | usvi
        """,
    ),
    **_states(
        StateKind.ASSOCIATED,
        """
        FM | 64 | Federated States of Micronesia | micronesia
        MH | 68 | Marshall Islands
        PW | 70 | Palau
        """,
    ),
    **_states(
        StateKind.MILITARY,
        """
        AA || Armed Forces Americas
        AE || Armed Forces Europe, Middle East, Africa, Canada | armed forces europe
        AP || Armed Forces Pacific
        """,
    ),
}
"""Every state by its two-letter code, in the order of the kinds above."""

OTHER_SPELLINGS: dict[str, dict[str, str]] = {
    "US": {written: code for code, state in STATES.items() for written in state.written},
    "CA": {
        "alta": "AB",
        "man": "MB",
        "newfoundland": "NL",
        "nfld": "NL",
        "nwt": "NT",
        "ont": "ON",
        "pei": "PE",
        "pq": "QC",
        "que": "QC",
        "québec": "QC",
        "sask": "SK",
        "yukon territory": "YT",
    },
    "AU": {"tassie": "TAS", "qld": "QLD", "vict": "VIC"},
}
"""Spellings seen on letters and in old lists, lower case and without full stops."""
