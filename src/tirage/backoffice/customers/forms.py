"""Forms about customers and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from tirage.customers.models import Customer, Group
from tirage.customers.states import GroupKind
from tirage.orders.models import IS_ORDER, Order
from tirage.parts.addressing import every_country, follow_country
from tirage.parts.doubting import Question
from tirage.parts.hands import EditForm
from tirage.parts.telephones import TelephoneField

DAY = {"type": "date"}


class CustomerForm(EditForm):
    email = forms.CharField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    first_name = forms.CharField(label="First name", max_length=80, required=False)
    last_name = forms.CharField(label="Last name", max_length=80, required=False)
    phone = TelephoneField(label="Telephone", widget=forms.TextInput())
    other_email = forms.CharField(
        label="Second e-mail", max_length=254, required=False, help_text="Found by the search; never mailed."
    )
    birth_date = forms.DateField(
        label="Birth date", required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    storage_warehouse = forms.CharField(
        label="Warehouse where they have wine stored",
        max_length=80,
        required=False,
        help_text="For ways of delivery that go to storage.",
    )
    storage_account = forms.CharField(label="Number of their account there", max_length=40, required=False)
    marketing_consent = forms.BooleanField(
        label="Agreed to mail about new wines",
        required=False,
        help_text="Without it the customer isn’t invited to releases by mail.",
    )

    @staticmethod
    def values_of(customer: Customer) -> dict[str, Any]:
        names = (
            *("email", "first_name", "last_name", "phone", "other_email", "birth_date"),
            *("storage_warehouse", "storage_account"),
        )
        return {name: getattr(customer, name) for name in names} | {
            "marketing_consent": customer.marketing_consent_at is not None
        }


class AddressForm(EditForm):
    """Validated by the operation, which knows places."""

    recipient = forms.CharField(label="Recipient", max_length=160, required=False)
    company = forms.CharField(label="Company", max_length=160, required=False)
    line1 = forms.CharField(label="Street and number", max_length=200, required=False)
    line2 = forms.CharField(label="Apartment, suite", max_length=200, required=False)
    city = forms.CharField(label="City", max_length=120, required=False)
    state = forms.CharField(label="State", max_length=60, required=False)
    postal_code = forms.CharField(label=gettext_lazy("ZIP or postal code"), max_length=16, required=False)
    country = forms.ChoiceField(label="Country", required=False)
    phone = TelephoneField(label="Telephone", widget=forms.TextInput())
    birth_date = forms.CharField(
        label="Recipient's birth date", required=False, widget=forms.DateInput(attrs=DAY)
    )
    make_default = forms.BooleanField(label="Use this address unless another is chosen", required=False)

    def __init__(self, *args: Any, path: str = "", redrawn: bool = False, **options: Any) -> None:
        """``path`` and ``redrawn`` as ``follow_country`` takes them."""
        super().__init__(*args, **options)
        self.question: Question | None = None
        follow_country(self, every_country(), path=path, redrawn=redrawn)


class SuspendForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=200, help_text="Shown to your colleagues, never to the customer."
    )


class TagsForm(EditForm):
    tags = forms.CharField(label="Tags", max_length=600, required=False, help_text="Separated by commas.")

    @property
    def names(self) -> list[str]:
        return _tag_names(self.cleaned_data["tags"])

    @property
    def shown_names(self) -> list[str] | None:
        """The tags that stood there when the form was opened; None when it doesn't say."""
        if not self.about:
            return None
        text = self.carried.values["tags"]
        return _tag_names(text) if isinstance(text, str) else []

    @staticmethod
    def values_of(customer: Customer) -> dict[str, Any]:
        return {"tags": ", ".join(customer.tags.order_by("name").values_list("name", flat=True))}


def _tag_names(text: str) -> list[str]:
    return [name for name in text.split(",") if name.strip()]


class NoteForm(forms.Form):
    note = forms.CharField(label="Note", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class StandingNoteForm(EditForm):
    text = forms.CharField(
        label="What to know", max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class DiscountField(forms.DecimalField):
    """A discount typed in percent; its value is basis points."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=100, max_digits=5, decimal_places=2, **options)

    def clean(self, value: Any) -> Any:
        return int((super().clean(value) or 0) * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{value / 100:g}" if isinstance(value, int) else value


class GroupForm(EditForm):
    operation_names: ClassVar[Mapping[str, str]] = {"discount": "discount_bp"}

    name = forms.CharField(label="Name", max_length=80, help_text="Customers never see it.")
    internal_description = forms.CharField(
        label="Internal description",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who belongs here, such as “spent 5,000 or more in two years”.",
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[
            (GroupKind.ALLOCATION.value, "Allocation: has offers; a customer is in one at most"),
            (GroupKind.STANDARD.value, "Standard: discount and free shipping only"),
        ],
        initial=GroupKind.ALLOCATION.value,
        widget=forms.RadioSelect,
    )
    discount = DiscountField(label="Discount on every order, in %", required=False, initial=0)
    free_shipping = forms.BooleanField(
        label="Free shipping",
        required=False,
        help_text="With delivery methods that qualify for free shipping.",
    )
    rank = forms.IntegerField(
        label="Rank",
        min_value=0,
        max_value=32_767,
        initial=100,
        help_text="1 is served first; also the order of lists.",
    )
    is_default = forms.BooleanField(label="New customers join this group", required=False)
    is_test = forms.BooleanField(label="A test group of the team", required=False)

    def __init__(self, *args: Any, about: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, about=about, **kwargs)
        becomes_test = self.data.get("is_test") and not self.initial.get("is_test")
        orders = Order.objects.filter(IS_ORDER, offer__group=about).count() if about and becomes_test else 0
        if orders:
            asked = forms.BooleanField(
                label=f"Leave {'its order' if orders == 1 else f'its {orders:,} orders'} out of the figures of Home",
                error_messages={"required": "Tick this if that is meant, then save."},
            )
            self.ask("leaves_figures", asked)

    @staticmethod
    def values_of(group: Group) -> dict[str, Any]:
        names = ("name", "internal_description", "kind", "free_shipping", "rank", "is_default", "is_test")
        return {name: getattr(group, name) for name in names} | {"discount": group.discount_bp}
