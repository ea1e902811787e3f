"""Saved cards by a token map: looked up one by one, resumed, refused in words; and no card number anywhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.rooms.changes.journey import confirm
from tests.rooms.changes.test_ordering import put_together
from tests.rooms.moving.journey import table
from tests.rooms.moving.test_things import bring, out, uploaded
from tests.world import World
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.imports.cards import REFUSED, holds_card_number
from tirage.imports.kinds import KINDS
from tirage.imports.models import ImportPart, ImportRun
from tirage.imports.operations import check_import, start_import
from tirage.imports.options import ImportOptions
from tirage.imports.states import ImportKind
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.models import TestCard
from tirage.moving import card_runs
from tirage.moving.card_runs import SAID, ask_for_cards, begin_cards
from tirage.moving.models import BroughtThing, MoveRun
from tirage.moving.running import continue_move, stop_move
from tirage.moving.saved_cards import CardWriter
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.protocol import GatewayTimeout, Outcome, SavedCard
from tirage.payments.queries import saved_cards

NUMBER = "4242 4242 4242 4242"


def kept_elsewhere(world: World, token: str, former: str, **facts: Any) -> str:
    """A card that the processor keeps for a customer of the former system."""
    kept: dict[str, Any] = {
        "brand": "Visa",
        "last4": "4242",
        "exp_month": 4,
        "exp_year": 2039,
        "behaviour": Behaviour.SUCCEEDS.value,
        **facts,
    }
    TestCard.objects.create(
        token=token,
        idempotency_key=f"key-{token}",
        fingerprint="0" * 64,
        customer_reference=former,
        saved_at=world.now,
        **kept,
    )
    return token


def row(email: str, token: str, former: str) -> dict[str, object]:
    return {"email": email, "Customer ID (old)": "10233", "stripe_customer_id": former, "source_id": token}


def looked_up(world: World, **facts: Any) -> MoveRun:
    run = begin_cards(queue=False, actor=world.staff, now=world.now)
    return ask_for_cards(run, clock=lambda: world.now, sleep=lambda seconds: None, **facts)


@pytest.fixture
def rows(world: World) -> list[dict[str, object]]:
    PaymentMethod.objects.filter(customer=world.clara).delete()
    kept_elsewhere(world, "tok_clara1", "cus_clara", brand="Mastercard", last4="4444")
    kept_elsewhere(world, "tok_ben1", "cus_ben")
    return [row(world.clara.email, "tok_clara1", "cus_clara"), row(world.ben.email, "tok_ben1", "cus_ben")]


def test_what_the_processor_says_of_a_card_stands_here_and_pays(
    world: World, rows: list[dict[str, object]]
) -> None:
    brought = bring(world, "cards", rows)
    assert brought.bad == 0, brought.problems
    assert "looked up at the processor" in brought.outcome
    assert not PaymentMethod.objects.filter(token="tok_clara1").exists()
    run = looked_up(world)
    assert (run.state, run.counts, run.done) == ("finished", {"new": 2}, 2)
    card = saved_cards(world.clara.pk, world.now).get()
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("Mastercard", "4444", 4, 2039)
    assert card.said == SAID == "Moved in from the former system" and card.is_default and card.kept
    # Ben had one that is offered first; it still is.
    assert not PaymentMethod.objects.get(token="tok_ben1").is_default
    assert BroughtThing.objects.filter(data={}).count() == 2
    paid = TestGateway().charge(
        token=card.token, amount=Money(50_00, "USD"), idempotency_key="k1", description="", return_url=""
    )
    assert paid.outcome is Outcome.SETTLED
    assert bring(world, "cards", rows).outcome.startswith("2 as they were.")
    assert not BroughtThing.objects.filter(state="waiting").exists()


def test_an_order_by_telephone_is_charged_to_it_and_then_it_stays(
    world: World, rows: list[dict[str, object]]
) -> None:
    brought = bring(world, "cards", rows)
    looked_up(world)
    moved = PaymentMethod.objects.get(token="tok_ben1")
    draft = put_together(world, world.ben, {world.cabernet: 2})
    assert confirm(world, draft, world.staff, payment_method=moved).status == "applied"
    paid = Payment.objects.get()
    assert (paid.payment_method, paid.state, paid.amount_minor) == (moved, "settled", 289_44)
    # An order here keeps the history in; and a card that paid is nobody's to take away.
    with pytest.raises(DomainError, match="ordered here since"):
        out(world, brought)
    thing = BroughtThing.objects.get(customer=world.ben)
    with transaction.atomic(), pytest.raises(DomainError, match="paid something here"):
        CardWriter().take_out(thing, world.staff, world.now)


def test_cards_that_are_not_there_are_refused_in_words(world: World, rows: list[dict[str, object]]) -> None:
    rows[1]["stripe_customer_id"] = "cus_somebody_else"
    bring(world, "cards", rows)
    run = looked_up(world)
    assert run.counts == {"new": 1, "refused": 1}
    assert run.problems[0][:2] == [world.ben.name, "The processor keeps no such card under this customer."]
    # A corrected file asks for that one alone.
    rows[1]["stripe_customer_id"] = "cus_ben"
    assert bring(world, "cards", rows).outcome.startswith("1 changed, 1 as they were.")
    assert looked_up(world).counts == {"new": 1}


def test_a_silent_processor_stops_it_and_it_goes_on_where_it_was(
    world: World, rows: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(world, "cards", rows)
    asked: list[str] = []

    def silent_once(self: TestGateway, *, token: str, **facts: str) -> SavedCard:
        asked.append(token)
        if len(asked) == 2:
            raise GatewayTimeout("no answer")
        return real(self, token=token, **facts)

    real = TestGateway.take_over
    monkeypatch.setattr(card_runs, "current_gateway", TestGateway)
    monkeypatch.setattr(TestGateway, "take_over", silent_once)
    run = looked_up(world)
    assert (run.state, run.done, run.problems[0][1]) == ("stopped", 1, card_runs.SILENT)
    run = continue_move(run=run, now=world.now)
    run = ask_for_cards(run, clock=lambda: world.now, sleep=lambda seconds: None)
    assert (run.state, run.counts, run.problems) == ("finished", {"new": 2}, [])
    # The one that was in wasn't asked for again.
    assert asked == ["tok_ben1", "tok_clara1", "tok_clara1"]


def test_it_is_stopped_between_two_cards_and_asks_so_many_a_second(
    world: World, rows: list[dict[str, object]]
) -> None:
    bring(world, "cards", rows)
    run, pauses = begin_cards(queue=False, actor=world.staff, now=world.now), list[float]()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        stop_move(run=MoveRun.objects.get(), now=world.now)

    ask_for_cards(run, clock=lambda: world.now, sleep=sleep)
    assert (run.state, run.done, pauses) == ("stopped", 1, [1 / card_runs.ASKED_A_SECOND])


def test_cards_go_out_again_stay_at_the_processor_and_come_back(
    world: World, rows: list[dict[str, object]]
) -> None:
    brought = bring(world, "cards", rows)
    looked_up(world)
    out(world, brought)
    assert not PaymentMethod.objects.filter(token__in=["tok_clara1", "tok_ben1"]).exists()
    assert TestCard.objects.filter(token="tok_clara1", removed_at__isnull=True).exists()
    bring(world, "cards", rows)
    assert looked_up(world).counts == {"new": 2}


def test_a_card_that_its_customer_saved_here_is_not_taken_for_theirs(
    world: World, rows: list[dict[str, object]]
) -> None:
    facts = {"brand": "Visa", "last4": "4242", "exp_month": 4, "exp_year": 2039, "saved_at": world.now}
    PaymentMethod.objects.create(customer=world.ana, gateway="test", token="tok_ben1", **facts)
    brought = bring(world, "cards", rows)
    run = looked_up(world)
    assert run.problems[0][1] == card_runs.SAVED_ALREADY
    out(world, brought)
    assert PaymentMethod.objects.get(token="tok_ben1").customer == world.ana


def _sheet(cell: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        whole.writestr("xl/worksheets/sheet2.xml", f'<worksheet><c r="A1"><v>{cell}</v></c></worksheet>')
    return file.getvalue()


NUMBERED: dict[str, Callable[[], bytes]] = {
    "a cell": lambda: b"email,token\na@example.org,4242 4242 4242 4242\n",
    "without spaces": lambda: b"email,token\na@example.org,4242424242424242\n",
    "American Express": lambda: b"email;token\na@example.org;3782-822463-10005\n",
    "thirteen digits": lambda: b"email,token\na@example.org,4222222222222\n",
    "nineteen digits": lambda: b"email,token\na@example.org,4000000000000000006\n",
    "a header": lambda: b"email,4242424242424242\na@example.org,x\n",
    "two bytes a letter": lambda: f"email,token\na@example.org,{NUMBER}\n".encode("utf-16"),
    "another sheet": lambda: _sheet("4242424242424242"),
    "a number of a spreadsheet": lambda: _sheet("4.242424242424242E+15"),
    "far behind": lambda: b"email,token\n" + b"a@example.org,pm_1\n" * 70_000 + b"4242424242424242",
}


@pytest.mark.parametrize("where", NUMBERED)
def test_a_file_with_a_card_number_is_refused_whole(
    world: World, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = Event.objects.count()
    with pytest.raises(DomainError) as refused:
        start_import(
            kind="cards",
            file=io.BytesIO(NUMBERED[where]()),
            file_name="cards.csv",
            options=ImportOptions(),
            actor=world.staff,
            now=world.now,
        )
    assert refused.value.message == REFUSED and "42" not in refused.value.message
    assert not ImportRun.objects.exists() and not ImportPart.objects.exists()
    assert Event.objects.count() == before and not caplog.records


def test_a_file_named_by_a_card_number_and_an_old_workbook_are_refused(world: World) -> None:
    facts: dict[str, Any] = {"options": ImportOptions(), "actor": world.staff, "now": world.now}
    with pytest.raises(DomainError, match="card number"):
        start_import(kind="cards", file=io.BytesIO(b"email\n"), file_name=f"{NUMBER}.csv", **facts)
    with pytest.raises(DomainError, match="CSV or XLSX"):
        start_import(
            kind="cards", file=io.BytesIO(b"\xd0\xcf\x11\xe0" + b"\0" * 600), file_name="c.xls", **facts
        )


@pytest.mark.parametrize(
    "text",
    [
        "cus_4242424242424242",
        "pm_1QxYz4242424242424242abc",
        "+1 707 555 0142",
        "4242424242424243",
        "2024-05-12 10:00:00",
        "0000000000000000",
        "10233, 94558, 2019",
    ],
)
def test_tokens_dates_and_telephones_are_no_card_numbers(text: str) -> None:
    assert not holds_card_number(text)


def test_rows_without_tokens_say_what_to_write(world: World) -> None:
    run = uploaded(world, "cards", [row(world.ben.email, "4711", "cus_ben")])
    run = check_import(reference=run.reference, actor=world.staff, now=world.now + timedelta(minutes=1))
    assert "the processor’s own name" in run.problems[0][3]


def test_the_template_of_a_file_of_cards_can_be_brought(world: World) -> None:
    kind = KINDS[ImportKind.CARDS]
    content = table([dict(zip(kind.headers, one, strict=True)) for one in kind.examples])
    run = start_import(
        kind="cards",
        file=io.BytesIO(content),
        file_name="template.csv",
        options=ImportOptions(),
        actor=world.staff,
        now=world.now,
    )
    assert {"email", "former_customer", "token"} <= set(run.mapping)
