"""Many amounts tried again: previewed, then one after the other by the worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse

from tirage.backoffice.frame.bulk import MOST_SHOWN, BulkPages
from tirage.backoffice.payments.collecting.list import COLLECTIONS, OPEN_COLLECTIONS, collection_url
from tirage.backoffice.payments.collecting.words import reason_words
from tirage.core.bulk import BulkFigures
from tirage.core.models import BulkRun
from tirage.core.money import Money
from tirage.core.winery import current_winery
from tirage.payments.models import Collection
from tirage.payments.rules import is_hard_decline
from tirage.staff.permissions import Permission


class Trying(BulkPages):
    """Tries the open ones among the chosen, but those that a bank refused for good."""

    kind = "retry_collections"
    name = "trying"
    choose_at = ("payments/collect/retry", "collect_retry")
    runs_at = "payments/collect/trying"
    permission = Permission.COLLECT
    rows = COLLECTIONS
    back = "backoffice:collect"
    title = "Try again"
    label = "Trying cards again"
    left_title = "Did not come"
    template = "backoffice/payments/collecting/many.html"

    def crumbs(self) -> list[tuple[str, str]]:
        listed = reverse(self.back) + "?state=open"
        return [
            ("Payments", reverse("backoffice:payments")),
            ("Money to collect", listed),
            (self.title, ""),
        ]

    def preview(self, run: BulkRun) -> Mapping[str, Any]:
        chosen = Collection.objects.filter(OPEN_COLLECTIONS, reference__in=run.rows.values("key"))
        codes = chosen.exclude(decline_code="").order_by().values_list("decline_code", flat=True).distinct()
        final = Q(decline_code__in=[code for code in codes if is_hard_decline(code)], attempts__gt=0)
        fit = chosen.exclude(final)
        shown = COLLECTIONS.load(fit.order_by("opened_at", "pk"))[:MOST_SHOWN]
        return {
            "count": fit.count(),
            "left_out": chosen.filter(final).count(),
            "total": Money(fit.aggregate(sum=Sum("amount_minor"))["sum"] or 0, current_winery().currency),
            "amounts": [(one, reason_words(one)) for one in shown],
        }

    def say(self, figures: BulkFigures) -> str:
        tried = figures.done + figures.refused
        words = f"worked through {tried:,} {'amount' if tried == 1 else 'amounts'}: {figures.done:,} came"
        return f"{words}, {figures.refused:,} did not." if figures.refused else f"{words}."

    def told(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        found = COLLECTIONS.load(Collection.objects.filter(reference__in=keys))
        return {
            one.reference: (f"{one.order.reference} · {one.order.customer.name}", collection_url(one))
            for one in found
        }


TRYING = Trying()
