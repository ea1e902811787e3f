"""Customers and groups in the back office, as somebody of the team would use them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from tests.rooms.checkout.journey import hold
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.checkout.models import Cart, CartLine
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.customers.models import Address, Customer, Group, MoveRun
from tirage.customers.operations import add_note, continue_move, create_customer, set_tags
from tirage.customers.tasks import move_group
from tirage.notifications.models import SentMail
from tirage.notifications.tasks import send_mail
from tirage.offers.models import Offer
from tirage.staff.states import Role
from tirage.wishes.models import Wish


def url(name: str, *args: object) -> str:
    return reverse(f"backoffice:{name}", args=args)


def groups_of(customer: Customer) -> set[str]:
    return set(customer.memberships.values_list("group__name", flat=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=ana", {"Ana Alvarez"}),
        ("q=baker+ben", {"Ben Baker"}),
        ("status=suspended", {"Dora Diaz"}),
        ("state=OR", {"Clara Chen"}),
        ("no_group=on", {"Clara Chen"}),
        ("card=yes", {"Ana Alvarez", "Ben Baker"}),
        ("card=no", {"Clara Chen", "Dora Diaz"}),
        ("address=no", set()),
        ("opted_in=no", set()),
        ("spend_from=1", set()),
        ("spend_to=0&orders_to=0", {"Ana Alvarez", "Ben Baker", "Clara Chen", "Dora Diaz"}),
        ("tag=Trade", {"Ben Baker"}),
        ("bought=CAB23", set()),
        ("joined_from=2020-01-01&joined_until=2020-12-31", set()),
        ("last_from=2020-01-01", set()),
        ("first_until=2030-01-01", set()),
    ],
)
def test_the_list_is_narrowed(
    owner_client: Client, world_today: World, query: str, expected: set[str]
) -> None:
    world = world_today
    set_tags(customer=world.ben, names=["Trade"], actor=world.staff, now=world.now)
    page = owner_client.get(url("customers") + "?" + query).content.decode()
    everybody = {"Ana Alvarez", "Ben Baker", "Clara Chen", "Dora Diaz"}
    assert {name for name in everybody if f">{name}</a>" in page} == expected


def test_the_list_by_group(owner_client: Client, world_today: World) -> None:
    page = owner_client.get(url("customers"), {"group": world_today.estate.reference}).content.decode()
    assert "Ben Baker" in page
    assert "Ana Alvarez" not in page
    assert "Group: Estate" in page


def test_the_list_and_the_detail_need_few_statements(
    owner_client: Client, world_today: World, django_assert_max_num_queries
) -> None:
    for customer in (world_today.ana, world_today.ben):
        for number in range(5):
            add_note(customer=customer, text=f"note {number}", actor=world_today.staff, now=world_today.now)
    with django_assert_max_num_queries(12):
        owner_client.get(url("customers"))
    # One of them asks whether wine may be held anywhere, four read the tables of taxes, once in each process.
    with django_assert_max_num_queries(31):
        owner_client.get(url("customer", world_today.ana.reference))
    with django_assert_max_num_queries(8):
        owner_client.get(url("groups"))
    with django_assert_max_num_queries(10):
        owner_client.get(url("group", world_today.premier.reference))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_is_exported_as_filtered(owner_client: Client, world_today: World, kind: str) -> None:
    response = owner_client.get(url("customers"), {"q": "ana", "export": kind})
    body = response.getvalue()
    assert response.status_code == 200
    if kind == "csv":
        assert b"Ana Alvarez" in body
        assert b"Ben" not in body
    assert Event.objects.get(name="export.made").data["count"] == 1


def test_a_customer_is_added_and_edited(owner_client: Client, world_today: World) -> None:
    response = owner_client.post(
        url("new_customer"), {"email": "Eva@example.com", "first_name": "Eva"}, follow=True
    )
    eva = Customer.objects.get(email="eva@example.com")
    assert (
        "You put Eva on the list, in Welcome: they see its offer, which is open, as soon as they sign in."
        in response.content.decode()
    )
    assert groups_of(eva) == {"Welcome"}
    wrong = owner_client.post(
        url("edit_customer", eva.reference), {"email": "ana@example.com", "first_name": "Eve"}
    )
    page = wrong.content.decode()
    assert "already belongs to Ana Alvarez" in page
    assert 'value="Eve"' in page
    owner_client.post(
        url("edit_customer", eva.reference),
        {"email": "eva@example.com", "last_name": "Evans", "marketing_consent": "on"},
    )
    eva.refresh_from_db()
    assert (eva.last_name, eva.marketing_consent_at is not None) == ("Evans", True)


def test_the_detail_reads_top_down(owner_client: Client, world_today: World) -> None:
    page = owner_client.get(url("customer", world_today.clara.reference)).content.decode()
    assert "In no allocation group" in page
    assert "4 Everett Street" in page
    ana = owner_client.get(url("customer", world_today.ana.reference)).content.decode()
    assert "Visa ending in 4242" in ana
    assert world_today.ana_card.token not in ana


def test_a_call_is_answered_from_the_top_of_the_page(owner_client: Client, world_today: World) -> None:
    """The offer with what is left of it, the cart, the wishes; then the rest."""
    world = world_today
    item = world.item(world.premier_offer, world.cabernet)
    cart = Cart.objects.create(
        customer=world.ana,
        release=world.release,
        changed_at=world.now,
        expires_at=world.now + timedelta(hours=9),
    )
    CartLine.objects.create(cart=cart, offer_item=item, quantity=4)
    wish = Wish.objects.create(
        customer=world.ana, offer_item=item, asked=2, kind="request", made_at=world.now, changed_at=world.now
    )
    page = owner_client.get(url("customer", world.ana.reference))
    panels = [panel.title for panel in page.context["main_panels"]]
    assert panels[:3] == ["The offer", "In the cart", "Wishes"]
    words = words_of(page)
    assert "Autumn 2026 , open until" in words
    assert "Estate Cabernet Sauvignon 2023 750 ml 2 of 6 4 2" in words
    assert "4 × Estate Cabernet Sauvignon 2023 750 ml Autumn 2026, held until" in words
    html = page.content.decode()
    assert f'href="{url("wish", wish.reference)}"' in html
    assert f'href="{url("offer", world.premier_offer.reference)}"' in html
    Cart.objects.update(expires_at=world.now - timedelta(hours=9))
    Offer.objects.update(closes_at=world.now - timedelta(minutes=1))
    words = words_of(owner_client.get(url("customer", world.ana.reference)))
    assert "Autumn 2026, not held" in words
    assert "nothing else is open or to come" in words


def test_the_team_types_addresses_abroad(owner_client: Client, world_today: World) -> None:
    target = url("new_address", world_today.ben.reference)
    typed = {"line1": "1-1 Chiyoda", "country": "JP"}
    page = owner_client.post(target, typed | {"act": "country"}).content.decode()
    assert "Prefecture" in page and ">Tokyo</option>" in page and 'value="1-1 Chiyoda"' in page
    assert not world_today.ben.addresses.filter(country="JP").exists()
    owner_client.post(target, typed | {"state": "Tokyo", "city": "Chiyoda", "postal_code": "1000001"})
    saved = world_today.ben.addresses.get(country="JP")
    assert saved.one_line == "1-1 Chiyoda, Chiyoda, Tokyo, 100-0001, Japan"


def test_the_team_makes_two_spellings_of_an_address_one(owner_client: Client, world_today: World) -> None:
    ben, home = world_today.ben, world_today.ben_home
    parts = {name: getattr(home, name) for name in ("recipient", "city", "state", "postal_code", "country")}
    twin = Address.objects.create(customer=ben, line1=home.line1.upper(), **parts)
    assert "Two of them look the same." in owner_client.get(url("customer", ben.reference)).content.decode()
    page = owner_client.get(url("same_addresses", ben.reference)).content.decode()
    assert f'value="{home.reference} {twin.reference}" checked' in page
    sent = {"pair": f"{home.reference} {twin.reference}"}
    done = owner_client.post(url("same_addresses", ben.reference), sent, follow=True).content.decode()
    assert "The two addresses are one." in done and "look the same" not in done
    owner_client.post(url("restore_address", ben.reference, twin.reference))
    assert ben.addresses.filter(removed_at__isnull=True).count() == 2


def test_addresses_are_refused_with_what_was_typed(owner_client: Client, world_today: World) -> None:
    address = {
        "recipient": "Ben",
        "line1": "1 Main",
        "city": "Napa",
        "state": "NY",
        "postal_code": "94559",
        "country": "US",
    }
    target = url("new_address", world_today.ben.reference)
    page = owner_client.post(target, address).content.decode()
    assert "ZIP 94559 is in Napa, California" in page
    assert 'value="1 Main"' in page
    owner_client.post(target, address | {"state": "CA", "make_default": "on"})
    assert world_today.ben.addresses.get(is_default=True).city == "Napa"
    reference = world_today.ben.addresses.get(is_default=True).reference
    assert owner_client.get(url("edit_address", world_today.ben.reference, reference)).status_code == 200
    assert owner_client.get(url("edit_address", world_today.ana.reference, reference)).status_code == 404
    owner_client.post(url("remove_address", world_today.ben.reference, reference))
    assert world_today.ben.addresses.get(is_default=True).city == "New York"


def test_staff_are_told_where_no_carrier_takes_wine(owner_client: Client, world_today: World) -> None:
    box = {"recipient": "Ben", "line1": "POB 12", "city": "Napa", "state": "CA", "postal_code": "94559"}
    target = url("new_address", world_today.ben.reference)
    page = owner_client.post(target, box | {"country": "US"}, follow=True).content.decode()
    assert "deliver wine to PO boxes. Give a street address, or write to us." in page
    assert world_today.ben.addresses.filter(line1="POB 12").exists()


def test_small_acts_on_one_customer(owner_client: Client, world_today: World) -> None:
    ana = world_today.ana
    owner_client.post(url("save_tags", ana.reference), {"tags": "Trade, Visited"})
    owner_client.post(url("add_note", ana.reference), {"note": "Likes magnums"})
    owner_client.post(url("standing_note", ana.reference), {"text": "Ring first"})
    page = owner_client.get(url("customer", ana.reference)).content.decode()
    for words in ("Trade, Visited", "Likes magnums", "Ring first"):
        assert words in page
    assert (
        "Say why"
        in owner_client.post(url("suspend", ana.reference), {"reason": ""}, follow=True).content.decode()
    )
    owner_client.post(url("suspend", ana.reference), {"reason": "Chargeback"})
    ana.refresh_from_db()
    assert (ana.status, ana.session_epoch) == ("suspended", 2)
    refused = owner_client.post(url("sign_in_link", ana.reference), follow=True).content.decode()
    assert "Reinstate the customer first" in refused
    owner_client.post(url("reinstate", ana.reference))
    ana.refresh_from_db()
    assert ana.is_active


def test_a_sign_in_link_goes_to_the_customer_and_nobody_else(
    owner_client: Client, world_today: World, mailoutbox: list[EmailMessage]
) -> None:
    """Whoever has it is the customer: also those who may not refund could cancel orders with it."""
    answer = owner_client.post(url("sign_in_link", world_today.ana.reference), follow=True)
    page = answer.content.decode()
    assert "on its way to ana@example.com" in page and "/in/" not in page
    mail = SentMail.objects.get(kind="sign_in_link", customer=world_today.ana)
    send_mail.call(mail.pk)
    assert [sent.to for sent in mailoutbox] == [["ana@example.com"]]
    assert "/in/" in str(mailoutbox[0].body) and "7 days" in str(mailoutbox[0].body)
    mail.refresh_from_db()
    assert mail.data == {}, "what has gone out is forgotten"
    event = Event.objects.get(name="customer.link_made", customer_id=world_today.ana.pk)
    assert (event.actor_kind, event.text) == ("staff", "mailed a sign-in link, good for 7 days")


def test_seeing_the_shop_as_a_customer_is_recorded(owner_client: Client, world_today: World) -> None:
    response = owner_client.post(url("see_as", world_today.ana.reference))
    assert response.status_code == 302
    assert response["Location"] == reverse("storefront:offer")
    assert "tirage_seen_as" in response.cookies
    assert Event.objects.filter(name="customer.seen_as", customer_id=world_today.ana.pk).exists()


def test_groups_of_one_customer(owner_client: Client, world_today: World) -> None:
    ana, target = world_today.ana, url("change_group", world_today.ana.reference)
    refused = owner_client.post(target, {"group": world_today.estate.reference, "act": "add"}, follow=True)
    assert "Use Move to group" in refused.content.decode()
    owner_client.post(target, {"group": world_today.employees.reference, "act": "add"})
    assert groups_of(ana) == {"Premier", "Employees"}
    owner_client.post(target, {"group": world_today.estate.reference, "act": "move"})
    assert groups_of(ana) == {"Estate"}
    owner_client.post(target, {"group": world_today.estate.reference, "act": "leave"})
    assert groups_of(ana) == set()
    assert "Choose a group" in owner_client.post(target, {"act": "add"}, follow=True).content.decode()


def test_a_bulk_move_is_previewed_run_told_and_undone(owner_client: Client, world_today: World) -> None:
    chosen = {"every": "1", "query": "status=active", "group": world_today.premier.reference, "act": "move"}
    preview = owner_client.post(url("moves"), chosen, follow=True).content.decode()
    assert "Move 2 customers to Premier" in preview
    assert "1 customer leaves Estate" in preview
    run = MoveRun.objects.get()
    before = owner_client.get(url("move_before", run.reference)).getvalue()
    assert b"ben@example.com,Ben,Baker,Estate" in before
    waiting = owner_client.post(url("run_move", run.reference), follow=True).content.decode()
    assert "Waiting for its turn" in waiting and groups_of(world_today.ben) == {"Estate"}
    move_group.call(run.reference)
    result = owner_client.get(url("move", run.reference)).content.decode()
    assert "put 2 customers into Premier. 1 was there already." in result
    past = owner_client.get(url("moves")).content.decode()
    assert url("move", run.reference) in past and "Move to Premier" in past and "3 customers" in past
    assert groups_of(world_today.ben) == {"Premier"}
    owner_client.post(url("undo_move", run.reference))
    move_group.call(run.reference)
    undone = owner_client.get(url("move", run.reference)).content.decode()
    assert "gave 2 customers back the groups of before." in undone
    assert groups_of(world_today.ben) == {"Estate"}


def test_a_long_run_shows_its_progress_and_stops_between_portions(
    owner_client: Client, world_today: World
) -> None:
    chosen = {
        "chosen": [world_today.ben.reference, world_today.clara.reference],
        "group": world_today.premier.reference,
    }
    owner_client.post(url("moves"), chosen)
    run = MoveRun.objects.get()
    owner_client.post(url("run_move", run.reference))
    continue_move(run=run, limit=1, actor=world_today.staff, now=read_clock())
    assert "1 of 2" in owner_client.get(url("move_progress", run.reference)).content.decode()
    assert "1 of 2" in owner_client.get(url("move", run.reference)).content.decode()
    stopped = owner_client.post(url("stop_move", run.reference), follow=True).content.decode()
    assert "put 1 customer into Premier. 1 customer was not reached." in stopped and "Go on" in stopped
    move_group.call(run.reference)
    assert MoveRun.objects.get().state == "stopped"
    gone = owner_client.get(url("move_progress", run.reference), headers={"HX-Request": "true"})
    assert gone["HX-Refresh"] == "true"
    owner_client.post(url("run_move", run.reference))
    move_group.call(run.reference)
    assert "put 2 customers into Premier." in owner_client.get(url("move", run.reference)).content.decode()


def test_the_preview_says_what_is_left_while_it_is_open(owner_client: Client, world_today: World) -> None:
    world = world_today
    hold(world.ben, {"CAB23": 2}, read_clock())
    owner_client.post(
        url("moves"),
        {"chosen": [world.ben.reference], "group": world.employees.reference, "act": "move"},
    )
    run = MoveRun.objects.get()
    page = words_of(owner_client.get(url("move", run.reference)))
    assert "1 customer leaves the offer to Estate" in page and "1 cart with 2 bottles" in page
    assert "has no open offer in this release" in page
    who = words_of(owner_client.get(url("move_leaving", run.reference)))
    assert "Ben Baker" in who and "Ana Alvarez" not in who
    table = b"".join(owner_client.get(url("move_leaving", run.reference) + "?export=csv").streaming_content)  # type: ignore[attr-defined]
    assert b"ben@example.com" in table


def test_a_bulk_move_needs_a_group_and_somebody(owner_client: Client, world_today: World) -> None:
    page = owner_client.post(url("moves"), {"chosen": [world_today.ana.reference]}, follow=True)
    assert "Choose the group" in page.content.decode()
    page = owner_client.post(url("moves"), {"group": world_today.estate.reference}, follow=True)
    assert "Choose at least one customer" in page.content.decode()
    assert not MoveRun.objects.exists()


def test_groups_are_made_edited_and_deleted(owner_client: Client, world_today: World) -> None:
    values = {"name": "Collectors", "kind": "allocation", "discount": "12.5", "rank": "5", "is_default": "on"}
    page = owner_client.post(url("new_group"), values, follow=True).content.decode()
    group = Group.objects.get(name="Collectors")
    assert group.discount_bp == 1250
    assert group.is_default
    assert "12.5% off" in page
    assert "already a group named" in owner_client.post(url("new_group"), values).content.decode()
    owner_client.post(
        url("edit_group", group.reference), values | {"name": "Collectors", "discount": "", "is_default": ""}
    )
    group.refresh_from_db()
    assert (group.discount_bp, group.is_default) == (0, False)
    in_use = owner_client.post(
        url("delete_group", world_today.premier.reference), follow=True
    ).content.decode()
    assert "can&#x27;t be deleted" in in_use
    owner_client.post(url("delete_group", group.reference))
    assert not Group.objects.filter(name="Collectors").exists()
    listing = owner_client.get(url("groups")).content.decode()
    assert "Premier" in listing and "Employees" in listing


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        (Role.READ_ONLY, ["customers", "groups"], ["new_customer", "new_group"]),
        (Role.FULFILMENT, ["customers"], ["groups", "new_customer"]),
        (Role.HOSPITALITY, ["customers", "groups", "new_customer"], ["new_group"]),
        (Role.MANAGER, ["customers", "groups", "new_customer", "new_group"], []),
    ],
)
def test_roles_really_restrict(
    client_as: ClientAs, world_today: World, role: Role, allowed: list[str], refused: list[str]
) -> None:
    client = client_as(role)
    for name in allowed:
        assert client.get(url(name)).status_code == 200
    for name in refused:
        assert client.get(url(name)).status_code == 403
    page = client.get(url("customer", world_today.ana.reference)).content.decode()
    assert ("Move to group" in page) == (role is Role.MANAGER)
    assert ("Suspend" in page) == (role in {Role.MANAGER, Role.HOSPITALITY})
    if role is not Role.MANAGER:
        assert client.post(url("moves"), {}).status_code == 403


def test_somebody_new_is_found_by_every_part_of_the_name(owner_client: Client, world_today: World) -> None:
    create_customer(
        email="zoe@example.com",
        first_name="Zoé",
        last_name="Müller",
        actor=world_today.staff,
        now=world_today.now,
    )
    for words in ("zoe", "Zoé", "muller", "MÜLLER zo"):
        assert "zoe@example.com" in owner_client.get(url("customers"), {"q": words}).content.decode()


def test_a_tag_that_is_too_long_is_refused_and_what_was_typed_stays(
    owner_client: Client, world: World
) -> None:
    answer = owner_client.post(
        f"/winery/customers/{world.ben.reference}/tags/", {"tags": "Trade, " + "x" * 61}
    )
    assert answer.status_code == 200 and "x" * 61 in answer.content.decode()
    assert not world.ben.tags.exists()
