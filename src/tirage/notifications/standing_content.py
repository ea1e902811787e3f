"""What the mails about standing orders say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.urls import reverse

from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.customers.sign_in import CAMPAIGN_DAYS, make_campaign_link
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values
from tirage.notifications.wording import Say
from tirage.offers.models import OfferItem
from tirage.standing.models import StandingLine
from tirage.standing.planning import address_of, card_of, plan_line, promise_of
from tirage.standing.states import Outcome, RunState, StandingState


def _coming(mail: SentMail, winery: Winery) -> Values:
    line, said = _line(mail), Say(winery)
    promised = promise_of(line.promised)
    items = OfferItem.objects.filter(pk__in=promised).select_related("sku").order_by("position", "pk")
    rows = [
        (
            f"{promised[item.pk][0]} × {item.sku.name}, {item.sku.format_name}",
            said.money(Money(promised[item.pk][0] * promised[item.pk][1], winery.currency)),
        )
        for item in items
    ]
    card, address = card_of(line.standing, mail.due_at), address_of(line.standing)
    if not rows or card is None or address is None:
        raise NothingToSay("The standing order comes to nothing any more.")
    wine = Money(sum(pieces * price for pieces, price in promised.values()), winery.currency)
    return _common(line, said, mail, "Change, skip or pause") | {
        "standing.wines": Rows(rows, [("Wine, before discount, delivery and tax", said.money(wine))]),
        "standing.card": card.label,
        "standing.address": f"{address.recipient}, {address.one_line}",
    }


def _in_the_way(mail: SentMail, winery: Winery) -> Values:
    line = _line(mail)
    asks = plan_line(line, line.standing, mail.due_at, by_stock=False).asks
    if not asks:
        raise NothingToSay("Nothing is in the way any more.")
    return _common(line, Say(winery), mail, "See my standing order") | {"standing.problem": asks}


def _line(mail: SentMail) -> StandingLine:
    lines = StandingLine.objects.select_related("run__release", "standing", "customer")
    line = lines.filter(pk=mail.data.get("line_id")).first()
    if line is None or line.standing.state != StandingState.ACTIVE:
        raise NothingToSay("The standing order was paused or ended.")
    if line.outcome != Outcome.WAITING or line.run.state not in (RunState.PLANNED, RunState.STOPPED):
        raise NothingToSay("The release was skipped, or its standing orders have begun.")
    return line


def _common(line: StandingLine, said: Say, mail: SentMail, words: str) -> Values:
    link = make_campaign_link(line.customer, reverse("storefront:standing"), CAMPAIGN_DAYS, now=mail.due_at)
    return {
        "standing.release": line.run.release.name,
        "standing.when": said.moment(line.run.begins_at),
        "standing.link": Link(link, words),
    }


STANDING_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.STANDING_COMING: _coming,
    MailKind.STANDING_IN_THE_WAY: _in_the_way,
}
