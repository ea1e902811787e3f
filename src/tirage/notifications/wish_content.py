"""What the mail about granted wishes says: the wines, what was charged for them, what stays open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.notifications.change_content import say_change_money
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link, Rows
from tirage.notifications.states import MailKind
from tirage.notifications.values import NothingToSay, Values, order_of, order_values, public_url
from tirage.notifications.wording import Say
from tirage.payments.models import Payment
from tirage.payments.states import PaymentState
from tirage.wishes.models import GrantLine, Wish
from tirage.wishes.states import GrantOutcome, WishState


def _granted(mail: SentMail, winery: Winery) -> Values:
    order, said = order_of(mail), Say(winery)
    lines = list(
        GrantLine.objects.filter(pk__in=mail.data.get("line_ids", []), outcome=GrantOutcome.GRANTED.value)
        .select_related("wish__offer_item__sku", "draft")
        .order_by("turn")
    )
    if not lines:
        raise NothingToSay("Nothing of it was granted after all.")
    return order_values(order, winery) | {
        "granted.wines": Rows([_row(line, order.currency, said) for line in lines]),
        "granted.money": _money(lines, said),
        "granted.rest": _rest(lines, said),
    }


def _row(line: GrantLine, currency: str, said: Say) -> tuple[str, str]:
    sku = line.wish.offer_item.sku
    amount = Money(line.price_minor * line.given, currency)
    return f"{line.given} × {sku.name}, {sku.format_name}", said.money(amount)


def _money(lines: Sequence[GrantLine], said: Say) -> str:
    """What the grant took, with delivery and tax; empty when there was nothing to take."""
    line = lines[0]
    if line.order_id is None:
        return ""
    purpose = line.draft.reference if line.draft else ""
    paid = Payment.objects.select_related("payment_method").filter(
        order_id=line.order_id, purpose=purpose, state=PaymentState.SETTLED.value
    )
    payment = paid.order_by("-id").first()
    return f"{say_change_money(payment, said)} Delivery and tax are in it." if payment else ""


def _rest(lines: Sequence[GrantLine], said: Say) -> str:
    open_ = sum(line.wish.left for line in lines if line.wish.state == WishState.OPEN)
    if not open_:
        return ""
    verb = "stays" if open_ == 1 else "stay"
    return f"{said.bottles(open_)} of your wishes {verb} open: we write again, should more be left."


def _asked(mail: SentMail, winery: Winery) -> Values:
    wishes = Wish.objects.select_related("customer", "offer_item__sku", "offer_item__offer__release")
    wish = wishes.filter(pk=mail.data.get("wish_id")).first()
    if wish is None:
        raise NothingToSay("The wish is gone.")
    if wish.state != WishState.OPEN:
        raise NothingToSay("The wish is answered, or withdrawn.")
    sku = wish.offer_item.sku
    return {
        "wish.customer": wish.customer.name,
        "wish.wine": f"{sku.name}, {sku.format_name}",
        "wish.quantity": Say(winery).bottles(wish.asked),
        "wish.release": wish.offer_item.offer.release.name,
        "wish.link": Link(public_url("backoffice:wish", wish.reference), "Grant or decline it"),
    }


WISH_BUILDERS: Mapping[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.WISHES_GRANTED: _granted,
    MailKind.WISH_ASKED: _asked,
}
