"""A telephone in a form: shown as people write it there, whatever it is kept as."""

from __future__ import annotations

from typing import Any

from django import forms

from tirage.places.telephones import HOME, say_telephone


class TelephoneField(forms.CharField):
    """``near``: the country (two letters) whose numbers are shown without its own. Any text is taken: the operation
    keeps what it can't read as it is."""

    near = HOME

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"})
        super().__init__(max_length=40, required=False, **{"widget": widget, **options})

    def prepare_value(self, value: Any) -> Any:
        return say_telephone(value, self.near) if isinstance(value, str) else value
