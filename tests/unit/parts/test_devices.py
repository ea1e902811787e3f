"""Devices in plain words."""

from __future__ import annotations

import pytest

from tirage.parts.devices import say_agent, say_where

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36", "Chrome on a Mac"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/143.0.0.0",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "Chrome on a Chromebook"),
        (f"Mozilla/5.0 (Linux; Android 16; Pixel 10) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on an iPad",
        ),
        ("", "A browser that doesn’t say what it is"),
        ("nonsense", "A browser that doesn’t say what it is"),
    ],
)
def test_what_a_browser_says_of_itself(agent: str, words: str) -> None:
    assert say_agent(agent) == words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("203.0.113.77", "From the network 203.0.113.x"),
        ("198.51.100.9", "From the network that you use now (198.51.100.x)"),
        ("2001:db8:1:2:aaaa::1", "From the network 2001:db8:1:2::x"),
        ("192.168.1.20", "From a network at the winery (192.168.1.x)"),
        ("127.0.0.1", "From the winery’s own machine"),
        ("", "From an unknown network"),
        ("nonsense", "From an unknown network"),
    ],
)
def test_where_as_far_as_an_address_tells(address: str, words: str) -> None:
    assert say_where(address, "198.51.100.9") == words
