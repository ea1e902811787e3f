"""What became of the invitations of a release, by offer and by mail; trying failed ones again."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.mails import STATES, say_mailed, say_next, say_tried
from tirage.backoffice.releases.crumbs import release_crumbs
from tirage.core.clock import read_clock
from tirage.notifications.models import OfferInvitation, SentMail
from tirage.notifications.queries import MailFigures, invitation_mails, triable
from tirage.notifications.retrying import try_again
from tirage.offers.models import Offer, Release
from tirage.parts.numbers import read_whole
from tirage.staff.permissions import Permission, staff_actor, staff_required

SHOWN = 100


@require_safe
@staff_required(Permission.SEE_OFFERS)
def release_mails(request: HttpRequest, reference: str) -> HttpResponseBase:
    """How many were queued, sent and failed, by offer; and the failed ones with what stood in the way."""
    found = get_object_or_404(Release, reference=reference)
    figures = invitation_mails(OfferInvitation.objects.filter(offer__release=found))
    offers = (
        Offer.objects.filter(release=found).select_related("group").order_by("group__rank", "group__name")
    )
    failed = triable(_mails_of(found)).select_related("customer").order_by("-id")
    in_all = sum(figures.values(), MailFigures())
    # A state in which there is no mail is no column.
    states = [state for state in STATES if in_all.of(state)]

    def row(name: str, address: str, mails: MailFigures) -> tuple[str, str, int, list[tuple[str, int]]]:
        return name, address, mails.total, [(STATES[state], mails.of(state)) for state in states]

    rows = [
        row(
            offer.group.name,
            reverse("backoffice:invitations", args=[offer.reference]),
            figures.get(offer.pk, MailFigures()),
        )
        for offer in offers
    ]
    return render(
        request,
        "backoffice/releases/mails.html",
        {
            "crumbs": [
                *release_crumbs(),
                (found.name, reverse("backoffice:release", args=[reference])),
                ("Mails", ""),
            ],
            "release": found,
            "states": [STATES[state] for state in states],
            "rows": [*rows, row("All", "", in_all)],
            "all": in_all,
            "failed": [(mail, STATES[mail.state], say_next(mail)) for mail in failed[:SHOWN]],
            "shown": SHOWN,
        },
    )


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def release_mails_again(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Tries the failed invitations of a release again: ``mail`` names one, without it all."""
    found = get_object_or_404(Release, reference=reference)
    mails, what = _mails_of(found), f"invitations to {found.name}"
    if number := request.POST.get("mail", ""):
        mails = mails.filter(pk=read_whole(number))
    with refusals_said(request):
        count = try_again(mails=mails, what=what, actor=staff_actor(request), now=read_clock())
        say_mailed(request, say_tried(count))
    return redirect("backoffice:release_mails", reference)


def _mails_of(release: Release) -> QuerySet[SentMail]:
    return SentMail.objects.filter(invitations__offer__release=release)
