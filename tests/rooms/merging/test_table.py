"""The table of what becomes of a customer's things names all of them, and agrees with their constraints."""

from __future__ import annotations

from django.db.models import Field, UniqueConstraint

from tirage.merging.references import referring
from tirage.merging.table import RULES, How


def unique_with_the_customer() -> dict[str, set[frozenset[str]]]:
    """By entry: the fields of which a customer has one row only."""
    found: dict[str, set[frozenset[str]]] = {}
    for key, model in referring().items():
        name = key.rpartition(".")[2]
        constraints = [one.fields for one in model._meta.constraints if isinstance(one, UniqueConstraint)]
        own = [fields for fields in (*constraints, *model._meta.unique_together) if name in fields]
        field = model._meta.get_field(name)
        if isinstance(field, Field) and field.unique:
            own.append((name,))
        found[key] = {frozenset(fields) - {name} for fields in own}
    return found


def test_whatever_refers_to_a_customer_says_how_it_merges() -> None:
    assert sorted(RULES) == sorted(referring()), (
        "say in merging/table.py what one person who was two has of it"
    )


def test_what_one_person_has_once_is_not_just_moved() -> None:
    unique = unique_with_the_customer()
    assert [key for key, rule in RULES.items() if rule.how is How.MOVE and unique[key]] == []
    once = {key: rule for key, rule in RULES.items() if rule.how is How.MOVE_ONCE}
    assert {key: {frozenset(rule.once)} for key, rule in once.items()} == {key: unique[key] for key in once}


def test_what_a_constraint_leaves_out_is_left_out_of_the_comparison() -> None:
    conditional = {
        key
        for key, model in referring().items()
        for one in model._meta.constraints
        if isinstance(one, UniqueConstraint) and one.condition and key.rpartition(".")[2] in one.fields
    }
    once = {key for key, rule in RULES.items() if rule.how is How.MOVE_ONCE}
    assert {key for key in once if RULES[key].where} == conditional & once


def test_an_act_of_its_own_knows_every_wall() -> None:
    """A new constraint on what a customer has once is looked at where both are made one."""
    found = {
        key: {
            one.name
            for one in model._meta.constraints
            if isinstance(one, UniqueConstraint) and key.rpartition(".")[2] in one.fields
        }
        for key, model in referring().items()
        if RULES[key].how is How.OWN
    }
    assert {key: set(RULES[key].walls) for key in found} == found
