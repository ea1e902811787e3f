"""Every table and column goes out, or stays for a reason that the file itself says."""

from __future__ import annotations

from django.apps import apps

from tirage.leaving.restoring import _OPENS_NOTHING
from tirage.leaving.tables import (
    COLUMNS_LEFT_OUT,
    TABLES_LEFT_OUT,
    exported_fields,
    exported_models,
    readme_lines,
)


def test_every_model_goes_out_or_is_left_out_with_its_reason() -> None:
    every = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert TABLES_LEFT_OUT.keys() <= every and all(TABLES_LEFT_OUT.values())
    assert {model._meta.label for model in exported_models()} == every - TABLES_LEFT_OUT.keys()


def test_every_column_goes_out_or_is_left_out_with_its_reason() -> None:
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in exported_models()
        for field in model._meta.concrete_fields
        if not field.generated
    }
    gone = {
        f"{model._meta.label}.{field.name}" for model in exported_models() for field in exported_fields(model)
    }
    assert columns - gone == COLUMNS_LEFT_OUT.keys() == _OPENS_NOTHING.keys()
    assert all(COLUMNS_LEFT_OUT.values())


def test_the_readme_names_every_table_and_column_and_what_is_left_out() -> None:
    text = "\n".join(readme_lines("1"))
    for model in exported_models():
        assert f"\n{model._meta.db_table}   ({model._meta.label})\n" in text
        for field in exported_fields(model):
            assert f"\n    {field.attname}: " in text
    for name, why in {**TABLES_LEFT_OUT, **COLUMNS_LEFT_OUT}.items():
        assert f"  {name}: {why}" in text
