"""What a winery brings when it moves in, in the order in which it is brought, and what of it is here."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from tirage.catalog.models import Sku
from tirage.clubs.models import ClubMember
from tirage.customers.models import Customer, Group, Membership
from tirage.moving.models import MovedOrder
from tirage.payments.models import CreditEntry, PaymentMethod
from tirage.wishes.models import Wish


@dataclass(frozen=True, slots=True)
class Step:
    """``count`` are here; ``way`` leads to where it is brought, empty where that is said by ``more`` alone."""

    title: str
    count: int
    noun: str
    more: str
    way: str = ""
    way_words: str = ""


def checklist() -> list[Step]:
    """One statement each."""
    return [
        Step(
            "Groups",
            Group.objects.count(),
            "group,groups",
            "Make your tiers first: files of customers and orders name them.",
            reverse("backoffice:groups"),
            "Groups",
        ),
        Step(
            "Customers",
            Customer.objects.exclude(source="history").count(),
            "customer,customers",
            "With addresses, groups and since when, tags, notes, consent with its date, and who doesn’t want mail.",
            _bring("customers"),
            "Bring customers",
        ),
        Step(
            "Memberships",
            Membership.objects.count(),
            "membership,memberships",
            "They come with the customers’ file, by its column of groups.",
        ),
        Step(
            "Wines and stock",
            Sku.objects.filter(is_active=True).count(),
            "wine on sale,wines on sale",
            "What is still sold. Wines of old orders come by themselves, out of sale.",
            _bring("skus"),
            "Bring wines",
        ),
        Step(
            "Orders",
            MovedOrder.objects.filter(order__isnull=False).count(),
            "order,orders",
            "Every file of your former system that has them: orders, lines, payments, shipments, refunds.",
            _bring("orders"),
            "Bring a file of orders",
        ),
        Step(
            "Store credit",
            CreditEntry.objects.values("customer").distinct().count(),
            "customer has some,customers have some",
            "Given on each customer’s page, with its reason.",
        ),
        Step(
            "Clubs",
            ClubMember.objects.count(),
            "member,members",
            "Make the club, then let its members join.",
            reverse("backoffice:clubs"),
            "Clubs",
        ),
        Step(
            "Wishes",
            Wish.objects.exclude(state="test").count(),
            "wish,wishes",
            "Wishes belong to an offer here; those of past releases stay in your files.",
        ),
        Step(
            "Saved cards",
            PaymentMethod.objects.filter(kept=True, removed_at__isnull=True).count(),
            "card,cards",
            "A card’s number never moves. Customers save theirs with their first order, or by a link in a mail.",
        ),
        Step(
            "Addresses not to write to",
            Customer.objects.filter(Q(marketing_left_at__isnull=False)).count(),
            "customer,customers",
            "They come with the customers’ file: unsubscribed, suppressed, do not contact.",
        ),
    ]


def _bring(kind: str) -> str:
    return f"{reverse('backoffice:import')}?kind={kind}"
