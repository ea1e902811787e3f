"""Forms of many rows read no more rows than a page may have, however many a browser says there were."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from django.forms import BaseFormSet, Form, IntegerField, formset_factory

import tirage.backoffice
import tirage.storefront
from tirage.parts.rows import Rows

MOST = 9_223_372_036_854_775_807


class One(Form):
    number = IntegerField(required=False)


def sent(formset: type[BaseFormSet[One]], total: int, initial: int) -> BaseFormSet[One]:
    of_rows = formset_factory(One, formset=formset, max_num=5, absolute_max=5)
    return of_rows({"form-TOTAL_FORMS": str(total), "form-INITIAL_FORMS": str(initial)})


@pytest.mark.parametrize(("total", "initial", "read"), [(3, 2, 2), (3, MOST, 3), (MOST, MOST, 5), (0, 4, 0)])
def test_rows_are_counted_by_the_page(total: int, initial: int, read: int) -> None:
    formset = sent(Rows, total, initial)
    assert formset.initial_form_count() == read
    assert len(formset.forms) == min(total, 5)


def test_djangos_own_believe_whatever_is_said() -> None:
    """The control."""
    assert sent(BaseFormSet, 3, MOST).initial_form_count() == MOST


def test_rows_that_were_not_sent_are_those_given() -> None:
    of_rows = formset_factory(One, formset=Rows, extra=1)
    assert of_rows(initial=[{"number": 1}, {"number": 2}]).initial_form_count() == 2


def test_every_form_of_many_rows_is_bounded() -> None:
    for interface in (tirage.backoffice, tirage.storefront):
        for module in walk_packages(interface.__path__, f"{interface.__name__}."):
            import_module(module.name)
    found = _below(BaseFormSet)
    ours = {one for one in found if one.__module__.startswith("tirage.")}
    assert len(ours) > 2
    assert not {one for one in ours if not issubclass(one, Rows)}


def _below(kind: type[Any]) -> set[type[Any]]:
    children: list[type[Any]] = kind.__subclasses__()
    return set(children).union(*(_below(child) for child in children))
