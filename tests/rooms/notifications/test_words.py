"""Placeholders: filled safely, refused when unknown."""

from __future__ import annotations

import pytest

from tirage.notifications.kinds import KINDS
from tirage.notifications.rules import (
    Link,
    Rows,
    UnknownPlaceholders,
    check_words,
    fill_blocks,
    fill_subject,
    fill_text,
)
from tirage.notifications.states import MailKind


@pytest.mark.parametrize(
    "words", ["{{ nobody }}", "{% load x %}", "{{ customer.name|safe }}", "{{", "}} x", "{{ a b }}"]
)
def test_unknown_placeholders_are_refused(words: str) -> None:
    with pytest.raises(UnknownPlaceholders):
        check_words(words, ["customer.name"])


def test_known_placeholders_are_fine_however_spaced() -> None:
    check_words("{{customer.name}} and {{  customer.name  }}, {not} these", ["customer.name"])


def test_values_are_escaped_in_html_and_left_alone_in_text() -> None:
    values = {"customer.name": "<b>Ana</b> & {{ secret }}", "secret": "no"}
    (block,) = fill_blocks("Dear {{ customer.name }},\nhello <i>", values)
    assert block.html == "Dear &lt;b&gt;Ana&lt;/b&gt; &amp; {{ secret }},<br>\nhello &lt;i&gt;"
    assert fill_text("Dear {{ customer.name }}", values) == "Dear <b>Ana</b> & {{ secret }}\n"


def test_a_link_alone_is_a_button_and_inside_a_sentence_a_link() -> None:
    values = {"link": Link("https://x.example/?a=1&b=2", "Sign in")}
    blocks = fill_blocks("{{ link }}\n\nOr here: {{ link }}.", values)
    assert blocks[0].link == values["link"]
    assert blocks[1].html == 'Or here: <a href="https://x.example/?a=1&amp;b=2">Sign in</a>.'
    assert fill_text("{{ link }}", values) == "Sign in:\nhttps://x.example/?a=1&b=2\n"


def test_rows_are_a_table_and_lines() -> None:
    values = {"lines": Rows([("2 × Syrah", "$80.00")], [("Total", "$80.00")])}
    assert fill_blocks("{{ lines }}", values)[0].rows == values["lines"]
    assert fill_text("{{ lines }}", values) == "2 × Syrah: $80.00\nTotal: $80.00\n"


def test_empty_paragraphs_go() -> None:
    assert fill_text("One\n\n{{ gone }}\n\nTwo", {"gone": ""}) == "One\n\nTwo\n"
    assert len(fill_blocks("One\n\n{{ gone }}\n\nTwo", {"gone": ""})) == 2


def test_a_subject_is_one_line() -> None:
    assert (
        fill_subject("Hello\n{{ name }}", {"name": "a\r\nBcc: x@example.com"}) == "Hello a Bcc: x@example.com"
    )


@pytest.mark.parametrize("kind", list(MailKind))
def test_built_in_words_use_only_what_they_declare_and_have_samples(kind: MailKind) -> None:
    words = KINDS[kind]
    check_words(words.subject, list(words.placeholders))
    check_words(words.body, list(words.placeholders))
    assert set(words.own) == set(words.sample)
