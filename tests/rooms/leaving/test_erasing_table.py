"""Each column in which a person's words may stand says what becomes of it; a new one that doesn't fails here."""

from __future__ import annotations

from django.db import models

from tirage.leaving.erasing.table import (
    BLANKS,
    GONE,
    KEPT,
    LABELS,
    NOBODY,
    PERSON,
    every_model,
    owned_models,
    owner_path,
    swept_models,
    wordy_fields,
)
from tirage.merging.references import referring


def test_every_column_of_a_customers_rows_is_in_the_table() -> None:
    missing = []
    for model in owned_models():
        label = model._meta.label
        known = {*BLANKS.get(label, {}), *KEPT.get(label, ()), *LABELS}
        if label == "customers.Customer":
            known |= {*PERSON, "email", "last_name"}
        if label == "core.Event":
            known |= {"text", "data", "name", "subject_kind", "request_id"}
        if label not in GONE:
            missing += [f"{label}.{one.name}" for one in wordy_fields(model) if one.name not in known]
    assert missing == [], "say in leaving/erasing/table.py what becomes of these when a customer is erased"


def test_the_table_names_nothing_that_is_not_there() -> None:
    columns = {
        model._meta.label: {one.name for one in model._meta.concrete_fields} for model in every_model()
    }
    for label, blanks in BLANKS.items():
        assert set(blanks) <= columns[label], label
    for label, names in KEPT.items():
        assert set(names) <= columns[label] and not set(names) & set(BLANKS.get(label, ())), label
    assert columns.keys() >= GONE and columns.keys() >= NOBODY.keys() and all(NOBODY.values())


def test_whoever_refers_to_a_customer_is_known_as_theirs() -> None:
    owned = {model._meta.label for model in owned_models()}
    assert {key.rpartition(".")[0] for key in referring()} <= owned
    assert (
        owner_path(next(one for one in every_model() if one._meta.label == "orders.OrderLine"))
        == "order__customer"
    )


def test_every_other_table_is_looked_through() -> None:
    texts = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    every = {
        model._meta.label
        for model in every_model()
        if any(isinstance(field, texts) for field in wordy_fields(model))
    }
    swept = {model._meta.label for model in swept_models()}
    assert every - swept == NOBODY.keys()
