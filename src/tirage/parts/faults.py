"""What is wrong with what was sent: gathered once a page, for the summary on top of it and for its title.

A view leaves its refused forms in the context, or says ``problem`` (a sentence about the whole) or ``faults`` (several,
each with the control that it is about). The layouts do the rest, so no page needs a summary of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.messages import ERROR
from django.forms import BaseForm, BaseFormSet, BoundField


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that needs another look: ``field_id`` is the id of its control, ``label`` what people call that."""

    words: str
    field_id: str = ""
    label: str = ""


def faults_in(context: Mapping[Any, Any]) -> list[Fault]:
    """Each once, in the order of the context: what the view says itself, refused forms, errors of the page before."""
    found: list[Fault] = list(context.get("faults") or ())
    problem = context.get("problem")
    if isinstance(problem, str) and problem:
        found.insert(0, Fault(problem))
    for value in {id(value): value for value in context.values()}.values():
        if isinstance(value, BaseForm):
            found += faults_of_form(value)
        elif isinstance(value, BaseFormSet):
            found += _faults_of_formset(value)
    found += [Fault(words) for words in _errors_told(context.get("messages"))]
    return list(dict.fromkeys(found))


def faults_of_form(form: BaseForm) -> Iterator[Fault]:
    """What is wrong with the form as a whole, then field by field."""
    if not form.errors:
        return
    for words in form.non_field_errors():
        yield Fault(str(words))
    for field in form:
        for words in field.errors:
            yield (
                Fault(str(words))
                if field.is_hidden
                else Fault(str(words), control_id(field), str(field.label or ""))
            )


def control_id(field: BoundField) -> str:
    """The id that takes the focus: of several boxes or circles the first's."""
    return field.id_for_label or (f"{field.auto_id}_0" if field.use_fieldset else field.auto_id)


def _faults_of_formset(formset: BaseFormSet[Any]) -> Iterator[Fault]:
    if not formset.is_bound or not formset.total_error_count():
        return
    for words in formset.non_form_errors():
        yield Fault(str(words))
    for form in formset:
        row = getattr(form, "row_name", "")
        for fault in faults_of_form(form):
            label = f"{row}, {fault.label.lower()}" if row and fault.label else row or fault.label
            yield replace(fault, label=label)


def _errors_told(messages: Any) -> list[str]:
    """The errors among the messages; whether they count as read is for whoever shows the messages."""
    if messages is None or not hasattr(messages, "used"):
        return []
    was_used = messages.used
    found = [str(one.message) for one in messages if one.level >= ERROR]
    messages.used = was_used
    return found
