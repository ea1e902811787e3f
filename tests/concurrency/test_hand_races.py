"""Two people who save one thing at the same moment, on PostgreSQL with real threads: nobody undoes the other.

Each promise is shown to hold, and its control, the same race with the lock taken away, is shown to break it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import Results, gather, rush
from tests.world import World, build_world
from tirage.backoffice.settings import operations as settings
from tirage.backoffice.settings.operations import save_winery
from tirage.core.clock import read_clock
from tirage.core.hands import Overtaken
from tirage.core.models import Event, Winery
from tirage.customers.models import Customer
from tirage.customers.operations import people, save_standing_note, update_customer
from tirage.offers.models import OfferItem
from tirage.offers.operations import ItemValues, items, save_items
from tirage.offers.operations.items import FIELDS

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody reads what stands without a lock, and all of them before anybody writes."""
    meet = gather(2)

    def seen(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def together(what: Any) -> Any:
            found = read(what)
            meet()
            return found

        return together

    monkeypatch.setattr(people, "locked_customer", seen(lambda one: Customer.objects.get(pk=one.pk)))
    monkeypatch.setattr(settings, "_locked_winery", lambda: seen(lambda _: Winery.objects.get(id=1))(None))
    monkeypatch.setattr(items, "settle_items", seen_items(items.settle_items, meet))
    monkeypatch.setattr(items, "locked_offer", lambda offer: type(offer).objects.get(pk=offer.pk))


def seen_items(settle: Callable[..., Any], meet: Callable[[], None]) -> Callable[..., Any]:
    def together(*facts: Any) -> Any:
        found = settle(*facts)
        meet()
        return found

    return together


# A field for each of them


def save_a_field_each(world: World) -> Results:
    """One corrects the telephone, one the family name, in forms that were opened at the same time."""
    ben = Customer.objects.get(pk=world.ben.pk)
    shown: dict[str, Any] = {"phone": ben.phone, "last_name": ben.last_name}
    facts: dict[str, Any] = {"customer": ben, "shown": shown, "actor": world.staff, "now": world.now}
    changes = ({"phone": "+1 707 555 0199"}, {"last_name": "Okafor"})
    return rush([partial(update_customer, values=shown | change, **facts) for change in changes])


def facts_of(world: World) -> tuple[str, str]:
    saved = Customer.objects.get(pk=world.ben.pk)
    return saved.phone, saved.last_name


def test_each_of_two_saves_its_own_field(shared: World) -> None:
    results = save_a_field_each(shared)
    assert len(results.answers) == 2, results.refusals
    assert facts_of(shared) == ("+17075550199", "Okafor")
    said = set(Event.objects.filter(name="customer.updated").values_list("text", flat=True))
    assert said == {"changed phone", "changed last name"}


def test_control_without_the_lock_one_of_them_is_undone(shared: World, unlocked: None) -> None:
    assert len(save_a_field_each(shared).answers) == 2
    assert facts_of(shared) != ("+17075550199", "Okafor")


# The same for both


def write_notes_at_once(world: World) -> Results:
    facts: dict[str, Any] = {"shown": {"text": ""}, "actor": world.staff, "now": world.now}
    notes = ("Ring before delivery", "Never on Fridays")
    return rush([partial(save_standing_note, customer=world.ben, text=text, **facts) for text in notes])


def test_of_two_notes_one_is_kept_and_the_other_is_asked_about(shared: World) -> None:
    results = write_notes_at_once(shared)
    kept = Customer.objects.get(pk=shared.ben.pk).note
    assert len(results.answers) == len(results.refusals) == 1
    refused = results.refusals[0]
    assert isinstance(refused, Overtaken)
    assert refused.clashes["text"].was == "" and refused.clashes["text"].theirs == kept


def test_control_without_the_lock_one_note_overwrites_the_other(shared: World, unlocked: None) -> None:
    assert len(write_notes_at_once(shared).answers) == 2


def set_minutes_at_once(world: World) -> Results:
    facts: dict[str, Any] = {"shown": {"cart_minutes": 15}, "actor": world.staff, "now": world.now}
    return rush([partial(save_winery, values={"cart_minutes": minutes}, **facts) for minutes in (20, 25)])


def test_of_two_settings_one_is_kept(shared: World) -> None:
    results = set_minutes_at_once(shared)
    assert [type(one) for one in results.refusals] == [Overtaken]
    assert Winery.objects.get(id=1).cart_minutes in (20, 25)


def test_control_without_the_lock_one_setting_overwrites_the_other(shared: World, unlocked: None) -> None:
    assert len(set_minutes_at_once(shared).answers) == 2


# A cell of a table


def set_maximums_at_once(world: World) -> Results:
    offer = world.estate_offer
    item = OfferItem.objects.get(offer=offer, sku=world.cabernet)
    own = {name: getattr(item, name) for name in FIELDS}
    facts: dict[str, Any] = {"shown": {item.sku_id: own}, "actor": world.staff, "now": world.now}
    return rush(
        [
            partial(
                save_items,
                offer=offer,
                items=[ItemValues(sku_id=item.sku_id, **own | {"wish_maximum": own["wish_maximum"] + more})],
                **facts,
            )
            for more in (1, 2)
        ]
    )


def test_of_two_maximums_of_one_wine_one_is_kept(shared: World) -> None:
    results = set_maximums_at_once(shared)
    assert len(results.answers) == 1 and [type(one) for one in results.refusals] == [Overtaken]


def test_control_without_the_lock_one_maximum_overwrites_the_other(shared: World, unlocked: None) -> None:
    assert len(set_maximums_at_once(shared).answers) == 2
