"""The search over everything: customers, orders, wines, releases, pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from tirage.backoffice.frame.filters import beginning
from tirage.backoffice.frame.people import people_matching
from tirage.backoffice.payments.words import payment_words
from tirage.catalog.models import Sku
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.staff.models import StaffMember
from tirage.staff.permissions import Permission, may

SHORTEST = 2
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Find:
    """One thing found: what it is called, a word about it, and where it is."""

    label: str
    note: str
    href: str


@dataclass(slots=True)
class Finds:
    """What was found of one sort; ``more_href`` leads to all of them when there may be more."""

    title: str
    found: list[Find] = field(default_factory=list)
    more_href: str = ""


#: Pages by name with the words that find them.
PAGES = (
    ("Home", "backoffice:home", "start live", Permission.ENTER),
    ("Releases", "backoffice:releases", "offers allocation", Permission.SEE_OFFERS),
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
    ("Open changes", "backoffice:changes", "drafts order waiting pay link", Permission.SEE_ORDERS),
    ("Wishes", "backoffice:wishes", "requests", Permission.SEE_WISHES),
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
        "charge at order shipment authorise capture pay link settings",
        Permission.SEE_SETTINGS,
    ),
    ("Look", "backoffice:look", "colours logo typeface", Permission.SEE_SETTINGS),
    ("Delivery", "backoffice:delivery", "shipping rates states tax zones methods", Permission.SEE_SETTINGS),
    ("Mails", "backoffice:mails", "words templates receipt", Permission.SEE_SETTINGS),
    ("Reasons to cancel", "backoffice:cancel_reasons", "settings orders cancelling", Permission.SEE_SETTINGS),
    (
        "Guessing",
        "backoffice:security",
        "security card testing passwords codes tries",
        Permission.SEE_SETTINGS,
    ),
    ("How it runs", "backoffice:running", "worker schedule backup mail late health", Permission.SEE_SETTINGS),
    ("Team", "backoffice:team", "staff roles invite", Permission.MANAGE_TEAM),
    ("How you sign in", "mfa_index", "password second factor recovery codes", Permission.ENTER),
)


def find(text: str, member: StaffMember, *, most: int) -> list[Finds]:
    """Up to ``most`` of each sort that the member may see; nothing for less than two letters."""
    words = text.strip().lower().split()[:MOST_WORDS]
    if len("".join(words)) < SHORTEST:
        return []
    sorts: list[tuple[Permission, Callable[[list[str], int], Finds]]] = [
        (Permission.SEE_ORDERS, _orders),
        (Permission.SEE_PAYMENTS, _payments),
        (Permission.SEE_CUSTOMERS, _customers),
        (Permission.SEE_CELLAR, _wines),
        (Permission.SEE_OFFERS, _releases),
    ]
    found = [look(words, most) for permission, look in sorts if may(member, permission)]
    return [finds for finds in [*found, _pages(words, member)] if finds.found]


def _customers(words: list[str], most: int) -> Finds:
    rows = people_matching(" ".join(words))
    finds = Finds("Customers", more_href=reverse("backoffice:customers") + "?q=" + "+".join(words))
    for customer in rows.order_by("last_name", "first_name", "id")[:most]:
        href = reverse("backoffice:customer", args=[customer.reference])
        finds.found.append(Find(customer.name, customer.email, href))
    return finds


def _orders(words: list[str], most: int) -> Finds:
    finds = Finds("Orders")
    wanted = words[0].upper()
    if len(words) > 1 or not wanted.replace("-", "").isalnum():
        return finds
    start = wanted if wanted.startswith("ORD-") else f"ORD-{wanted}"
    for order in Order.objects.select_related("customer").filter(reference__startswith=start)[:most]:
        note = f"{order.customer.name}, {order.state}"
        finds.found.append(Find(order.reference, note, reverse("backoffice:order", args=[order.reference])))
    return finds


def _payments(words: list[str], most: int) -> Finds:
    """A payment by its number, which people have from a mail or from the bank."""
    finds = Finds("Payments")
    start = words[0].upper()
    if len(words) > 1 or not start.startswith("PAY-") or not start.replace("-", "").isalnum():
        return finds
    rows = Payment.objects.select_related("order__customer").filter(beginning("reference", start))
    for payment in rows[:most]:
        note = f"{payment.order.customer.name}, {payment_words(payment).lower()}"
        href = reverse("backoffice:payment", args=[payment.reference])
        finds.found.append(Find(payment.reference, note, href))
    return finds


def _wines(words: list[str], most: int) -> Finds:
    rows = Sku.objects.select_related("vintage__wine")
    for word in words:
        rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word))
    finds = Finds("Wines")
    for sku in rows.order_by("name", "millilitres")[:most]:
        finds.found.append(Find(sku.name, f"{sku.format_name}, {sku.code}", _wine_url(sku)))
    return finds


def _wine_url(sku: Sku) -> str:
    try:
        return reverse("backoffice:sku", args=[sku.code])
    except NoReverseMatch:
        return reverse("backoffice:cellar") + f"?q={sku.code}"


def _releases(words: list[str], most: int) -> Finds:
    rows = Release.objects.all()
    for word in words:
        rows = rows.filter(name__icontains=word)
    finds = Finds("Releases")
    for release in rows.order_by("-made_at")[:most]:
        finds.found.append(
            Find(release.name, "Release", reverse("backoffice:release", args=[release.reference]))
        )
    return finds


def _pages(words: list[str], member: StaffMember) -> Finds:
    finds = Finds("Pages")
    for label, name, about, permission in PAGES:
        hay = f"{label} {about}".lower()
        if may(member, permission) and all(word in hay for word in words):
            finds.found.append(Find(label, "", reverse(name)))
    return finds
