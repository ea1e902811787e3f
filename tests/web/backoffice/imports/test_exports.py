"""*Export, every column* of the lists that can be imported comes in again without a change."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from tests.world import World
from tirage.core.actors import system
from tirage.core.clock import read_clock
from tirage.customers.models import Customer, Tag
from tirage.imports.models import ImportRun
from tirage.imports.operations import run_import, start_import
from tirage.imports.options import ImportOptions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path


def brought_back(client: Client, path: str, kind: str, ending: str, offer: str = "") -> ImportRun:
    """What the export of that address is as an import."""
    answer = client.get(path)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    now = read_clock()
    run = start_import(
        kind=kind,
        file=io.BytesIO(content),
        file_name=f"list.{ending}",
        options=ImportOptions(offer=offer),
        actor=system(),
        now=now,
    )
    return run_import(reference=run.reference, actor=system(), now=now)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_every_list_comes_in_as_it_went_out(owner_client: Client, world_today: World, ending: str) -> None:
    world = world_today
    for name in ("Vertical; 2019", "Napa, CA", "=1+1"):
        Tag.objects.create(name=name).customers.add(world.ana)
    Customer.objects.create(email="nameless@x.com", phone="+16025550139", signed_up_at=world.now)
    Customer.objects.filter(pk=world.ben.pk).update(
        marketing_left_at=world.now, marketing_consent_at=None, first_name="-Ben", note="=SUM(A1)"
    )
    everything = f"?export={ending}&columns=all"
    for path, kind in (
        (reverse("backoffice:customers"), "customers"),
        (reverse("backoffice:cellar"), "skus"),
        (reverse("backoffice:cellar"), "stock"),
    ):
        run = brought_back(owner_client, path + everything, kind, ending)
        assert (run.bad, run.problems, set(run.counts)) == (0, [], {"unchanged"}), (kind, run.outcome)
    offer = world.premier_offer.reference
    path = reverse("backoffice:export_items", args=[offer, ending])
    run = brought_back(owner_client, path, "offer-items", ending, offer)
    assert (run.bad, set(run.counts)) == (0, {"unchanged"})
