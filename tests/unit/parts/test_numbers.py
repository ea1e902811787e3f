"""Hidden fields come back as they were sent, or count as nothing of ours."""

from __future__ import annotations

import pytest

from tirage.parts.numbers import read_whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("-120", -120), ("999999999999999", 10**15 - 1)])
def test_what_a_page_wrote_is_read(text: str, number: int) -> None:
    assert read_whole(text) == number


@pytest.mark.parametrize(
    "text", ["", "-", "--5", "5-", "²", "٣", "1_0", " 1", "1.0", "1e9", "9" * 16, "9" * 5000]
)
def test_anything_else_is_not_ours(text: str) -> None:
    assert read_whole(text) == -1 and read_whole(text, 7) == 7
