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
            "With addresses, groups, tags, notes, consent with its date, and who doesn’t want mail.",
            _bring("customers"),
            "Bring customers",
        ),
        Step(
            "Memberships",
            Membership.objects.count(),
            "membership,memberships",
            "The customers’ file says who is in which group; who was in one from when to when is a list of its own.",
            _bring("group-stays"),
            "Bring groups with dates",
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
            "A balance for each customer; a corrected file gives or takes the difference.",
            _bring("credit"),
            "Bring store credit",
        ),
        Step(
            "Clubs",
            ClubMember.objects.count(),
            "member,members",
            "Make the club first, then bring who joined it when, how it stands and what ships next.",
            _bring("club-members"),
            "Bring memberships",
        ),
        Step(
            "Wishes",
            Wish.objects.exclude(state="test").count(),
            "wish,wishes",
            "Those for wines of an offer that runs or is to come, and that asks before it charges.",
            _bring("wishes"),
            "Bring wishes",
        ),
        Step(
            "Saved cards",
            PaymentMethod.objects.filter(kept=True, removed_at__isnull=True).count(),
            "card,cards",
            "By your processor’s token map. Each is looked up there; a file with a card number is refused.",
            _bring("cards"),
            "Bring cards",
        ),
        Step(
            "Addresses not to write to",
            Customer.objects.filter(Q(marketing_left_at__isnull=False)).count(),
            "customer,customers",
            "Unsubscribed, bounced, suppressed: from the customers’ file, or a list of their own.",
            _bring("suppressed"),
            "Bring addresses",
        ),
    ]


def _bring(kind: str) -> str:
    return f"{reverse('backoffice:import')}?kind={kind}"
