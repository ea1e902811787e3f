"""Forms of the import pages: which file, which column is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext

from tirage.backoffice.frame.acting import choose
from tirage.imports.kinds import KINDS, Kind
from tirage.imports.options import ImportOptions
from tirage.imports.states import ImportKind
from tirage.inventory.states import MovementReason
from tirage.offers.models import Offer
from tirage.tables.matching import Mapping as ColumnMapping

SAMPLE_CHARACTERS = 28
#: Their fields start with this and stand together.
SHIPPING = "ship_"


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label="What is in the file", widget=forms.RadioSelect)
    file = forms.FileField(
        label="File",
        help_text="CSV or a workbook (XLSX, XLS, ODS), up to 100 MB, with one line of column names. "
        "Any encoding and separator.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods"}),
    )
    offer = forms.ChoiceField(
        label="Offer",
        required=False,
        help_text="For items of an offer: the offer they belong to.",
    )

    def __init__(self, *args: Any, kinds: Sequence[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "kind", [(kind.name, f"{kind.label}. {kind.help}") for kind in kinds])
        offers = Offer.objects.select_related("release", "group").order_by("-release__made_at", "group__rank")
        named = [(offer.reference, f"{offer.release.name}: {offer.group.name}") for offer in offers[:200]]
        choose(self, "offer", [("", "Choose an offer"), *named])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == ImportKind.OFFER_ITEMS and not values.get("offer"):
            self.add_error("offer", "Choose the offer that these items belong to.")
        return values


class ColumnsForm(forms.Form):
    """A select of the file's columns for each of our fields, and what else the kind asks.

    ``columns_chosen`` and ``options_chosen`` are what came of it.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        kind: Kind,
        mapping: ColumnMapping,
        samples: Mapping[str, str],
        options: ImportOptions,
    ) -> None:
        super().__init__(data)
        self._names = [field.name for field in kind.fields if not field.ignored]
        choices = [
            ("", "Not in the file"),
            *((header, _labelled(header, samples)) for header in mapping.headers),
        ]
        for field in kind.fields:
            if field.ignored:
                continue
            self.fields[_key(field.name)] = forms.ChoiceField(
                label=gettext(field.label),
                required=field.required,
                choices=choices,
                initial=mapping.matched.get(field.name, ""),
                help_text="More than one column could be this one. Check it."
                if field.name in mapping.ambiguous
                else "",
            )
        for name, option in option_fields(kind.kind, options).items():
            self.fields[name] = option

    @property
    def columns_chosen(self) -> dict[str, str | None]:
        return {name: self.cleaned_data[_key(name)] or None for name in self._names}

    def options_chosen(self, before: ImportOptions) -> ImportOptions:
        asked = {name: self.cleaned_data[name] for name in before.to_json() if name in self.cleaned_data}
        return ImportOptions.from_json({**before.to_json(), **asked})

    def main_fields(self) -> list[BoundField]:
        """What has a column, or must have one."""
        return [field for field in self._plain() if _is_there(field)]

    def absent_fields(self) -> list[BoundField]:
        """What the file doesn't seem to have."""
        return [field for field in self._plain() if not _is_there(field)]

    def _plain(self) -> list[BoundField]:
        return [self[_key(name)] for name in self._names if not name.startswith(SHIPPING)]

    def shipping_fields(self) -> list[BoundField]:
        return [self[_key(name)] for name in self._names if name.startswith(SHIPPING)]

    def option_fields(self) -> list[BoundField]:
        mine = {_key(name) for name in self._names}
        return [self[name] for name in self.fields if name not in mine]

    @property
    def ships(self) -> bool:
        """Whether a column is taken for a shipping address, so that those fields show at once."""
        return any(field.value() for field in self.shipping_fields())


def _is_there(field: BoundField) -> bool:
    return bool(field.value() or field.field.required or field.errors or field.help_text)


def option_fields(kind: ImportKind, options: ImportOptions) -> dict[str, forms.Field]:
    """What a person may say about a file of that kind."""
    if kind is ImportKind.CUSTOMERS:
        return {
            "leave_out_bad_addresses": _tick(
                "Import people whose address can't be shipped to, without that address",
                options.leave_out_bad_addresses,
            ),
            "move_groups": _tick(
                "Move customers to the file's allocation group when they are in another", options.move_groups
            ),
        }
    if kind is ImportKind.STOCK:
        reasons = [(reason.value, reason.value.capitalize()) for reason in MovementReason]
        return {
            "reason": forms.ChoiceField(
                label="Reason of movements that name none",
                required=False,
                choices=[("", "Received when they come in, other when they go out"), *reasons],
                initial=options.reason,
            ),
            "release_holds": _tick("Take bottles even from customers' carts", options.release_holds),
        }
    if kind is ImportKind.OFFER_ITEMS:
        return {"replace": _tick("Remove items of the offer that the file doesn't name", options.replace)}
    return {}


def kinds_for(may_import: Mapping[ImportKind, bool]) -> list[Kind]:
    return [kind for kind in KINDS.values() if may_import[kind.kind]]


def _tick(label: str, initial: bool) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, initial=initial)


def _key(name: str) -> str:
    return f"column_{name}"


def _labelled(header: str, samples: Mapping[str, str]) -> str:
    """``Zip (94558)``: the column with the first thing that stands in it."""
    sample = samples.get(header, "")
    if len(sample) > SAMPLE_CHARACTERS:
        sample = sample[: SAMPLE_CHARACTERS - 1] + "…"
    return f"{header} ({sample})" if sample else header
