"""The list of wishes: its filters and columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import (
    moment_cell,
    moment_value,
    number_cell,
    person_cell,
    state_cell,
    state_words,
)
from tirage.backoffice.frame.filters import Source, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, ListPage, RowList, Total
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.frame.who import OfCustomers
from tirage.backoffice.frame.wines import SKUS
from tirage.catalog.models import Sku
from tirage.core.clock import read_clock
from tirage.customers.models import Group
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import Offer, OfferItem, Release
from tirage.offers.states import WishKind
from tirage.staff.permissions import Permission
from tirage.wishes.models import GrantLine, Wish
from tirage.wishes.queries import Need, lacking, with_ways
from tirage.wishes.states import GrantOutcome, WishState

KINDS = {WishKind.PROMISE.value: "Promise", WishKind.REQUEST.value: "Request"}

WAYS = (
    ("nothing", "Nothing"),
    (GrantOutcome.OFFERED.value, "Set aside to be bought"),
    (GrantOutcome.COLLECTING.value, "Money to collect"),
)
NEEDS = (
    (Need.CARD, "A card"),
    (Need.LASTING_CARD, "A card that lasts: theirs expires within 60 days"),
    (Need.ADDRESS, "An address"),
)


class WishFilters(OfCustomers):
    sources: ClassVar = {
        "release": Source(Release.objects.all),
        "wine": SKUS,
        "group": Source(Group.objects.all, rank="rank"),
    }

    q = search_filter("Customer's name or e-mail")
    state = choice_filter(
        "State",
        "state",
        choices=[(state.value, state_words(state)) for state in WishState if state is not WishState.TEST],
    )
    release = choice_filter("Release", method="of_release")
    wine = choice_filter("Wine", method="of_wine")
    group = choice_filter("Group", method="of_group")
    kind = choice_filter("Kind", "kind", choices=list(KINDS.items()))
    needs = choice_filter(
        "Needs",
        method="waiting_for",
        choices=[("any", "Anything"), *((need.value, words) for need, words in NEEDS)],
    )
    under_way = choice_filter("Under way", method="of_way", choices=WAYS)
    offer = choice_filter("Offer", method="of_end", choices=[("open", "Still open"), ("closed", "Closed")])

    class Meta:
        model = Wish
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Wish], name: str, value: str) -> QuerySet[Wish]:
        if value.strip().upper().startswith("WSH-"):
            return rows.filter(reference__startswith=value.strip().upper())
        return self.within(rows, "customer", people_matching(value))

    def of_release(self, rows: QuerySet[Wish], name: str, value: str) -> QuerySet[Wish]:
        return self._of_offers(rows, Offer.objects.filter(release__reference=value))

    def of_group(self, rows: QuerySet[Wish], name: str, value: str) -> QuerySet[Wish]:
        return self._of_offers(rows, Offer.objects.filter(group__reference=value))

    def of_end(self, rows: QuerySet[Wish], name: str, value: str) -> QuerySet[Wish]:
        is_over = Q(closes_at__lte=read_clock())
        return self._of_offers(rows, Offer.objects.filter(is_over if value == "closed" else ~is_over))

    def waiting_for(self, rows: QuerySet[Wish], name: str, value: str) -> QuerySet[Wish]:
        needs = list(Need) if value == "any" else [Need(value)]
        return lacking(rows, needs, read_clock())

    def of_way(self, rows: QuerySet[Wish], name: str, value: str) -> QuerySet[Wish]:
        if value == "nothing":
            return rows.filter(granting=0)
        lines = GrantLine.objects.filter(outcome=value).order_by().values("wish")
        return rows.filter(pk__in=lines)

    def of_wine(self, rows: QuerySet[Wish], name: str, value: str) -> QuerySet[Wish]:
        return self.within(rows, "offer_item", OfferItem.objects.filter(sku__code=value))

    def _of_offers(self, rows: QuerySet[Wish], offers: QuerySet[Offer]) -> QuerySet[Wish]:
        items = OfferItem.objects.filter(offer__in=offers.values("pk"))
        return self.within(rows, "offer_item", items)


def _customer(wish: Wish) -> Any:
    customer = wish.customer
    return person_cell(
        customer.name, customer.email, reverse("backoffice:customer", args=[customer.reference])
    )


def _wine(wish: Wish) -> str:
    sku = wish.offer_item.sku
    return f"{sku.name}, {sku.format_name}"


def _linked(wish: Wish) -> Any:
    """The wine, leading to the wish and its answer."""
    return format_html('<a href="{}">{}</a>', reverse("backoffice:wish", args=[wish.reference]), _wine(wish))


def _needs(wish: Any) -> str:
    """What a promise waits for before it can be granted; the customer is asked for it in the shop."""
    if wish.state != WishState.OPEN or wish.kind != WishKind.PROMISE:
        return ""
    waits = {
        "a card": not wish.has_card,
        "a card that lasts": wish.has_card and not wish.has_lasting_card,
        "an address": not wish.has_address,
    }
    return " and ".join(words for words, lacks in waits.items() if lacks).capitalize()


def _marked(wish: Any) -> Any:
    """What it waits for, so that it is seen among those that wait for nothing."""
    words = _needs(wish)
    return format_html('<span class="state state-warning">{}</span>', words) if words else ""


def _answer(wish: Wish) -> SafeString | str:
    """One press grants all that is open, or says no: buttons of the form below the list (``answer_form``)."""
    if wish.state != WishState.OPEN or wish.left <= 0:
        return ""
    whose = f" × {_wine(wish)}, {wish.customer.name}"
    return format_html(
        '<span class="row"><button class="button" type="submit" form="answer_form" formaction="{}"><span>Grant {}'
        '<span class="unseen">{}</span></span></button><button class="button button-quiet" type="submit" '
        'form="answer_form" formaction="{}"><span>Decline<span class="unseen"> {}{}</span></span></button></span>',
        reverse("backoffice:wish_grant", args=[wish.reference]),
        wish.left,
        whose,
        reverse("backoffice:wish_decline", args=[wish.reference]),
        wish.left,
        whose,
    )


@dataclass(frozen=True, slots=True)
class WinesWish:
    """What is wished of one wine, and what of it could be granted now."""

    sku: Sku
    customers: int
    asked: int
    available: int

    @property
    def short(self) -> int:
        return max(self.asked - self.available, 0)


#: Wines that the summary names.
MOST_WINES = 12


def wishes_by_wine(wishes: QuerySet[Wish], now: datetime) -> list[WinesWish]:
    """The most wanted wines first; three statements."""
    by_wine = wishes.order_by().values_list("offer_item__sku")
    sums = by_wine.annotate(
        customers=Count("customer", distinct=True), pieces=Sum(F("asked") - F("granted"))
    ).order_by("-pieces", "offer_item__sku")[:MOST_WINES]
    wanted = [(key, customers, pieces) for key, customers, pieces in sums if pieces]
    if not wanted:
        return []
    keys = [key for key, _, _ in wanted]
    skus, stock = Sku.objects.in_bulk(keys), stock_figures(keys, now)
    return [
        WinesWish(skus[key], customers, pieces, stock.get(key, NO_STOCK).available)
        for key, customers, pieces in wanted
    ]


def say_pieces(count: int) -> str:
    return f"{count:,} {'piece' if count == 1 else 'pieces'}"


class WishList(RowList[Wish]):
    name = "wishes"
    noun_one = "wish"
    noun_many = "wishes"
    filters = WishFilters
    default_sort = "-made"
    actions = "backoffice/wishes/actions.html"
    actions_permission = Permission.EDIT_WISHES
    template = "backoffice/wishes/list.html"
    totals = (
        Total("asked", lambda found: Sum("asked"), lambda total: f"{say_pieces(total)} asked for"),
        Total("granted", lambda found: Sum("granted"), lambda total: f"{say_pieces(total)} granted"),
    )
    columns = (
        Column("customer", "Customer", _customer, lambda w: w.customer.name, kind="main"),
        Column("email", "E-mail", lambda w: w.customer.email, shown=False),
        Column("wine", "Wine", _linked, _wine),
        Column("state", "State", lambda w: state_cell(w.state), lambda w: state_words(w.state)),
        Column("release", "Release", lambda w: w.offer_item.offer.release.name, wide=True),
        Column("group", "Group", lambda w: w.offer_item.offer.group.name, wide=True),
        Column("kind", "Kind", lambda w: KINDS[w.kind], shown=False),
        Column("needs", "Needs", _marked, _needs, wide=True),
        Column("made", "Made", lambda w: moment_cell(w.made_at), lambda w: moment_value(w.made_at), ("-id",)),
        Column("reason", "Reason", lambda w: w.reason, shown=False),
        Column(
            "granted",
            "Granted",
            lambda w: number_cell(w.granted),
            lambda w: w.granted,
            kind="number",
            labelled=True,
            shown=False,
        ),
        Column(
            "asked",
            "Asked",
            lambda w: number_cell(w.asked),
            lambda w: w.asked,
            ("-asked", "-id"),
            kind="aside",
        ),
        Column("answer", "Answer", _answer, only=Permission.EDIT_WISHES),
    )

    def rows(self) -> QuerySet[Wish]:
        return Wish.objects.exclude(state=WishState.TEST.value)

    def load(self, rows: QuerySet[Wish]) -> QuerySet[Wish]:
        loaded: QuerySet[Wish] = with_ways(rows, read_clock()).select_related(
            "customer", "offer_item__sku", "offer_item__offer__release", "offer_item__offer__group"
        )
        return loaded

    def about(self, page: ListPage[Wish]) -> list[WinesWish]:
        """The open wishes found, wine by wine, the most wanted first, against what is there."""
        return wishes_by_wine(page.found.filter(OPEN_WISHES), read_clock())


#: Only open wishes can be answered.
OPEN_WISHES = Q(state=WishState.OPEN.value)

WISHES = WishList()
