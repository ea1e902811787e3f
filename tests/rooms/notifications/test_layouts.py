"""Mails in their layout: every kind, in each language of the house, as text and as HTML; the winery's own layout."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.utils import translation

from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.core.language import AMERICAN, BRITISH
from tirage.core.models import Event
from tirage.core.winery import current_winery
from tirage.notifications.compose import Composed, preview, words_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.layouts import built_in_layout, own_layout, restore_layout, save_layout
from tirage.notifications.models import MailLayout, SentMail
from tirage.notifications.previews import mail_seen_by
from tirage.notifications.states import MailKind

OWN = built_in_layout().replace("{{ foot }}", "Poured by hand. {{ foot }}")


def said_by(html: str) -> str:
    """What a reader sees of a mail's HTML, as words."""
    body = re.sub(
        r"<!--.*?-->|<style.*?</style>", " ", html.split("<body", 1)[1].split(">", 1)[1], flags=re.DOTALL
    )
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def words_in(text: str) -> list[str]:
    return re.findall(r"[\w$€£%]+", text)


def assert_says_the_same(mail: Composed) -> None:
    """The text has every word of the HTML; besides, it writes links out and rules the foot off."""
    text = mail.text
    for address in re.findall(r'href="([^"]+)"', mail.html):
        assert unescape(address) in text
        text = text.replace(unescape(address), " ", 1)
    assert sorted(words_in(said_by(mail.html))) == sorted(words_in(text) + words_in(current_winery().name))


@pytest.mark.parametrize("language", [AMERICAN, BRITISH])
def test_every_mail_says_the_same_as_text_and_as_html(world: World, language: str) -> None:
    with translation.override(language):
        for kind in KINDS.values():
            mail = preview(kind, words_of(kind.kind), current_winery())
            assert_says_the_same(mail)
            assert "{{" not in mail.subject + mail.text + mail.html
            assert all(" alt=" in picture for picture in re.findall(r"<img[^>]*>", mail.html))


def test_a_mail_for_a_real_customer_says_what_is_theirs_and_lets_nobody_in(world: World) -> None:
    seen = mail_seen_by(kind=MailKind.OFFER_INVITATION, customer=world.ana, now=world.now)
    assert not seen.is_sample and seen.mail.subject == (world.premier_offer.title or world.release.name)
    assert set(re.findall(r'href="([^"]+)"', seen.mail.html)) == {"#"}
    private = mail_seen_by(kind=MailKind.SIGN_IN_LINK, customer=world.ana, now=world.now)
    assert private.is_sample and world.ana.greeting in private.mail.text
    receipt = mail_seen_by(kind=MailKind.ORDER_RECEIPT, customer=world.ana, now=world.now)
    assert receipt.is_sample and not SentMail.objects.exists()
    for kind, facts in KINDS.items():
        if facts.to_customer:
            assert mail_seen_by(kind=kind, customer=world.ana, now=world.now).mail.subject


def test_an_own_layout_is_what_mails_are_sent_in_until_it_is_taken_back(world: World) -> None:
    receipt = KINDS[MailKind.ORDER_RECEIPT]
    save_layout(source=OWN, actor=world.staff, now=world.now)
    assert "Poured by hand. " in preview(receipt, words_of(receipt.kind), current_winery()).html
    save_layout(source=OWN + "\r\n", actor=world.staff, now=world.now)
    restore_layout(shown={"source": OWN}, actor=world.staff, now=world.now)
    assert "Poured by hand. " not in preview(receipt, words_of(receipt.kind), current_winery()).html
    assert list(
        Event.objects.filter(name="mail_text.saved").order_by("id").values_list("text", flat=True)
    ) == [
        "changed the layout of mails",
        "went back to the built-in layout of mails",
    ]


def test_a_layout_that_cannot_be_used_changes_nothing(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        save_layout(source=OWN.replace("{{ words }}", ""), actor=world.staff, now=world.now)
    assert "{{ words }} once" in refused.value.fields["source"]
    assert own_layout() == "" and not Event.objects.filter(name="mail_text.saved").exists()


def test_two_who_change_the_layout_at_once_undo_nothing(world: World) -> None:
    shown = {"source": built_in_layout()}
    save_layout(source=OWN, shown=shown, actor=world.staff, now=world.now)
    other = built_in_layout().replace("{{ foot }}", "Mine. {{ foot }}")
    with pytest.raises(Overtaken):
        save_layout(source=other, shown=shown, actor=world.staff, now=world.now)
    with pytest.raises(Overtaken):
        restore_layout(shown=shown, actor=world.staff, now=world.now)
    assert own_layout() == OWN


def test_a_kept_layout_that_cannot_be_read_any_more_keeps_no_mail_from_leaving(world: World) -> None:
    MailLayout.objects.create(source="<mjml><mj-body>")
    receipt = KINDS[MailKind.ORDER_RECEIPT]
    assert world.winery.name in preview(receipt, words_of(receipt.kind), current_winery()).html
