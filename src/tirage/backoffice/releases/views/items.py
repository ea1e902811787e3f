"""The wines of one offer, and what single customers may take of them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import formset_factory
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.cells import money_value
from tirage.backoffice.releases.activation import offer_promises, say_short
from tirage.backoffice.releases.forms import AllowanceForm, ItemForm
from tirage.backoffice.releases.offer_page import found_offer, offer_context
from tirage.catalog.models import Sku
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import UNSEEN, Overtaken
from tirage.customers.models import Customer
from tirage.offers import operations
from tirage.offers.checks import conflicts_of
from tirage.offers.models import CustomAllowance, Offer, OfferItem
from tirage.offers.operations import limits_of
from tirage.parts.exporting import XLSX_TYPE
from tirage.parts.hands import SHOWN, Carried
from tirage.parts.rows import Rows
from tirage.staff.permissions import Permission, require, staff_actor, staff_required
from tirage.tables.writing import Cell, csv_stream, xlsx_file

NEW_ROWS = 3
#: Rows of own allowances on one page.
MOST_ALLOWANCES = 500


class BaseItems(Rows[ItemForm]):
    """Rows know their wine by what was sent, not by their place: others add, remove and move rows meanwhile."""

    offer_id = 0
    skus: Mapping[str, Sku]
    present: Mapping[str, OfferItem]

    def begin(self, found: Offer, present: Sequence[OfferItem], skus: Mapping[str, Sku]) -> None:
        """What the offer holds now; ``skus`` are those that can be added."""
        self.offer_id, self.skus = found.pk, skus
        self.present = {item.sku.code: item for item in present}
        self.initial = [ItemForm.values_of(item) for item in present]
        if self.is_bound:
            codes = [self._sent(index) for index in range(self.initial_form_count())]
            self.initial = [self._row(code) for code in codes]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs = super().get_form_kwargs(index)
        if index is None:
            return kwargs
        known = index < self.initial_form_count()
        code = self._sent(index) if self.is_bound else (self.initial or [])[index]["sku"] if known else ""
        carries = f"{self.prefix}-{index}-{SHOWN}" in self.data
        about = (
            f"offer-item:{self.offer_id}:{code}"
            if code and (carries or (known and code in self.present))
            else ""
        )
        return {**kwargs, "about": about}

    def shown(self) -> dict[str, Mapping[str, Any]]:
        """What was shown of each wine that is in the offer or was; nothing of one that somebody else added since."""
        found: dict[str, Mapping[str, Any]] = {}
        for form in self.forms:
            code = str(form.cleaned_data.get("sku") or "")
            if code and form.shown is not None:
                found[code] = form.shown
            elif code in self.present:
                found[code] = dict.fromkeys(form.item_names, UNSEEN)
        return found

    def _sent(self, index: int) -> str:
        return str(self.data.get(f"{self.prefix}-{index}-sku", ""))

    def _row(self, code: str) -> dict[str, Any]:
        if code in self.present:
            return ItemForm.values_of(self.present[code])
        sku = self.skus.get(code)
        return {"sku": code, "name": str(sku), "list_price": sku.price_minor} if sku else {}


ItemFormSet: Any = formset_factory(ItemForm, formset=BaseItems, extra=NEW_ROWS, max_num=500, absolute_max=500)
HEADERS = [
    "sku",
    "name",
    "purchase minimum",
    "purchase maximum",
    "wish maximum",
    "default quantity",
    "multiple",
    "price",
]


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_OFFERS)
def items(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The table of items; it is edited as one, with a few empty rows for new wines."""
    found = found_offer(reference)
    present = list(found.items.select_related("sku").order_by("position", "id"))
    if request.method == "POST":
        require(request, Permission.EDIT_OFFERS)
    skus = {
        sku.code: sku for sku in Sku.objects.filter(is_active=True).order_by("name", "millilitres", "units")
    }
    # Of a form that was sent: what others added meanwhile was free when it was opened.
    taken = set() if request.method == "POST" else {item.sku.code for item in present}
    choices = [("", "Add a wine")] + [
        (code, f"{sku} ({code})") for code, sku in skus.items() if code not in taken
    ]
    formset = ItemFormSet(request.POST or None, form_kwargs={"choices": choices}, prefix="item")
    formset.begin(found, present, skus)
    known = {item.sku.code: item.sku_id for item in present} | {code: sku.pk for code, sku in skus.items()}
    if request.method == "POST" and formset.is_valid() and _save(request, found, formset, known):
        return redirect("backoffice:offer_items", reference)
    return render(
        request,
        "backoffice/releases/items.html",
        {
            **offer_context(request, found, "offer_items"),
            "formset": formset,
            "items": present,
            "conflicts": conflicts_of(found, present),
            "targets": list(_siblings(found)),
            "sources": [] if present else list(_siblings(found).filter(items__isnull=False).distinct()),
        },
    )


def _siblings(found: Offer) -> QuerySet[Offer]:
    """The other offers of the release."""
    others = Offer.objects.filter(release=found.release).exclude(pk=found.pk)
    return others.select_related("group").order_by("group__rank", "id")


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def copy_items(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Gives the ticked offers of the release the items of this one; ``back`` names the offer to go on with."""
    found = found_offer(reference)
    targets = list(
        Offer.objects.filter(
            release=found.release, reference__in=request.POST.getlist("target")
        ).select_related("group")
    )
    if not targets:
        messages.error(request, "Tick the groups that get these items.")
        return redirect("backoffice:offer_items", reference)
    with refusals_said(request):
        operations.copy_items(offer=found, targets=targets, actor=staff_actor(request), now=read_clock())
        names = ", ".join(target.group.name for target in targets)
        messages.success(request, f"You copied the items with their limits into the offers to {names}.")
        for target in [target for target in targets if target.is_active][:1]:
            _warn_of_promises(request, target)
    asked = request.POST.get("back", "")
    back = asked if asked in {target.reference for target in targets} else reference
    return redirect("backoffice:offer_items", back)


@require_GET
@staff_required(Permission.SEE_OFFERS, Permission.EXPORT)
def export_items(request: HttpRequest, reference: str, kind: str) -> HttpResponseBase:
    """The items as a file that can be changed and imported again; recorded."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    found = found_offer(reference)
    rows: list[list[Cell]] = [
        _row(item) for item in found.items.select_related("sku").order_by("position", "id")
    ]
    record_event(
        EventName.EXPORT_MADE,
        "offer",
        found.pk,
        text=f"exported the items as {kind.upper()}",
        data={"count": len(rows), "format": kind},
        actor=staff_actor(request),
        now=read_clock(),
    )
    name = f"items-{found.reference}.{kind}"
    if kind == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        xlsx_file(HEADERS, rows, file, sheet="Items")
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX_TYPE)
    response = StreamingHttpResponse(csv_stream(HEADERS, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_OFFERS)
def allowances(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The limits of single customers in this offer."""
    found = found_offer(reference)
    if request.method == "POST":
        require(request, Permission.EDIT_OFFERS)
    own_items = list(found.items.select_related("sku").order_by("position", "id"))
    form = AllowanceForm(request.POST or None, items=own_items)
    rows = list(
        CustomAllowance.objects.filter(offer_item__offer=found)
        .select_related("customer", "offer_item__sku")
        .order_by("customer__last_name", "customer__first_name", "offer_item__position")[:MOST_ALLOWANCES]
    )
    stands = {_allowance_key(row.customer, row.offer_item): limits_of(row) for row in rows}
    if form.is_valid():
        values = dict(form.cleaned_data)
        item = form.items[values.pop("item")]
        shown = Carried(f"allowances:{found.pk}", stands, request.POST).values
        with refusals_in(form):
            operations.save_custom_allowance(
                item=item,
                **values,
                shown=_shown_limits(
                    shown, _allowance_key(values["customer"], item), whole=len(rows) < MOST_ALLOWANCES
                ),
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"{values['customer'].name} has limits of their own for {item.sku}.")
            _warn_of_promises(request, found)
            return redirect("backoffice:allowances", reference)
    return render(
        request,
        "backoffice/releases/allowances.html",
        {
            **offer_context(request, found, "allowances"),
            "form": form,
            "items": own_items,
            "rows": [(row, _carried_allowance(row)) for row in rows],
            "carried": Carried(f"allowances:{found.pk}", stands),
        },
    )


def _allowance_key(customer: Customer, item: OfferItem) -> str:
    return f"{customer.reference} {item.sku.code}"


def _carried_allowance(row: CustomAllowance, data: QueryDict | None = None) -> Carried:
    return Carried(f"allowance:{row.pk}", limits_of(row), data)


def _shown_limits(shown: Mapping[str, Any], key: str, *, whole: bool) -> Mapping[str, Any] | None:
    """What the page said of one customer and wine; None when it listed too few to say."""
    found = shown.get(key)
    if found is UNSEEN:
        return dict.fromkeys(limits_of(None), UNSEEN)
    return found or (limits_of(None) if whole else None)


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def remove_allowance(request: HttpRequest, reference: str, customer: str, code: str) -> HttpResponseBase:
    found = get_object_or_404(
        CustomAllowance.objects.select_related("customer", "offer_item__sku", "offer_item__offer__group"),
        offer_item__offer__reference=reference,
        customer__reference=customer,
        offer_item__sku__code=code,
    )
    with refusals_said(request):
        operations.remove_custom_allowance(
            allowance=found,
            shown=_carried_allowance(found, request.POST).values,
            actor=staff_actor(request),
            now=read_clock(),
        )
        messages.success(request, f"The group's limits hold for {found.customer.name} again.")
    return redirect("backoffice:allowances", reference)


def _save(request: HttpRequest, found: Offer, formset: BaseItems, known: dict[str, int]) -> bool:
    """Saves the table; True when it was saved, else the words are in the forms."""
    filled = [
        form for form in formset.forms if form.cleaned_data.get("sku") and not form.cleaned_data["remove"]
    ]
    removed = [
        known[form.cleaned_data["sku"]]
        for form in formset.forms
        if form.cleaned_data.get("sku") in known and form.cleaned_data["remove"]
    ]
    try:
        saved = operations.save_items(
            offer=found,
            items=[form.item_values(known.get(form.cleaned_data["sku"], 0)) for form in filled],
            removed_sku_ids=removed,
            shown={known[code]: values for code, values in formset.shown().items() if code in known},
            actor=staff_actor(request),
            now=read_clock(),
        )
    except Overtaken as refused:
        leaving = {
            known[form.cleaned_data["sku"]]: form
            for form in formset.forms
            if form.cleaned_data.get("sku") in known and form.cleaned_data["remove"]
        }
        _put_clashes(refused, {str(index): form for index, form in enumerate(filled)}, found.pk)
        _put_clashes(refused, {f"remove-{sku_id}": form for sku_id, form in leaving.items()}, found.pk)
        return False
    except DomainError as refused:
        _put_words(refused, filled)
        if not refused.fields:
            messages.error(request, refused.message)
        return False
    words = f"You saved {len(saved)} item{'' if len(saved) == 1 else 's'}."
    messages.success(request, words + (f" You removed {len(removed)}." if removed else ""))
    _warn_of_promises(request, found)
    return True


def _warn_of_promises(request: HttpRequest, found: Offer) -> None:
    """An offer that is active says nothing more by itself, so what it now promises beyond the stock is said here."""
    if found.is_active and (words := say_short(offer_promises(found, read_clock()))):
        messages.warning(request, f"The offers promise more than there is. {words}")


def _put_clashes(refused: Overtaken, forms: Mapping[str, ItemForm], offer_id: int) -> None:
    """Each row gets its own part of what somebody else changed, and what stands there now."""
    for key, form in forms.items():
        own = {
            name.removeprefix(f"{key}."): value
            for name, value in refused.clashes.items()
            if name.startswith(f"{key}.")
        }
        stands = {
            name.removeprefix(f"{key}."): value
            for name, value in refused.stands.items()
            if name.startswith(f"{key}.")
        }
        if own.pop("sku", None):
            form.about = ""
            form.add_error(
                "sku", "Somebody else removed this wine meanwhile. Save again to put it back, or tick Remove."
            )
        elif stands:
            form.about = form.about or f"offer-item:{offer_id}:{form.cleaned_data['sku']}"
            form.overtaken(Overtaken(own, stands))


def _put_words(refused: DomainError, forms: list[ItemForm]) -> None:
    for key, message in refused.fields.items():
        index, _, name = key.partition(".")
        forms[int(index)].add_error(name if name in forms[int(index)].fields else None, message)


def _row(item: OfferItem) -> list[Cell]:
    return [
        item.sku.code,
        str(item.sku),
        item.purchase_minimum,
        item.purchase_maximum,
        item.wish_maximum,
        item.default_quantity,
        item.multiple,
        money_value(item.price_minor),
    ]
