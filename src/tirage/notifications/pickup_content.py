"""What the mails about wine that lies ready say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tirage.core.models import Winery
from tirage.fulfilment.models import Pickup
from tirage.fulfilment.queries import say_until, waits_here
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, order_of, order_values
from tirage.notifications.wording import Say


def _pickup(mail: SentMail, winery: Winery) -> Values:
    order = order_of(mail)
    pickup, method = Pickup.objects.filter(order=order).first(), order.method
    if pickup is None or method is None or not waits_here(pickup, order):
        raise NothingToSay("The order was picked up, or isn’t a pickup any more.")
    say = Say(winery)
    return order_values(order, winery) | {
        "pickup.where": ", ".join(part for part in (method.name, method.pickup_address) if part),
        "pickup.hours": method.opening_hours,
        "pickup.since": say.day(pickup.ready_at),
        "pickup.until": say_until(pickup),
    }


PICKUP_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.PICKUP_READY: _pickup,
    MailKind.PICKUP_REMINDER: _pickup,
}
