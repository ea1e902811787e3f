"""What the mail says that answers a change asked for while the order was packed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tirage.core.models import Winery
from tirage.fulfilment.models import ChangeAsked
from tirage.fulfilment.states import AskState
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, data_of, order_of, order_values

_SAYING = {
    AskState.DONE: "We have done what you asked for.",
    AskState.DECLINED: "We could not do what you asked for.",
}


def _answered(mail: SentMail, winery: Winery) -> Values:
    asked = ChangeAsked.objects.filter(pk=data_of(mail, "asked_id") or 0).first()
    said = _SAYING.get(AskState(asked.state)) if asked else None
    if asked is None or said is None:
        raise NothingToSay("What was asked for isn’t answered.")
    return order_values(order_of(mail), winery) | {
        "asked.words": asked.words,
        "asked.said": said,
        "asked.answer": asked.answer,
    }


PACKING_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.CHANGE_ANSWERED: _answered
}
