"""Campaign Monitor as it stands in for itself, and a list that is kept with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.campaign_monitor import CampaignMonitorThere, connected
from tests.world import World
from tirage.marketing.lists import choose_list, save_list
from tirage.marketing.models import MailingList
from tirage.marketing.protocol import ListThere
from tirage.marketing.services import current_service


@pytest.fixture
def there(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CampaignMonitorThere]:
    with connected(CampaignMonitorThere(world.now), settings, monkeypatch) as one:
        yield one


@pytest.fixture
def mailing(world: World, there: CampaignMonitorThere) -> MailingList:
    """The list of the friends, with groups, lifetime value and last order."""
    chosen = choose_list(
        chosen=ListThere("list-1", "Friends of the house", "Ridge House Winery"),
        service=current_service(),
        actor=world.staff,
        now=world.now,
    )
    fields = {"groups": "[Groups]", "lifetime": "[LifetimeValue]", "last_order": "[LastOrder]"}
    return save_list(
        mailing=chosen, definition="", fields=fields, every="hand", actor=world.staff, now=world.now
    )
