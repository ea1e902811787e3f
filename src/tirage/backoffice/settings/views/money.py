"""Settings: when money is taken, and what customers may change themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.effects import say_customers_changes
from tirage.backoffice.settings.operations import save_winery
from tirage.backoffice.settings.tabs import settings_page
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.states import ChargeWhen, LabelLimits, SmallRests, TransferPolicy
from tirage.parts.hands import EditForm
from tirage.payments.gateways import current_gateway
from tirage.staff.permissions import Permission, require, staff_actor, staff_required


class MoneyForm(EditForm):
    charge_when = forms.ChoiceField(
        label="The money of an order is taken",
        choices=[
            (ChargeWhen.AT_ORDER.value, "when it is placed"),
            (ChargeWhen.AT_SHIPMENT.value, "when it ships: until then it is set aside on the card"),
        ],
        widget=forms.RadioSelect,
        help_text="Banks set money aside for about a week. Tirage renews it until you mark the order as shipped, and "
        "tells you and the customer when a card no longer agrees. Orders placed before stay as they are.",
    )
    small_rests = forms.ChoiceField(
        label="What is less than a card can be charged",
        choices=[
            (SmallRests.WAIVE.value, "is waived, as a line of its own on the order"),
            (SmallRests.KEEP.value, "stays open, and is paid with the order's next payment"),
        ],
        required=False,
        widget=forms.RadioSelect,
        help_text="Card companies charge no less than about half a dollar or euro at once. So small a balance is paid "
        "from store credit where there is enough; nobody is asked for another card.",
    )
    customers_change_orders = forms.BooleanField(
        required=False,
        label="Customers may change their own orders until they ship",
        help_text="Under My orders, within their allowance and the offer's rules. Otherwise they write to you.",
    )
    customers_cancel_orders = forms.BooleanField(
        required=False,
        label="Customers may cancel their own orders until they ship",
        help_text="The bottles come back into stock, and the money goes back to where it came from or becomes store "
        "credit. Otherwise they write to you.",
    )
    change_days = forms.IntegerField(
        min_value=0,
        max_value=60,
        required=False,
        label="Days before packing on which their changes end",
        help_text="With 3, and packing from Thursday, customers change and cancel until Monday ends: 0 to 60. Each "
        "release says when its packing begins, or a day of its own. Empty: until they ship.",
    )
    wish_mails = forms.BooleanField(
        required=False,
        label="A mail to us for each wish",
        help_text="To your e-mail for questions, with a button to the wish, where one press grants or declines it. "
        "Many wishes are better granted by a run.",
    )
    label_limits = forms.ChoiceField(
        label="Addresses have to fit on the labels of",
        choices=[
            (LabelLimits.ANY.value, "anybody: as long as people write them"),
            (LabelLimits.PARCEL.value, "parcel carriers: 35 characters a line"),
            (LabelLimits.WINEDIRECT.value, "WineDirect: 30 characters a line, 8 in the second line"),
        ],
        required=False,
        widget=forms.RadioSelect,
        help_text="Who saves a longer one is told what to shorten, and by how much. Saved addresses stay as they are.",
    )
    transfers = forms.ChoiceField(
        label="Wine en primeur goes from one customer to another",
        choices=[
            (TransferPolicy.OFF.value, "never"),
            (TransferPolicy.APPROVED.value, "when both have signed and we have approved it"),
            (TransferPolicy.FREE.value, "as soon as both have signed"),
        ],
        required=False,
        widget=forms.RadioSelect,
        help_text="Only wine that is paid in full, and before its settlement. What was paid for it goes with it.",
    )
    set_aside_days = forms.IntegerField(
        min_value=1,
        max_value=90,
        label="Days that granted bottles wait",
        help_text="How long the bottles of a granted request are set aside to be bought, and those of a promise are "
        "kept when its card says no: 1 to 90. A run, a policy or a single grant may say another number.",
    )
    staff_change_hours = forms.IntegerField(
        min_value=1,
        max_value=168,
        label="Hours that bottles of a change wait",
        help_text="How long bottles that the team adds to an order are held until the change is confirmed: 1 to 168.",
    )
    pay_link_days = forms.IntegerField(
        min_value=1,
        max_value=60,
        label="Days that a pay link works",
        help_text="A link that you mail for an open amount stops working after so many days: 1 to 60.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        switched_off = self.initial.get("customers_change_orders") and not self.data.get(
            "customers_change_orders"
        )
        if self.is_bound and switched_off and (words := say_customers_changes(read_clock())):
            asked = forms.BooleanField(
                label="Customers change nothing any more",
                help_text=words,
                error_messages={"required": "Tick this if that is meant, then save."},
            )
            self.ask("ends_changes", asked)

    def clean_label_limits(self) -> str:
        """Who chooses nothing leaves it as it is."""
        return str(self.cleaned_data["label_limits"] or self.initial["label_limits"])

    def clean_transfers(self) -> str:
        """Who chooses nothing leaves it as it is."""
        return str(self.cleaned_data["transfers"] or self.initial["transfers"])

    def clean_small_rests(self) -> str:
        """Who chooses nothing leaves it as it is."""
        return str(self.cleaned_data["small_rests"] or self.initial["small_rests"])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_SETTINGS)
def money(request: HttpRequest) -> HttpResponseBase:
    """When money is taken, how orders are changed, and how the gateway is set up."""
    now = Winery.objects.get(id=1)
    initial = {name: getattr(now, name) for name in MoneyForm.base_fields}
    form = MoneyForm(request.POST or None, initial=initial, about=now)
    if request.method == "POST":
        require(request, Permission.EDIT_SETTINGS)
        if form.is_valid():
            with refusals_in(form):
                save_winery(values=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock())
                messages.success(request, "You saved the settings.")
                return redirect("backoffice:money_settings")
    return settings_page(
        request,
        "backoffice:money_settings",
        "Payments and changes",
        form,
        "Save the settings",
        "backoffice/settings/money.html",
        gateway=current_gateway().describe(now=read_clock()),
    )
