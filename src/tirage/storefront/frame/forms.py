"""Reading what customers send: steppers, addresses, dates. Nothing here touches the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from django import forms
from django.http import QueryDict
from django.template.loader import get_template
from django.utils.safestring import SafeString

from tirage.core.bounds import refuse_day
from tirage.core.errors import DomainError
from tirage.core.hands import Overtaken
from tirage.customers.models import Address
from tirage.parts.addressing import follow_country, town_of_zip
from tirage.parts.doubting import MEANT, Question, meant_changes, question_about, sure_mark
from tirage.parts.hands import EditForm
from tirage.parts.telephones import TelephoneField

BOTTLES, WISH, WISH_BEFORE, AGREED = "bottles_", "wish_", "wished_", "agreed_"
#: Longest number that a stepper may carry; anything beyond is somebody playing.
_DIGITS = 4


class EmailForm(forms.Form):
    """The one field of the sign-in page."""

    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "email",
                "inputmode": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address such as ana@example.com.",
        },
    )


class CodeForm(forms.Form):
    """The six figures out of the mail."""

    code = forms.CharField(
        label="The code from the mail",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}
        ),
        error_messages={"required": "Enter the six figures from the mail."},
    )


class BirthDateForm(forms.Form):
    """A birth date, asked where the law wants one."""

    birth_date = forms.DateField(
        label="Date of birth",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}),
        error_messages={"invalid": "Enter the day you were born, with all four digits of the year."},
    )


class PersonForm(EditForm):
    """What a customer may change about themselves; the e-mail address is who they are and changes by writing to us."""

    first_name = forms.CharField(
        label="First name (optional)",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label="Last name (optional)",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    phone = TelephoneField(label="Phone (optional)")
    marketing_consent = forms.BooleanField(
        label="Invite me to releases by mail, and send me news",
        required=False,
        help_text="Without it you won’t be invited to releases by mail. Mail about your orders always comes.",
    )


class AddressForm(EditForm):
    """Where wine goes. What is wrong with it is said by the customers room, field by field."""

    recipient = forms.CharField(
        label="Name", required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    company = forms.CharField(
        label="Company (optional)",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = forms.ChoiceField(label="Country", required=False)
    line1 = forms.CharField(
        label="Street address",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    line2 = forms.CharField(
        label="Apartment, suite (optional)",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    city = forms.CharField(
        label="City", required=False, widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    state = forms.ChoiceField(label="State", required=False)
    postal_code = forms.CharField(
        label="ZIP code",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "spellcheck": "false"}),
    )
    phone = TelephoneField(label="Phone, for the carrier (optional)")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        countries: Iterable[str],
        path: str = "",
        redrawn: bool = False,
        **more: Any,
    ) -> None:
        """``countries``, ``path`` and ``redrawn`` as ``follow_country`` takes them."""
        super().__init__(data, **more)
        self.question: Question | None = None
        follow_country(self, countries, path=path, redrawn=redrawn)

    @property
    def answer(self) -> str:
        return str(self.data.get(self.add_prefix(MEANT), "")) if self.is_bound else ""

    @property
    def answer_name(self) -> str:
        return self.add_prefix(MEANT)

    @property
    def sure(self) -> str:
        """What the person said of the doubts that they were shown."""
        return sure_mark(self.answer)

    def refuse(self, error: DomainError) -> None:
        """Puts the refusal of an operation beside the fields it names."""
        self.is_valid()
        self.question = question_about(self.values(), error)
        if isinstance(error, Overtaken):
            self.overtaken(error)
            return
        for field, message in error.fields.items():
            self.add_error(field if field in self.fields else None, message)
        if not error.fields:
            self.add_error(None, error.message)

    def values(self) -> dict[str, str]:
        """What was typed, as it was typed; the operation makes it neat. What was left alone is what was shown."""
        shown = self.carried.values if self.about else {}
        typed = {
            name: str(
                self.data.get(self.add_prefix(name), "") if name in self.touched or not shown else shown[name]
            )
            for name in self.fields
        }
        return town_of_zip(typed) | meant_changes(self.answer)


@lru_cache(maxsize=256)
def blank_address_fields(
    countries: tuple[str, ...], recipient: str, prefix: str, path: str = ""
) -> SafeString:
    """The address fields before anybody typed; the same for nearly everybody, and slow to print."""
    form = AddressForm(countries=countries, prefix=prefix, path=path, initial={"recipient": recipient})
    return address_fields(form)


def address_fields(form: AddressForm) -> SafeString:
    """The address fields with what was typed and what is wrong with it."""
    return SafeString(get_template("storefront/frame/address_fields.html").render({"form": form}))


def address_initial(address: Address) -> dict[str, str]:
    """An address as the form's first values."""
    return {name: str(getattr(address, name)) for name in AddressForm.base_fields}


def read_quantities(data: QueryDict, prefix: str) -> dict[int, int]:
    """Numbers by offer item id out of the fields that begin with ``prefix``; DomainError for what is none."""
    found: dict[int, int] = {}
    for name in data:
        item = name.removeprefix(prefix)
        if item == name or not _is_number(item, 18):
            continue
        text = data.get(name, "").strip() or "0"
        if not _is_number(text, _DIGITS):
            raise DomainError("quantity_wrong", "Write whole numbers of bottles, such as 3.")
        found[int(item)] = int(text)
    return found


def stepped(data: QueryDict) -> QueryDict:
    """A form as a stepper's button sent it, ``step=bottles_12 -3 6``: that field by 3 fewer, and at once to none from
    its least, 6, or back. What can't be read stays as it is.
    """
    sent, said = data.copy(), data.get("step", "").split()
    field, by, least = said if len(said) == 3 else (*said, "0") if len(said) == 2 else ("", "0", "0")
    text = data.get(field, "").strip() or "0"
    numbers = (by.removeprefix("-"), least, text)
    if not field.startswith((BOTTLES, WISH)) or not all(_is_number(number, _DIGITS) for number in numbers):
        return sent
    value = max(int(text) + int(by), 0)
    if value < int(least):
        value = int(least) if int(by) > 0 else 0
    sent[field] = str(value)
    return sent


def agreed_items(data: QueryDict) -> set[int]:
    """The offer items whose promise is ticked."""
    ticked = (name.removeprefix(AGREED) for name in data if name.startswith(AGREED) and data[name] == "1")
    return {int(item) for item in ticked if _is_number(item, 18)}


def read_date(text: str) -> date | None:
    """A date as browsers send it; None for nothing; DomainError for anything else."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
        refuse_day(day, "birth_date")
        return day
    except (ValueError, DomainError):
        message = "Enter the day you were born, with all four digits of the year."
        raise DomainError("birth_date_invalid", message, {"birth_date": message}) from None


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits
