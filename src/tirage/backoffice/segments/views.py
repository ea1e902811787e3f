"""Building filters, segments and lists, and why somebody is in one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.links import own_path
from tirage.backoffice.frame.who import with_filter
from tirage.backoffice.segments.builder import JUNCTIONS, empty_row, node_of, read_rows, rows_of
from tirage.backoffice.segments.page import Overlap, days_of, moves_of, overlap_of, why_of
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.parts.hands import EditForm, found_again
from tirage.segments import operations
from tirage.segments.models import CustomerList, Segment
from tirage.segments.naming import Things, missing_things, say_filter
from tirage.segments.queries import count_fitting
from tirage.segments.rules import Node, parse, serialise
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: Definitions that the page names.
LOG_SHOWN = 30
#: Lists that take a filter, besides the customers'.
ELSEWHERE = (
    ("backoffice:orders", "orders"),
    ("backoffice:wishes", "wishes"),
    ("backoffice:waiting_list", "places in line"),
    ("backoffice:payments", "payments"),
    ("backoffice:collect", "money to collect"),
    ("backoffice:changes", "open changes"),
    ("backoffice:sent_mails", "mails"),
)


class SegmentForm(EditForm):
    name = forms.CharField(label="Name", max_length=80, required=False)
    note = forms.CharField(
        label="What it is for", max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    definition = forms.CharField(
        label="Filter, as text",
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="As the builder writes it.",
    )

    @staticmethod
    def values_of(segment: Segment) -> dict[str, Any]:
        return {name: getattr(segment, name) for name in ("name", "note", "definition")}


class ListForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80, required=False)
    filter = forms.CharField(max_length=4_000, required=False, widget=forms.HiddenInput)


def address_with(name: str, text: str) -> str:
    """The page of ``name`` with a filter in its address."""
    return with_filter(reverse(f"backoffice:{name}"), text)


def read_filter(text: str) -> tuple[Node | None, str]:
    """The filter of an address, or None and why it can't be read."""
    try:
        return (parse(text), "") if text else (None, "")
    except DomainError as refused:
        return None, refused.message


@require_GET
@staff_required(Permission.SEE_CUSTOMERS)
def segments(request: HttpRequest) -> HttpResponseBase:
    things = Things()
    found = list(Segment.objects.order_by("name"))
    days = days_of(found)
    rows = [
        (segment, say_filter(parse(segment.definition), things), days.get(segment.pk)) for segment in found
    ]
    lists = list(CustomerList.objects.order_by("-made_at", "-pk"))
    return render(request, "backoffice/segments/segments.html", {"rows": rows, "lists": lists})


@require_GET
@staff_required(Permission.SEE_CUSTOMERS)
def build(request: HttpRequest) -> HttpResponseBase:
    """The builder: rows from an address with a filter, or as a form of it was sent; counted and said at once.

    ``back`` is the page that asked for a filter, to which it leads with what was built.
    """
    things, now = Things(), read_clock()
    text = request.GET.get("filter", "")
    given, problem = read_filter(text)
    if "join-0" in request.GET:
        root = read_rows(request.GET, things)
    else:
        root = rows_of(given, things) if given else empty_row(things)
    node, lacking = node_of(root)
    context: dict[str, Any] = {
        "root": root,
        "junctions": JUNCTIONS,
        "problem": problem,
        "lacking": lacking,
        "tries": "join-0" in request.GET,
        "back": own_path(request, request.GET.get("back", "")),
    }
    if node is not None:
        context |= _counted(node, things, now)
        context["use_url"] = with_filter(context["back"], serialise(node)) if context["back"] else ""
    return render(request, "backoffice/segments/build.html", context)


def _counted(node: Node, things: Things, now: Any) -> dict[str, Any]:
    """What a whole filter comes to, and where it can go from here."""
    text = serialise(node)
    try:
        count: int | None = count_fitting(node, now)
    except DomainError as refused:
        return {"lacking": refused.message}
    return {
        "count": count,
        "said": say_filter(node, things),
        "missing": missing_things(node, things),
        "text": text,
        "elsewhere": ELSEWHERE,
        "link": address_with("build_filter", text),
        "list_url": address_with("customers", text),
        "segment_url": address_with("new_segment", text),
        "keep_url": address_with("new_list", text),
    }


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def new_segment(request: HttpRequest) -> HttpResponseBase:
    return _segment_form(request, None)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def edit_segment(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _segment_form(request, found_again(Segment.objects.all(), request.POST, reference=reference))


def _segment_form(request: HttpRequest, found: Segment | None) -> HttpResponseBase:
    initial = SegmentForm.values_of(found) if found else {"definition": request.GET.get("filter", "")}
    form = SegmentForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_segment(
                segment=found, **form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You saved the segment {saved.name}.")
            return redirect("backoffice:segment", saved.reference)
    title = f"Edit {found.name}" if found else "New segment"
    node, _ = read_filter(str(form["definition"].value() or ""))
    return render(
        request,
        "backoffice/segments/form.html",
        {
            "title": title,
            "crumbs": [*_crumbs(), (title, "")],
            "form": form,
            "submit": "Save the segment",
            "said": say_filter(node) if node else "",
            "cancel_url": reverse("backoffice:segment", args=[found.reference])
            if found
            else reverse("backoffice:segments"),
        },
    )


@require_GET
@staff_required(Permission.SEE_CUSTOMERS)
def segment(request: HttpRequest, reference: str) -> HttpResponseBase:
    found, things, now = get_object_or_404(Segment, reference=reference), Things(), read_clock()
    node = parse(found.definition)
    other = Segment.objects.filter(reference=request.GET.get("with", "")).exclude(pk=found.pk).first()
    overlap: Overlap | None = overlap_of(found, other, now) if other else None
    text = f"segment(segment:{found.reference})"
    moves = moves_of(found, request.GET.get("day", ""))
    return render(
        request,
        "backoffice/segments/segment.html",
        {
            "crumbs": [*_crumbs(), (found.name, "")],
            "segment": found,
            "said": say_filter(node, things),
            "missing": missing_things(node, things),
            "count": count_fitting(node, now),
            "days": days_of([found]).get(found.pk),
            "moves": moves,
            "log": list(found.definitions.order_by("-at", "-pk")[:LOG_SHOWN]),
            "others": list(Segment.objects.exclude(pk=found.pk).order_by("name")),
            "other": other,
            "overlap": overlap,
            "overlap_urls": _overlap_urls(found, other) if other else {},
            "list_url": address_with("customers", text),
            "build_url": address_with("build_filter", found.definition),
            "keep_url": address_with("new_list", text),
        },
    )


def _overlap_urls(one: Segment, other: Segment) -> dict[str, str]:
    """The customers of each part of an overlap."""
    this, that = (f"segment(segment:{segment.reference})" for segment in (one, other))
    parts = {
        "both": f"all({this},{that})",
        "only_this": f"all({this},not({that}))",
        "only_other": f"all({that},not({this}))",
    }
    return {name: address_with("customers", text) for name, text in parts.items()}


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def delete_segment(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Segment, reference=reference)
    with refusals_said(request):
        operations.delete_segment(segment=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You deleted the segment {found.name}.")
        return redirect("backoffice:segments")
    return redirect("backoffice:segment", reference)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def new_list(request: HttpRequest) -> HttpResponseBase:
    """Whoever fits now, kept under a name."""
    form = ListForm(request.POST or None, initial={"filter": request.GET.get("filter", "")})
    text = str(form["filter"].value() or "")
    node, problem = read_filter(text)
    if form.is_valid():
        with refusals_in(form):
            kept = operations.freeze_list(
                name=form.cleaned_data["name"], definition=text, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You kept {kept.total:,} customers as the list {kept.name}.")
            return redirect("backoffice:customer_list", kept.reference)
    return render(
        request,
        "backoffice/segments/form.html",
        {
            "title": "Keep as a list",
            "crumbs": [*_crumbs(), ("Keep as a list", "")],
            "form": form,
            "submit": "Keep the list",
            "said": say_filter(node) if node else "",
            "problem": problem or ("" if node else "Build a filter first: a list keeps whoever it finds."),
            "cancel_url": address_with("build_filter", text),
        },
    )


@require_GET
@staff_required(Permission.SEE_CUSTOMERS)
def customer_list(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(CustomerList, reference=reference)
    return render(
        request,
        "backoffice/segments/list.html",
        {
            "crumbs": [*_crumbs(), (found.name, "")],
            "kept": found,
            "members": found.members.count(),
            "list_url": address_with("customers", f"list(list:{found.reference})"),
            "build_url": address_with("build_filter", found.definition),
        },
    )


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def delete_list(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(CustomerList, reference=reference)
    with refusals_said(request):
        operations.delete_list(kept=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You deleted the list {found.name}.")
        return redirect("backoffice:segments")
    return redirect("backoffice:customer_list", reference)


@require_GET
@staff_required(Permission.SEE_CUSTOMERS)
def customer_segments(request: HttpRequest, reference: str) -> HttpResponseBase:
    """In which segments somebody is, and of each why or why not, condition by condition."""
    found = get_object_or_404(Customer, reference=reference)
    return render(
        request,
        "backoffice/segments/why.html",
        {
            "customer": found,
            "crumbs": [
                ("Customers", reverse("backoffice:customers")),
                (found.name, reverse("backoffice:customer", args=[reference])),
                ("Segments", ""),
            ],
            "verdicts": why_of(found, read_clock()),
            "lists": list(CustomerList.objects.filter(members__customer=found).order_by("name")),
        },
    )


def _crumbs() -> list[tuple[str, str]]:
    return [("Customers", reverse("backoffice:customers")), ("Segments", reverse("backoffice:segments"))]
