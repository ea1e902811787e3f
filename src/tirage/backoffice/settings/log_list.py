"""The log: every recorded act of the team, the customers and the worker, found by who, what, whom and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import CharField, F, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim
from django.urls import reverse
from django.utils.html import format_html

from tirage.backoffice.frame.cells import link_cell, moment_cell, moment_value
from tirage.backoffice.frame.filters import DayFilter, ListFilters, Source, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList
from tirage.catalog.models import Sku
from tirage.core.actors import ActorKind
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.telling import WORDS, tell
from tirage.customers.models import Customer, Group
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.staff.models import StaffMember

#: What acts are about, in the order of the filter: its words, and how the names of its events begin.
ABOUT: dict[str, tuple[str, tuple[str, ...]]] = {
    "allowances": ("Own allowances", ("allowance.", "ladder.")),
    "quantities": ("Prices and quantities of offers", ("offer.items_saved", "grid.")),
    "releases": ("Releases and offers", ("release.", "offer.", "goals.", "reminders.")),
    "groups": ("Groups and moves", ("group.",)),
    "segments": ("Segments and lists", ("segment.", "list.")),
    "insights": ("Events, tours and drawn places", ("event_plan.", "tour.", "place.")),
    "notes": ("Analyst’s notes", ("note.",)),
    "customers": ("Customers", ("customer.", "address.", "waiting.")),
    "orders": ("Orders and carts", ("order.", "change.", "cart.", "batch.")),
    "compliance": ("Compliance", ("compliance.",)),
    "payments": (
        "Payments",
        (
            "payment.",
            "authorisation.",
            "credit.",
            "pay_link.",
            "collection.",
            "card.",
            "card_link.",
            "finding.",
        ),
    ),
    "standing": ("Standing orders and clubs", ("standing.", "club.")),
    "futures": (
        "En primeur",
        (
            "campaign.",
            "lot.",
            "arrival.",
            "settlement.",
            "instalment.",
            "mandate.",
            "arrears.",
            "estimate.",
            "storage.",
            "cut.",
            "substitute.",
            "futures.",
            "transfer.",
            "portfolio.",
            "format.",
        ),
    ),
    "wishes": (
        "Wishes and bottles given on",
        ("wish.", "granting.", "reallocation.", "policy.", "restock.", "opening.", "plan."),
    ),
    "wines": ("Wines", ("wine.", "vintage.", "label.", "sku.")),
    "stock": ("Stock", ("stock.",)),
    "mails": ("Mails and newsletters", ("mail.", "mail_text.", "mailbox.", "mailing_list.", "newsletter.")),
    "settings": ("Settings", ("settings.", "delivery.", "taxes.")),
    "team": ("Team", ("staff.",)),
    "files": ("Imports, exports and moving", ("import.", "export.", "history.", "everything.")),
    "jobs": ("The worker’s jobs", ("job.",)),
}
_BY = (
    (ActorKind.STAFF.value, "The team"),
    (ActorKind.CUSTOMER.value, "Customers"),
    (ActorKind.SYSTEM.value, "Tirage itself"),
)


def about(name: str) -> str:
    """The key in ``ABOUT`` of what an act of this name is about: of those that fit, the one that says most."""
    fitting = [
        (len(start), key) for key, (_, starts) in ABOUT.items() for start in starts if name.startswith(start)
    ]
    return max(fitting, default=(0, ""))[1]


#: The names of the acts about each.
NAMES: dict[str, list[str]] = {
    key: [name.value for name in EventName if about(name.value) == key] for key in ABOUT
}


class LogFilters(ListFilters):
    q = search_filter("E-mail, reference or name")
    by = choice_filter("By", "actor_kind", choices=_BY)
    member = choice_filter("Colleague", method="by_member")
    about = choice_filter(
        "About", choices=[(key, words) for key, (words, _) in ABOUT.items()], method="by_about"
    )
    act = choice_filter(
        "Act", "name", choices=sorted(((name.value, words) for name, words in WORDS.items()), key=str)
    )
    first = DayFilter("at", label="From")
    last = DayFilter("at", last=True, label="Until")

    class Meta:
        model = Event
        fields: ClassVar[list[str]] = []

    sources: ClassVar[dict[str, Source]] = {"member": Source(StaffMember.objects.all)}

    def search(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        text = value.strip()
        if not text:
            return rows
        meant = Q(pk__in=[])
        people = Customer.objects.filter(Q(email=text.lower()) | Q(reference__iexact=text))
        for pk in self.remember("people", lambda: list(people.values_list("pk", flat=True)[:2])):
            meant |= Q(customer_id=pk)
        for kind, pk in self.remember("subjects", lambda: _named(text)):
            meant |= Q(subject_kind=kind, subject_id=pk)
        return rows.filter(meant)

    def by_member(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        member = StaffMember.objects.filter(reference=value)
        return rows.filter(actor_kind=ActorKind.STAFF.value, actor_id__in=member.values("pk"))

    def by_about(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(name__in=NAMES[value])


#: What a customer is called: the name, or where there is none the e-mail address.
_PERSON = Coalesce(
    NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value("")), "email", output_field=CharField()
)
_OFFER = Concat("release__name", Value(", "), "group__name", output_field=CharField())
#: The kinds of subjects that have a page: their rows, what a page is asked by, what they are called, and the page.
_PAGES: dict[str, tuple[Callable[[], QuerySet[Any]], str, Combinable, str]] = {
    "customer": (Customer.objects.all, "reference", _PERSON, "customer"),
    "order": (Order.objects.all, "reference", F("reference"), "order"),
    "offer": (Offer.objects.all, "reference", _OFFER, "offer"),
    "release": (Release.objects.all, "reference", F("name"), "release"),
    "group": (Group.objects.all, "reference", F("name"), "group"),
    "sku": (Sku.objects.all, "code", F("name"), "sku"),
    "staff": (StaffMember.objects.all, "reference", F("name"), "member"),
}


def _named(text: str) -> list[tuple[str, int]]:
    """Whose reference ``text`` is, or whose name where it is a release, an offer or a group: kinds and keys."""
    found: list[QuerySet[Any, Any]] = []
    for kind, (rows, key, label, _) in _PAGES.items():
        is_meant = Q(**{f"{key}__iexact": text})
        if kind in ("offer", "release", "group"):
            is_meant |= Q(called__iexact=text)
        named = rows().order_by().alias(called=label).filter(is_meant)
        found.append(named.annotate(of=Value(kind, CharField())).values_list("of", "pk"))
    return list(found[0].union(*found[1:], all=True))


def _subject(event: Event) -> tuple[str, int]:
    """The kind and key of what the act is filed under: its subject, or its customer where that has no page."""
    if event.subject_kind in _PAGES or event.customer_id is None:
        return event.subject_kind, event.subject_id
    return "customer", event.customer_id


def read_subjects(wanted: set[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """What each of ``wanted`` (kind, key) is called and where its page is, in one statement."""
    asked: dict[str, list[int]] = {}
    for kind, pk in sorted(wanted):
        if kind in _PAGES:
            asked.setdefault(kind, []).append(pk)
    parts = []
    for kind, keys in asked.items():
        rows, key, label, _ = _PAGES[kind]
        parts.append(
            rows()
            .filter(pk__in=keys)
            .order_by()
            .annotate(
                of=Value(kind, CharField()),
                number=Cast(F("pk"), IntegerField()),
                word=Cast(F(key), CharField()),
                called=Cast(label, CharField()),
            )
            .values_list("of", "number", "word", "called")
        )
    if not parts:
        return {}
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {
        (kind, number): (called or word, reverse(f"backoffice:{_PAGES[kind][3]}", args=[word]))
        for kind, number, word, called in found
    }


def _sentence(event: Any) -> str:
    return str(event.sentence)


def _about_cell(event: Any) -> str:
    return link_cell(*event.subject) if event.subject else ""


def _about_words(event: Any) -> str:
    return event.subject[0] if event.subject else ""


def _what_cell(event: Any) -> str:
    return format_html('<span class="cell-words">{}</span>', event.sentence)


class LogList(RowList[Event]):
    name = "log"
    noun_one = "act"
    noun_many = "acts"
    filters = LogFilters
    default_sort = "-when"
    row_key = "number"
    template = "backoffice/settings/log.html"
    columns = (
        Column("what", "What was done", _what_cell, _sentence, kind="main"),
        Column("who", "Who", lambda e: e.actor_label, lambda e: e.actor_label),
        Column("about", "About", _about_cell, _about_words),
        Column("act", "Act", lambda e: say_act(e.name), lambda e: e.name, shown=False),
        Column("request", "Request", lambda e: e.request_id, lambda e: e.request_id, shown=False),
        Column(
            "when", "When", lambda e: moment_cell(e.at), lambda e: moment_value(e.at), ("-id",), kind="aside"
        ),
    )

    def rows(self) -> QuerySet[Event]:
        return Event.objects.annotate(number=Cast("pk", CharField()))

    def key_of(self, row: Event) -> str:
        return str(row.pk)

    def decorate(self, rows: Sequence[Event]) -> None:
        """Sets ``sentence`` and ``subject`` (what it is called, where its page is; None where nothing has a page)."""
        about_people = {("customer", row.customer_id) for row in rows if row.customer_id is not None}
        known = read_subjects({_subject(row) for row in rows} | about_people)
        names: Mapping[int, str] = {
            pk: called for (kind, pk), (called, _) in known.items() if kind == "customer"
        }
        for row in rows:
            told: Any = row
            told.sentence = tell([row], names)[0].words
            told.subject = known.get(_subject(row))


def say_act(name: str) -> str:
    """What acts of this name are called; a name of another version is its own."""
    return str(WORDS[EventName(name)]) if name in set(EventName) else name


LOG = LogList()
