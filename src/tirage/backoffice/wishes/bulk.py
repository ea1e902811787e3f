"""Acts on many wishes, by the worker: declining, archiving, putting back (``frame/bulk.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Count, Q, Sum
from django.urls import URLPattern, reverse

from tirage.backoffice.frame.bulk import MOST_SHOWN, BulkPages
from tirage.backoffice.wishes.list import OPEN_WISHES, WISHES
from tirage.core.bulk import BulkFigures
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.core.texts import say_count
from tirage.customers.models import Customer
from tirage.staff.permissions import Permission
from tirage.wishes.models import Wish
from tirage.wishes.reallocation.giving import TAKE_BACK
from tirage.wishes.states import WishState


class WishActs(BulkPages):
    """What the acts on wishes have in common."""

    permission = Permission.EDIT_WISHES
    rows = WISHES
    back = "backoffice:wishes"

    def concerned(self) -> Q:
        """Those among the chosen that the act would change now."""
        return OPEN_WISHES

    def preview(self, run: BulkRun) -> Mapping[str, Any]:
        found = Wish.objects.filter(self.concerned(), reference__in=run.rows.values("key"))
        figures = found.aggregate(
            wishes=Count("pk"), bottles=Sum("asked"), customers=Count("customer", distinct=True)
        )
        shown = WISHES.load(found.order_by("-asked", "-id"))[:MOST_SHOWN]
        return {"figures": figures, "wishes": shown, "left": run.total - figures["wishes"]}

    def told(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        found = WISHES.load(Wish.objects.filter(reference__in=keys))
        at = reverse(self.back)
        return {
            one.reference: (f"{one.customer.name} · {one.offer_item.sku}", f"{at}?q={one.reference}")
            for one in found
        }


class DeclineForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        required=False,
        label="Reason",
        help_text="The mail to each customer says it; it may stay empty.",
    )


class Declining(WishActs):
    """Says no to the open ones among the chosen; answered wishes are left alone."""

    kind = "decline_wishes"
    name = "declining"
    choose_at = ("wishes/decline", "wishes_decline")
    runs_at = "wishes/declining"
    title = "Decline wishes"
    label = "Declining wishes"
    template = "backoffice/wishes/decline.html"
    form = DeclineForm

    def say(self, figures: BulkFigures) -> str:
        wishes = "1 wish; its customer gets" if figures.done == 1 else f"{figures.done:,} wishes; each gets"
        words = f"declined {wishes} a mail." if figures.done else "declined no wish."
        if figures.refused:
            words += f" {figures.refused:,} {'was' if figures.refused == 1 else 'were'} answered already."
        return words


class Archiving(WishActs):
    """Puts away those that are left open although their offer has closed."""

    kind = "archive_wishes"
    name = "archiving"
    choose_at = ("wishes/archive", "wishes_archive")
    runs_at = "wishes/archiving"
    title = "Archive wishes"
    label = "Archiving wishes"
    template = "backoffice/wishes/archive.html"

    def concerned(self) -> Q:
        return OPEN_WISHES & Q(offer_item__offer__closes_at__lte=read_clock())

    def say(self, figures: BulkFigures) -> str:
        return _say("archived", figures)


class Restoring(WishActs):
    """Puts archived ones back."""

    kind = "restore_wishes"
    name = "restoring"
    choose_at = ("wishes/restore", "wishes_restore")
    runs_at = "wishes/restoring"
    title = "Put wishes back"
    label = "Putting wishes back"
    template = "backoffice/wishes/restore.html"

    def concerned(self) -> Q:
        return Q(state=WishState.ARCHIVED.value)

    def say(self, figures: BulkFigures) -> str:
        return _say("put back", figures)


def _say(did: str, figures: BulkFigures) -> str:
    words = f"{did} {'no' if not figures.done else f'{figures.done:,}'} {'wish' if figures.done < 2 else 'wishes'}."
    if figures.refused:
        words += f" {figures.refused:,} stayed as {'it was' if figures.refused == 1 else 'they were'}."
    return words


class TakingBack(BulkPages):
    """Takes back what customers were given of unused bottles; begun on the page of those."""

    kind = TAKE_BACK
    name = "taking_back"
    choose_at = ("", "")
    runs_at = "releases/unused/taking-back"
    permission = Permission.EDIT_OFFERS
    rows = WISHES
    back = "backoffice:releases"
    title = "Take bottles back"
    label = "Taking bottles back"
    left_title = "Who keeps them"
    template = "backoffice/frame/bulk.html"

    def preview(self, run: BulkRun) -> Mapping[str, Any]:
        return {}

    def say(self, figures: BulkFigures) -> str:
        words = f"took back what {say_count(figures.done, 'customer was', 'customers were')} given."
        return words + (f" {figures.refused:,} bought it already." if figures.refused else "")

    def told(self, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        found = Customer.objects.filter(reference__in=keys)
        return {
            one.reference: (one.name, reverse("backoffice:customer", args=[one.reference])) for one in found
        }

    def crumbs(self) -> list[tuple[str, str]]:
        return [("Releases", reverse(self.back)), (self.title, "")]

    def urls(self) -> list[URLPattern]:
        """Nothing is chosen on a list."""
        return super().urls()[1:]


TAKING_BACK = TakingBack()
BULK: tuple[WishActs, ...] = (Declining(), Archiving(), Restoring())
