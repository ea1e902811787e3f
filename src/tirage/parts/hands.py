"""Forms about something that exists: they carry what they showed, and give back what somebody else changed.

A form carries the values that it was opened with in one signed field, so it needs neither JavaScript nor a memory on
the server. Who tampers with it gains nothing: a value that can't be read counts as never seen, and then whatever
differs from what stands is asked about. See ``tirage.core.hands`` for what an operation makes of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, ClassVar, TypeVar

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, QueryDict
from django.utils.safestring import SafeString

from tirage.core.hands import UNSEEN, Overtaken, is_same

SHOWN = "shown"
_SALT = "tirage.parts.hands"


M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class SaidClash:
    """A clash in words; ``was`` is empty when nobody knows any more."""

    was: str
    theirs: str
    yours: str


def about_of(data: Mapping[str, Any], name: str = SHOWN) -> str:
    """What the form that was sent is about, by the name that it carries; empty where it says nothing that is ours."""
    try:
        return str(signing.loads(str(data.get(name, "")), salt=_SALT, serializer=_Values)["about"])
    except (signing.BadSignature, ValueError, KeyError):
        return ""


def carried_in(data: Mapping[str, Any], about: str, name: str = SHOWN) -> dict[str, Any] | None:
    """The values that a sent form's page showed of ``about``; None without any, empty where unreadable."""
    return Carried(about, {}, data, name).values if name in data else None


class Carried:
    """What a page showed of ``about``, as its form carries it: ``values`` by name.

    ``stands`` is what a page shows that is opened now. Of a form that was sent it is what that form says; without
    its field what stands (whoever sends none means all that is sent), and UNSEEN where it can't be read.
    ``form`` is the id of the form that the field belongs to, where it stands outside of it.
    """

    def __init__(
        self,
        about: str,
        stands: Mapping[str, Any],
        data: Mapping[str, Any] | None = None,
        name: str = SHOWN,
        *,
        form: str = "",
    ) -> None:
        self.about, self.name, self.form = about, name, form
        self.values: dict[str, Any] = dict(stands)
        sent = data.get(name) if data is not None else None
        if sent is None:
            return
        try:
            found = _signer(settings.SECRET_KEY).unsign_object(str(sent), serializer=_Values)
        except (signing.BadSignature, ValueError):
            found = {}
        is_ours = found.get("about") == about
        self.values = dict(found["values"]) if is_ours else dict.fromkeys(stands, UNSEEN)

    @property
    def field(self) -> SafeString:
        """The hidden field; with nothing that can be read where nothing could."""
        is_known = UNSEEN not in self.values.values()
        said = {"about": self.about, "values": self.values}
        text = (
            _signer(settings.SECRET_KEY).sign_object(said, serializer=_Values, compress=True)
            if is_known
            else "-"
        )
        # Written out: a page of a release day is made of it, and nothing in it comes from anybody else.
        form = f' form="{self.form}"' if self.form else ""
        return SafeString(f'<input type="hidden" name="{self.name}" value="{text}"{form}>')


@lru_cache(maxsize=2)
def _signer(key: str) -> signing.TimestampSigner:
    """The signer of what forms carry; made anew where the key is another."""
    return signing.TimestampSigner(key=key, salt=_SALT)


#: Code of what refuses a clock time in the hour in which clocks change.
CLOCK_CHANGE = "clock_change"


class EditForm(forms.Form):
    """A form that may be about something that exists: ``about`` names it (``wine:12``); without, it makes a new one.

    ``initial`` are the values that stand. Give the operation ``typed`` and ``shown``, both by the operation's names,
    and what it raises to ``overtaken`` (``refusals_in`` does).
    """

    #: The operation's name of a field, where it is another one.
    operation_names: ClassVar[Mapping[str, str]] = {}
    #: What the page shows beside the fields (a picture), by its name among the initial values.
    beside: ClassVar[tuple[str, ...]] = ()
    #: Fields that ask for something to be done; they show nothing that stands.
    asks: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, about: Model | str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.about = name_of(about)
        self._asked: set[str] = set()

    def ask(self, name: str, field: forms.Field) -> None:
        """Adds a question that only what is being saved brings up; it shows nothing that stands."""
        self.fields[name] = field
        self._asked.add(name)

    @cached_property
    def carried(self) -> Carried:
        stands = {name: self._standing(name) for name in (*self._showing(), *self.beside)}
        carried = Carried(self.about, stands, self.data if self.is_bound else None, self.add_prefix(SHOWN))
        carried.values = {name: carried.values.get(name, value) for name, value in stands.items()}
        return carried

    @property
    def shown_field(self) -> SafeString:
        """The hidden field of what was shown; nothing in a form that makes something new."""
        return self.carried.field if self.about else SafeString("")

    @property
    def shown(self) -> dict[str, Any] | None:
        """What the operation compares with; None for something new."""
        if not self.about:
            return None
        return {self.operation_names.get(name, name): value for name, value in self.carried.values.items()}

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed, by the operation's names."""
        return {
            self.operation_names.get(name, name): value
            for name, value in self.cleaned_data.items()
            if name not in self._asked
        }

    @cached_property
    def touched(self) -> frozenset[str]:
        """The fields in which something else was sent than they showed."""
        return frozenset(name for name in self.fields if name in self._showing() and self._is_touched(name))

    def full_clean(self) -> None:
        """What was left alone is exactly what was shown, however its widget spells it (a moment without seconds)."""
        super().full_clean()
        if self.is_bound and self.about:
            self._keep_hours_that_come_twice()
            for name in set(self._showing()) - self.touched:
                if name in self.cleaned_data and self.carried.values[name] is not UNSEEN:
                    self.cleaned_data[name] = self.carried.values[name]

    def _keep_hours_that_come_twice(self) -> None:
        """A clock time in the hour in which clocks change says too little to be read; that which stands is known."""
        for name in self._showing():
            if self.has_error(name, CLOCK_CHANGE):
                shown = self.carried.values[name]
                known = self._standing(name) if shown is UNSEEN else shown
                if is_left_alone(self.fields[name], self._typed(name), known):
                    del self.errors[name]
                    self.cleaned_data[name] = known

    def overtaken(self, refused: Overtaken) -> None:
        """Shows both hands: beside each clash the three values; what was left alone as it stands now."""
        fields = {self.operation_names.get(name, name): name for name in self.fields}
        fields |= {name: name for name in self.beside}
        stands = {fields[name]: value for name, value in refused.stands.items() if name in fields}
        data = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        for name in (set(self._showing()) - self.touched) & stands.keys():
            _put(data, self.add_prefix(name), as_sent(self.fields[name], stands[name]))
        yours = {name: self._typed(name) for name in self.touched}
        self.data = data
        known = {name: self._standing(name) for name, value in self.carried.values.items() if value is UNSEEN}
        self.carried.values = {**self.carried.values, **known, **stands}
        for name, clash in refused.clashes.items():
            field = fields.get(name)
            if field not in self.fields:
                self.add_error(None, refused.message)
                continue
            one = self.fields[field]
            was = "" if clash.was is UNSEEN else say_value(one, as_sent(one, clash.was))
            said = SaidClash(
                was, say_value(one, as_sent(one, clash.theirs)), say_value(one, yours.get(field))
            )
            one.clash = said  # type: ignore[attr-defined]  # read by the template of a field
            self.add_error(
                field,
                "Changed after your page was opened, by somebody else or by you. Nothing was saved yet.",
            )

    def _standing(self, name: str) -> Any:
        """The exact value: Django's own takes the fractions of a second away."""
        value = self.initial.get(name, self.fields[name].initial if name in self.fields else None)
        return value() if callable(value) else value

    def _showing(self) -> list[str]:
        return [
            name
            for name, field in self.fields.items()
            if name not in self.asks | self._asked and not isinstance(field, forms.FileField)
        ]

    def _typed(self, name: str) -> Any:
        return self.fields[name].widget.value_from_datadict(self.data, self.files, self.add_prefix(name))

    def _is_touched(self, name: str) -> bool:
        field, shown = self.fields[name], self.carried.values[name]
        if field.disabled:
            return False
        return shown is UNSEEN or not is_left_alone(field, self._typed(name), shown)


def name_of(about: Model | str | None) -> str:
    """What a form is about, by a name that outlives a new title: ``catalog.wine:12``; empty for something new."""
    return f"{about._meta.label_lower}:{about.pk}" if isinstance(about, Model) else about or ""


class GoneMeanwhile(Http404):
    """What a form is about was removed after the form was opened; the answer shows what was typed."""


def found_again(rows: QuerySet[M], data: Mapping[str, Any], **named: Any) -> M:
    """The row that an address names; where it has another name by now, the one that the sent form is about.

    Raises GoneMeanwhile when somebody removed it, Http404 when there never was such a row.
    """
    found = rows.filter(**named).first()
    if found is not None:
        return found
    label, _, pk = about_of(data).partition(":")
    if label != rows.model._meta.label_lower or not pk.isdigit():
        raise Http404
    found = rows.filter(pk=int(pk)).first()
    if found is None:
        raise GoneMeanwhile
    return found


def is_left_alone(field: forms.Field, typed: Any, shown: Any) -> bool:
    """Whether ``typed``, as a browser sends it, is ``shown`` as it was shown."""
    before = as_sent(field, shown)
    if isinstance(before, list):
        return sorted(before) == sorted(typed or [])
    if is_same(typed or "", before or ""):
        return True
    try:
        return is_same(field.clean(typed), field.clean(before))
    except ValidationError:
        return False


def as_sent(field: forms.Field, value: Any) -> Any:
    """``value`` as a browser sends it when nobody touches its control: a text, a list of texts, or ticked or not."""
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput):
        return bool(value)
    if isinstance(value, frozenset):
        value = sorted(value)
    shown = widget.format_value(field.prepare_value(value))
    if isinstance(shown, (list, tuple)):
        texts = [str(one) for one in shown if one is not None]
        return texts if getattr(widget, "allow_multiple_selected", False) else (texts[0] if texts else "")
    return "" if shown is None else str(shown)


def say_value(field: forms.Field, sent: Any) -> str:
    """A value for people, from what a browser sends of it."""
    if isinstance(field.widget, forms.CheckboxInput):
        return "Ticked" if sent else "Not ticked"
    labels: dict[str, str] = {}
    if isinstance(field, forms.ChoiceField):
        labels = {str(value): str(label) for value, label in _flat(field.choices)}
    texts = [str(one) for one in sent] if isinstance(sent, (list, tuple)) else [str(sent or "")]
    return ", ".join(labels.get(text, text) for text in texts).strip() or "Empty"


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    found = []
    for value, label in choices:
        found += list(label) if isinstance(label, (list, tuple)) else [(value, label)]
    return found


def _put(data: QueryDict, name: str, sent: Any) -> None:
    if isinstance(sent, bool):
        data.setlist(name, ["on"] if sent else [])
        if not sent:
            del data[name]
    elif isinstance(sent, list):
        data.setlist(name, sent)
    else:
        data[name] = sent


class _Values:
    """JSON with days, moments and exact figures."""

    def dumps(self, values: Mapping[str, Any]) -> bytes:
        return json.dumps(values, default=_tagged, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> dict[str, Any]:
        return dict(json.loads(data, object_hook=_untagged))


def _tagged(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"$figure": str(value)}
    if isinstance(value, frozenset):
        return {"$set": sorted(value)}
    raise TypeError(f"a form can't carry {type(value).__name__}")


def _untagged(found: dict[str, Any]) -> Any:
    if len(found) != 1:
        return found
    tag, value = next(iter(found.items()))
    if tag == "$moment":
        return datetime.fromisoformat(value)
    if tag == "$day":
        return date.fromisoformat(value)
    if tag == "$set":
        return frozenset(value)
    return Decimal(value) if tag == "$figure" else found
