"""Members whose card can't be charged are told, once for each trouble."""

from __future__ import annotations

from datetime import timedelta

from tests.rooms.clubs.test_clubs import club, joined
from tests.world import World
from tirage.clubs.cards import tell_of_cards
from tirage.clubs.joining import pause_membership
from tirage.clubs.models import ClubMember
from tirage.core.winery import current_winery, local_time
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.payments.models import PaymentMethod


def member(world: World) -> ClubMember:
    return joined(world, club(world, amount="full"), world.ana, card_reference=world.ana_card.reference)


def ends(world: World, days: int) -> None:
    """Ana's card ends with the month of so many days from now."""
    last = local_time(world.now + timedelta(days=days))
    PaymentMethod.objects.filter(pk=world.ana_card.pk).update(exp_month=last.month, exp_year=last.year)


def problem(mail: SentMail) -> str:
    return str(values_of(mail, current_winery())["club.problem"])


def mails() -> list[SentMail]:
    return list(SentMail.objects.filter(kind="club_card").order_by("pk"))


def test_a_card_that_will_do_is_not_spoken_of(world: World) -> None:
    member(world)
    ends(world, 400)
    assert tell_of_cards(now=world.now) == 0 and mails() == []


def test_a_card_that_expires_is_told_of_once_and_again_when_it_has(world: World) -> None:
    member(world)
    ends(world, 0)
    assert [tell_of_cards(now=world.now), tell_of_cards(now=world.now)] == [1, 0]
    assert problem(mails()[0]) == f"the card that we would charge, {world.ana_card.label}, expires soon"
    later = world.now + timedelta(days=40)
    assert tell_of_cards(now=later) == 1 and problem(mails()[1]).endswith("has expired")


def test_a_missing_card_is_told_of_and_a_mended_one_starts_anew(world: World) -> None:
    member(world)
    cards = PaymentMethod.objects.filter(customer=world.ana)
    cards.update(removed_at=world.now)
    assert (
        tell_of_cards(now=world.now) == 1
        and problem(mails()[0]) == "the card that you chose is no longer saved"
    )
    cards.update(removed_at=None)
    ends(world, 400)
    assert tell_of_cards(now=world.now) == 0
    cards.update(removed_at=world.now)
    assert tell_of_cards(now=world.now) == 1


def test_who_has_paused_or_orders_nothing_by_a_club_is_left_alone(world: World) -> None:
    ends(world, 0)
    paused = member(world)
    pause_membership(member=paused, actor=world.staff, now=world.now)
    joined(world, club(world, name="Oak club", group=world.welcome.reference), world.ben)
    assert tell_of_cards(now=world.now) == 0
