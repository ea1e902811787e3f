"""A cut in the back office: looked at, planned, watched, tried again, called off."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from django.test import Client

from tests.rooms.futures.campaign import begin, buy
from tests.rooms.futures.cut import carry_out, planned
from tests.web.backoffice.settings.delivery.test_limits import carried
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.futures.models import Cut, CutLine


def text_of(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def test_it_is_looked_at_planned_and_called_off(owner_client: Client, world: World) -> None:
    futures = begin(world)
    buy(futures, world.ben, 12)
    url = f"/winery/cellar/lots/{futures.lot.reference}/cut/"
    assert "What the lot really brings" in text_of(owner_client.get(url))
    answer = owner_client.get(url, {"pieces": "12", "rule": "equal", "step": "1"})
    assert answer.status_code == 400 and "nobody has to go without" in text_of(answer)
    chosen = f"{url}?pieces=9&rule=equal&step=1&floor="
    page = text_of(owner_client.get(chosen))
    assert "Ben Baker" in page and "$300.00" in page
    begins = (local_time(read_clock()) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    typed = {"shown": carried(page), "reason": "Hail", "begins_at": begins}
    assert owner_client.post(chosen, typed | {"reason": ""}).status_code == 400
    page = text_of(owner_client.post(chosen, typed, follow=True))
    cut = Cut.objects.get()
    assert "Call it off" in page and cut.reference in page and CutLine.objects.get().loses == 3
    assert "Hail" in text_of(owner_client.get(f"/winery/cellar/lots/{futures.lot.reference}/"))
    page = text_of(owner_client.post(f"/winery/cellar/cuts/{cut.reference}/off", follow=True))
    assert "Called off" in page and "Call it off" not in page


def test_a_seen_plan_that_moved_on_is_looked_at_again(owner_client: Client, world: World) -> None:
    futures = begin(world)
    buy(futures, world.ben, 12)
    chosen = f"/winery/cellar/lots/{futures.lot.reference}/cut/?pieces=9&rule=equal&step=1&floor="
    seen = carried(text_of(owner_client.get(chosen)))
    planned(futures, 10)
    begins = (local_time(read_clock()) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    answer = owner_client.post(chosen, {"shown": seen, "reason": "Hail", "begins_at": begins})
    assert answer.status_code == 400 and "Another cut of this lot" in text_of(answer)


def test_what_came_of_it_is_told(owner_client: Client, world: World) -> None:
    futures = begin(world)
    buy(futures, world.ben, 12)
    cut = planned(futures, 9)
    carry_out(cut, world.now)
    page = text_of(owner_client.get(f"/winery/cellar/cuts/{cut.reference}/"))
    assert "Cut and refunded" in page and "Finished" in page
    answer = owner_client.post(f"/winery/cellar/cuts/{cut.reference}/again", follow=True)
    assert "isn’t under way" in text_of(answer)
