"""The search over everything: customers, groups, orders, wines, releases, pages. What fits best stands first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from tirage.backoffice.frame.cells import state_words
from tirage.backoffice.frame.filters import beginning
from tirage.backoffice.frame.people import best_first, people_matching, telephone_in, words_in
from tirage.backoffice.frame.wines import skus_matching
from tirage.backoffice.payments.words import payment_words
from tirage.catalog.models import Sku
from tirage.customers.models import Customer, FormerCustomer, Group
from tirage.customers.rules import fold
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.staff.models import StaffMember
from tirage.staff.permissions import Permission, may

SHORTEST = 2
#: Wines, releases and groups that are looked at for the best ones.
CANDIDATES = 200
#: How well something fits: it is what was typed, begins so, has words that begin so, has it somewhere, is about it.
EXACT, BEGINS, WORDS, SOMEWHERE, ABOUT = range(5)


@dataclass(frozen=True, slots=True)
class Find:
    """One thing found: what it is called, a word about it, where it is, and how well it fits (the less the better)."""

    label: str
    note: str
    href: str
    fit: int = SOMEWHERE


@dataclass(slots=True)
class Finds:
    """What was found of one sort, the best first; ``more_href`` leads to all of them when there may be more."""

    title: str
    found: list[Find] = field(default_factory=list)
    more_href: str = ""

    def keep(self, most: int) -> Finds:
        """The best ``most``; without a way to more where there aren't any."""
        if len(self.found) < most:
            self.more_href = ""
        self.found = sorted(self.found, key=lambda one: one.fit)[:most]
        return self


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed, and its words."""

    text: str
    words: list[str]

    def fit(self, *names: str) -> int:
        """How well the best of ``names`` fits."""
        return min(_fit([fold(word) for word in self.words], fold(name)) for name in names)


def _fit(words: list[str], name: str) -> int:
    if name in {" ".join(words), " ".join(words[1:] + words[:1])}:
        return EXACT
    if name.startswith(" ".join(words)):
        return BEGINS
    starts = re.split(r"[^\w’']+", name)
    if all(any(start.startswith(word) for start in starts) for word in words):
        return WORDS
    return SOMEWHERE


#: Pages by name with the words that find them.
PAGES = (
    ("Home", "backoffice:home", "start live", Permission.ENTER),
    ("Releases", "backoffice:releases", "offers allocation", Permission.SEE_OFFERS),
    (
        "A release, step by step",
        "backoffice:tour",
        "tour guide help first release begin",
        Permission.EDIT_OFFERS,
    ),
    ("Customers", "backoffice:customers", "list people", Permission.SEE_CUSTOMERS),
    ("Groups", "backoffice:groups", "tiers segments", Permission.SEE_GROUPS),
    ("Orders", "backoffice:orders", "sales", Permission.SEE_ORDERS),
    ("Payments", "backoffice:payments", "charges refunds declined cards money", Permission.SEE_PAYMENTS),
    (
        "Money to look into",
        "backoffice:findings",
        "reconcile gateway stripe list findings unknown charges payments",
        Permission.SEE_PAYMENTS,
    ),
    ("Daily totals", "backoffice:daily_totals", "money by day month payments sums", Permission.SEE_PAYMENTS),
    (
        "Who needs a person",
        "backoffice:futures_people",
        "en primeur arrears instalments settlements storage cuts decide",
        Permission.SEE_ORDERS,
    ),
    (
        "Cash flow en primeur",
        "backoffice:futures_cash_flow",
        "money by month expected received instalments settlements forecast",
        Permission.SEE_PAYMENTS,
    ),
    (
        "Exposure en primeur",
        "backoffice:futures_exposure",
        "sold against expected refunds duty vat tax to come fails",
        Permission.SEE_PAYMENTS,
    ),
    (
        "Cards that expire",
        "backoffice:ending_cards",
        "en primeur expired expiring cards instalments",
        Permission.SEE_PAYMENTS,
    ),
    ("Open changes", "backoffice:changes", "drafts order waiting pay link", Permission.SEE_ORDERS),
    (
        "Packing room",
        "backoffice:packing",
        "batches ship pick list slips labels recall fulfillment",
        Permission.SHIP_ORDERS,
    ),
    (
        "Compliance",
        "backoffice:compliance",
        "orders wait check sovos shipcompliant avalara states ship",
        Permission.SEE_ORDERS,
    ),
    (
        "Compliance service",
        "backoffice:compliance_settings",
        "settings sovos shipcompliant avalara tax check key",
        Permission.SEE_SETTINGS,
    ),
    ("Wishes", "backoffice:wishes", "requests", Permission.SEE_WISHES),
    (
        "Insights",
        "backoffice:insights",
        "map where metro state county zip regions places customers",
        Permission.SEE_INSIGHTS,
    ),
    ("Cellar", "backoffice:cellar", "wines stock skus bottles", Permission.SEE_CELLAR),
    (
        "Winery settings",
        "backoffice:settings",
        "name currency time zone cart minutes",
        Permission.SEE_SETTINGS,
    ),
    (
        "Payments and changes",
        "backoffice:money_settings",
        "charge at order shipment authorise authorize capture pay link settings",
        Permission.SEE_SETTINGS,
    ),
    ("Look", "backoffice:look", "colors colours logo typeface", Permission.SEE_SETTINGS),
    ("Delivery", "backoffice:delivery", "shipping rates states tax zones methods", Permission.SEE_SETTINGS),
    (
        "Taxes and fees",
        "backoffice:delivery_taxes",
        "sales tax vat rates county city deposits retail delivery fee settings",
        Permission.SEE_SETTINGS,
    ),
    (
        "Month-end by state",
        "backoffice:delivery_months",
        "reports states shipped volume liters tax excise month",
        Permission.SEE_SETTINGS,
    ),
    ("Mails", "backoffice:mails", "words templates receipt", Permission.SEE_SETTINGS),
    (
        "Reasons to cancel",
        "backoffice:cancel_reasons",
        "settings orders cancelling canceling",
        Permission.SEE_SETTINGS,
    ),
    (
        "Guessing",
        "backoffice:security",
        "security card testing passwords codes tries",
        Permission.SEE_SETTINGS,
    ),
    ("How it runs", "backoffice:running", "worker schedule backup mail late health", Permission.SEE_SETTINGS),
    (
        "Move out",
        "backoffice:move_out",
        "export everything zip file leaving backup settings",
        Permission.EXPORT_EVERYTHING,
    ),
    ("Team", "backoffice:team", "staff roles invite", Permission.MANAGE_TEAM),
    ("How you sign in", "mfa_index", "password second factor recovery codes", Permission.ENTER),
)


def find(text: str, member: StaffMember, *, most: int) -> list[Finds]:
    """Up to ``most`` of each sort that the member may see, the sort with the best find first; nothing for less than
    two letters."""
    sought = Sought(text.strip(), words_in(text))
    if len("".join(sought.words)) < SHORTEST:
        return []
    sorts: list[tuple[Permission, Callable[[Sought, int], Finds]]] = [
        (Permission.SEE_ORDERS, _orders),
        (Permission.SEE_PAYMENTS, _payments),
        (Permission.SEE_CUSTOMERS, _customers),
        (Permission.SEE_GROUPS, _groups),
        (Permission.SEE_CELLAR, _wines),
        (Permission.SEE_OFFERS, _releases),
    ]
    looked = [look(sought, most) for permission, look in sorts if may(member, permission)]
    found = [finds.keep(most) for finds in [*looked, _pages(sought, member)] if finds.found]
    return sorted(found, key=lambda finds: finds.found[0].fit)


def _customers(sought: Sought, most: int) -> Finds:
    people = people_matching(sought.text)
    number = _number(sought.text, "CUS")
    # That of an account that was merged finds who stayed.
    former = FormerCustomer.objects.filter(reference=number).values("customer")
    numbered = Customer.objects.filter(Q(reference=number) | Q(pk__in=former))
    if sought.text.upper().lstrip("#").startswith("CUS-") or numbered.exists():
        people = numbered
    finds = Finds("Customers", more_href=f"{reverse('backoffice:customers')}?{urlencode({'q': sought.text})}")
    for customer in best_first(sought.text, people)[:most]:
        href = reverse("backoffice:customer", args=[customer.reference])
        names = (
            customer.name,
            f"{customer.last_name} {customer.first_name}",
            customer.email,
            customer.reference,
        )
        fit = BEGINS if telephone_in(sought.text) else sought.fit(*names)
        finds.found.append(Find(customer.name, customer.email, href, fit))
    return finds


def _groups(sought: Sought, most: int) -> Finds:
    rows = Group.objects.all()
    for word in sought.words:
        rows = rows.filter(name__icontains=word)
    finds = Finds("Groups")
    for group in rows.order_by("rank", "name")[:CANDIDATES]:
        href = reverse("backoffice:group", args=[group.reference])
        finds.found.append(Find(group.name, "Group", href, sought.fit(group.name)))
    return finds


def _number(text: str, prefix: str) -> str:
    """``ORD-7K2M9Q`` of ``#ord 7k2m9q``; the bare number counts too, and anything else is none."""
    bare = re.sub(r"[\s#:№–—-]", "", text.upper()).removeprefix(prefix)
    return f"{prefix}-{bare}" if bare.isascii() and bare.isalnum() else ""


def _orders(sought: Sought, most: int) -> Finds:
    """An order by its number or the number's beginning, with ``ORD`` before it or not."""
    finds, start = Finds("Orders"), _number(sought.text, "ORD")
    named = sought.text.upper().lstrip("#").startswith("ORD")
    if not start or (len(sought.words) > 1 and not named):
        return finds
    rows = Order.objects.select_related("customer").filter(beginning("reference", start))
    for order in rows.order_by("reference")[:most]:
        fit = EXACT if order.reference == start else BEGINS if named else SOMEWHERE
        note = f"{order.customer.name}, {state_words(order.state).lower()}"
        finds.found.append(
            Find(order.reference, note, reverse("backoffice:order", args=[order.reference]), fit)
        )
    return finds


def _payments(sought: Sought, most: int) -> Finds:
    """A payment by its number, which people have from a mail or from the bank."""
    finds, start = Finds("Payments"), _number(sought.text, "PAY")
    if not start or not sought.text.upper().startswith("PAY"):
        return finds
    rows = Payment.objects.select_related("order__customer").filter(beginning("reference", start))
    for payment in rows.order_by("reference")[:most]:
        note = f"{payment.order.customer.name}, {payment_words(payment).lower()}"
        href = reverse("backoffice:payment", args=[payment.reference])
        fit = EXACT if payment.reference == start else BEGINS
        finds.found.append(Find(payment.reference, note, href, fit))
    return finds


def _wines(sought: Sought, most: int) -> Finds:
    rows = skus_matching(Sku.objects.select_related("vintage__wine"), sought.words)
    finds = Finds("Wines", more_href=f"{reverse('backoffice:cellar')}?{urlencode({'q': sought.text})}")
    for sku in rows.order_by("name", "millilitres")[:CANDIDATES]:
        fit = sought.fit(sku.name, sku.code)
        finds.found.append(Find(sku.name, f"{sku.format_name}, {sku.code}", _wine_url(sku), fit))
    return finds


def _wine_url(sku: Sku) -> str:
    try:
        return reverse("backoffice:sku", args=[sku.code])
    except NoReverseMatch:
        return reverse("backoffice:cellar") + f"?q={sku.code}"


def _releases(sought: Sought, most: int) -> Finds:
    """A release by words of its name, or by its number or the number's beginning."""
    rows, start = Release.objects.all(), _number(sought.text, "REL")
    if start and sought.text.upper().lstrip("#").startswith("REL-"):
        rows = rows.filter(beginning("reference", start))
    else:
        named = Q()
        for word in sought.words:
            named &= Q(name__icontains=word)
        rows = rows.filter(named | Q(reference=start))
    finds = Finds("Releases")
    for release in rows.order_by("-made_at")[:CANDIDATES]:
        href = reverse("backoffice:release", args=[release.reference])
        finds.found.append(Find(release.name, "Release", href, sought.fit(release.name, release.reference)))
    return finds


def _pages(sought: Sought, member: StaffMember) -> Finds:
    finds = Finds("Pages")
    for label, name, about, permission in PAGES:
        hay = f"{label} {about}".lower()
        if may(member, permission) and all(word in hay for word in sought.words):
            here = all(word in label.lower() for word in sought.words)
            finds.found.append(Find(label, "", reverse(name), sought.fit(label) if here else ABOUT))
    return finds
