"""What a winery brings when it moves in, in the order in which it is brought, and what of it is here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q
from django.urls import reverse

from tirage.catalog.models import Sku
from tirage.clubs.models import ClubMember
from tirage.customers.models import Customer, Group, Membership
from tirage.imports.models import ImportRun
from tirage.imports.states import ImportKind, ImportState
from tirage.moving.models import MovedOrder
from tirage.payments.models import CreditEntry, PaymentMethod
from tirage.wishes.models import Wish

#: Files that the checklist looks at, the newest.
MOST_FILES = 200
_WAITING = {
    ImportState.UPLOADED: "waits to be looked at",
    ImportState.CHECKED: "checked, not imported",
    ImportState.CHECKING: "under way",
    ImportState.RUNNING: "under way",
    ImportState.FAILED: "stopped",
}


@dataclass(frozen=True, slots=True)
class Step:
    """``count`` are here; ``way`` leads to where it is brought, ``other`` to where more of it is. ``files`` of
    ``kinds`` are on their way, or were the last that came in."""

    title: str
    count: int
    noun: str
    more: str
    way: str
    way_words: str
    kinds: tuple[ImportKind, ...] = ()
    other: str = ""
    other_words: str = ""
    files: list[BroughtFile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """A file of a kind and where it is, empty once it is in."""

    run: ImportRun
    words: str


def checklist() -> list[Step]:
    """One statement each, and one for the files."""
    steps = _steps()
    files = _files_by_kind({kind for step in steps for kind in step.kinds})
    for step in steps:
        step.files.extend(one for kind in step.kinds for one in files[kind])
    return steps


def _files_by_kind(kinds: Collection[ImportKind]) -> dict[str, list[BroughtFile]]:
    """Of each kind the files that aren't in yet, else the last that is, by who reads them from the top."""
    runs = ImportRun.objects.filter(kind__in=kinds).exclude(state=ImportState.CANCELLED.value)
    found: dict[str, list[BroughtFile]] = defaultdict(list)
    done: dict[str, ImportRun] = {}
    for run in runs.order_by("-pk").only("reference", "kind", "state", "file_name", "finished_at")[
        :MOST_FILES
    ]:
        if run.state == ImportState.DONE:
            done.setdefault(run.kind, run)
        else:
            found[run.kind].append(BroughtFile(run, _WAITING[ImportState(run.state)]))
    for kind, run in done.items():
        if not found[kind]:
            found[kind].append(BroughtFile(run, ""))
    return found


def _steps() -> list[Step]:
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
            (ImportKind.CUSTOMERS,),
        ),
        Step(
            "Memberships",
            Membership.objects.count(),
            "membership,memberships",
            "The customers’ file says who is in which group; who was in one from when to when is a list of its own.",
            _bring("group-stays"),
            "Bring groups with dates",
            (ImportKind.GROUP_STAYS,),
        ),
        Step(
            "Wines and stock",
            Sku.objects.filter(is_active=True).count(),
            "wine on sale,wines on sale",
            "What is still sold. Wines of old orders come by themselves, out of sale.",
            _bring("skus"),
            "Bring wines",
            (ImportKind.SKUS, ImportKind.STOCK),
            _bring("stock"),
            "Bring stock",
        ),
        Step(
            "Orders",
            MovedOrder.objects.filter(order__isnull=False).count(),
            "order,orders",
            "Every file of your former system that has them: orders, lines, payments, shipments, refunds.",
            _bring("orders"),
            "Bring a file of orders",
            (ImportKind.ORDERS,),
        ),
        Step(
            "Store credit",
            CreditEntry.objects.values("customer").distinct().count(),
            "customer has some,customers have some",
            "A balance for each customer; a corrected file gives or takes the difference.",
            _bring("credit"),
            "Bring store credit",
            (ImportKind.CREDIT,),
        ),
        Step(
            "Clubs",
            ClubMember.objects.count(),
            "member,members",
            "Make the club first, then bring who joined it when, how it stands and what ships next.",
            _bring("club-members"),
            "Bring memberships",
            (ImportKind.CLUB_MEMBERS,),
        ),
        Step(
            "Wishes",
            Wish.objects.exclude(state="test").count(),
            "wish,wishes",
            "Those for wines of an offer that runs or is to come, and that asks before it charges.",
            _bring("wishes"),
            "Bring wishes",
            (ImportKind.WISHES,),
        ),
        Step(
            "Saved cards",
            PaymentMethod.objects.filter(kept=True, removed_at__isnull=True).count(),
            "card,cards",
            "By your processor’s token map. Each is looked up there; a file with a card number is refused.",
            _bring("cards"),
            "Bring cards",
            (ImportKind.CARDS,),
        ),
        Step(
            "Addresses not to write to",
            Customer.objects.filter(Q(marketing_left_at__isnull=False)).count(),
            "customer,customers",
            "Unsubscribed, bounced, suppressed: from the customers’ file, or a list of their own.",
            _bring("suppressed"),
            "Bring addresses",
            (ImportKind.SUPPRESSED,),
        ),
    ]


def _bring(kind: str) -> str:
    return f"{reverse('backoffice:import')}?kind={kind}"
