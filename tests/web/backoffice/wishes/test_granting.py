"""Granting wishes in the back office: shared out, changed by hand, begun, looked at afterwards."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.rooms.wishes.granting import line_of, told, wished
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.backoffice.wishes import granting as granting_pages
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.staff.states import Role
from tirage.wishes.models import GrantLine, GrantRun, Wish
from tirage.wishes.tasks import grant_wishes, share_wishes

NEW = "/winery/wishes/grants/new/"


@pytest.fixture
def wishes(world: World) -> dict[str, Wish]:
    bought(world, world.ben, {"CAB23": 2})
    return {
        "ana": wished(world, world.ana, world.premier_offer, world.cabernet, 3),
        "ben": wished(world, world.ben, world.estate_offer, world.cabernet, 3),
    }


def sent(world: World, **changes: str) -> dict[str, str]:
    give = {f"give-{world.cabernet.pk}": "4", f"reserve-{world.cabernet.pk}": "10"}
    return {
        "release": world.release.reference,
        "rule": "equal",
        "odds": "same",
        "kept_days": "7",
        "keeps_rest": "on",
        **give,
        **changes,
    }


def test_what_there_is_stands_beside_what_is_asked(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    page = owner_client.get(NEW)
    (wine,) = page.context["form"].wines
    assert (wine.sku, wine.customers, wine.asked, wine.available) == (world.cabernet, 2, 6, 98)
    assert "Grant wishes" in owner_client.get("/winery/wishes/").content.decode()


@pytest.mark.parametrize("rule", ["equal", "oldest"])
def test_a_run_of_any_rule_keeps_to_whom_a_filter_finds(
    owner_client: Client, world: World, wishes: dict[str, Wish], rule: str
) -> None:
    asked = {"filter": "state(state:NY)"}
    page = owner_client.get(NEW, asked)
    assert "Only wishes of everybody who lives in New York" in words_of(page)
    owner_client.post(NEW, sent(world, rule=rule, **asked))
    run = GrantRun.objects.get()
    assert [line.customer for line in run.lines.all()] == [world.ben] and run.among == [wishes["ben"].pk]
    unread = owner_client.post(NEW, sent(world, filter="state("))
    assert unread.status_code == 400 and "can’t be read" in words_of(unread)
    nobody = owner_client.post(NEW, sent(world, filter="state(state:AK)"))
    assert nobody.status_code == 400 and "Nobody has an open wish for these wines." in words_of(nobody)
    assert GrantRun.objects.count() == 1


def test_a_run_from_sharing_out_to_its_result(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    PaymentMethod.objects.filter(customer=world.ana).update(removed_at=world.now)
    answer = owner_client.post(NEW, sent(world), follow=True)
    run = GrantRun.objects.get()
    words = words_of(answer)
    assert "No card is saved that still works." in words and "Grant 3 pieces to 1 customer" in words
    assert "3 of 6 asked for" in words and "0 with nothing" in words and "$360" in words
    assert "1 wish, with the reason below" in words
    ben = line_of(run, wishes["ben"])
    path = f"/winery/wishes/grants/{run.reference}/"
    rules = words_of(owner_client.get(f"{path}rules/"))
    GrantRun.objects.filter(pk=run.pk).update(state="sharing")
    assert owner_client.get(f"{path}rules/").status_code == 302, (
        "nothing is compared yet, and the run says so"
    )
    GrantRun.objects.filter(pk=run.pk).update(state="draft")
    assert "aren’t compared" not in rules
    refused = owner_client.post(f"{path}adjust", {f"pieces-{ben.pk}": "4"})
    assert refused.status_code == 400 and "Between 0 and 3." in words_of(refused)
    assert owner_client.post(f"{path}adjust", {f"pieces-{ben.pk}": "two"}).status_code == 400
    owner_client.post(f"{path}adjust", {f"pieces-{ben.pk}": "2", "page": "1"})
    assert "Grant 2 pieces to 1 customer" in words_of(owner_client.get(path))
    assert "Granting wishes" in words_of(owner_client.post(f"{path}start", follow=True)) or (
        "Waiting for its turn" in words_of(owner_client.get(path))
    )
    grant_wishes.call(run.reference)
    assert told(run)["Ben"] == ("granted", 2)
    words = words_of(owner_client.get(path))
    assert "You granted 2 pieces to 1 customer." in words and "Left out" in words
    order = Order.objects.get(customer=world.ben).reference
    assert f"Wish granted: {world.release.name}" in words_of(owner_client.get(f"/winery/orders/{order}/"))
    assert "Equal share" in words_of(owner_client.get("/winery/wishes/grants/"))
    table = owner_client.get(f"{path}export").getvalue().decode()
    assert "ben@example.com" in table and "No card is saved that still works." in table
    assert "by equal share" in table and "by weighted draw" in table, "what each rule would have given"


def test_more_than_there_is_is_refused_beside_its_field(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    answer = owner_client.post(NEW, sent(world, **{f"give-{world.cabernet.pk}": "95"}))
    assert answer.status_code == 400 and "98 are there, so 88 can be given." in words_of(answer)
    assert owner_client.post(NEW, sent(world, rule="favourites")).status_code == 400
    assert not GrantRun.objects.exists()


def test_a_draw_has_a_certificate_and_other_rules_have_none(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    owner_client.post(NEW, sent(world, rule="draw", seed="Harvest 2026"))
    drawn = GrantRun.objects.get()
    document = json.loads(owner_client.get(f"/winery/wishes/grants/{drawn.reference}/certificate").content)
    assert document["seed"] == "Harvest 2026"
    granted = {one["wish"]: one["granted"] for one in document["wishes"]}
    assert (
        sum(granted.values()) == 4
        and all(granted.values())
        and set(granted) == {wish.reference for wish in wishes.values()}
    )
    assert "Ana" not in json.dumps(document) and "ben@" not in json.dumps(document)
    assert document["changed_by_hand"] == []
    path, ben = f"/winery/wishes/grants/{drawn.reference}/", line_of(drawn, wishes["ben"])
    owner_client.post(f"{path}adjust", {f"pieces-{ben.pk}": "0"})
    changed = json.loads(owner_client.get(f"{path}certificate").content)
    assert changed["wishes"] == document["wishes"], "the draw stays as it was drawn"
    reference = wishes["ben"].reference
    assert changed["changed_by_hand"] == [{"wish": reference, "drawn": granted[reference], "instead": 0}]
    assert "Changed by hand 1 wish; the certificate lists them" in words_of(owner_client.get(path))
    owner_client.post(NEW, sent(world))
    other = GrantRun.objects.latest("pk")
    assert owner_client.get(f"/winery/wishes/grants/{other.reference}/certificate").status_code == 404


def test_all_rules_stand_side_by_side_and_another_is_chosen(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    owner_client.post(NEW, sent(world))
    run = GrantRun.objects.get()
    path = f"/winery/wishes/grants/{run.reference}/"
    assert "The optimiser is still at work" in words_of(owner_client.get(f"{path}rules/"))
    owner_client.post(f"{path}rule", {"rule": "optimiser"})
    run.refresh_from_db()
    assert run.rule == "equal", "not before it is there"
    share_wishes.call(run.reference)
    page = owner_client.get(f"{path}rules/")
    found = {one.rule.value: one for one in page.context["rules"]}
    assert len(found) == 8 and "As equal as possible." in words_of(page)
    assert found["optimiser"].outcome == found["equal"].outcome
    equal, oldest = found["equal"].outcome, found["oldest"].outcome
    assert (equal.pieces, equal.customers, equal.with_nothing, equal.gini) == (4, 2, 0, 0.0)
    assert (oldest.pieces, oldest.in_full, oldest.gini) == (4, 1, 0.25)
    assert str(found["equal"].money) == "$480.00" and "How the bottles spread" in words_of(page)
    assert page.content.count(b'class="spread-line"') == 8, "each rule with its curve"
    oldest_words = {one.label: one.words for one in page.context["spreads"]}["Oldest first"]
    assert oldest_words == "The half with fewest have 25% of the pieces."
    (ana, ben) = sorted(page.context["rows"], key=lambda row: row.customer.first_name)
    assert sum(ana.pieces[index] + ben.pieces[index] for index in range(8)) == 8 * 4
    alone = owner_client.get(f"{path}rules/", {"who": "Baker"})
    assert [row.customer for row in alone.context["rows"]] == [world.ben]
    assert "Nobody in this run is called that" in words_of(owner_client.get(f"{path}rules/", {"who": "Nemo"}))
    lines = GrantLine.objects.filter(wish=wishes["ben"])
    kept = lines.values("pieces", "by_rule").get()
    lines.update(left_out="The account is suspended.", pieces=0, by_rule=0)
    assert "Left out: The account is suspended." in words_of(owner_client.get(f"{path}rules/"))
    lines.update(left_out="", **kept)
    owner_client.post(f"{path}adjust", {f"pieces-{line_of(run, wishes['ben']).pk}": "0"})
    owner_client.post(f"{path}rule", {"rule": "oldest"})
    pieces = {name: line_of(run, wish).pieces for name, wish in wishes.items()}
    assert pieces == {"ana": 3, "ben": 1}
    owner_client.post(f"{path}rule", {"rule": "favourites"})
    run.refresh_from_db()
    assert run.rule == "oldest"
    owner_client.post(f"{path}start")
    owner_client.post(f"{path}rule", {"rule": "equal"})
    assert {name: line_of(run, wish).pieces for name, wish in wishes.items()} == pieces


def test_the_optimiser_shares_out_in_the_worker(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    """Ben asked for three and has been asked to take three or nothing."""
    values = {"rule": "optimiser", "objective": "served", "minimum": "3", f"give-{world.cabernet.pk}": "5"}
    answer = owner_client.post(NEW, sent(world, **values), follow=True)
    run = GrantRun.objects.get()
    path = f"/winery/wishes/grants/{run.reference}/"
    assert run.state == "sharing" and "Sharing out" in words_of(answer)
    assert "Every rule is tried" in owner_client.get(f"{path}progress").content.decode()
    owner_client.post(f"{path}start")
    run.refresh_from_db()
    assert run.state == "sharing", "nothing is begun that nobody has seen"
    for _ in range(2):
        share_wishes.call(run.reference)
    words = words_of(owner_client.get(path))
    assert "Optimiser: most customers, 3 at least for whoever gets any" in words
    assert "Grant 3 pieces to 1 customer" in words
    owner_client.post(f"{path}start")
    grant_wishes.call(run.reference)
    assert sorted(told(run).values()) == [("granted", 3), ("waiting", 0)]
    assert owner_client.post(NEW, sent(world, minimum="0")).status_code == 400


def test_many_wishes_are_shared_out_by_the_worker(
    owner_client: Client, world: World, wishes: dict[str, Wish], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(granting_pages, "AT_ONCE", 1)
    chosen = {"chosen": [wishes["ben"].reference, wishes["ana"].reference]}
    for sent_ in (lambda: owner_client.post(NEW, sent(world)), lambda: post_chosen(owner_client, chosen)):
        sent_()
        run = GrantRun.objects.latest("pk")
        assert run.state == "sharing" and not run.lines.exists()
        share_wishes.call(run.reference)
        run.refresh_from_db()
        assert run.state == "draft" and len(run.compared) == 8 and run.lines.count() == 2


def post_chosen(client: Client, chosen: dict[str, list[str]]) -> None:
    client.post("/winery/wishes/grant", chosen)


def test_a_run_is_stopped_and_gone_on_with(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    owner_client.post(NEW, sent(world))
    run = GrantRun.objects.get()
    path = f"/winery/wishes/grants/{run.reference}/"
    owner_client.post(f"{path}start")
    owner_client.post(f"{path}stop")
    grant_wishes.call(run.reference)
    assert set(told(run).values()) == {("waiting", 0)}
    assert "2 wishes were not reached" in words_of(owner_client.get(path))
    owner_client.post(f"{path}start")
    grant_wishes.call(run.reference)
    assert told(run) == {"Ana": ("granted", 2), "Ben": ("granted", 2)}


def test_one_press_grants_a_wish_from_its_customer(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    customer = f"/winery/customers/{world.ben.reference}/"
    path = f"/winery/wishes/{wishes['ben'].reference}/grant"
    assert path in owner_client.get(customer).content.decode()
    answer = owner_client.post(path, {"back": customer}, follow=True)
    assert answer.redirect_chain[-1][0] == customer
    assert "You granted 3 bottles; Ben Baker gets a mail, and we charged the card." in words_of(answer)
    wish = Wish.objects.get(pk=wishes["ben"].pk)
    assert (wish.state, wish.granted) == ("granted", 3)
    again = owner_client.post(path, {"back": "https://elsewhere.example/"}, follow=True)
    assert "answered already" in words_of(again)
    assert again.redirect_chain[-1][0] == f"/winery/wishes/{wish.reference}/"


@pytest.mark.parametrize(("rest", "state"), [({"keeps_rest": "on"}, "open"), ({}, "granted")])
def test_a_part_is_granted_and_the_rest_is_asked_about(
    owner_client: Client, world: World, wishes: dict[str, Wish], rest: dict[str, str], state: str
) -> None:
    page = f"/winery/wishes/{wishes['ben'].reference}/"
    assert "the rest stays open" in words_of(owner_client.get(page))
    refused = owner_client.post(f"{page}grant", {"pieces": "4", **rest}, follow=True)
    assert "Grant between 1 and 3." in words_of(refused)
    owner_client.post(f"{page}grant", {"pieces": "2", **rest})
    wish = Wish.objects.get(pk=wishes["ben"].pk)
    assert (wish.granted, wish.state) == (2, state)


def test_one_press_declines_a_wish_from_its_order(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    order = Order.objects.get(customer=world.ben)
    page = owner_client.get(f"/winery/orders/{order.reference}/")
    assert "Answer them before it ships" in words_of(page)
    owner_client.post(f"/winery/wishes/{wishes['ben'].reference}/decline", {"reason": "None left"})
    assert Wish.objects.get(pk=wishes["ben"].pk).state == "declined"
    assert "Answer them before it ships" not in words_of(
        owner_client.get(f"/winery/orders/{order.reference}/")
    )
    assert SentMail.objects.filter(kind="wish_declined").count() == 1


def test_open_wishes_are_warned_of_before_an_order_ships(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    order = Order.objects.get(customer=world.ben)
    one = f"/winery/orders/{order.reference}/ship"
    assert "Ben Baker has 1 open wish in this release: 3 × Estate Cabernet" in words_of(
        owner_client.get(one, follow=True)
    )
    found = owner_client.get("/winery/orders/", {"wishes": "open"})
    assert found.context["list"].count == 1
    [row] = found.context["rows"]
    assert any("Open wishes" in str(cell.html) for cell in row.cells), "the list says so, too"
    many = owner_client.post("/winery/orders/shipping/choose", {"chosen": order.reference}, follow=True)
    assert "1 order has open wishes beside them" in words_of(many)
    Wish.objects.filter(pk=wishes["ben"].pk).update(state="withdrawn")
    assert "open wish" not in words_of(owner_client.get(one, follow=True))
    assert owner_client.get("/winery/orders/", {"wishes": "open"}).context["list"].count == 0


def test_one_press_on_the_list_grants_or_declines_a_wish(
    client_as: ClientAs, owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    at = "/winery/wishes/?state=open"
    page = owner_client.get(at)
    grant, decline = (
        f'formaction="/winery/wishes/{wishes["ben"].reference}/{act}"' for act in ("grant", "decline")
    )
    text = page.content.decode()
    assert grant in text and decline in text and f'name="back" value="{at}"' in text
    answer = owner_client.post(f"/winery/wishes/{wishes['ben'].reference}/grant", {"back": at})
    assert answer["Location"] == at and Wish.objects.get(pk=wishes["ben"].pk).granted == 3
    answer = owner_client.post(f"/winery/wishes/{wishes['ana'].reference}/decline", {"back": at})
    assert answer["Location"] == at and Wish.objects.get(pk=wishes["ana"].pk).state == "declined"
    wished(world, world.clara, world.estate_offer, world.cabernet, 1)
    assert "formaction" in owner_client.get(at).content.decode()
    reader = client_as(Role.READ_ONLY).get(at).content.decode()
    assert "Clara" in reader and ">Answer<" not in reader and "answer_form" not in reader
    table = owner_client.get("/winery/wishes/?export=csv&columns=all").getvalue().decode()
    assert "Clara" in table and "Answer" not in table and "formaction" not in table


def test_chosen_wishes_are_granted_from_the_list(
    owner_client: Client, world: World, wishes: dict[str, Wish]
) -> None:
    answer = owner_client.post("/winery/wishes/grant", {"chosen": wishes["ben"].reference}, follow=True)
    assert "Grant 3 pieces to 1 customer" in words_of(answer)
    run = GrantRun.objects.get()
    assert list(run.lines.values_list("wish", "pieces")) == [(wishes["ben"].pk, 3)]
    Wish.objects.filter(pk=wishes["ben"].pk).update(state="withdrawn")
    answer = owner_client.post("/winery/wishes/grant", {"chosen": wishes["ben"].reference}, follow=True)
    assert "Choose wishes that are open." in words_of(answer) and GrantRun.objects.count() == 1
