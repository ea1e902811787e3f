"""A list at the newsletter service as it was synced yesterday. The demo is connected to nobody: nothing was sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.runs import in_the_name_of
from tirage.customers.models import Customer, Group
from tirage.customers.operations import set_tags
from tirage.marketing.gathering import Act, customers_of, decide, find_audience
from tirage.marketing.lists import choose_list, save_list
from tirage.marketing.models import SyncRun
from tirage.marketing.protocol import ListThere, Refusal, Refused
from tirage.marketing.sending import Sent, became, write_down
from tirage.marketing.services import current_service
from tirage.marketing.states import Every, Scope, Standing, SyncState

_FIELDS = {
    "first_name": "[FirstName]",
    "tier": "[AllocationGroup]",
    "clubs": "[Clubs]",
    "lifetime": "[LifetimeValue]",
    "last_order": "[LastOrder]",
    "link": "[SignInLink]",
}
_PORTION = 500


def leave_newsletters(now: datetime, by: Actor) -> None:
    """Everybody of the first two groups, one of whom has an address that the service refused."""
    at = now - timedelta(hours=20)
    service = current_service()
    first, second = Group.objects.filter(name__in=("Ridge", "Slope")).order_by("rank")
    mailing = choose_list(
        chosen=ListThere("demo-letters", "Letters from the estate", ""), service=service, actor=by, now=at
    )
    mailing = save_list(
        mailing=mailing,
        definition=f"any(group(group:{first.reference}),group(group:{second.reference}))",
        fields=_FIELDS,
        every=Every.HAND.value,
        actor=by,
        now=at,
    )
    _tag_one(first, by, at)
    audience = find_audience(mailing, at)
    run = SyncRun.objects.create(
        list=mailing,
        scope=Scope.ALL.value,
        total=customers_of(mailing, audience).count(),
        has_heard=True,
        holder="demo",
        made_at=at,
        changed_at=at,
        **in_the_name_of(by),
    )
    is_refused = True
    while decisions := decide(run, mailing, audience, service, limit=_PORTION, now=at):
        sent = []
        for one in decisions:
            if one.act is not Act.SEND:
                sent.append(Sent(one, Standing.LEFT_OUT, one.off))
                continue
            sent.append(became(one, Refused(one.email, Refusal.INVALID) if is_refused else None, service))
            is_refused = False
        last = decisions[-1].customer.pk
        write_down(
            run, "demo", mailing, sent, cursor=last, seen=len(decisions), now=at + timedelta(minutes=1)
        )
    SyncRun.objects.filter(pk=run.pk).update(
        state=SyncState.FINISHED.value, holder="", changed_at=at + timedelta(minutes=1)
    )


def _tag_one(group: Group, by: Actor, at: datetime) -> None:
    """Two tags of which a rule *contains* would find both."""
    customer = Customer.objects.filter(memberships__group=group).order_by("pk")[0]
    names = [*customer.tags.values_list("name", flat=True), "Lantern Block", "Lantern Block library"]
    set_tags(customer=customer, names=names, actor=by, now=at)
