"""Grant runs: shared out, looked at and changed by hand, begun, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, DecimalField, F, Q, Sum
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.cells import money_value
from tirage.backoffice.frame.choosing import back_to_choice, say_if_list_changed, sent_choice
from tirage.backoffice.frame.lists import chosen_rows
from tirage.backoffice.frame.runs import bar_or_page, say_run
from tirage.backoffice.frame.who import read_who
from tirage.backoffice.orders.page import order_tabs
from tirage.backoffice.wishes.forms import GrantForm, WineAsked
from tirage.backoffice.wishes.list import WISHES
from tirage.backoffice.wishes.words import OUTCOMES, RULES, STATES, say_rule
from tirage.catalog.models import Sku
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.core.runs import stands_still
from tirage.core.winery import current_winery
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import Release
from tirage.offers.states import WishKind
from tirage.parts.exporting import table_response
from tirage.parts.faults import Fault
from tirage.segments.queries import having_ids
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.tables.writing import Cell
from tirage.wishes import granting
from tirage.wishes.granting.planning import asks_of, caps_of, stock_of
from tirage.wishes.models import GrantLine, GrantRun, Wish
from tirage.wishes.rules import Rule
from tirage.wishes.rules.drawing import certificate
from tirage.wishes.states import AGAIN, GrantOutcome, GrantState, WishState

#: How many past runs are listed, and lines on one page.
SHOWN, LINES = 100, 50
#: More wishes than so many are the worker's to share out: somebody waits for this page.
AT_ONCE = 500
HEADERS = (
    "wish",
    "email",
    "name",
    "wine",
    "format",
    "asked",
    "by the rule",
    "granted or planned",
    "wine amount",
    "outcome",
    "reason",
)


@require_safe
@staff_required(Permission.SEE_WISHES)
def grants(request: HttpRequest) -> HttpResponseBase:
    """The grant runs so far, the newest first."""
    runs = GrantRun.objects.select_related("release").order_by("-made_at", "-pk")
    pieces = Sum("lines__given", filter=Q(lines__outcome=GrantOutcome.GRANTED.value))
    counted = runs.annotate(customers=Count("lines__customer", distinct=True), pieces=pieces)[:SHOWN]
    rows = [(run, say_rule(run), *STATES[GrantState(run.state)]) for run in counted]
    context = {
        "rows": rows,
        "tabs": order_tabs(request, "backoffice:wishes"),
        "crumbs": [("Wishes", reverse("backoffice:wishes")), ("Grant runs", "")],
    }
    return render(request, "backoffice/wishes/grants.html", context)


def releases_with_wishes() -> list[Release]:
    """Those in which somebody has an open wish, the newest first."""
    open_ = Wish.objects.filter(state=WishState.OPEN.value).order_by().values("offer_item__offer__release")
    return list(Release.objects.filter(pk__in=open_).order_by("-made_at", "-pk"))


def wines_asked(release: Release) -> list[WineAsked]:
    """The wines of a release that somebody has an open wish for, the most wanted first; three statements."""
    left = F("asked") - F("granted") - F("granting")
    sums = (
        Wish.objects.filter(offer_item__offer__release=release, state=WishState.OPEN.value)
        .order_by()
        .values_list("offer_item__sku")
        .annotate(customers=Count("customer", distinct=True), pieces=Sum(left))
        .order_by("-pieces", "offer_item__sku")
    )
    wanted = [(sku_id, customers, pieces) for sku_id, customers, pieces in sums if pieces]
    keys = [sku_id for sku_id, _, _ in wanted]
    skus, stock = Sku.objects.in_bulk(keys), stock_figures(keys, read_clock())
    return [
        WineAsked(skus[sku_id], customers, pieces, stock.get(sku_id, NO_STOCK).available)
        for sku_id, customers, pieces in wanted
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_WISHES)
def new_grant(request: HttpRequest) -> HttpResponseBase:
    """What is given, of what, to whom, by which rule; sending it shares out and leads to the preview.

    ``filter`` narrows the wishes to those of whom it finds.
    """
    releases = releases_with_wishes()
    wanted = request.POST.get("release") or request.GET.get("release", "")
    release = next((one for one in releases if one.reference == wanted), releases[0] if releases else None)
    wines = wines_asked(release) if release else []
    form = GrantForm(wines, request.POST if request.method == "POST" else None)
    here = reverse("backoffice:new_grant") + (f"?release={release.reference}" if release else "")
    who = read_who(request.POST.get("filter", request.GET.get("filter", "")), here)
    if request.method != "POST":
        form.fill_in(request.GET)
    if request.method == "POST" and release and form.is_valid() and not who.problem:
        with refusals_in(form):
            ids = who.ids(read_clock())
            run = granting.draft_granting(
                release=release,
                stock=form.stock(),
                rule=Rule(form.cleaned_data["rule"]),
                terms=form.terms(),
                seed=form.cleaned_data["seed"],
                keeps_rest=form.cleaned_data["keeps_rest"],
                kept_days=form.cleaned_data["kept_days"],
                among=None if ids is None else having_ids(Wish.objects.all(), ids, "customer"),
                at_once=AT_ONCE,
                actor=staff_actor(request),
                now=read_clock(),
            )
            return redirect("backoffice:grant_run", run.reference)
    context = {
        "form": form,
        "who": who,
        "release": release,
        "releases": releases,
        "title": "Grant wishes",
        "crumbs": [("Wishes", reverse("backoffice:wishes")), ("Grant wishes", "")],
    }
    return render(
        request,
        "backoffice/wishes/new_grant.html",
        context,
        status=400 if form.errors or who.problem else 200,
    )


@require_POST
@staff_required(Permission.EDIT_WISHES)
def wishes_grant(request: HttpRequest) -> HttpResponse:
    """Shares out what there is among the wishes chosen on the list, and leads to the preview."""
    chosen = chosen_rows(request, WISHES)
    with refusals_said(request):
        run = granting.draft_chosen(
            wishes=chosen, at_once=AT_ONCE, actor=staff_actor(request), now=read_clock()
        )
        say_if_list_changed(request, sent_choice(request, WISHES.name), chosen.count())
        return redirect("backoffice:grant_run", run.reference)
    return redirect(back_to_choice(request, WISHES.name, "backoffice:wishes"))


@require_safe
@staff_required(Permission.SEE_WISHES)
def grant_run(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The preview of a draft, the progress of a run, the result of one that is over."""
    return _page(request, _found(reference))


def _page(
    request: HttpRequest, run: GrantRun, wrong: dict[str, str] | None = None, status: int = 200
) -> HttpResponseBase:
    if run.state == GrantState.SHARING:
        return _sharing_page(request, run)
    page = Paginator(_lines(run), LINES).get_page(request.GET.get("page"))
    words, tone = STATES[GrantState(run.state)]
    context: dict[str, Any] = {
        "run": run,
        "title": f"Wishes of {run.release.name}",
        "rule": say_rule(run),
        "state_words": words,
        "state_tone": tone,
        "page": page,
        "rows": [(line, *OUTCOMES[GrantOutcome(line.outcome)], _worth(line)) for line in page],
        "wrong": wrong or {},
        "faults": [Fault(words, name, "Pieces" if name else "") for name, words in (wrong or {}).items()],
        "figures": _figures(run),
        "stock": run.stock.select_related("sku").order_by("sku__name"),
        "crumbs": _crumbs(run),
    }
    if run.state == GrantState.RUNNING:
        context |= {"bar": _bar(run), "late": stands_still(run.changed_at, read_clock())}
    elif run.state != GrantState.DRAFT:
        context |= {"result": say_run(request, run, say_result(run)), "can_try_again": _left(run)}
    return render(request, "backoffice/wishes/grant_run.html", context, status=status)


def _crumbs(run: GrantRun) -> list[tuple[str, str]]:
    return [
        ("Wishes", reverse("backoffice:wishes")),
        ("Grant runs", reverse("backoffice:grants")),
        (run.release.name, ""),
    ]


def _sharing_page(request: HttpRequest, run: GrantRun) -> HttpResponseBase:
    """While the worker shares out."""
    context = {
        "run": run,
        "title": f"Wishes of {run.release.name}",
        "bar": _bar(run),
        "late": stands_still(run.changed_at, read_clock()),
        "crumbs": _crumbs(run),
    }
    return render(request, "backoffice/wishes/grant_sharing.html", context)


def _lines(run: GrantRun) -> Any:
    """Who gets most first; those who get nothing and those left out come last."""
    lines = run.lines.select_related("customer", "wish__offer_item__sku")
    return lines.order_by("-given", "-pieces", "left_out", "turn")


def _worth(line: GrantLine) -> Money:
    pieces = line.given if line.outcome != GrantOutcome.WAITING else line.pieces
    return Money(line.price_minor * pieces, current_winery().currency)


#: Wide enough for any product of two columns.
_WIDE: DecimalField[Any, Any] = DecimalField(max_digits=30, decimal_places=0)


def _figures(run: GrantRun) -> dict[str, Any]:
    """What the run comes to, in one statement; with nothing are, as in the rules side by side, those it could serve."""
    gets, done = Q(pieces__gt=0), Q(outcome=GrantOutcome.GRANTED.value)
    found = run.lines.aggregate(
        asked=Sum("asked"),
        money=Sum(Cast(F("pieces"), _WIDE) * Cast(F("price_minor"), _WIDE)),
        planned=Sum("pieces"),
        granted=Sum("given", filter=done),
        considered=Count("customer", distinct=True, filter=Q(left_out="")),
        served=Count("customer", distinct=True, filter=gets),
        left_out=Count("pk", filter=~Q(left_out="")),
        by_hand=Count("pk", filter=~Q(pieces=F("by_rule"))),
        collecting=Count("pk", filter=Q(outcome=GrantOutcome.COLLECTING.value)),
        offered=Sum("given", filter=Q(outcome=GrantOutcome.OFFERED.value)),
        promises=Count("pk", filter=gets & Q(wish__kind=WishKind.PROMISE.value)),
        requests=Count("pk", filter=gets & Q(wish__kind=WishKind.REQUEST.value)),
    )
    money = Money(int(found["money"] or 0), current_winery().currency)
    return {**found, "money": money, "nothing": found["considered"] - found["served"]}


def say_result(run: GrantRun) -> str:
    """What a run did, said after who did it: ``granted 38 pieces to 21 customers. 2 wishes were not reached.``"""
    counts = run.lines.aggregate(
        granted=Sum("given", filter=Q(outcome=GrantOutcome.GRANTED.value)),
        customers=Count("customer", distinct=True, filter=Q(outcome=GrantOutcome.GRANTED.value)),
        offered=Count("pk", filter=Q(outcome=GrantOutcome.OFFERED.value)),
        collecting=Count("pk", filter=Q(outcome=GrantOutcome.COLLECTING.value)),
        granting=Count("pk", filter=Q(outcome=GrantOutcome.GRANTING.value)),
        again=Count("pk", filter=Q(outcome__in=[one.value for one in AGAIN])),
        waiting=Count("pk", filter=Q(outcome=GrantOutcome.WAITING.value, pieces__gt=0)),
    )
    pieces, customers = counts["granted"] or 0, counts["customers"]
    text = f"granted {pieces:,} {'piece' if pieces == 1 else 'pieces'}"
    text += f" to {customers:,} {'customer' if customers == 1 else 'customers'}."
    for key, one, many in (
        ("offered", "1 wish is set aside to be bought", "{} wishes are set aside to be bought"),
        ("collecting", "Of 1 wish the money is to be collected", "Of {} wishes the money is to be collected"),
        ("granting", "1 wish waits for the bank", "{} wishes wait for the bank"),
        ("again", "1 wish was left as it was", "{} wishes were left as they were"),
        ("waiting", "1 wish was not reached", "{} wishes were not reached"),
    ):
        if counts[key]:
            text += f" {one if counts[key] == 1 else many.format(f'{counts[key]:,}')}."
    return text


def _left(run: GrantRun) -> bool:
    again = run.lines.filter(outcome__in=[one.value for one in AGAIN], pieces__gt=0)
    return run.state == GrantState.FINISHED and again.exists()


@require_POST
@staff_required(Permission.EDIT_WISHES)
def grant_adjust(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Other pieces for some lines of a draft: ``pieces-<line id>``."""
    run = _found(reference)
    sent = {
        int(line_id): request.POST[name]
        for name in request.POST
        if (line_id := name.removeprefix("pieces-")) != name and _number(line_id, 18) is not None
    }
    wrong = {
        f"pieces-{line_id}": "Write a number." for line_id, text in sent.items() if _number(text) is None
    }
    if wrong:
        return _page(request, run, wrong, status=400)
    pieces = {line_id: number for line_id, text in sent.items() if (number := _number(text)) is not None}
    try:
        granting.adjust_lines(run=run, pieces=pieces, now=read_clock())
    except DomainError as refused:
        return _page(request, run, dict(refused.fields) or {"": refused.message}, status=400)
    page = request.POST.get("page", "")
    query = f"?page={page}" if page.isascii() and page.isdigit() else ""
    return redirect(reverse("backoffice:grant_run", args=[reference]) + query)


def _number(text: str, digits: int = 6) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _act(request: HttpRequest, reference: str, act: Callable[[GrantRun], object]) -> HttpResponse:
    with refusals_said(request):
        act(_found(reference))
    return redirect("backoffice:grant_run", reference)


@require_POST
@staff_required(Permission.EDIT_WISHES)
def grant_start(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker begin, or go on."""
    actor, now = staff_actor(request), read_clock()
    return _act(request, reference, lambda run: granting.start_granting(run=run, actor=actor, now=now))


@require_POST
@staff_required(Permission.EDIT_WISHES)
def grant_stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends a run between two customers."""
    return _act(request, reference, lambda run: granting.stop_granting(run=run, now=read_clock()))


@require_POST
@staff_required(Permission.EDIT_WISHES)
def grant_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Tries again whose bottles came back, and what something stood in the way of."""
    actor, now = staff_actor(request), read_clock()
    return _act(request, reference, lambda run: granting.again(run=run, actor=actor, now=now))


@require_safe
@staff_required(Permission.SEE_WISHES)
def grant_progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing is under way any more."""
    run = _found(reference)
    is_busy = run.state in (GrantState.RUNNING, GrantState.SHARING)
    bar = _bar(run) if is_busy else None
    return bar_or_page(request, bar, reverse("backoffice:grant_run", args=[reference]))


def _bar(run: GrantRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    if run.state == GrantState.SHARING:
        return {
            "name": "granting",
            "label": "Sharing out",
            "value": None,
            "words": "Every rule is tried",
            "url": reverse("backoffice:grant_progress", args=[run.reference]),
        }
    gets = run.lines.filter(pieces__gt=0)
    figures = gets.aggregate(
        total=Count("pk"), waiting=Count("pk", filter=Q(outcome=GrantOutcome.WAITING.value))
    )
    done = figures["total"] - figures["waiting"]
    return {
        "name": "granting",
        "label": "Granting wishes" if done else "Waiting for its turn",
        "value": done or None,
        "max": figures["total"],
        "words": f"{done:,} of {figures['total']:,}",
        "url": reverse("backoffice:grant_progress", args=[run.reference]),
    }


@require_safe
@staff_required(Permission.SEE_WISHES)
def grant_certificate(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What a draw was made of, what came out and what was changed by hand, to publish: nobody by name."""
    run = _found(reference)
    if run.rule != Rule.DRAW:
        raise Http404
    lines = list(run.lines.filter(left_out="").values_list("wish_id", "by_rule", "pieces"))
    shares = {wish_id: drawn for wish_id, drawn, _ in lines}
    by_hand = {wish_id: pieces for wish_id, drawn, pieces in lines if pieces != drawn}
    text = certificate(asks_of(run), stock_of(run), caps_of(run), run.seed, shares, by_hand)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="certificate.json"'
    return response


@require_safe
@staff_required(Permission.SEE_WISHES, Permission.EXPORT)
def grant_export(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Every line of a run as CSV; recorded."""
    run = _found(reference)
    record_event(
        EventName.EXPORT_MADE,
        "release",
        run.release_id,
        text=f"exported the grant run {run.reference}",
        data={"run": run.reference},
        actor=staff_actor(request),
        now=read_clock(),
    )
    rules = [rule for rule in Rule if rule in run.compared]
    headers = [*HEADERS, *(f"by {RULES[rule][0].lower()}" for rule in rules)]
    return table_response(f"grants-{run.reference}", headers, _rows(run, rules), "csv")


def _rows(run: GrantRun, rules: Sequence[Rule]) -> Iterator[list[Cell]]:
    """Each wish with what came of it, and what each rule would have given it."""
    for line in _lines(run).iterator(chunk_size=1_000):
        sku, customer = line.wish.offer_item.sku, line.customer
        begun = line.outcome != GrantOutcome.WAITING
        yield [
            line.wish.reference,
            customer.email,
            customer.name,
            sku.name,
            sku.format_name,
            line.asked,
            line.by_rule,
            line.given if begun else line.pieces,
            money_value(_worth(line).minor),
            OUTCOMES[GrantOutcome(line.outcome)][0] if begun else "",
            line.left_out or line.reason,
            *(line.shares.get(rule, 0) for rule in rules),
        ]


def _found(reference: str) -> GrantRun:
    return get_object_or_404(GrantRun.objects.select_related("release"), reference=reference)
