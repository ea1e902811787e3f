"""Whom and what the settings name: read once, right or refused."""

from __future__ import annotations

import pytest

from tirage.config.reachable import Sender, ascii_allowed, ascii_site, read_sender


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


@pytest.mark.parametrize(
    ("site", "asked"),
    [
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("HTTPS://Shop.Example.com:8443", "https://shop.example.com:8443"),
        ("https://shop.example.com", "https://shop.example.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://shop example", "https://shop example"),
    ],
)
def test_a_site_is_written_as_browsers_ask_for_it(site: str, asked: str) -> None:
    assert ascii_site(site) == asked


def test_hosts_are_served_as_requests_name_them() -> None:
    """A request names ``xn--…``: what was written with its own letters would answer every page with 400."""
    hosts = ["Bücher.example", ".bücher.example", "[::1]", "*"]
    assert [ascii_allowed(host) for host in hosts] == [
        "xn--bcher-kva.example",
        ".xn--bcher-kva.example",
        "[::1]",
        "*",
    ]
