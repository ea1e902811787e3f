"""What the home page shows: the release that is selling, its hours, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import axis_money
from tirage.catalog.models import Sku
from tirage.changes.models import ChangeDraft
from tirage.changes.states import DraftState
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery, local_time
from tirage.inventory.queries import NO_STOCK, StockFigures, stock_figures
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer, OfferItem, Release
from tirage.orders.models import Order, OrderLine
from tirage.orders.states import BOUGHT, OrderState
from tirage.parts.charts import Bar, Part, bar_chart
from tirage.parts.wording import say_number
from tirage.payments.models import Collection, Payment
from tirage.payments.operations import open_findings
from tirage.payments.states import OPEN, CollectionState, PaymentState
from tirage.payments.totals import Sums, totals_by_day
from tirage.staff.guessing import noticed
from tirage.staff.permissions import Permission
from tirage.wishes.models import Wish
from tirage.wishes.states import WishState

HOURS = 24
LATEST = 8
#: A payment may take this long before it needs somebody.
PATIENCE = timedelta(minutes=3)
_BOUGHT = [state.value for state in BOUGHT]


@dataclass(frozen=True, slots=True)
class LiveWine:
    """One wine of the release: sold in this release, held in carts now, left for anybody."""

    sku: Sku
    sold: int
    figures: StockFigures

    @property
    def parts(self) -> list[Part]:
        return [
            Part("sold", self.sold, "sold"),
            Part("in carts", self.figures.held, "held"),
            Part("left", self.figures.available, "left"),
        ]


@dataclass(frozen=True, slots=True)
class Hours:
    """Orders and money of the last hours, oldest first."""

    orders: list[Bar]
    money: list[Bar]


@dataclass(frozen=True, slots=True)
class Attention:
    """``permission`` is what the page behind it asks for."""

    text: str
    href: str
    label: str
    permission: Permission = Permission.SEE_ORDERS


@dataclass(frozen=True, slots=True)
class Live:
    """``is_open`` is false for a release that is yet to open (``opens_at``) or has closed."""

    release: Release
    is_open: bool
    opens_at: datetime
    closes_at: datetime
    orders: int
    customers: int
    bottles: int
    money: Money
    wines: list[LiveWine]
    hours: Hours


def live_release(now: datetime) -> Live | None:
    """The open release that opened last; else the next to open; else the last that closed."""
    windows = (
        Offer.objects.filter(is_active=True)
        .values("release")
        .annotate(opens=Min("opens_at"), closes=Max("closes_at"))
        .order_by("-opens")
    )
    found = list(windows[:50])
    open_ones = [row for row in found if row["opens"] <= now < row["closes"]]
    ahead = [row for row in found if row["opens"] > now]
    for chosen in open_ones or ahead[-1:] or found[:1]:
        return _live(chosen["release"], chosen["opens"], chosen["closes"], now)
    return None


def _live(release_id: int, opens_at: datetime, closes_at: datetime, now: datetime) -> Live:
    totals = Order.objects.filter(release=release_id, state__in=_BOUGHT).aggregate(
        orders=Count("pk"), customers=Count("customer", distinct=True), money=Sum("owed_minor")
    )
    wines = _wines(release_id, now)
    return Live(
        release=Release.objects.get(pk=release_id),
        is_open=opens_at <= now < closes_at,
        opens_at=opens_at,
        closes_at=closes_at,
        orders=totals["orders"],
        customers=totals["customers"],
        bottles=sum(wine.sold * wine.sku.units for wine in wines),
        money=Money(totals["money"] or 0, current_winery().currency),
        wines=wines,
        hours=_hours(release_id, now),
    )


def _wines(release_id: int, now: datetime) -> list[LiveWine]:
    items = OfferItem.objects.filter(offer__release=release_id, offer__is_active=True)
    places = dict(items.values_list("sku").annotate(place=Min("position")))
    sold = dict(
        OrderLine.objects.filter(order__release=release_id, order__state__in=_BOUGHT)
        .values_list("sku")
        .annotate(pieces=Sum("quantity"))
    )
    figures = stock_figures(list(places), now)
    skus = sorted(Sku.objects.filter(pk__in=places), key=lambda sku: (places[sku.pk], sku.code))
    return [LiveWine(sku, sold.get(sku.pk, 0), figures.get(sku.pk, NO_STOCK)) for sku in skus]


def _hours(release_id: int, now: datetime) -> Hours:
    zone = ZoneInfo(current_winery().time_zone)
    last = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=HOURS - 1)
    rows = (
        Order.objects.filter(release=release_id, state__in=_BOUGHT, made_at__gte=first)
        .annotate(hour=TruncHour("made_at", tzinfo=zone))
        .values_list("hour")
        .annotate(orders=Count("pk"), money=Sum("owed_minor"))
    )
    by_hour = {hour: (orders, money) for hour, orders, money in rows}
    hours = [first + timedelta(hours=at) for at in range(HOURS)]
    labels = [hour.astimezone(zone).strftime("%I %p").lstrip("0") for hour in hours]
    found = [by_hour.get(hour, (0, 0)) for hour in hours]
    return Hours(
        orders=[Bar(label, orders) for label, (orders, _) in zip(labels, found, strict=True)],
        money=[Bar(label, money) for label, (_, money) in zip(labels, found, strict=True)],
    )


def hour_charts(hours: Hours) -> list[SafeString]:
    """Money and orders by hour, as plots with their tables."""
    return [
        bar_chart(hours.money, title="Sales", unit="by hour", say=axis_money),
        bar_chart(hours.orders, title="Orders", unit="by hour"),
    ]


def money_today(now: datetime) -> Sums:
    """What came in and went back since the day began on the winery's clock."""
    return totals_by_day(local_time(now).date(), 1)[0].money


def latest_orders() -> list[Order]:
    """The newest orders that somebody has placed or is paying."""
    return list(Order.objects.select_related("customer").order_by("-made_at", "-id")[:LATEST])


def needs_attention(now: datetime) -> list[Attention]:
    """What somebody should look at, most urgent first; empty when all is well."""
    found = [
        _open_payments(now),
        _guessing(now),
        _findings(),
        _to_collect(),
        _waiting_changes(),
        _flagged(),
        _credit(),
        _failed_mails(now),
        _old_wishes(now),
    ]
    return [attention for attention in found if attention]


def _open_payments(now: datetime) -> Attention | None:
    stuck = Payment.objects.filter(state__in=[state.value for state in OPEN], made_at__lt=now - PATIENCE)
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
    waiting = ChangeDraft.objects.filter(state=DraftState.WAITING.value).count()
    if not waiting:
        return None
    text = f"{_say(waiting)} {'change waits' if waiting == 1 else 'changes wait'} for money."
    return Attention(text, reverse("backoffice:changes") + f"?state={DraftState.WAITING.value}", "See which")


def _flagged() -> Attention | None:
    flagged = Order.objects.filter(~Q(attention="")).count()
    if not flagged:
        return None
    text = f"{_say(flagged)} {'order needs' if flagged == 1 else 'orders need'} somebody."
    return Attention(text, reverse("backoffice:orders") + "?attention=yes", "See which")


def _credit() -> Attention | None:
    owed_back = Order.objects.filter(~Q(balance_minor=0), balance_minor__lt=0).count()
    if not owed_back:
        return None
    text = f"{_say(owed_back)} {'order has' if owed_back == 1 else 'orders have'} money to give back."
    return Attention(text, reverse("backoffice:orders") + "?balance=credit", "See which")


def _failed_mails(now: datetime) -> Attention | None:
    failed = SentMail.objects.filter(sent_at__isnull=True, due_at__gte=now - timedelta(days=7)).exclude(
        problem=""
    )
    failed = failed.exclude(problem="The customer is suspended.")
    if not (count := failed.count()):
        return None
    text = f"{_say(count)} {'mail' if count == 1 else 'mails'} could not be sent."
    return Attention(text, reverse("backoffice:mails"), "See the mails")


def _old_wishes(now: datetime) -> Attention | None:
    waiting = Wish.objects.filter(state=WishState.OPEN.value, offer_item__offer__closes_at__lte=now).count()
    if not waiting:
        return None
    text = f"{_say(waiting)} {'wish is' if waiting == 1 else 'wishes are'} open though the offer has closed."
    return Attention(text, reverse("backoffice:wishes") + "?state=open", "Answer them")


def _say(count: int) -> str:
    return say_number(count, current_winery().locale)
