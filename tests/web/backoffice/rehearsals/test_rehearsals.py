"""A release rehearsed on its pages: begun, watched, read, changed, removed."""

from __future__ import annotations

from django.test import Client

from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.planning.models import Rehearsal
from tirage.planning.tasks import rehearse


def begun(client: Client, world: World, **changes: str) -> Rehearsal:
    sent = {"days": "100", "leaves": "12", **changes}
    client.post(f"/winery/releases/{world.release.reference}/rehearsals/start", sent)
    return Rehearsal.objects.latest("pk")


def page_of(made: Rehearsal) -> str:
    return f"/winery/releases/rehearsals/{made.reference}/"


def test_a_release_is_rehearsed_and_read(owner_client: Client, world_today: World) -> None:
    world = world_today
    release = owner_client.get(f"/winery/releases/{world.release.reference}/")
    assert f"/winery/releases/{world.release.reference}/rehearsals/" in release.content.decode()
    made = begun(owner_client, world)
    words = words_of(owner_client.get(page_of(made)))
    assert "Waiting for its turn" in words and "You can leave this page" in words
    assert "0 of 100" in words_of(owner_client.get(f"{page_of(made)}progress/"))
    rehearse.call(made.reference)
    answer = owner_client.get(page_of(made))
    words = words_of(answer)
    assert "Estate Cabernet Sauvignon 2023" in words and "Who finds it gone" in words
    assert "Carts hold for 15 minutes, and 12% of them are left unpaid." in words
    assert answer.content.decode().count('class="left-plot"') == len(answer.context["wines"]) == 4
    assert owner_client.get(f"{page_of(made)}progress/").status_code == 302
    kept = words_of(owner_client.get(f"/winery/releases/{world.release.reference}/rehearsals/"))
    assert "Finished" in kept and made.reference in kept


def test_a_what_if_stands_beside_the_last(owner_client: Client, world_today: World) -> None:
    world = world_today
    first = begun(owner_client, world)
    rehearse.call(first.reference)
    form = owner_client.get(f"{page_of(first)}what-if/").context["form"]
    sent = {name: str(form[name].value()) for name in form.fields}
    for group, field in form.waves():
        sent[f"opens-{group.group}"] = field.value().strftime("%Y-%m-%dT%H:%M")
    cabernet = world.cabernet.pk
    untouched = owner_client.post(f"{page_of(first)}what-if/", sent)
    assert untouched.status_code == 400 and "Change something first" in words_of(untouched)
    sent |= {f"stock-{cabernet}": "1", f"most-{world.premier.pk}-{cabernet}": "2", "cart": "30"}
    owner_client.post(f"{page_of(first)}what-if/", sent)
    second = Rehearsal.objects.latest("pk")
    assert second.beside == first
    rehearse.call(second.reference)
    words = words_of(owner_client.get(page_of(second)))
    assert "stock 1 instead of 100" in words
    assert "Premier, Estate Cabernet Sauvignon 2023 750 ml: maximum 2 instead of 6" in words
    assert "A cart holds 30 minutes instead of 15" in words
    assert "opens" not in " ".join(owner_client.get(page_of(second)).context["changes"])
    owner_client.post(f"{page_of(first)}remove")
    assert Rehearsal.objects.get().beside is None
    assert "What is different" not in words_of(owner_client.get(page_of(second)))


def test_one_that_is_stopped_says_so(owner_client: Client, world_today: World) -> None:
    made = begun(owner_client, world_today)
    owner_client.post(f"{page_of(made)}stop")
    assert "was stopped before" in words_of(owner_client.get(page_of(made)))


def test_what_stands_in_the_way_is_said_on_the_form(owner_client: Client, world_today: World) -> None:
    world_today.release.offers.update(closes_at=world_today.now)
    sent = {"days": "100", "leaves": "12"}
    answer = owner_client.post(f"/winery/releases/{world_today.release.reference}/rehearsals/start", sent)
    assert answer.status_code == 400 and "There is nothing to rehearse" in words_of(answer)
