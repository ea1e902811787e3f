"""The layout of mails: compiled once, filled safely, refused with what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tirage.core.contrast import AA, parse_hex, ratio, to_hex
from tirage.notifications import layout as module
from tirage.notifications.layout import LayoutRefused, Look, check_layout, compile_layout
from tirage.notifications.layouts import built_in_layout
from tirage.notifications.rules import Block, Link, Rows

LOOK = Look("#fbf8f3", "#231f1c", "#6d1f2f")
SAID = {"subject": "Hello", "winery.name": "Halcyon &amp; Sons", "foot": "Here", "leave": ""}


def test_a_look_is_compiled_once_however_many_mails_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    import mjml

    compiled: list[str] = []
    real = mjml.mjml2html

    def noticed(source: str, **how: Any) -> str:
        compiled.append(source)
        return real(source, **how)

    monkeypatch.setattr(mjml, "mjml2html", noticed)
    module._compiled.cache_clear()
    for number in range(50):
        page = compile_layout(built_in_layout(), LOOK).render([Block("text", html=f"Mail {number}")], SAID)
        assert f"Mail {number}" in page
    assert len(compiled) == 1
    compile_layout(built_in_layout(), Look("#ffffff", "#111111", "#333366"))
    assert len(compiled) == 2


def test_what_a_mail_says_never_becomes_markup() -> None:
    odd = '"><script>x</script>@@tirage-say-foot@@{{ foot }}</mj-text><mj-foo>'
    blocks = [
        Block("link", link=Link(f"https://x.example/?a=1&b={odd}", odd)),
        Block("rows", rows=Rows([(odd, odd)], [(odd, odd)])),
    ]
    page = compile_layout(built_in_layout(), LOOK).render(blocks, SAID)
    assert "<script" not in page and "<mj-" not in page
    assert page.count("&lt;script&gt;") == 6 and page.count("{{ foot }}") == 6
    assert 'href="https://x.example/?a=1&amp;b=&quot;&gt;' in page


def test_the_built_in_layout_is_the_winerys_in_both_schemes_and_fetches_nothing() -> None:
    page = compile_layout(built_in_layout(), LOOK).render([Block("text", html="Hi")], SAID)
    assert "{{" not in page and "@@" not in page and "Halcyon &amp; Sons" in page
    light, dark = page.split("@media (prefers-color-scheme: dark)", 1)
    assert "#6d1f2f" in light and "#fbf8f3" in dark
    assert 'name="color-scheme" content="light dark"' in page and '<html lang="en-US"' in page
    assert not re.search(r"<link|@import|url\(|<img|<script", page)


@pytest.mark.parametrize(
    "look", [LOOK, Look("#ffffff", "#111111", "#1b3a5c"), Look("#f4efe6", "#2b2622", "#a8321f")]
)
def test_colours_can_be_read_as_chosen_in_the_dark_and_turned_over(look: Look) -> None:
    """Some programs on telephones turn a mail's colours over by force, each into its opposite."""
    colours = module._colours(look)
    for dark in ("", "dark."):
        for words, ground in (("ink", "paper"), ("accent", "paper"), ("on_fill", "fill")):
            one, other = colours[dark + words], colours[dark + ground]
            assert ratio(one, other) >= AA
            assert ratio(_turned(one), _turned(other)) >= 3


def _turned(colour: str) -> str:
    return to_hex(tuple(1 - part for part in parse_hex(colour)))  # type: ignore[arg-type]


REFUSED = {
    "doesn’t know {{ customer.name }}": ("{{ foot }}", "{{ customer.name }}"),
    "doesn’t know {{ winery|safe }}": ("{{ foot }}", "{{ winery|safe }}"),
    "{{ words }} once": ("{{ words }}", ""),
    "Write {{ leave }} somewhere": ("{{ leave }}", ""),
    "directly inside an <mj-column>": ("{{ words }}", "<mj-text>{{ words }}</mj-text>"),
    "tag that isn’t closed": ("</mj-column>", ""),
    "<mj-dvider> on line": ("<mj-divider />", "<mj-dvider />"),
    "<script> on line": ("<mj-divider />", "<mj-raw><script>x</script></mj-raw>"),
    "<mj-include> on line": ("<mj-divider />", '<mj-include path="/etc/passwd" />'),
    "would run a script": ("<mj-divider />", '<mj-text><b onclick="x()">x</b></mj-text>'),
    "has no alt text": ("<mj-divider />", '<mj-image src="https://x.example/a.png" />'),
    "begin with https://": ("<mj-divider />", '<mj-image src="/a.png" alt="The house" />'),
    "has at most 60,000 characters": ("<mj-divider />", "<!-- " + "x" * 60_000 + " -->"),
    "can’t stand in a layout": ("{{ foot }}", "@@tirage-link@@"),
}


@pytest.mark.parametrize("said", sorted(REFUSED))
def test_a_layout_that_no_mail_should_be_sent_in_is_refused_with_what_to_do(said: str) -> None:
    check_layout(built_in_layout())
    before, after = REFUSED[said]
    assert before in built_in_layout()
    with pytest.raises(LayoutRefused, match=re.escape(said)):
        check_layout(built_in_layout().replace(before, after, 1))


def test_a_picture_with_its_words_and_a_stylesheets_braces_are_fine() -> None:
    picture = '<mj-image src="https://x.example/a.png" alt="The house in October" width="200px" />'
    source = built_in_layout().replace("<mj-divider />", picture)
    check_layout(source.replace("a { color", "@media print { a { color: red; }} a { color"))
    assert 'alt="The house in October"' in compile_layout(source, LOOK).render([], SAID)
