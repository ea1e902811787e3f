"""The project-wide form renderer: ``{{ form }}`` and ``{{ field.as_field_group }}`` in our own parts."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

from tirage.core.bounds import FIRST_DAY, LAST_DAY, MOST_MINOR, YEARS
from tirage.tables.cleaning import one_line, visible


class PartsRenderer(TemplatesSetting):
    """Labels above, help under, errors beside; a summary with links on top when something is wrong."""

    form_template_name = "parts/forms/form.html"
    field_template_name = "parts/field.html"


#: What a form says of what can't be: in the words of the rest of the pages, which tell what to do.
_WORDS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "Fill this in."},
    forms.ChoiceField: {"required": "Choose one.", "invalid_choice": "“%(value)s” is none of the choices."},
    forms.MultipleChoiceField: {"invalid_choice": "“%(value)s” is none of the choices."},
    forms.ModelChoiceField: {"required": "Choose one.", "invalid_choice": "This is none of the choices."},
    forms.FileField: {"required": "Choose a file.", "empty": "This file is empty."},
    forms.IntegerField: {"invalid": "Write a whole number."},
    forms.DecimalField: {"invalid": "Write a number."},
    forms.DateField: {"invalid": "Write a day, such as 2026-11-24."},
}


def _read_day(value: date) -> None:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValidationError(YEARS)


_read_text, _limits_of = forms.CharField.to_python, forms.CharField.widget_attrs


def _limits(field: forms.CharField, widget: forms.Widget) -> dict[str, Any]:
    """Browsers cut off without a word what is pasted beyond ``maxlength``; in several lines that goes unseen. So the
    limit is said and counted (``counting.js``), and what is too long is refused, with the text kept."""
    attrs = dict(_limits_of(field, widget))
    if isinstance(widget, forms.Textarea) and "maxlength" in attrs:
        attrs["data-most"] = attrs.pop("maxlength")
    return attrs


def _read_typed(field: forms.CharField, value: Any) -> Any:
    """What stands in one line is one line, whatever was pasted; an e-mail address may come in wide letters (``＠``)."""
    if isinstance(value, str) and not isinstance(field.widget, (forms.Textarea, forms.PasswordInput)):
        value = one_line(value)
    elif isinstance(value, str) and isinstance(field.widget, forms.Textarea):
        value = visible(value)
    if isinstance(value, str) and isinstance(field, forms.EmailField):
        value = unicodedata.normalize("NFKC", value).strip().rstrip(".")
    return _read_text(field, value)


def use_own_words() -> None:
    """Gives Django's fields our sentences, and reads what is typed into them as it is meant; once, when the app is
    ready."""
    forms.CharField.widget_attrs = _limits  # type: ignore[method-assign, assignment]  # as below
    forms.CharField.to_python = _read_typed  # type: ignore[method-assign, assignment]  # all of them, the libraries' too
    # What nobody means is refused everywhere, also where a form names no limit of its own.
    # Hidden numbers may be amounts.
    forms.DateField.default_validators = [_read_day]
    forms.IntegerField.default_validators = [
        validators.MinValueValidator(-MOST_MINOR),
        validators.MaxValueValidator(MOST_MINOR),
    ]
    for field, words in _WORDS.items():
        field.default_error_messages = {**field.default_error_messages, **words}
    validators.validate_email.message = "Write an e-mail address, such as ana@example.com."
    validators.MinValueValidator.message = "Write %(limit_value)s or more."
    validators.MaxValueValidator.message = "Write %(limit_value)s or less."
    validators.MaxLengthValidator.message = (
        "This has %(show_value)s characters; %(limit_value)s are possible."
    )
