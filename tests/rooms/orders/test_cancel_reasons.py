"""The winery's own reasons to cancel: added, renamed, ordered; what cancelled orders have stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.orders.cancel_reasons import ReasonValues, save_cancel_reasons, uses_of_reasons
from tirage.orders.models import CancelReason, Order, OrderChange


def names() -> list[str]:
    return list(CancelReason.objects.values_list("name", flat=True))


def as_they_are() -> list[ReasonValues]:
    return [ReasonValues(one.pk, one.name) for one in CancelReason.objects.all()]


@pytest.fixture
def save(world: World) -> Any:
    """Saves by the owner: ``save(reasons, removed=...)``."""
    CancelReason.objects.all().delete()
    for position, name in enumerate(("The customer asked", "Ordered twice", "Fraudulent"), start=1):
        CancelReason.objects.create(name=name, position=position)

    def act(reasons: list[ReasonValues], removed: tuple[int, ...] = ()) -> bool:
        return save_cancel_reasons(reasons=reasons, removed=removed, actor=world.staff, now=world.now)

    return act


def cancel_for(world: World, said: str) -> None:
    order = Order.objects.create(
        customer=world.ana, state="cancelled", currency="USD", made_at=world.now, placed_at=world.now
    )
    OrderChange.objects.create(
        order=order,
        number=1,
        kind="cancel",
        at=world.now,
        actor_label="Olive",
        reason=said,
        difference_minor=0,
    )


def test_reasons_are_added_renamed_ordered_and_removed_at_once(save: Any, world: World) -> None:
    asked, twice, fraud = as_they_are()
    assert save(
        [fraud, ReasonValues(None, "  Moved   abroad "), ReasonValues(asked.id, "The customer wished it")],
        removed=(twice.id or 0,),
    )
    assert names() == ["Fraudulent", "Moved abroad", "The customer wished it"]
    assert Event.objects.get().text == (
        "reasons to cancel: renamed “The customer asked” to “The customer wished it”, added “Moved abroad”,"
        " removed “Ordered twice”"
    )


def test_two_may_swap_their_names(save: Any) -> None:
    asked, twice, fraud = as_they_are()
    save([ReasonValues(asked.id, twice.name), ReasonValues(twice.id, asked.name), fraud])
    assert names() == ["Ordered twice", "The customer asked", "Fraudulent"]


def test_another_order_is_said_and_no_change_is_none(save: Any) -> None:
    assert not save(as_they_are())
    assert not Event.objects.exists()
    assert save(as_they_are()[::-1])
    assert Event.objects.get().text == "reasons to cancel: put them in another order"


def test_what_somebody_else_has_added_meanwhile_stays_at_the_end(save: Any) -> None:
    seen = as_they_are()
    CancelReason.objects.create(name="Corked", position=0)
    save(seen)
    assert names() == ["The customer asked", "Ordered twice", "Fraudulent", "Corked"]


def test_what_somebody_else_has_removed_is_no_longer_saved(save: Any) -> None:
    seen = as_they_are()
    CancelReason.objects.filter(name="Fraudulent").delete()
    with pytest.raises(Conflict, match="Look at them again"):
        save(seen)
    assert names() == ["The customer asked", "Ordered twice"]


def test_a_reason_that_cancelled_orders_have_stays(save: Any, world: World) -> None:
    cancel_for(world, "Ordered twice: once by telephone")
    asked, twice, fraud = as_they_are()
    with pytest.raises(DomainError) as refused:
        save([asked, fraud], removed=(twice.id or 0,))
    assert refused.value.fields == {f"remove-{twice.id}": "1 canceled order has this reason, so it stays."}
    assert names() == ["The customer asked", "Ordered twice", "Fraudulent"]
    save([asked, ReasonValues(twice.id, "Double"), fraud])
    assert OrderChange.objects.get().reason == "Ordered twice: once by telephone"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([""], {"0": "Write a reason, or remove it."}),
        (["Corked", "corked"], {"1": "This reason is there already."}),
        (["x" * 81], {"0": "At most 80 letters."}),
    ],
)
def test_what_cannot_be_a_reason_is_refused_and_nothing_changes(
    save: Any, wanted: list[str], words: dict[str, str]
) -> None:
    with pytest.raises(DomainError) as refused:
        save([ReasonValues(None, name) for name in wanted])
    assert refused.value.fields == words
    assert names() == ["The customer asked", "Ordered twice", "Fraudulent"]


def test_one_reason_stays_at_least_and_forty_at_most(save: Any) -> None:
    ids = tuple(one.id or 0 for one in as_they_are())
    with pytest.raises(DomainError, match="Keep one reason"):
        save([], removed=ids)
    with pytest.raises(DomainError, match="40 reasons at most"):
        save([ReasonValues(None, f"Reason {number}") for number in range(38)])
    assert len(names()) == 3


def test_uses_are_counted_by_the_longest_reason_that_fits(save: Any, world: World) -> None:
    for said in ("Late", "Late: rain", "Late: by mail: lost", "Later", "Something else"):
        cancel_for(world, said)
    assert uses_of_reasons(["Late", "Late: by mail", "Never"]) == {"Late": 2, "Late: by mail": 1}
