"""The release grid: saved, refused and overtaken, worked on without scripts, kept as a draft, out and in as a file."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.rooms.changes.journey import bought
from tests.web.hands import Hand
from tests.world import World
from tirage.catalog.models import Sku
from tirage.core.models import Event
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.states import CustomerStatus
from tirage.offers.grid.drafts import propose_maximums
from tirage.offers.models import CustomAllowance, GridDraft, Offer, OfferItem, Release
from tirage.tables.reading import open_table

#: Rows and columns of the world's release.
CABERNET, MAGNUM, CHARDONNAY, SYRAH = range(4)
PREMIER, ESTATE, WELCOME = range(3)


def cell(row: int, column: int, layer: str = "maximum") -> str:
    return f"{layer}-{row}-{column}"


def path(world: World) -> str:
    return reverse("backoffice:release_grid", args=[world.release.reference])


def opened(client: Client, world: World, query: str = "") -> Hand:
    return Hand.open(client, path(world) + query, "backoffice:release_grid")


def words_of(answer: Any) -> str:
    """What the page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def maximum(offer: Offer, sku: Sku) -> int:
    return OfferItem.objects.get(offer=offer, sku=sku).purchase_maximum


def test_cells_say_what_stands_and_what_it_comes_to(owner_client: Client, world_today: World) -> None:
    """Ana alone is in Premier; Ben in Estate has bought one and may take five; Dora is suspended."""
    item = world_today.item(world_today.estate_offer, world_today.cabernet)
    CustomAllowance.objects.create(offer_item=item, customer=world_today.ben, purchase_maximum=5)
    bought(world_today, world_today.ben, {"CAB23": 1})
    hand = opened(owner_client, world_today)
    assert hand.value(cell(CABERNET, PREMIER)) == "6"
    assert hand.value(cell(CABERNET, WELCOME)) == ""
    assert hand.value(cell(SYRAH, PREMIER, "minimum")) == ""
    html = owner_client.get(path(world_today)).content.decode()
    row = html.partition("<tbody>")[2].partition("</tr>")[0]
    assert 'data-people="0" data-own="5" data-bought="1"' in row
    assert re.findall(r'data-promised>(\d+)</td><td class="number">(\d+)<', row) == [("10", "99")]
    assert "0.1×" in row


def test_cells_are_saved_in_all_their_offers(owner_client: Client, world_today: World) -> None:
    hand = opened(owner_client, world_today)
    answer = hand.send(
        {
            cell(CABERNET, PREMIER): " 4.0 ",
            cell(CABERNET, WELCOME): "2",
            cell(SYRAH, PREMIER): "",
            cell(CABERNET, PREMIER, "price"): "$99.50",
        }
    )
    said = words_of(owner_client.get(answer["Location"]))
    assert "You saved 4 cells in 2 offers. Added 1. Taken out 1." in said
    premier = world_today.item(world_today.premier_offer, world_today.cabernet)
    assert (premier.purchase_maximum, premier.price_minor) == (4, 99_50)
    assert maximum(world_today.welcome_offer, world_today.cabernet) == 2
    assert not world_today.premier_offer.items.filter(sku=world_today.syrah_pack).exists()
    assert "You changed nothing" in words_of(
        owner_client.get(opened(owner_client, world_today).send({})["Location"])
    )


def test_refused_cells_are_named_with_links_and_nothing_is_lost(
    owner_client: Client, world_today: World
) -> None:
    bought(world_today, world_today.ben, {"CAB23": 2})
    typed = {
        cell(CABERNET, ESTATE): "",
        cell(CHARDONNAY, PREMIER): "many",
        cell(MAGNUM, PREMIER): "1",
        cell(MAGNUM, WELCOME, "minimum"): "1",
    }
    answer = opened(owner_client, world_today).send(typed)
    html = answer.content.decode()
    assert (
        f'<a href="#id_{cell(CHARDONNAY, PREMIER)}">Ridge Chardonnay 2024 750 ml for Premier</a>: “many” is not'
        in html
    )
    again = opened(owner_client, world_today).go_on(answer)
    assert {name: again.value(name) for name in typed} == typed
    answer = again.send({cell(CHARDONNAY, PREMIER): "9"})
    said = words_of(answer)
    assert "It is in carts, orders or wishes of this offer, so it stays. Write 0" in said
    assert "This group isn’t offered the wine yet" in said
    assert maximum(world_today.premier_offer, world_today.magnum) == 2, "all or none"


def test_a_maximum_below_what_somebody_has_is_told(owner_client: Client, world_today: World) -> None:
    bought(world_today, world_today.ben, {"CAB23": 2})
    answer = opened(owner_client, world_today).send({cell(CABERNET, ESTATE): "1"})
    said = words_of(owner_client.get(answer["Location"]))
    assert (
        "have more already than the new maximum: 1 of Estate Cabernet Sauvignon 2023 750 ml (Estate, now 1)"
        in said
    )


def test_an_overtaken_cell_shows_both_hands(owner_client: Client, world_today: World) -> None:
    mine, theirs = opened(owner_client, world_today), opened(owner_client, world_today)
    theirs.send({cell(CABERNET, PREMIER): "9", cell(MAGNUM, PREMIER): "1"})
    answer = mine.send({cell(CABERNET, PREMIER): "3", cell(CABERNET, ESTATE): "2"})
    said = words_of(answer)
    assert "It was 6 Now 9 You typed 3" in said
    again = mine.go_on(answer)
    assert again.value(cell(MAGNUM, PREMIER)) == "1", "what was left alone is what stands"
    again.send({})
    assert maximum(world_today.premier_offer, world_today.cabernet) == 3
    assert maximum(world_today.estate_offer, world_today.cabernet) == 2
    assert maximum(world_today.premier_offer, world_today.magnum) == 1


def test_a_wine_and_a_group_that_somebody_else_added_stay(owner_client: Client, world_today: World) -> None:
    """Rows and columns are known by what they are, not by their place."""
    mine = opened(owner_client, world_today)
    other = Group.objects.create(name="Founders", kind="allocation", rank=0)
    made = Offer.objects.create(
        release=world_today.release,
        group=other,
        opens_at=world_today.now + timedelta(days=1),
        closes_at=world_today.now + timedelta(days=2),
    )
    OfferItem.objects.create(offer=made, sku=world_today.syrah_pack, purchase_maximum=7)
    mine.send({cell(CABERNET, PREMIER): "3"})
    assert maximum(world_today.premier_offer, world_today.cabernet) == 3
    assert maximum(made, world_today.syrah_pack) == 7


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"factor": "half", "rounding": "down", "bottles": "3"}, ["3", "0", "6", "1"]),
        ({"factor": "1/2", "rounding": "up", "bottles": "1"}, ["3", "1", "6", "1"]),
        ({"factor": "200 %", "rounding": "nearest", "bottles": "12"}, ["12", "0", "24", "4"]),
    ],
)
def test_half_of_premier_is_worked_out_and_not_saved(
    owner_client: Client, world_today: World, asked: dict[str, str | None], numbers: list[str]
) -> None:
    hand = opened(owner_client, world_today)
    offers = {"of": world_today.premier_offer.reference, "into": world_today.welcome_offer.reference}
    answer = hand.send({**asked, **offers, "act": "scale", cell(CABERNET, ESTATE): "1"})
    again = hand.go_on(answer)
    assert [again.value(cell(row, WELCOME)) for row in range(4)] == numbers
    assert again.value(cell(CABERNET, ESTATE)) == "1", "typed before"
    assert "now not offered" in words_of(answer)
    assert maximum(world_today.welcome_offer, world_today.chardonnay) == 12
    again.send({"act": "save"})
    assert maximum(world_today.welcome_offer, world_today.chardonnay) == int(numbers[2])


def test_a_block_is_pasted_without_scripts(owner_client: Client, world_today: World) -> None:
    hand = opened(owner_client, world_today)
    block = "Wine\tEstate\tPremier\tEstate minimum\nCHA24\t\t9\t3\nNobody’s wine\t1\t1\t1\nCAB23\t2\t6 \t\n"
    answer = hand.send({"act": "paste", "block": block})
    again = hand.go_on(answer)
    values = [
        again.value(cell(row, column)) for row in (CABERNET, CHARDONNAY) for column in (PREMIER, ESTATE)
    ]
    assert values == ["6", "2", "9", "6"]
    assert again.value(cell(CHARDONNAY, ESTATE, "minimum")) == "3"
    said = words_of(answer)
    assert "3 cells changed, nothing is saved yet. 2 were empty and leave what is there." in said
    assert "No wine here is called “Nobody’s wine”." in said
    answer = again.send(
        {"act": "paste", "block": "1\t\n2\t5", "at_row": "1", "at_column": "1", "empty": "out"}
    )
    last = again.go_on(answer)
    assert [last.value(cell(row, column)) for row in (1, 2) for column in (1, 2)] == ["1", "", "2", "5"]


def test_a_wine_gets_a_row_and_joins_an_offer(owner_client: Client, world_today: World) -> None:
    sku = Sku.objects.create(
        code="NEW24", vintage=world_today.cabernet.vintage, name="New 2024", price_minor=50_00
    )
    hand = opened(owner_client, world_today)
    again = hand.go_on(hand.send({"act": "add", "add": "NEW24", cell(CABERNET, ESTATE): "1"}))
    assert again.value(cell(CABERNET, ESTATE)) == "1"
    again.send({"act": "save", cell(4, PREMIER): "3"})
    added = OfferItem.objects.get(sku=sku)
    assert (added.offer, added.purchase_maximum, added.position) == (world_today.premier_offer, 3, 4)
    refused = opened(owner_client, world_today).send({"act": "add", "add": ""})
    assert "Choose the wine of the new row." in words_of(refused)


def test_a_draft_stands_in_the_cells_until_it_is_applied_or_discarded(
    owner_client: Client, world_today: World
) -> None:
    cells = {
        (world_today.premier_offer.pk, world_today.cabernet.pk): 9,
        (world_today.estate_offer.pk, world_today.magnum.pk): None,
    }
    drafts = [
        propose_maximums(
            release=world_today.release,
            cells=cells,
            source=source,
            note="For 90 % sold",
            actor=world_today.staff,
            now=world_today.now,
        )
        for source in ("Suggest maximums", "Last year")
    ]
    said = words_of(owner_client.get(path(world_today)))
    assert "Drafts wait" in said
    assert "Suggest maximums 2 numbers, Olive Owens" in said
    hand = opened(owner_client, world_today, f"?draft={drafts[0].reference}")
    assert hand.value(cell(CABERNET, PREMIER)) == "9"
    assert hand.value(cell(MAGNUM, ESTATE)) == ""
    assert "now 6" in words_of(owner_client.get(hand.at))
    assert maximum(world_today.premier_offer, world_today.cabernet) == 6
    hand.send({"act": "save"})
    assert maximum(world_today.premier_offer, world_today.cabernet) == 9
    assert not world_today.estate_offer.items.filter(sku=world_today.magnum).exists()
    owner_client.post(
        reverse("backoffice:discard_grid_draft", args=[world_today.release.reference, drafts[1].reference])
    )
    assert {draft.source: draft.state for draft in GridDraft.objects.all()} == {
        "Suggest maximums": "applied",
        "Last year": "discarded",
    }
    assert "Suggest maximums" not in words_of(owner_client.get(path(world_today)))


def test_what_is_typed_can_be_kept_for_later(owner_client: Client, world_today: World) -> None:
    answer = opened(owner_client, world_today).send({"act": "keep", cell(CABERNET, PREMIER): "5"})
    draft = GridDraft.objects.get()
    assert answer["Location"].endswith(f"?draft={draft.reference}")
    assert draft.cells == [[world_today.premier_offer.pk, world_today.cabernet.pk, "purchase_maximum", 5]]
    assert maximum(world_today.premier_offer, world_today.cabernet) == 6
    nothing = opened(owner_client, world_today).send({"act": "keep"})
    assert "so there is nothing to keep" in words_of(nothing)


def test_the_grid_goes_out_and_comes_back_as_a_draft(owner_client: Client, world_today: World) -> None:
    files = {
        kind: b"".join(
            owner_client.get(
                reverse("backoffice:export_grid", args=[world_today.release.reference, kind])
            ).streaming_content  # type: ignore[attr-defined]  # a file
        )
        for kind in ("csv", "xlsx")
    }
    for kind, content in files.items():
        with open_table(io.BytesIO(content), f"grid.{kind}") as table:
            rows = [list(row.cells) for row in table]
            assert list(table.headers)[:6] == ["sku", "wine", "to sell", "Premier", "Estate", "Welcome"]
        assert rows[0][:6] == ["CAB23", "Estate Cabernet Sauvignon 2023 750 ml", "100", "6", "3", ""]
    assert Event.objects.filter(name="export.made").count() == 2
    changed = files["csv"].decode("utf-8-sig").replace("ml,100,6,3,", "ml,100,8,,")
    upload = reverse("backoffice:import_grid", args=[world_today.release.reference])
    answer = owner_client.post(upload, {"file": SimpleUploadedFile("grid.csv", changed.encode())})
    draft = GridDraft.objects.get()
    assert draft.cells == [[world_today.premier_offer.pk, world_today.cabernet.pk, "purchase_maximum", 8]]
    assert "grid.csv" in draft.note
    hand = opened(owner_client, world_today, "?" + answer["Location"].partition("?")[2])
    assert hand.value(cell(CABERNET, PREMIER)) == "8"
    assert "so there is nothing to keep" in words_of(
        owner_client.post(upload, {"file": SimpleUploadedFile("grid.csv", files["csv"])}, follow=True)
    )
    wrong = owner_client.post(upload, {"file": SimpleUploadedFile("grid.csv", b"sku,Nobody\nCAB23,4\n")})
    assert "No column is called like a group of this release (Premier, Estate, Welcome)" in words_of(wrong)
    wrong = owner_client.post(upload, {"file": SimpleUploadedFile("grid.csv", b"sku,Premier\nCAB23,lots\n")})
    assert "“lots” is not a number" in words_of(wrong)


def test_what_groups_took_before_stands_beside(owner_client: Client, world_today: World) -> None:
    """Ben bought two of the three Cabernets of a release that is over."""
    bought(world_today, world_today.ben, {"CAB23": 2})
    Offer.objects.update(
        opens_at=world_today.now - timedelta(days=30), closes_at=world_today.now - timedelta(days=20)
    )
    Offer.objects.update(activated_at=world_today.now - timedelta(days=31))
    Membership.objects.update(since=world_today.now - timedelta(days=90))
    spring = Release.objects.create(name="Spring", made_at=world_today.now)
    offer = Offer.objects.create(
        release=spring,
        group=world_today.estate,
        opens_at=world_today.now + timedelta(days=1),
        closes_at=world_today.now + timedelta(days=9),
    )
    OfferItem.objects.create(offer=offer, sku=world_today.cabernet, purchase_maximum=3)
    Customer.objects.filter(pk=world_today.dora.pk).update(status=CustomerStatus.ACTIVE.value)
    html = owner_client.get(reverse("backoffice:release_grid", args=[spring.reference])).content.decode()
    assert re.search(r'sheet-rate"[^>]*>33.3%<', html), "two of six, Dora counts"
    assert re.search(r"in Autumn 2026", html)
    assert re.findall(r"data-promised>(\d+)<.*?data-likely>(\d+)<", html) == [("6", "2")]


def test_the_page_of_a_large_grid_sends_no_more_statements(owner_client: Client, world_today: World) -> None:
    at = path(world_today)
    owner_client.get(at)
    with CaptureQueriesContext(connection) as few:
        owner_client.get(at)
    skus = [
        Sku.objects.create(
            code=f"L{index}", vintage=world_today.cabernet.vintage, name=f"L{index}", price_minor=1
        )
        for index in range(12)
    ]
    for index in range(17):
        group = Group.objects.create(name=f"Tier {index}", kind="allocation", rank=20 + index)
        offer = Offer.objects.create(
            release=world_today.release,
            group=group,
            opens_at=world_today.now + timedelta(days=1),
            closes_at=world_today.now + timedelta(days=8),
        )
        OfferItem.objects.bulk_create(OfferItem(offer=offer, sku=sku, purchase_maximum=6) for sku in skus)
    with CaptureQueriesContext(connection) as many:
        owner_client.get(at)
    assert len(many) == len(few)
