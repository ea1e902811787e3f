"""What an import remembers doesn't grow in memory."""

from __future__ import annotations

import tracemalloc

import pytest

from tirage.imports.kept import Kept, kept_numbers
from tirage.imports.same_person import PersonNames, read_names, write_names

pytestmark = pytest.mark.once


def test_what_is_kept_is_found_again_by_its_first_value() -> None:
    rows = kept_numbers()
    assert rows.setdefault(-(2**63), 2) == 2 and rows.setdefault(-(2**63), 9) == 2
    rows[2**63 - 1] = 7
    rows[2**63 - 1] = 8
    assert (rows[2**63 - 1], rows.get(5), 5 in rows, -(2**63) in rows) == (8, None, False, True)
    with pytest.raises(KeyError):
        rows[5]
    names = Kept(write_names, read_names)
    names[1] = PersonNames("Zoë", "")
    assert names[1] == PersonNames("Zoë", "") and rows.get(1) is None


def test_twenty_thousand_take_no_memory_of_ours() -> None:
    rows = kept_numbers()
    tracemalloc.start()
    try:
        for key in range(20_000):
            rows.setdefault(hash(f"p{key}@x.com"), key)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200_000 and rows[hash("p19999@x.com")] == 19_999
