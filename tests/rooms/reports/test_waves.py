"""The team is told by mail when a wave opens and when it closes: once, with the figures of that moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as outbox

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.notifications import sending
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer
from tirage.reports.models import WaveTold
from tirage.reports.waves import tell_of_waves


@pytest.fixture
def told(world: World) -> World:
    """A winery that reads mail; all three offers opened an hour ago."""
    Winery.objects.update(support_email="cellar@example.com")
    forget_winery()
    return world


def send_all(world: World) -> None:
    for mail in SentMail.objects.filter(sent_at=None, kind__startswith="wave"):
        sending.send_one(mail.pk, world.now)


def test_one_mail_when_offers_open_together(told: World) -> None:
    assert [tell_of_waves(now=told.now) for _ in range(2)] == [1, 0]
    send_all(told)
    (letter,) = outbox.outbox
    assert letter.to == ["cellar@example.com"]
    groups = letter.subject.partition(" is open for ")[2]
    assert sorted(groups.replace(" and ", ", ").split(", ")) == ["Estate", "Premier", "Welcome"]
    assert "Premier: 1 customer, " in letter.body and "/report/" in letter.body


def test_one_mail_when_it_closes_with_what_was_taken(told: World) -> None:
    bought(told, told.ben, {"CAB23": 2})
    Offer.objects.filter(pk=told.estate_offer.pk).update(closes_at=told.now)
    tell_of_waves(now=told.now)
    send_all(told)
    (letter,) = [one for one in outbox.outbox if one.subject.endswith("has closed for Estate")]
    assert "Estate: 2 of" in letter.body and "1 of 1 customers" in letter.body
    assert "In all: 2 of" in letter.body and "$240.00" in letter.body


def test_a_close_that_is_moved_is_told_anew(told: World) -> None:
    Offer.objects.filter(pk=told.estate_offer.pk).update(closes_at=told.now)
    tell_of_waves(now=told.now)
    Offer.objects.filter(pk=told.estate_offer.pk).update(closes_at=told.now + timedelta(hours=2))
    assert tell_of_waves(now=told.now + timedelta(hours=1)) == 0
    assert tell_of_waves(now=told.now + timedelta(hours=2)) == 1
    assert WaveTold.objects.filter(offer=told.estate_offer, what="closed").count() == 2


def test_what_is_long_ago_is_no_news(told: World) -> None:
    assert tell_of_waves(now=told.now + timedelta(days=1)) == 0


def test_drafts_and_test_groups_are_not_told(told: World) -> None:
    Offer.objects.update(is_active=False)
    Offer.objects.filter(pk=told.premier_offer.pk).update(is_active=True)
    told.premier.is_test = True
    told.premier.save()
    assert tell_of_waves(now=told.now) == 0


def test_without_an_address_nobody_is_told_and_nothing_is_marked(told: World) -> None:
    Winery.objects.update(support_email="")
    forget_winery()
    assert tell_of_waves(now=told.now) == 0
    assert not WaveTold.objects.exists()
