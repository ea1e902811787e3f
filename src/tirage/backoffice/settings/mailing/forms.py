"""Choosing a list, and what of ours goes where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from tirage.backoffice.frame.acting import choose
from tirage.backoffice.frame.who import read_who
from tirage.backoffice.settings.mailing.words import EVERY
from tirage.marketing.models import MailingList
from tirage.marketing.protocol import FieldThere, ListThere, MailingService
from tirage.marketing.rules import FIELDS, Ours
from tirage.parts.hands import EditForm

#: In the place of a key: a field that is to be made.
NEW = "+"


class ChooseForm(forms.Form):
    """Which of the service's lists."""

    list = forms.ChoiceField(
        label="List", widget=forms.RadioSelect, error_messages={"required": "Choose one of the lists."}
    )

    def __init__(self, lists: Sequence[ListThere], *args: Any) -> None:
        super().__init__(*args)
        self.lists = {one.id: one for one in lists}
        accounts = {one.account for one in lists}
        choose(
            self,
            "list",
            [(one.id, f"{one.name}, {one.account}" if len(accounts) > 1 else one.name) for one in lists],
        )

    @property
    def chosen(self) -> ListThere:
        return self.lists[self.cleaned_data["list"]]


class MailingForm(EditForm):
    """Whom a list is for, when, and a field there for each of ours."""

    definition = forms.ChoiceField(
        label="Who is on it",
        required=False,
        help_text="Of those who agreed to mail. Save a filter as a segment under Customers to find it here.",
    )
    every = forms.ChoiceField(
        label="Synced by itself",
        choices=[(every.value, words) for every, words in EVERY.items()],
        help_text="What changed is sent; by hand you can send it at any time.",
    )

    def __init__(self, mailing: MailingList, there: Sequence[FieldThere] | None, *args: Any) -> None:
        initial = {"definition": mailing.definition, "every": mailing.every}
        initial |= {f"field_{ours.value}": mailing.fields.get(ours.value, "") for ours in Ours}
        super().__init__(*args, initial=initial, about=mailing)
        choose(self, "definition", _audiences(mailing))
        for ours, (name, kinds) in FIELDS.items():
            key = mailing.fields.get(ours.value, "")
            fitting = [(one.key, one.name) for one in there or () if one.kind in kinds]
            if key and key not in dict(fitting):
                fitting.append((key, key.strip("[]")))
            made = [(NEW, f"A new field “{name}”")] if _may_be_made(name, there) else []
            self.fields[f"field_{ours.value}"] = forms.ChoiceField(
                label=name, required=False, choices=[("", "Isn’t sent"), *fitting, *made]
            )

    def mapped(self, service: MailingService, mailing: MailingList) -> dict[str, str]:
        """The key of a field there for each of ours that is sent; new ones are made there first.

        Raises what the service raises."""
        found = {}
        for ours, (name, kinds) in FIELDS.items():
            key = self.typed.get(f"field_{ours.value}", "")
            if key == NEW:
                key = service.make_field(list_id=mailing.service_id, name=name, kind=kinds[0]).key
            if key:
                found[ours.value] = key
        return found


def _may_be_made(name: str, there: Sequence[FieldThere] | None) -> bool:
    """Nothing can be made without an answer of the service."""
    return there is not None and name.lower() not in {one.name.lower() for one in there}


def _audiences(mailing: MailingList) -> list[tuple[str, str]]:
    who = read_who(mailing.definition, "")
    choices = [("", "Everybody who agreed to mail"), *((text, label) for text, label in who.choices if text)]
    if mailing.definition and mailing.definition not in dict(choices):
        choices.append((mailing.definition, who.problem or f"Everybody who {who.said}"))
    return choices
