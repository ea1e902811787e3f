"""An offer's group is invited: everybody who may be written to, and nobody twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.world import World, acting
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.customers.models import Customer, Membership, Tag
from tirage.customers.sign_in import SignedIn, sign_in_with_campaign_link
from tirage.notifications.inviting import (
    InvitationFigures,
    Waves,
    begin_waiting_invitations,
    chosen_in,
    continue_invitations,
    invitation_figures,
    invite_customer,
    offer_links,
    say_run,
    start_invitations,
    stop_invitations,
)
from tirage.notifications.models import InvitationRun, OfferInvitation, SentMail
from tirage.notifications.offer_link import offer_link
from tirage.notifications.states import InviteState
from tirage.offers.models import Offer


@pytest.fixture
def crowd(world: World) -> list[Customer]:
    """Seven of Estate who agreed to be written to; Ben did not, and Dora, who did, is suspended."""
    Customer.objects.update(marketing_consent_at=None)
    Customer.objects.filter(pk=world.dora.pk).update(marketing_consent_at=world.now)
    people = [
        Customer.objects.create(
            email=f"guest{n}@example.com",
            first_name=f"Guest{n}",
            last_name="Estate",
            marketing_consent_at=world.now,
            signed_up_at=world.now,
        )
        for n in range(7)
    ]
    for customer in people:
        Membership.objects.create(
            customer=customer, group=world.estate, kind=world.estate.kind, since=world.now
        )
    return people


def start(world: World) -> InvitationRun:
    return start_invitations(offer=world.estate_offer, actor=world.staff, now=world.now)


def work(world: World, run: InvitationRun) -> None:
    """As the worker's job, at the world's time."""
    while after := continue_invitations(reference=run.reference, limit=3, now=world.now):
        assert after.invited <= 9


def invited() -> list[str]:
    return sorted(
        mail.customer.email for mail in SentMail.objects.filter(kind="offer_invitation") if mail.customer
    )


def test_everybody_is_counted_once(world: World, crowd: list[Customer]) -> None:
    assert invitation_figures(world.estate_offer) == InvitationFigures(9, 0, 0, 1, 1, 0, 7)
    assert invite_customer(offer=world.estate_offer, customer=crowd[0], now=world.now)
    assert invitation_figures(world.estate_offer) == InvitationFigures(9, 1, 0, 1, 1, 0, 6)


def test_a_run_goes_on_in_steps_and_says_its_result(world: World, crowd: list[Customer]) -> None:
    run = start(world)
    assert (run.total, run.state) == (7, InviteState.RUNNING)
    after = continue_invitations(reference=run.reference, limit=5, now=world.now)
    assert after is not None and (after.invited, after.state) == (5, InviteState.RUNNING)
    after = continue_invitations(reference=run.reference, limit=5, now=world.now)
    assert after is not None and (after.invited, after.state) == (7, InviteState.DONE)
    assert say_run(after) == "7 mails were queued. What became of each stands with the mails."
    assert invited() == sorted(customer.email for customer in crowd)
    assert continue_invitations(reference=run.reference, limit=5, now=world.now) is None
    texts = (
        Event.objects.filter(name=EventName.OFFER_INVITED.value).order_by("id").values_list("text", flat=True)
    )
    assert list(texts) == [
        "began to invite 7 customers to the offer to Estate",
        "invited 7 customers to the offer to Estate",
    ]


def test_nobody_is_invited_twice(world: World, crowd: list[Customer]) -> None:
    assert invite_customer(offer=world.estate_offer, customer=crowd[0], now=world.now)
    assert not invite_customer(offer=world.estate_offer, customer=crowd[0], now=world.now)
    run, again = start(world), start(world)
    assert run == again, "a run under way goes on"
    work(world, run)
    work(world, run)
    assert len(invited()) == 7 == OfferInvitation.objects.count()
    with pytest.raises(DomainError) as refused:
        start(world)
    assert refused.value.code == "nobody_to_invite"


def test_who_comes_later_is_invited_by_a_second_run(world: World, crowd: list[Customer]) -> None:
    work(world, start(world))
    Customer.objects.filter(pk=world.ben.pk).update(marketing_consent_at=world.now)
    work(world, start(world))
    assert world.ben.email in invited() and len(invited()) == 8


def test_a_run_keeps_to_whom_its_filter_found_when_it_began(world: World, crowd: list[Customer]) -> None:
    tag = Tag.objects.create(name="First wave")
    tag.customers.set([*crowd[:2], world.ben, world.dora, world.clara])
    facts: dict[str, Any] = {"offer": world.estate_offer, "actor": world.staff, "now": world.now}
    run = start_invitations(**facts, who="tag(tag:First wave)")
    assert (run.total, run.said) == (2, "is tagged First wave")
    assert invitation_figures(world.estate_offer, chosen_in(run)) == InvitationFigures(9, 0, 5, 1, 1, 0, 2)
    # Who fits later waits for another run, and who is said not to fit any more was meant.
    tag.customers.set(crowd[1:5])
    work(world, run)
    assert invited() == ["guest0@example.com", "guest1@example.com"]
    run.refresh_from_db()
    assert run.state == InviteState.DONE
    assert say_run(run).startswith("2 mails were queued, for everybody who is tagged First wave.")
    work(world, start_invitations(**facts, who="tag(tag:First wave)"))
    assert invited() == [f"guest{n}@example.com" for n in range(5)]
    with pytest.raises(DomainError) as refused:
        start_invitations(**facts, who="tag(tag:First wave)")
    assert refused.value.code == "nobody_to_invite"
    with pytest.raises(DomainError) as unread:
        start_invitations(**facts, who="tag(")
    assert unread.value.code == "filter" and InvitationRun.objects.count() == 2
    work(world, start(world))
    assert len(invited()) == 7


@pytest.mark.parametrize(
    ("change", "code"),
    [({"is_active": False}, "offer_not_active"), ({"closes_at": "past"}, "offer_closed")],
)
def test_a_draft_or_a_closed_offer_invites_nobody(
    world: World, crowd: list[Customer], change: dict[str, object], code: str
) -> None:
    if "closes_at" in change:
        change = {"closes_at": world.now - timedelta(minutes=1)}
    Offer.objects.filter(pk=world.estate_offer.pk).update(**change)
    world.estate_offer.refresh_from_db()
    with pytest.raises(DomainError) as refused:
        start(world)
    assert refused.value.code == code
    assert not InvitationRun.objects.exists() and not SentMail.objects.exists()


def test_a_run_stops_with_its_offer(world: World, crowd: list[Customer]) -> None:
    run = start(world)
    continue_invitations(reference=run.reference, limit=3, now=world.now)
    Offer.objects.filter(pk=world.estate_offer.pk).update(is_active=False)
    after = continue_invitations(reference=run.reference, limit=3, now=world.now)
    assert after is not None and after.state == InviteState.STOPPED
    assert (
        say_run(after)
        == "3 mails were queued. Then it was stopped, or the offer was closed, so the others were not."
    )
    assert len(invited()) == 3


def test_the_link_signs_in_as_long_as_the_offer_lasts(world: World, crowd: list[Customer]) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now + timedelta(days=60))
    world.estate_offer.refresh_from_db()
    work(world, start(world))
    mail = SentMail.objects.get(customer=crowd[2])
    links = {customer.pk: link for customer, link in offer_links(world.estate_offer, now=world.now)}
    assert set(links) == {customer.pk for customer in crowd}
    for link in (offer_link(world.estate_offer, crowd[2], mail.due_at), links[crowd[2].pk]):
        token = urlsplit(link).path.rstrip("/").rpartition("/")[2]
        then = world.estate_offer.closes_at - timedelta(minutes=1)
        came = sign_in_with_campaign_link(token=token, actor=acting(crowd[2]), now=then)
        assert isinstance(came, SignedIn)
        assert (came.customer, came.next_path) == (crowd[2], "/offer/")


def test_invitations_wait_for_their_time(world: World, crowd: list[Customer]) -> None:
    later = world.now + timedelta(hours=2)
    facts: dict[str, Any] = {"offer": world.estate_offer, "actor": world.staff, "now": world.now}
    run = start_invitations(**facts, at=later)
    assert (run.state, run.total) == ("waiting", 7)
    assert continue_invitations(reference=run.reference, limit=9, now=world.now) is None
    with pytest.raises(DomainError, match="wait for their time already"):
        start_invitations(**facts)
    assert begin_waiting_invitations(now=later - timedelta(minutes=1)) == 0
    assert [begin_waiting_invitations(now=later) for _ in range(2)] == [1, 0]
    work(world, run)
    assert OfferInvitation.objects.count() == 7
    with pytest.raises(DomainError, match="has closed by then"):
        start_invitations(**facts, at=world.estate_offer.closes_at)


def test_invitations_in_waves(world: World, crowd: list[Customer]) -> None:
    facts: dict[str, Any] = {"offer": world.estate_offer, "actor": world.staff, "now": world.now}
    run = start_invitations(**facts, waves=Waves(size=3, minutes=30))
    at, sizes = world.now, []
    for _ in range(5):
        while (after := continue_invitations(reference=run.reference, limit=2, now=at)) and (
            after.state == "running"
        ):
            pass
        sizes.append(OfferInvitation.objects.count())
        at += timedelta(minutes=29)
        assert begin_waiting_invitations(now=at) == 0
        at += timedelta(minutes=1)
        begin_waiting_invitations(now=at)
    assert sizes == [3, 6, 7, 7, 7]
    run.refresh_from_db()
    assert run.state == "done"


def test_what_waits_can_be_stopped(world: World, crowd: list[Customer]) -> None:
    run = start_invitations(
        offer=world.estate_offer, actor=world.staff, now=world.now, at=world.now + timedelta(hours=1)
    )
    assert stop_invitations(run=run, now=world.now)
    assert begin_waiting_invitations(now=world.now + timedelta(days=1)) == 0
    assert not OfferInvitation.objects.exists()
