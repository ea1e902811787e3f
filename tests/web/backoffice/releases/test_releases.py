"""Releases and offers in the back office."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.rooms.taxes.tables import only_rate
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.backoffice.releases.activation import can_open, check_offer
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.customers.models import Address, Group
from tirage.delivery.models import Destination
from tirage.offers.checks import Level
from tirage.offers.models import CustomAllowance, Offer, Release
from tirage.staff.states import Role


def url(name: str, *args: object) -> str:
    return reverse(f"backoffice:{name}", args=args)


def clock(moment) -> str:
    return local_time(moment).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def draft(owner_client: Client, world_today: World) -> Offer:
    """A new release with an inactive offer to Estate, made through the pages."""
    owner_client.post(url("new_release"), {"name": "Spring", "kind": "allocation", "wish_kind": "promise"})
    release = Release.objects.get(name="Spring")
    response = owner_client.post(
        url("new_offer", release.reference),
        {
            "group": world_today.estate.reference,
            "opens_at": clock(world_today.now + timedelta(days=30)),
            "closes_at": clock(world_today.now + timedelta(days=37)),
            "title": "Spring for you",
            "message": "Hello",
            "confirmation_message": "Thank you",
            "bottles_minimum": "3",
            "bottles_maximum": "12",
            "spend_minimum": "150.50",
        },
    )
    offer = Offer.objects.get(release=release)
    assert response["Location"] == url("offer_items", offer.reference)
    return offer


def item_rows(*rows: dict[str, object], initial: int = 0) -> dict[str, object]:
    data: dict[str, object] = {"item-TOTAL_FORMS": len(rows), "item-INITIAL_FORMS": initial}
    for index, row in enumerate(rows):
        data |= {f"item-{index}-{name}": value for name, value in row.items()}
    return data


def test_an_offer_is_built_from_nothing(owner_client: Client, world_today: World, draft: Offer) -> None:
    assert (draft.bottles_minimum, draft.bottles_maximum, draft.spend_minimum_minor) == (3, 12, 150_50)
    assert not draft.is_active
    page = owner_client.post(
        url("offer_items", draft.reference),
        item_rows(
            {"sku": "CAB23", "purchase_maximum": 6, "default_quantity": 3, "multiple": 3, "wish_maximum": 6},
            {"sku": "CHA24", "purchase_maximum": 12, "price": "59.00"},
            {"sku": ""},
        ),
        follow=True,
    ).content.decode()
    assert "You saved 2 items." in page
    assert [item.sku.code for item in draft.items.order_by("position")] == ["CAB23", "CHA24"]
    assert draft.items.get(sku=world_today.chardonnay).price_minor == 59_00
    overview = owner_client.get(url("offer", draft.reference)).content.decode()
    for words in ("Spring for you", "at least 3", "at most 12", "$150.50", "$59.00"):
        assert words in overview


def test_wrong_items_keep_what_was_typed(owner_client: Client, draft: Offer) -> None:
    page = owner_client.post(
        url("offer_items", draft.reference),
        item_rows(
            {"sku": "CAB23", "purchase_minimum": 8, "purchase_maximum": 5}, {"sku": "", "purchase_maximum": 4}
        ),
    ).content.decode()
    assert "Choose the wine of this row." in page
    page = owner_client.post(
        url("offer_items", draft.reference),
        item_rows({"sku": "CAB23", "purchase_minimum": 8, "purchase_maximum": 5}),
    ).content.decode()
    assert "The maximum is below the minimum of 8." in page
    assert 'value="8"' in page
    assert not draft.items.exists()


def test_items_are_changed_and_removed_in_one_go(owner_client: Client, world_today: World) -> None:
    offer = world_today.estate_offer
    owner_client.post(
        url("offer_items", offer.reference),
        item_rows(
            {"sku": "CAB23", "purchase_maximum": 9, "position": 0},
            {"sku": "CAB23-MAG", "purchase_maximum": 1, "remove": "on"},
            {"sku": "CHA24", "purchase_maximum": 6, "position": 2},
            initial=3,
        ),
    )
    assert {item.sku.code: item.purchase_maximum for item in offer.items.all()} == {"CAB23": 9, "CHA24": 6}


def test_rules_that_cannot_be_met_together_are_flagged(
    owner_client: Client, world_today: World, draft: Offer
) -> None:
    owner_client.post(
        url("offer_items", draft.reference), item_rows({"sku": "CAB23-MAG", "purchase_maximum": 1})
    )
    for name in ("offer", "offer_items"):
        assert (
            "Rules that can't be met together"
            in owner_client.get(url(name, draft.reference)).content.decode()
        )
    page = owner_client.get(url("check_offer", draft.reference)).content.decode()
    assert "Activate the offer" not in page
    refused = owner_client.post(url("activate_offer", draft.reference), follow=True).content.decode()
    assert "can&#x27;t open yet" in refused
    draft.refresh_from_db()
    assert not draft.is_active


def test_an_offer_is_checked_opened_and_closed(
    owner_client: Client, world_today: World, draft: Offer
) -> None:
    owner_client.post(
        url("offer_items", draft.reference),
        item_rows({"sku": "CAB23", "purchase_maximum": 6}, {"sku": "CHA24", "purchase_maximum": 6}),
    )
    page = owner_client.get(url("check_offer", draft.reference)).content.decode()
    assert "Activate the offer to Estate" in page
    owner_client.post(url("activate_offer", draft.reference))
    draft.refresh_from_db()
    assert draft.is_active
    owner_client.post(url("deactivate_offer", draft.reference))
    draft.refresh_from_db()
    assert not draft.is_active


def test_promising_more_than_there_is_is_a_knowing_act(
    owner_client: Client, world_today: World, draft: Offer
) -> None:
    """100 Cabernets are there, the open release promises 9 of them."""
    rows = item_rows({"sku": "CAB23", "purchase_maximum": 99})
    page = owner_client.post(url("offer_items", draft.reference), rows, follow=True).content.decode()
    assert "More is promised than there is" not in page
    release_page = owner_client.get(url("release", draft.release.reference)).content.decode()
    numbers = "100 available, 108 promised by all offers together (93%), 9 of them in other releases."
    assert numbers in release_page
    page = owner_client.get(url("check_offer", draft.reference)).content.decode()
    assert numbers in page
    assert 'name="knows_short" id="id_knows_short" value="8" required' in page
    for knows in ({}, {"knows_short": "7"}, {"knows_short": "x"}):
        page = owner_client.post(url("activate_offer", draft.reference), knows, follow=True).content.decode()
        assert "Open it all the same only when that is meant." in page
        draft.refresh_from_db()
        assert not draft.is_active
    owner_client.post(url("activate_offer", draft.reference), {"knows_short": "8"})
    draft.refresh_from_db()
    assert draft.is_active
    item_id = draft.items.get().position
    rows = item_rows({"sku": "CAB23", "purchase_maximum": 100, "position": item_id}, initial=1)
    page = owner_client.post(url("offer_items", draft.reference), rows, follow=True).content.decode()
    assert "100 available, 109 promised by all offers together" in page


def test_a_closed_release_says_the_same_after_people_were_moved(
    owner_client: Client, world_today: World
) -> None:
    world = world_today
    Offer.objects.update(closes_at=world.now - timedelta(minutes=5))
    pages = [url("releases"), url("release", world.release.reference), reverse("backoffice:home")]

    def told() -> list[list[str]]:
        found = [owner_client.get(page).content.decode() for page in pages]
        return [re.findall(r">([\d,]+(?:\.\d+)? ?%?)<|of ([\d,]+) offered", page) for page in found]

    before = told()
    leave = {"group": world.estate.reference, "act": "leave"}
    owner_client.post(url("change_group", world.ben.reference), leave)
    assert not world.ben.memberships.exists()
    assert told() == before


def test_the_checks_know_cards_and_closed_states(world_today: World) -> None:
    world = world_today
    checks = check_offer(world.premier_offer, world.now)
    assert can_open(checks)
    assert not [check for check in checks if check.link in {"no_card", "closed_states", "no_address"}]
    world.ana_card.removed_at = world.now
    world.ana_card.save()
    Address.objects.filter(pk=world.ana_home.pk).update(state="UT")
    links = {check.link: check for check in check_offer(world.premier_offer, world.now)}
    assert links["no_card"].level is Level.WARN
    assert "UT (1)" in links["closed_states"].message
    Address.objects.filter(customer=world.ana).update(removed_at=world.now, is_default=False)
    links = {check.link: check for check in check_offer(world.premier_offer, world.now)}
    assert "1 member has no address" in links["no_address"].message


def test_an_offer_that_nobody_could_check_out_from_stays_closed(
    owner_client: Client, world_today: World
) -> None:
    offer = world_today.premier_offer
    Offer.objects.filter(pk=offer.pk).update(is_active=False)
    links = {check.link for check in check_offer(offer, world_today.now)}
    assert not links & {"delivery", "taxes"}
    only_rate("US", "CA", 0)
    taxes = next(check for check in check_offer(offer, world_today.now) if check.link == "taxes")
    assert (taxes.level, "says nothing of CA" in taxes.message) == (Level.WARN, True)
    Destination.objects.update(is_open=False)
    checks = {check.link: check for check in check_offer(offer, world_today.now)}
    assert checks["delivery"].level is Level.STOP
    owner_client.post(url("activate_offer", offer.reference))
    offer.refresh_from_db()
    assert not offer.is_active


def test_the_time_is_the_winerys_and_a_skipped_hour_is_refused(owner_client: Client, draft: Offer) -> None:
    edit = url("edit_offer", draft.reference)
    values = {
        "opens_at": "2027-03-14T02:30",
        "closes_at": "2027-03-20T09:00",
        "bottles_minimum": "0",
        "title": "Kept",
    }
    page = owner_client.post(edit, values).content.decode()
    assert "The clocks change in this hour" in page
    assert 'value="Kept"' in page
    owner_client.post(edit, values | {"opens_at": "2027-03-15T09:00"})
    draft.refresh_from_db()
    assert draft.opens_at.isoformat() == "2027-03-15T16:00:00+00:00"
    wrong = owner_client.post(edit, values | {"opens_at": "2027-03-21T09:00"}).content.decode()
    assert "has to close after it opens" in wrong


def test_an_hour_that_comes_twice_stays_where_it_is_left_alone(owner_client: Client, draft: Offer) -> None:
    """One at night, the second time: the clock alone doesn't say which, but the offer does."""
    second = datetime(2027, 11, 7, 9, 12, 30, tzinfo=UTC)
    Offer.objects.filter(pk=draft.pk).update(opens_at=second, closes_at=second + timedelta(days=9))
    edit = url("edit_offer", draft.reference)
    page = owner_client.get(edit).content.decode()
    form = dict(re.findall(r'<input[^>]*name="([\w-]+)"[^>]*value="([^"]*)"', page))
    assert form["opens_at"].startswith("2027-11-07T01:12")
    assert owner_client.post(edit, form | {"title": "Kept"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.opens_at, draft.title) == (second, "Kept")
    other = owner_client.post(edit, form | {"opens_at": "2027-11-07T01:40"}).content.decode()
    assert "The clocks change in this hour" in other


def test_items_are_copied_and_exported(owner_client: Client, world_today: World) -> None:
    offer, target = world_today.premier_offer, world_today.welcome_offer
    page = owner_client.post(url("copy_items", offer.reference), follow=True).content.decode()
    assert "Tick the groups" in page
    owner_client.post(url("copy_items", offer.reference), {"target": [target.reference]})
    assert target.items.count() == 4
    csv = owner_client.get(url("export_items", offer.reference, "csv")).getvalue().decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("sku,name,purchase minimum,purchase maximum,wish maximum")
    assert csv.splitlines()[1].startswith("CAB23,")
    assert owner_client.get(url("export_items", offer.reference, "xlsx")).getvalue().startswith(b"PK")
    assert owner_client.get(url("export_items", offer.reference, "pdf")).status_code == 404


def test_the_next_groups_offer_is_begun_with_the_last_ones_words_and_items(
    owner_client: Client, world_today: World, draft: Offer
) -> None:
    """``draft`` is the release's only offer; another group gets its own in three clicks."""
    owner_client.post(
        url("offer_items", draft.reference), item_rows({"sku": "CAB23", "purchase_maximum": 6, "multiple": 3})
    )
    other = Group.objects.filter(kind="allocation").exclude(pk=draft.group_id).first()
    assert other is not None
    page = owner_client.get(url("release", draft.release.reference)).content.decode()
    link = url("new_offer", draft.release.reference) + f"?group={other.reference}"
    assert link in page and f"?group={draft.group.reference}" not in page
    form = owner_client.get(link).context["form"]
    assert (form["group"].value(), form["title"].value()) == (other.reference, draft.title)
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {"opens_at": clock(draft.opens_at), "closes_at": clock(draft.closes_at)}
    page = owner_client.post(link, sent, follow=True).content.decode()
    made = draft.release.offers.get(group=other)
    assert f"Take those of {draft.group.name}" in page
    answer = owner_client.post(
        url("copy_items", draft.reference), {"target": made.reference, "back": made.reference}
    )
    assert answer["Location"] == url("offer_items", made.reference)
    assert [item.sku.code for item in made.items.all()] == ["CAB23"]


def test_a_release_is_cloned(owner_client: Client, world_today: World) -> None:
    reference = world_today.release.reference
    assert owner_client.get(url("clone_release", reference)).status_code == 200
    taken = owner_client.post(
        url("clone_release", reference), {"name": "Autumn 2026", "first_day": "2027-10-05"}
    )
    assert "already a release named" in taken.content.decode()
    owner_client.post(url("clone_release", reference), {"name": "Autumn 2027", "first_day": "2027-10-05"})
    clone = Release.objects.get(name="Autumn 2027")
    assert clone.offers.filter(is_active=False).count() == 3
    page = owner_client.get(url("releases")).content.decode()
    assert page.index("Live") < page.index("In draft")


def test_one_customer_gets_other_limits(owner_client: Client, world_today: World) -> None:
    target = url("allowances", world_today.estate_offer.reference)
    values = {
        "customer": "BEN@example.com",
        "item": "CAB23",
        "purchase_minimum": "0",
        "purchase_maximum": "12",
        "wish_maximum": "2",
    }
    assert "No customer has" in owner_client.post(target, values | {"customer": "nobody"}).content.decode()
    owner_client.post(target, values)
    allowance = CustomAllowance.objects.get()
    assert (allowance.customer, allowance.purchase_maximum) == (world_today.ben, 12)
    assert "Ben Baker" in owner_client.get(target).content.decode()
    owner_client.post(
        url("remove_allowance", world_today.estate_offer.reference, world_today.ben.reference, "CAB23")
    )
    assert not CustomAllowance.objects.exists()


def test_an_offer_is_previewed_as_any_customer_at_any_time(
    owner_client: Client, world_today: World, draft: Offer
) -> None:
    target = url("preview_offer", draft.reference)
    response = owner_client.post(target, {"customer": world_today.ben.reference, "at": clock(draft.opens_at)})
    assert response["Location"] == reverse("storefront:offer")
    assert "tirage_seen_as" in response.cookies
    assert Event.objects.filter(name="customer.seen_as", customer_id=world_today.ben.pk).exists()
    wrong = owner_client.post(target, {"customer": "nobody"}, follow=True).content.decode()
    assert "No customer has" in wrong
    beyond = owner_client.post(
        target, {"customer": world_today.ben.reference, "at": "9999-12-31T23:59"}, follow=True
    )
    assert beyond.status_code == 200 and "Choose a year from 1900 to 2199." in beyond.content.decode()


def test_pages_need_few_statements(
    owner_client: Client, world_today: World, django_assert_max_num_queries
) -> None:
    offer = world_today.premier_offer.reference
    pages = [("releases",), ("release", world_today.release.reference)]
    pages += [(name, offer) for name in ("offer", "edit_offer", "offer_items", "allowances", "check_offer")]
    for name, *args in pages:
        with django_assert_max_num_queries({"check_offer": 18, "release": 21, "releases": 15}.get(name, 12)):
            assert owner_client.get(url(name, *args)).status_code == 200


@pytest.mark.parametrize(
    ("role", "edits"), [(Role.READ_ONLY, False), (Role.HOSPITALITY, False), (Role.MANAGER, True)]
)
def test_roles_restrict_who_builds(client_as: ClientAs, world_today: World, role: Role, edits: bool) -> None:
    client, offer = client_as(role), world_today.premier_offer.reference
    assert client.get(url("releases")).status_code == 200
    page = client.get(url("offer_items", offer)).content.decode()
    assert ("Save the items" in page) == edits
    expected = 200 if edits else 403
    assert client.get(url("edit_offer", offer)).status_code == expected
    assert client.get(url("new_release")).status_code == expected
    if not edits:
        assert client.post(url("offer_items", offer), item_rows({"sku": "CAB23"})).status_code == 403
        assert client.post(url("allowances", offer), {}).status_code == 403
        assert client.post(url("activate_offer", offer)).status_code == 403


def test_fulfilment_sees_no_offers(client_as: ClientAs, world_today: World) -> None:
    client = client_as(Role.FULFILMENT)
    assert client.get(url("releases")).status_code == 403
    assert client.get(url("offer", world_today.premier_offer.reference)).status_code == 403


def test_a_release_that_is_packed_on_a_day_says_until_when_orders_change(
    owner_client: Client, world_today: World
) -> None:
    Release.objects.filter(pk=world_today.release.pk).update(changes_until=date(2026, 12, 9))
    page = owner_client.get(url("release", world_today.release.reference))
    assert page.status_code == 200 and "Dec 9, 2026" in page.content.decode()
