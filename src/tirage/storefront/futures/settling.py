"""Where wine goes that was bought before it was bottled: chosen, reckoned line by line, agreed to and paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tirage.changes.operations import Confirmed, finish_change_payment
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import local_time
from tirage.customers.models import Address, Customer
from tirage.delivery.models import Method
from tirage.delivery.states import Visibility
from tirage.futures.models import Settlement
from tirage.futures.settling.agreeing import agree
from tirage.futures.settling.asking import keep_in_cellar
from tirage.futures.settling.reckoning import Choice, Costs, look_at
from tirage.futures.settling.storing import term_on
from tirage.futures.settling.terms import say_storage, say_transfer
from tirage.futures.states import OPEN, STANDING
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import live_pay_link, pay_link_url
from tirage.standing.queries import ways_of
from tirage.storefront.checkout.bank import is_ours
from tirage.storefront.frame.identity import current_visit, customer_actor, customer_required, page_context


def settlement_of(order: Order) -> Settlement | None:
    """What the customer was asked of an order, as it stands."""
    standing = order.settlements.filter(state__in=[state.value for state in STANDING])
    return standing.order_by("-pk").first()


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Where it goes and what that costs; ``address`` and ``way`` are what is looked at."""
    found = Settlement.objects.filter(
        order__reference=reference, order__customer=customer, state__in=[state.value for state in STANDING]
    )
    settlement = found.select_related("order__release", "order__customer").first()
    if settlement is None:
        raise Http404("nothing is asked of this order")
    if settlement.state not in OPEN:
        return redirect("storefront:order", reference)
    now = read_clock()
    problem = ""
    if request.method == "POST":
        try:
            return _act(request, settlement, customer, now)
        except DomainError as refused:
            problem = refused.message
    asked = request.POST if request.method == "POST" else request.GET
    addresses, cards = ways_of(customer, now)
    transfer = _transfer_asked(customer, asked)
    if transfer:
        choice, costs = transfer, look_at(settlement, transfer, now)
    else:
        choice, costs = _looked_at(settlement, addresses, asked.get("address", ""), asked.get("way", ""), now)
    term = term_on(local_time(now).date())
    context = page_context(
        request,
        settlement=settlement,
        order=settlement.order,
        addresses=addresses,
        cards=cards,
        choice=choice,
        costs=costs,
        problem=problem or costs.problem or settlement.note,
        can_agree=bool(choice.method_reference or choice.warehouse)
        and not costs.problem
        and (bool(cards) or not costs.to_pay),
        storage=say_storage(settlement, now),
        transfer=say_transfer(term) if term else "",
        warehouse=choice.warehouse or customer.storage_warehouse,
        account=choice.account or customer.storage_account,
    )
    return render(request, "storefront/futures/settle.html", context, status=422 if problem else 200)


def _transfer_asked(customer: Customer, asked: QueryDict) -> Choice | None:
    """The customer's account in another bonded warehouse, where that is what is looked at."""
    warehouse, account = asked.get("warehouse", "").strip(), asked.get("account", "").strip()
    if not warehouse:
        return None
    return Choice(warehouse=warehouse[:80], account=account[:40])


def _looked_at(
    settlement: Settlement, addresses: list[Address], address: str, way: str, now: datetime
) -> tuple[Choice, Costs]:
    """The first address and the first way from there, where none was chosen, or one that isn't there any more.

    It is reckoned once where the way is open there, as it nearly always is; a guess that is wrong costs a second time.
    """
    known = {one.reference for one in addresses}
    place = address if address in known else addresses[0].reference if addresses else ""
    guess = Choice(way or _first_way(), place)
    found = look_at(settlement, guess, now)
    if guess.method_reference in {one.reference for one in found.ways}:
        return guess, found
    ways = found.ways or look_at(settlement, Choice(address_reference=place), now).ways
    if not ways:
        return Choice(address_reference=place), found
    choice = Choice(ways[0].reference, place)
    return choice, look_at(settlement, choice, now)


def _first_way() -> str:
    everybodys = Method.objects.filter(is_active=True, visibility=Visibility.ALL.value)
    return everybodys.order_by("position", "pk").values_list("reference", flat=True).first() or ""


def _act(request: HttpRequest, settlement: Settlement, customer: Customer, now: datetime) -> HttpResponse:
    """Keeps it in the cellar, or agrees to what was shown."""
    order, actor = settlement.order, customer_actor(request)
    if request.POST.get("act") == "keep":
        keep_in_cellar(settlement=settlement, actor=actor, now=now)
        messages.success(request, "Your wine stays in our cellar. Have it whenever you like.")
        return redirect("storefront:futures")
    shown = request.POST.get("shown", "")
    card = PaymentMethod.objects.filter(customer=customer, reference=request.POST.get("card", "")).first()
    done = agree(
        settlement=settlement,
        choice=_transfer_asked(customer, request.POST)
        or Choice(request.POST.get("way", ""), request.POST.get("address", "")),
        expected_minor=int(shown)
        if shown.isascii() and shown.removeprefix("-").isdigit() and len(shown) < 16
        else -1,
        payment_method=card,
        actor=actor,
        now=now,
    )
    return _after(request, order, done)


def _after(request: HttpRequest, order: Order, done: Confirmed) -> HttpResponse:
    if is_ours(done.action_url):
        return HttpResponseRedirect(done.action_url)
    if done.action_url:
        return redirect("storefront:settle_paid", order.reference)
    if done.status == "applied":
        messages.success(request, "Thank you. All is settled, and your wine is made ready for its way.")
    else:
        words = done.message or "The bank has not answered yet. We write as soon as we know."
        messages.error(request, f"{words} What you chose is kept; the way to pay it comes by mail.")
    return redirect("storefront:order", order.reference)


@customer_required()
@require_safe
def settle_paid(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Back from the bank: on to the order once it is paid, else to where it can be."""
    order = get_object_or_404(Order, reference=reference, customer=customer)
    agreed = Settlement.objects.filter(order=order).exclude(draft="").order_by("-pk").first()
    payment = Payment.objects.filter(order=order, purpose=agreed.draft).last() if agreed else None
    visit = current_visit(request)
    if agreed is None or payment is None or (visit and visit.seen):
        return redirect("storefront:order", reference)
    now = read_clock()
    done = finish_change_payment(payment_reference=payment.reference, actor=customer_actor(request), now=now)
    if done.status == "applied":
        return _after(request, order, done)
    link = live_pay_link(order_id=order.pk, purpose=agreed.draft, now=now)
    return (
        HttpResponseRedirect(pay_link_url(link))
        if link
        else _after(request, order, replace(done, action_url=""))
    )
