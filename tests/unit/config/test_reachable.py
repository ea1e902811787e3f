"""Whom and what the settings name: read once, right or refused."""

from __future__ import annotations

import pytest

from tirage.config.reachable import Sender, read_sender


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("cellar@winery.example", Sender("", "cellar@winery.example")),
        ("Your winery <cellar@winery.example>", Sender("Your winery", "cellar@winery.example")),
        ("Château Ørsted, Fils <a@winery.example>", Sender("Château Ørsted, Fils", "a@winery.example")),
        (
            r'"The \"Old\" Cellar, Ltd." <a@winery.example>',
            Sender('The "Old" Cellar, Ltd.', "a@winery.example"),
        ),
        ("Weingut Müller <post@bücher.example>", Sender("Weingut Müller", "post@xn--bcher-kva.example")),
        (" <o'b+x@winery.example> ", Sender("", "o'b+x@winery.example")),
    ],
)
def test_what_the_manual_allows_is_read(text: str, sender: Sender) -> None:
    assert read_sender(text) == sender


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cellar",
        "Cellar cellar@winery.example",
        "cellar@winery",
        "a@winery.example, b@winery.example",
        "A <a@winery.example>, B <b@winery.example>",
        '"A <a@winery.example>',
        '"A <a@winery.example>"',
        "a@@winery.example",
        "a@winery.example\nBcc: b@winery.example",
        "a@-.example",
    ],
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\.$"):
        read_sender(text)
