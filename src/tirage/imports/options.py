"""What a person may say about a file beyond its columns. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Kept as JSON on the run. Options of other kinds are without effect."""

    #: What the person said about the file's own words and marks, by the key of the question; see ``questions.py``.
    answers: Mapping[str, str] = field(default_factory=dict)
    #: customers: a person whose address can't be shipped to is imported without that address.
    leave_out_bad_addresses: bool = False
    #: customers: an allocation group in the file takes the place of the one the customer is in.
    move_groups: bool = False
    #: stock: the reason of movements that the file gives none for; empty: received when in, other when out.
    reason: str = ""
    #: stock: bottles that carts hold may be taken from them.
    release_holds: bool = False
    #: offer-items: the reference of the offer.
    offer: str = ""
    #: offer-items: items that the file doesn't name are removed.
    replace: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ImportOptions:
        """Unknown names are left out: an old run may have been kept by another version."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})
