"""What the home page shows besides the releases: today's money, the latest orders, and what needs somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, Sum, Value
from django.urls import reverse

from tirage.changes.models import ChangeDraft
from tirage.changes.states import DraftState
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery, local_time
from tirage.delivery.laws.differences import laws_to_look_at, reports_due
from tirage.delivery.limits.differences import to_look_at
from tirage.futures.people import counted
from tirage.leaving.models import ErasureAsk
from tirage.leaving.states import AskState
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailEnd
from tirage.orders.models import IS_ORDER, IS_REAL, Order
from tirage.orders.states import OrderState
from tirage.parts.wording import say_number
from tirage.payments.models import Collection, Payment
from tirage.payments.operations import open_findings
from tirage.payments.states import OPEN, TRIAL, CollectionState, PaymentState
from tirage.payments.totals import Sums, totals_by_day
from tirage.staff.guessing import noticed
from tirage.staff.permissions import Permission
from tirage.taxes.differences import rows_to_look_at
from tirage.taxes.duties.queries import duties_to_look_at
from tirage.taxes.operations import FEES, RATES
from tirage.wishes.models import Policy, Wish
from tirage.wishes.queries import Need, lacking
from tirage.wishes.states import PolicyState, WishState

LATEST = 8
#: A payment may take this long before it needs somebody.
PATIENCE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Attention:
    """``permission`` is what the page behind it asks for."""

    text: str
    href: str
    label: str
    permission: Permission = Permission.SEE_ORDERS


def money_today(now: datetime) -> Sums:
    """What came in and went back since the day began on the winery's clock."""
    return totals_by_day(local_time(now).date(), 1)[0].money


def latest_orders() -> list[Order]:
    """The newest orders that somebody has placed or is paying."""
    return list(
        Order.objects.filter(IS_ORDER)
        .exclude(state=OrderState.BOOKED.value)
        .select_related("customer")
        .order_by("-made_at", "-id")[:LATEST]
    )


def needs_attention(now: datetime) -> list[Attention]:
    """What somebody should look at, most urgent first; empty when all is well."""
    counts = _counted(now)
    found = [
        _open_payments(now),
        _guessing(now),
        _findings(),
        _to_collect(),
        _waiting_changes(),
        *_orders_that_wait(),
        *_early(counts),
        _credit(),
        _failed_mails(now),
        _old_wishes(now),
        _wishes_waiting(now),
        _policies(),
        _asked_erasing(now),
        *_old_rules(counts),
    ]
    return [attention for attention in found if attention]


def _open_payments(now: datetime) -> Attention | None:
    stuck = Payment.objects.filter(state__in=[state.value for state in OPEN], made_at__lt=now - PATIENCE)
    stuck = stuck.exclude(gateway=TRIAL)
    counts = stuck.aggregate(
        all=Count("pk"), asked=Count("pk", filter=Q(state=PaymentState.NEEDS_CUSTOMER.value))
    )
    if not counts["all"]:
        return None
    asked, unknown = counts["asked"], counts["all"] - counts["asked"]
    words = [f"{_say(unknown)} without an answer from the bank" if unknown else ""]
    words.append(f"{_say(asked)} waiting for the customer" if asked else "")
    text = "Payments: " + " and ".join(word for word in words if word) + "."
    return Attention(
        text, reverse("backoffice:orders") + f"?state={OrderState.PENDING.value}", "See the orders"
    )


def _guessing(now: datetime) -> Attention | None:
    kinds = noticed(now)
    if not kinds:
        return None
    text = f"Somebody is guessing, from many addresses: {', '.join(kinds).lower()}. It is held off."
    return Attention(text, reverse("backoffice:security"), "Look at it", Permission.SEE_SETTINGS)


def _counted(now: datetime) -> Counter[str]:
    """How many of each sort, by the page behind it; one statement for rules that are old and wine en primeur."""
    today = local_time(now).date()
    limits = to_look_at(today).order_by().values_list(Value("delivery_limits"))
    laws = laws_to_look_at(today).order_by().values_list(Value("delivery_laws"))
    duties = duties_to_look_at(today).order_by().values_list(Value("delivery_duties"))
    reports = reports_due(today).order_by().values_list(Value("delivery_reports"))
    taxes = rows_to_look_at(RATES, today).order_by().values_list(Value("delivery_taxes"))
    fees = rows_to_look_at(FEES, today).order_by().values_list(Value("delivery_taxes"))
    others = (laws, duties, reports, taxes, fees, *counted(today))
    return Counter(name for (name,) in limits.union(*others, all=True))


def _old_rules(counts: Counter[str]) -> Iterator[Attention]:
    """Volume limits, laws, duties, tax rates and fees that somebody should look at."""
    said = {
        "delivery_limits": ("volume limit", "volume limits"),
        "delivery_laws": ("law of places", "laws of places"),
        "delivery_duties": ("duty of places", "duties of places"),
        "delivery_taxes": ("tax rate or fee", "tax rates and fees"),
    }
    for name, words in said.items():
        if count := counts[name]:
            text = f"{_say(count)} {words[count > 1]} {_ends(count)} for a year."
            yield Attention(text, reverse(f"backoffice:{name}"), "Look them up", Permission.SEE_SETTINGS)

    if count := counts["delivery_reports"]:
        text = f"{_say(count)} {'report to a state is' if count == 1 else 'reports to states are'} due."
        yield Attention(text, reverse("backoffice:delivery_laws"), "See which", Permission.SEE_SETTINGS)


def _ends(count: int) -> str:
    return "ends soon or hasn’t been checked" if count == 1 else "end soon or haven’t been checked"


def _findings() -> Attention | None:
    count = open_findings()
    if not count:
        return None
    one = count == 1
    lines = "line of the gateway’s list doesn’t" if one else "lines of the gateway’s list don’t"
    text = f"{_say(count)} {lines} fit the books."
    label = "Look into it" if one else "Look into them"
    return Attention(text, reverse("backoffice:findings") + "?state=open", label, Permission.SEE_PAYMENTS)


def _to_collect() -> Attention | None:
    waiting = Collection.objects.filter(state=CollectionState.OPEN.value)
    sums = waiting.aggregate(all=Count("pk"), sum=Sum("amount_minor"), stuck=_STUCK)
    if not sums["all"]:
        return None
    winery = current_winery()
    total = say_money(Money(sums["sum"], winery.currency), winery.locale)
    one = sums["all"] == 1
    text = f"{total} to collect from {_say(sums['all'])} {'order' if one else 'orders'}"
    text += (
        f"; {_say(sums['stuck'])} {'waits' if sums['stuck'] == 1 else 'wait'} for somebody."
        if sums["stuck"]
        else "."
    )
    href = reverse("backoffice:collect") + "?state=open"
    return Attention(text, href, "See the money to collect", Permission.SEE_PAYMENTS)


#: Nothing happens by itself any more.
_STUCK = Count("pk", filter=Q(next_at__isnull=True))


def _waiting_changes() -> Attention | None:
    waiting = (
        ChangeDraft.objects.filter(state=DraftState.WAITING.value)
        .exclude(order__state=OrderState.TEST.value)
        .count()
    )
    if not waiting:
        return None
    text = f"{_say(waiting)} {'change waits' if waiting == 1 else 'changes wait'} for money."
    return Attention(text, reverse("backoffice:changes") + f"?state={DraftState.WAITING.value}", "See which")


def _orders_that_wait() -> Iterator[Attention]:
    """What can't ship, and what somebody flagged; one statement."""
    flagged, waiting = ~Q(attention="") & IS_REAL, Q(awaits_compliance=True)
    counts = Order.objects.filter(flagged | waiting).aggregate(
        flagged=Count("pk", filter=flagged), waiting=Count("pk", filter=waiting)
    )
    if count := counts["waiting"]:
        text = f"{_say(count)} {'order waits' if count == 1 else 'orders wait'} in compliance and can’t ship."
        yield Attention(text, reverse("backoffice:compliance") + "?waits=yes", "Look and decide")
    if count := counts["flagged"]:
        text = f"{_say(count)} {'order needs' if count == 1 else 'orders need'} somebody."
        yield Attention(text, reverse("backoffice:orders") + "?attention=yes", "See which")


def _early(counts: Counter[str]) -> Iterator[Attention]:
    """Wine en primeur that waits for a decision, and cards that won't do in time."""
    people, cards = counts["futures_people"], counts["ending_cards"]
    if people:
        verb = "order en primeur waits" if people == 1 else "orders en primeur wait"
        text = f"{_say(people)} {verb} for somebody to decide."
        yield Attention(text, reverse("backoffice:futures_people"), "Who needs a person")
    if cards:
        verb = "card expires" if cards == 1 else "cards expire"
        text = f"{_say(cards)} {verb} before what is due en primeur; their customers were asked for another."
        yield Attention(text, reverse("backoffice:ending_cards"), "See whose", Permission.SEE_PAYMENTS)


def _credit() -> Attention | None:
    owed_back = Order.objects.filter(~Q(balance_minor=0), IS_REAL, balance_minor__lt=0).count()
    if not owed_back:
        return None
    text = f"{_say(owed_back)} {'order has' if owed_back == 1 else 'orders have'} money to refund."
    return Attention(text, reverse("backoffice:orders") + "?balance=credit", "See which")


def _failed_mails(now: datetime) -> Attention | None:
    """Those that fail at this moment are the mail server's; Home says so with the parts that are late."""
    failed = SentMail.objects.filter(sent_at__isnull=True, due_at__gte=now - timedelta(days=7))
    counts = failed.aggregate(
        refused=Count("pk", filter=Q(ended=MailEnd.REFUSED.value)),
        given_up=Count("pk", filter=Q(ended=MailEnd.GIVEN_UP.value)),
    )
    words = [f"{_say(counts['refused'])} refused by their mailbox" if counts["refused"] else ""]
    words.append(f"{_say(counts['given_up'])} given up" if counts["given_up"] else "")
    if not any(words):
        return None
    text = "Mails that did not arrive: " + " and ".join(word for word in words if word) + "."
    state = MailEnd.REFUSED if counts["refused"] else MailEnd.GIVEN_UP
    href = reverse("backoffice:sent_mails") + f"?state={state.value}"
    return Attention(text, href, "See which", Permission.SEE_SETTINGS)


def _wishes_waiting(now: datetime) -> Attention | None:
    """Promises that no run can grant as things stand."""
    waiting = lacking(Wish.objects.all(), [Need.CARD, Need.ADDRESS], now).count()
    if not waiting:
        return None
    verb = "promise of a wish has" if waiting == 1 else "promises of wishes have"
    text = f"{_say(waiting)} {verb} no card that can be charged, or no address."
    return Attention(text, f"{reverse('backoffice:wishes')}?state=open&needs=any", "See who")


def _old_wishes(now: datetime) -> Attention | None:
    unanswered = Wish.objects.filter(state=WishState.OPEN.value, granting=0)
    waiting = unanswered.filter(offer_item__offer__closes_at__lte=now).count()
    if not waiting:
        return None
    text = f"{_say(waiting)} {'wish is' if waiting == 1 else 'wishes are'} open though the offer has closed."
    label = "Answer or archive it" if waiting == 1 else "Answer or archive them"
    return Attention(text, reverse("backoffice:wishes") + "?state=open&offer=closed&under_way=nothing", label)


def _policies() -> Attention | None:
    """Those that stand still until somebody says go, leaves a step out or stops them."""
    asking = Policy.objects.filter(state=PolicyState.ASKING.value)
    counts = asking.aggregate(all=Count("pk"), one=Min("reference"))
    if not counts["all"]:
        return None
    one = counts["all"] == 1
    words = "policy for what is left waits" if one else "policies for what is left wait"
    text = f"{_say(counts['all'])} {words} for somebody."
    href = reverse("backoffice:policy", args=[counts["one"]]) if one else reverse("backoffice:policies")
    return Attention(text, href, "See what for", Permission.SEE_WISHES)


def _say(count: int) -> str:
    return say_number(count, current_winery().locale)


def _asked_erasing(now: datetime) -> Attention | None:
    """Customers who ask to be erased, and for how long: laws give a month, mostly."""
    waiting = ErasureAsk.objects.filter(state=AskState.OPEN.value).aggregate(
        count=Count("pk"), first=Min("made_at")
    )
    if not waiting["count"]:
        return None
    days = (now - waiting["first"]).days
    since = f", for {days} {'day' if days == 1 else 'days'}" if days else ""
    ask = "customer asks" if waiting["count"] == 1 else "customers ask"
    text = f"{_say(waiting['count'])} {ask} to be erased{since}."
    return Attention(text, reverse("backoffice:erasure_asks"), "Answer", Permission.ERASE_CUSTOMERS)
