"""The tour through a release: what each step knows, where it leads, and that it is left and resumed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.rooms.changes.journey import bought
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Group, Membership
from tirage.offers.models import Offer, OfferItem, Release
from tirage.staff.models import StaffMember
from tirage.staff.states import Role, TourStep

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def go(client: Client, step: str) -> str:
    """Where the step leads."""
    return str(client.post("/winery/tour/step/", {"step": step}).headers["Location"])


def steps(client: Client) -> dict[str, Any]:
    return {step.key.value: step for step in client.get("/winery/tour/").context["way"].steps}


def new_release(world: World) -> Release:
    return Release.objects.create(name="Spring", made_at=world.now)


def an_offer(world: World, release: Release, group: Group, *, items: bool = True) -> Offer:
    offer = Offer.objects.create(
        release=release,
        group=group,
        opens_at=world.now - timedelta(hours=1),
        closes_at=world.now + timedelta(days=7),
        title="Spring",
    )
    if items:
        OfferItem.objects.create(offer=offer, sku=world.cabernet, purchase_maximum=3)
    return offer


def a_test_group() -> Group:
    return Group.objects.create(name="Tasters", kind="allocation", is_test=True, rank=99)


def test_a_winery_with_nothing_is_led_to_a_group_and_a_release(owner_client: Client) -> None:
    found = steps(owner_client)
    assert list(found) == [step.value for step in TourStep]
    assert not any(step.done for step in found.values())
    assert go(owner_client, "group") == reverse("backoffice:new_group")
    assert go(owner_client, "offer") == reverse("backoffice:new_release")
    group = Group.objects.create(name="Founders", kind="allocation")
    assert go(owner_client, "group") == reverse("backoffice:customers"), "nobody is in it"
    assert group.name in steps(owner_client)["group"].todo


def test_each_step_leads_to_what_is_missing_and_knows_when_it_is_done(
    owner_client: Client, world: World
) -> None:
    owner = StaffMember.objects.get(email="owner@halcyon.example")
    release = new_release(world)
    assert go(owner_client, "offer") == reverse("backoffice:release", args=[release.reference])
    offer = an_offer(world, release, world.estate, items=False)
    assert go(owner_client, "offer") == reverse("backoffice:offer_items", args=[offer.reference])
    assert not steps(owner_client)["offer"].done
    OfferItem.objects.create(offer=offer, sku=world.cabernet, purchase_maximum=3)
    assert steps(owner_client)["offer"].done == "Estate (1 wine)."

    assert go(owner_client, "test") == reverse("backoffice:new_group")
    tasters = a_test_group()
    assert go(owner_client, "test") == reverse("backoffice:new_customer")
    Membership.objects.create(customer=world.clara, group=tasters, kind=tasters.kind, since=world.now)
    assert go(owner_client, "test").startswith(reverse("backoffice:new_offer", args=[release.reference]))
    tasting = an_offer(world, release, tasters, items=False)
    assert go(owner_client, "test") == reverse("backoffice:offer_items", args=[tasting.reference])
    OfferItem.objects.create(offer=tasting, sku=world.cabernet, purchase_maximum=3)
    assert go(owner_client, "test") == reverse("backoffice:check_offer", args=[tasting.reference])
    Offer.objects.filter(pk=tasting.pk).update(is_active=True, activated_at=world.now)
    found = steps(owner_client)
    assert found["test"].done.startswith("Tasters has its offer, from ")
    assert not found["open"].done, "an offer to a test group opens nothing"

    assert go(owner_client, "preview") == reverse("backoffice:offer", args=[offer.reference])
    assert not found["preview"].done
    owner_client.post(
        reverse("backoffice:preview_offer", args=[offer.reference]),
        {"customer": world.ben.email, "at": world.now.strftime("%Y-%m-%dT%H:%M")},
    )
    assert steps(owner_client)["preview"].done

    assert go(owner_client, "open") == reverse("backoffice:check_offer", args=[offer.reference])
    Offer.objects.filter(pk=offer.pk).update(is_active=True, activated_at=world.now)
    assert steps(owner_client)["open"].done.startswith("Open")
    assert go(owner_client, "open") == reverse("backoffice:invitations", args=[offer.reference])
    owner.refresh_from_db()
    assert owner.tour_release == release, "it stays with the release after that has opened"
    assert go(owner_client, "watch") == reverse("backoffice:release_report", args=[release.reference])
    assert not steps(owner_client)["watch"].done


def test_orders_are_seen_and_home_is_where_an_open_release_is_watched(
    owner_client: Client, world: World
) -> None:
    bought(world, world.ben, {"CAB23": 2})
    owner = StaffMember.objects.get(email="owner@halcyon.example")
    owner.tour_release = world.release
    owner.save()
    assert steps(owner_client)["watch"].done == "1 order so far."
    Offer.objects.update(
        opens_at=read_clock() - timedelta(hours=1), closes_at=read_clock() + timedelta(days=1)
    )
    assert go(owner_client, "watch") == reverse("backoffice:home")


def test_the_bar_stands_on_every_page_until_it_is_left_and_comes_back_where_it_was(
    owner_client: Client, world: World
) -> None:
    assert 'class="tour"' not in owner_client.get("/winery/orders/").content.decode()
    assert "Take the tour" in owner_client.get("/winery/").content.decode()
    release = new_release(world)
    page = owner_client.get(go(owner_client, "offer")).content.decode()
    assert "Step 2 of 6" in page and release.name in page and "Next: Test group" in page
    assert "Step 2 of 6" in owner_client.get("/winery/orders/").content.decode()
    answer = owner_client.post("/winery/tour/leave/", follow=True).content.decode()
    assert "Step 2 of 6" not in answer and "Resume the tour" in answer
    assert "Resume the tour" not in owner_client.get(go(owner_client, "offer")).content.decode()
    owner_client.post("/winery/tour/leave/", {"end": "1"})
    assert "Take the tour" in owner_client.get("/winery/").content.decode()
    assert StaffMember.objects.get(email="owner@halcyon.example").tour_release is None


def test_the_tour_of_one_is_nobody_elses(client_as: ClientAs, world: World) -> None:
    owner, manager = client_as(Role.OWNER), client_as(Role.MANAGER)
    go(owner, "preview")
    assert 'class="tour"' in owner.get("/winery/orders/").content.decode()
    assert 'class="tour"' not in manager.get("/winery/orders/").content.decode()


def test_a_step_that_there_is_not_is_refused(owner_client: Client) -> None:
    answer = owner_client.post("/winery/tour/step/", {"step": "harvest"}, follow=True)
    assert "The tour has no such step." in answer.content.decode()


def test_who_may_open_no_release_is_not_led(client_as: ClientAs, world: World) -> None:
    guest = client_as(Role.READ_ONLY)
    assert guest.post("/winery/tour/step/", {"step": "group"}).status_code == 403
    StaffMember.objects.filter(email="read_only@halcyon.example").update(tour_step="open", is_touring=True)
    page = guest.get("/winery/").content.decode()
    assert 'class="tour"' not in page and "the tour" not in page


def test_a_release_that_was_deleted_ends_nothing(owner_client: Client, world: World) -> None:
    release = new_release(world)
    go(owner_client, "offer")
    release.delete()
    assert "Step 2 of 6" in owner_client.get("/winery/orders/").content.decode()
