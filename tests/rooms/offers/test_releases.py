from datetime import UTC, date, datetime, timedelta

import pytest

from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.customers.models import Customer, Group, Membership
from tirage.inventory.models import Stock
from tirage.offers.checks import Level, check_offer_itself, offer_conflicts
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.operations import (
    ItemValues,
    OfferValues,
    activate_offer,
    clone_release,
    copy_items,
    deactivate_offer,
    remove_custom_allowance,
    remove_item,
    save_custom_allowance,
    save_items,
    save_offer,
    save_release,
)
from tirage.offers.promises import wine_promises


def window(world: World, **more: object) -> OfferValues:
    values: dict[str, object] = {
        "opens_at": world.now + timedelta(days=20),
        "closes_at": world.now + timedelta(days=27),
        "title": "Yours",
        "message": "New wines.",
        "confirmation_message": "Thank you.",
    }
    return OfferValues(**(values | more))  # type: ignore[arg-type]  # mixed on purpose


@pytest.fixture
def draft(world: World) -> Offer:
    """An offer to Estate in a new release, without items, inactive."""
    release = save_release(release=None, name="Spring 2027", actor=world.staff, now=world.now)
    return save_offer(
        offer=None,
        release=release,
        group=world.estate,
        values=window(world),
        actor=world.staff,
        now=world.now,
    )


def levels(checks: list, link: str) -> set[Level]:
    return {check.level for check in checks if check.link == link}


def test_paragraphs_typed_in_a_browser_stay_paragraphs(world: World, draft: Offer) -> None:
    saved = save_offer(
        offer=draft,
        release=draft.release,
        group=draft.group,
        values=window(world, message="Dear friends,\r\n\r\nnew wines.\r\nMarguerite\r\n"),
        actor=world.staff,
        now=world.now,
    )
    assert saved.message == "Dear friends,\n\nnew wines.\nMarguerite"


def test_a_release_is_made_once_a_name(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        save_release(release=None, name="autumn  2026", actor=world.staff, now=world.now)
    assert list(refused.value.fields) == ["name"]
    assert Release.objects.count() == 1


def test_what_a_wish_means_stays_once_customers_have_read_it(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        save_release(
            release=world.release, name="Autumn 2026", wish_kind="request", actor=world.staff, now=world.now
        )
    assert list(refused.value.fields) == ["wish_kind"]
    early = world.now - timedelta(days=5)
    saved = save_release(
        release=world.release, name="Autumn 2026", wish_kind="request", actor=world.staff, now=early
    )
    assert saved.wish_kind == "request"


def test_a_new_offer_is_inactive(world: World, draft: Offer) -> None:
    assert not draft.is_active
    assert draft.title == "Yours"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"closes_at": datetime(2026, 10, 26, 16, 0, tzinfo=UTC)}, "closes_at"),
        ({"title": "x" * 161}, "title"),
        ({"bottles_minimum": 10_000}, "bottles_minimum"),
        ({"bottles_minimum": 6, "bottles_maximum": 3}, "bottles_maximum"),
        ({"bottles_maximum": 0}, "bottles_maximum"),
        ({"spend_minimum_minor": -1}, "spend_minimum"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(world: World, values: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        save_offer(
            offer=world.estate_offer,
            release=world.release,
            group=world.estate,
            values=window(world, **values),
            actor=world.staff,
            now=world.now,
        )
    assert list(refused.value.fields) == [field]
    world.estate_offer.refresh_from_db()
    assert world.estate_offer.title == "Your autumn allocation"


def test_offers_are_for_allocation_groups_once_a_release(world: World) -> None:
    for group in (world.employees, world.estate):
        with pytest.raises(DomainError) as refused:
            save_offer(
                offer=None,
                release=world.release,
                group=group,
                values=window(world),
                actor=world.staff,
                now=world.now,
            )
        assert list(refused.value.fields) == ["group"]


def test_items_are_added_and_changed_by_sku(world: World, draft: Offer) -> None:
    save_items(
        offer=draft,
        items=[
            ItemValues(world.cabernet.pk, purchase_maximum=6, default_quantity=3, multiple=3),
            ItemValues(world.magnum.pk, purchase_maximum=1, price_minor=240_00),
        ],
        actor=world.staff,
        now=world.now,
    )
    save_items(
        offer=draft,
        items=[ItemValues(world.cabernet.pk, purchase_maximum=12)],
        actor=world.staff,
        now=world.now,
    )
    items = list(draft.items.order_by("position"))
    assert [(item.sku_id, item.purchase_maximum, item.multiple) for item in items] == [
        (world.cabernet.pk, 12, 1),
        (world.magnum.pk, 1, 1),
    ]
    assert items[1].price_minor == 240_00


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"purchase_minimum": 2, "purchase_maximum": 1}, "0.purchase_maximum"),
        ({"purchase_maximum": 1, "default_quantity": 2}, "0.default_quantity"),
        ({"purchase_maximum": 4, "multiple": 3}, "0.purchase_maximum"),
        ({"purchase_maximum": 10_000}, "0.purchase_maximum"),
        ({"purchase_maximum": 6, "multiple": 0}, "0.multiple"),
        ({"purchase_maximum": 6, "price_minor": -5}, "0.price"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused_with_its_row(
    world: World, draft: Offer, values: dict[str, int], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        save_items(
            offer=draft, items=[ItemValues(world.cabernet.pk, **values)], actor=world.staff, now=world.now
        )
    assert list(refused.value.fields) == [field]
    assert not draft.items.exists()


def test_a_sku_is_in_an_offer_once(world: World, draft: Offer) -> None:
    twice = [ItemValues(world.cabernet.pk, purchase_maximum=1)] * 2
    with pytest.raises(DomainError) as refused:
        save_items(offer=draft, items=twice, actor=world.staff, now=world.now)
    assert list(refused.value.fields) == ["1.sku"]
    with pytest.raises(DomainError):
        save_items(offer=draft, items=[ItemValues(999_999)], actor=world.staff, now=world.now)


def test_an_item_nobody_wants_is_removed_and_one_in_a_cart_is_not(world: World) -> None:
    from tirage.checkout.models import Cart, CartLine

    remove_item(item=world.item(world.estate_offer, world.magnum), actor=world.staff, now=world.now)
    assert not OfferItem.objects.filter(offer=world.estate_offer, sku=world.magnum).exists()
    item = world.item(world.estate_offer, world.cabernet)
    cart = Cart.objects.create(customer=world.ben, release=world.release, changed_at=world.now)
    CartLine.objects.create(cart=cart, offer_item=item, quantity=1)
    with pytest.raises(DomainError) as refused:
        remove_item(item=item, actor=world.staff, now=world.now)
    assert refused.value.code == "item_in_use"
    assert OfferItem.objects.filter(pk=item.pk).exists()


def test_items_are_copied_to_other_groups(world: World) -> None:
    count = copy_items(
        offer=world.premier_offer,
        targets=[world.estate_offer, world.welcome_offer, world.premier_offer],
        actor=world.staff,
        now=world.now,
    )
    assert count == 2
    copied = world.item(world.estate_offer, world.chardonnay)
    assert (copied.purchase_maximum, copied.wish_maximum, copied.default_quantity, copied.multiple) == (
        12,
        6,
        6,
        3,
    )
    assert world.estate_offer.items.count() == 4


def test_a_clone_keeps_the_time_of_day_through_the_change_of_clocks(world: World) -> None:
    """Autumn opens at 8:00 in summer time; a February clone opens at 8:00 in winter time."""
    clone = clone_release(
        release=world.release,
        name="Winter 2027",
        first_day=date(2027, 2, 2),
        actor=world.staff,
        now=world.now,
    )
    offers = list(clone.offers.order_by("pk"))
    assert len(offers) == 3
    assert not any(offer.is_active for offer in offers)
    assert offers[0].opens_at == datetime(2027, 2, 2, 16, 0, tzinfo=UTC)
    assert offers[0].closes_at - offers[0].opens_at == timedelta(days=7, hours=1)
    assert OfferItem.objects.filter(offer__release=clone).count() == 9
    assert world.item(offers[0], world.chardonnay).multiple == 3
    assert Event.objects.get(name="release.cloned").data == {"from": world.release.reference}


def test_custom_allowances_replace_each_other_and_stay_behind_when_cloned(world: World) -> None:
    item = world.item(world.estate_offer, world.cabernet)
    for maximum in (12, 18):
        save_custom_allowance(
            item=item,
            customer=world.ben,
            purchase_maximum=maximum,
            wish_maximum=3,
            actor=world.staff,
            now=world.now,
        )
    allowance = CustomAllowance.objects.get()
    assert allowance.purchase_maximum == 18
    clone_release(
        release=world.release, name="Next", first_day=date(2027, 2, 2), actor=world.staff, now=world.now
    )
    assert CustomAllowance.objects.count() == 1
    with pytest.raises(DomainError):
        save_custom_allowance(
            item=item,
            customer=world.ben,
            purchase_minimum=4,
            purchase_maximum=2,
            actor=world.staff,
            now=world.now,
        )
    remove_custom_allowance(allowance=allowance, actor=world.staff, now=world.now)
    assert not CustomAllowance.objects.exists()


def test_activation_is_refused_with_its_reasons(world: World, draft: Offer) -> None:
    with pytest.raises(DomainError) as refused:
        activate_offer(offer=draft, actor=world.staff, now=world.now)
    assert refused.value.code == "offer_not_ready"
    assert "no items" in refused.value.message
    draft.refresh_from_db()
    assert not draft.is_active


def test_an_offer_is_activated_and_deactivated(world: World, draft: Offer) -> None:
    save_items(
        offer=draft,
        items=[ItemValues(world.cabernet.pk, purchase_maximum=6)],
        actor=world.staff,
        now=world.now,
    )
    assert activate_offer(offer=draft, actor=world.staff, now=world.now).is_active
    activate_offer(offer=draft, actor=world.staff, now=world.now)
    assert not deactivate_offer(offer=draft, actor=world.staff, now=world.now).is_active
    deactivate_offer(offer=draft, actor=world.staff, now=world.now)
    names = Event.objects.filter(subject_kind="offer", name__contains="activated").values_list(
        "name", flat=True
    )
    assert sorted(names) == ["offer.activated", "offer.deactivated"]


def test_the_list_of_checks_names_what_is_wrong(world: World, draft: Offer) -> None:
    save_items(
        offer=draft,
        items=[
            ItemValues(world.magnum.pk, purchase_maximum=10),
            ItemValues(world.syrah_pack.pk, purchase_maximum=0),
        ],
        actor=world.staff,
        now=world.now,
    )
    Offer.objects.filter(pk=draft.pk).update(
        message="", bottles_minimum=60, closes_at=world.now, opens_at=world.now - timedelta(days=1)
    )
    draft.refresh_from_db()
    checks = check_offer_itself(draft, world.now)
    assert levels(checks, "rules") == {Level.STOP}
    assert levels(checks, "window") == {Level.STOP, Level.WARN}
    assert levels(checks, "messages") == {Level.WARN}
    assert levels(checks, "stock") == {Level.WARN}
    assert levels(checks, "no_group") == {Level.WARN}
    magnum = next(check.message for check in checks if check.link == "stock")
    assert magnum == (
        "Estate Cabernet Sauvignon 2023 1.5 l: 6 available, 13 promised by all offers together (46%), "
        "3 of them in other releases."
    )
    assert offer_conflicts(draft)


def test_custom_allowances_count_against_the_stock(world: World, draft: Offer) -> None:
    """The open release promises three of the six magnums."""
    save_items(
        offer=draft, items=[ItemValues(world.magnum.pk, purchase_maximum=3)], actor=world.staff, now=world.now
    )
    assert not levels(check_offer_itself(draft, world.now), "stock")
    save_custom_allowance(
        item=draft.items.get(), customer=world.ben, purchase_maximum=4, actor=world.staff, now=world.now
    )
    assert levels(check_offer_itself(draft, world.now), "stock") == {Level.WARN}


def offer_to(world: World, release: Release, group: Group, pieces: int) -> Offer:
    """A draft of ``pieces`` Cabernets for each member."""
    offer = save_offer(
        offer=None, release=release, group=group, values=window(world), actor=world.staff, now=world.now
    )
    items = [ItemValues(world.cabernet.pk, purchase_maximum=pieces)]
    save_items(offer=offer, items=items, actor=world.staff, now=world.now)
    return offer


def test_offers_that_each_alone_fit_are_counted_together(world: World) -> None:
    """100 Cabernets; 60 to Premier and 50 to Estate, beside 9 that the open release promises."""
    release = save_release(release=None, name="Spring 2027", actor=world.staff, now=world.now)
    premier = offer_to(world, release, world.premier, 60)
    offer_to(world, release, world.estate, 50)
    checks = [check for check in check_offer_itself(premier, world.now) if check.link == "stock"]
    words = (
        "Estate Cabernet Sauvignon 2023 750 ml: 100 available, 119 promised by all offers together (84%), "
        "9 of them in other releases."
    )
    assert [(check.level, check.message) for check in checks] == [(Level.WARN, words)]
    for knows in (0, 18):
        with pytest.raises(DomainError) as refused:
            activate_offer(offer=premier, knows_short=knows, actor=world.staff, now=world.now)
        assert refused.value.code == "overpromised"
        assert words in refused.value.message
        premier.refresh_from_db()
        assert not premier.is_active
    assert activate_offer(offer=premier, knows_short=19, actor=world.staff, now=world.now).is_active
    event = Event.objects.get(name="offer.activated")
    assert event.text.endswith("knowing that 19 more are promised than there are")


def test_what_is_bought_is_promised_no_more_and_what_is_over_neither(world: World) -> None:
    (cabernet, *_) = wine_promises(world.release, world.now)
    assert (cabernet.there, cabernet.promised) == (100, 9)
    Stock.objects.filter(sku=world.cabernet).update(sold=4)
    key = (world.premier_offer.pk, world.cabernet.pk)
    (cabernet, *_) = wine_promises(world.release, world.now, bought={key: 4})
    assert (cabernet.there, cabernet.promised) == (96, 5)
    Offer.objects.filter(pk=world.premier_offer.pk).update(closes_at=world.now)
    (cabernet, *_) = wine_promises(world.release, world.now)
    assert cabernet.promised == 3


def test_an_empty_group_passes_no_check_unless_it_fills_by_itself(world: World) -> None:
    release = save_release(release=None, name="Spring 2027", actor=world.staff, now=world.now)
    empty = Group.objects.create(name="Nobody yet", kind="allocation")
    offer = offer_to(world, release, empty, 1)
    assert levels(check_offer_itself(offer, world.now), "members") == {Level.STOP}
    with pytest.raises(DomainError, match="nobody would see the offer"):
        activate_offer(offer=offer, actor=world.staff, now=world.now)
    Membership.objects.create(customer=world.clara, group=empty, kind="allocation", since=world.now)
    Customer.objects.filter(pk=world.clara.pk).update(status="suspended")
    assert levels(check_offer_itself(offer, world.now), "members") == {Level.STOP}
    welcome = offer_to(world, release, world.welcome, 1)
    assert levels(check_offer_itself(welcome, world.now), "members") == {Level.WARN}


def test_a_good_offer_has_nothing_that_stops_it(world: World) -> None:
    assert Level.STOP not in {check.level for check in check_offer_itself(world.premier_offer, world.now)}
