"""What the mails to people who come to the list say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.urls import reverse

from tirage.core.models import Winery
from tirage.customers.sign_in import make_campaign_link
from tirage.joining.models import WaitingPlace
from tirage.joining.states import PlaceState
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, data_of
from tirage.notifications.wording import Say


def _sign_up(mail: SentMail, winery: Winery) -> Values:
    return {
        "person.first_name": data_of(mail, "first_name"),
        "link": Link(data_of(mail, "link"), "Put me on the list"),
    }


def _offered(mail: SentMail, winery: Winery) -> Values:
    place, said = _place(mail), Say(winery)
    if place.state != PlaceState.INVITED or place.group is None or place.expires_at is None:
        raise NothingToSay("The invitation has ended, or was answered.")
    days = max((place.expires_at - mail.due_at).days + 1, 1)
    link = make_campaign_link(place.customer, reverse("storefront:waiting"), days, now=mail.due_at)
    return {
        "place.group": place.group.name,
        "place.since": said.day(place.since),
        "place.until": said.moment(place.expires_at),
        "place.link": Link(link, "See my place"),
    }


def _declined(mail: SentMail, winery: Winery) -> Values:
    place = _place(mail)
    if place.state != PlaceState.DECLINED:
        raise NothingToSay("The place is in line again.")
    return {"place.reason": place.reason}


def _place(mail: SentMail) -> WaitingPlace:
    found = (
        WaitingPlace.objects.select_related("customer", "group").filter(pk=mail.data.get("place_id")).first()
    )
    if found is None:
        raise NothingToSay("The place in line is gone.")
    return found


JOINING_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.SIGN_UP: _sign_up,
    MailKind.PLACE_OFFERED: _offered,
    MailKind.PLACE_DECLINED: _declined,
}
