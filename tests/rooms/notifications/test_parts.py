"""Both parts of every mail say the same, and the code is large."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.world import World
from tirage.notifications.compose import preview, words_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.states import MailKind

pytestmark = pytest.mark.django_db


def said(html: str) -> list[str]:
    """What the HTML part says, block by block."""
    body = re.sub(r"<!--.*?-->|<(style|head|title)\b.*?</\1>", "", html, flags=re.DOTALL)
    cut = re.sub(r"</(div|td|p|a|h1)>|<br ?/?>", "\n", body)
    return [
        line for raw in unescape(re.sub(r"<[^>]+>", "", cut)).splitlines() if (line := " ".join(raw.split()))
    ]


@pytest.mark.parametrize("kind", list(MailKind))
def test_each_line_of_the_html_is_in_the_text(world: World, kind: MailKind) -> None:
    mail = preview(KINDS[kind], words_of(kind), world.winery)
    text = " ".join(mail.text.split())
    foot = " ".join(mail.text.split()).rpartition("-- ")[2]
    for line in said(mail.html):
        parts = [one.strip() for one in line.split(" · ")]
        assert line in text or all(part in foot for part in parts), (kind, line)


def test_the_code_is_large_and_in_one_line(world: World) -> None:
    mail = preview(KINDS[MailKind.SIGN_IN_CODE], words_of(MailKind.SIGN_IN_CODE), world.winery)
    code = re.search(r'<span style="([^"]+)">482 913</span>', mail.html)
    assert code is not None and "font-size:32px" in code[1] and "nowrap" in code[1]
    assert "482 913" in mail.text and "482 913" in mail.subject
