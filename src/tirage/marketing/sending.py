"""Sending what was decided of a portion, and writing down what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from tirage.core.locks import lock_row
from tirage.customers.models import Customer
from tirage.marketing.gathering import Act, Decision
from tirage.marketing.models import MailingList, Subscriber, SyncLine, SyncRun
from tirage.marketing.protocol import MailingService, Refusal, Refused
from tirage.marketing.states import Done, Standing

#: Calls about one person in a portion; the rest of it is the next portion's.
MOST_SINGLE = 50
_BATCH = 500
_WORDS = {
    Refusal.INVALID: "{name} says that the address isn’t one. Correct it.",
    Refusal.SUPPRESSED: "{name} never writes to this address: it is on the account’s suppression list.",
    Refusal.UNSUBSCRIBED: "Unsubscribed at {name}.",
    Refusal.DELETED: "Taken off the list at {name} by somebody. Put them back there if they belong on it.",
    Refusal.BOUNCED: "Their mailbox refused mail from {name}.",
    Refusal.UNCONFIRMED: "Hasn’t confirmed yet at {name}.",
    Refusal.OTHER: "{name} refused: {message}",
}
_STANDS = {Refusal.UNSUBSCRIBED: Standing.UNSUBSCRIBED, Refusal.BOUNCED: Standing.BOUNCED}


def refusal_words(why: Refusal, service: str, message: str = "") -> str:
    """Why the service wouldn't take an address, for the team."""
    return _WORDS[why].format(name=service, message=message or "no reason given")


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one decision. ``done`` None: only noted."""

    decision: Decision
    standing: Standing
    reason: str = ""
    done: Done | None = None


def send(
    mailing: MailingList, decisions: Sequence[Decision], service: MailingService, sent: list[Sent]
) -> tuple[int, int] | None:
    """Makes the calls of a portion and notes in ``sent`` each that was answered, also when a later one raises.

    The last customer that is dealt with and how many there were; None of an empty portion.
    """
    portion = _within(decisions)
    if not portion:
        return None
    taken = _taken(portion)
    for decision in portion:
        if decision.act is Act.LEAVE_OUT:
            sent.append(Sent(decision, Standing.LEFT_OUT, decision.off))
        elif decision.act in (Act.UNSUBSCRIBE, Act.REMOVE):
            sent.append(_take_off(mailing, decision, service, taken))
        elif decision.moves_from and decision.moves_from not in taken:
            service.move(list_id=mailing.service_id, email=decision.moves_from, to=decision.email)
    for again in (False, True):
        some = [one for one in portion if one.act is Act.SEND and one.again is again]
        for start in range(0, len(some), service.most):
            sent += _subscribe(mailing, some[start : start + service.most], service, again)
    return portion[-1].customer.pk, len(portion)


def _within(decisions: Sequence[Decision]) -> list[Decision]:
    """As many as ask for a bearable number of calls."""
    portion, single = [], 0
    for decision in decisions:
        single += decision.act in (Act.UNSUBSCRIBE, Act.REMOVE) or bool(decision.moves_from)
        if single > MOST_SINGLE:
            break
        portion.append(decision)
    return portion


def _taken(portion: Iterable[Decision]) -> set[str]:
    """Former addresses that are somebody else's by now: what the list has of them isn't touched."""
    former = {one.moves_from for one in portion if one.moves_from}
    former |= {
        one.email
        for one in portion
        if one.act in (Act.UNSUBSCRIBE, Act.REMOVE) and one.email != one.customer.email
    }
    if not former:
        return set()
    return set(Customer.objects.filter(email__in=list(former)).values_list("email", flat=True))


def _take_off(mailing: MailingList, decision: Decision, service: MailingService, taken: set[str]) -> Sent:
    leaves = decision.act is Act.UNSUBSCRIBE
    if decision.email not in taken:
        ask = service.unsubscribe if leaves else service.remove
        ask(list_id=mailing.service_id, email=decision.email)
    return Sent(decision, Standing.REMOVED, decision.off, Done.UNSUBSCRIBED if leaves else Done.REMOVED)


def _subscribe(
    mailing: MailingList, decisions: Sequence[Decision], service: MailingService, again: bool
) -> list[Sent]:
    people = [one.person for one in decisions if one.person]
    answered = service.subscribe(list_id=mailing.service_id, people=people, again=again)
    refused = {one.email.lower(): one for one in answered}
    return [became(one, refused.get(one.email.lower()), service) for one in decisions]


def became(decision: Decision, refused: Refused | None, service: MailingService) -> Sent:
    """What somebody who was sent is from now on: on the list, or refused and why."""
    if refused is None:
        return Sent(decision, Standing.SUBSCRIBED, "", Done.SENT)
    words = refusal_words(refused.why, service.name, refused.message)
    return Sent(decision, _STANDS.get(refused.why, Standing.REFUSED), words[:200], Done.REFUSED)


def write_down(
    run: SyncRun,
    token: str,
    mailing: MailingList,
    sent: Sequence[Sent],
    *,
    cursor: int,
    seen: int,
    now: datetime,
) -> bool:
    """Notes what was sent and how far the run is, in one transaction; False when the run is another worker's by now.

    Locks the run. A run that was stopped meanwhile still keeps what it did.
    """
    with transaction.atomic():
        locked = lock_row(SyncRun.objects.filter(pk=run.pk, holder=token))
        if locked is None:
            return False
        changed = [row for one in sent if (row := _row(mailing, run, one, now))]
        _save(changed)
        lines = [_line(run, one, now) for one in sent if one.done]
        SyncLine.objects.bulk_create(lines, batch_size=_BATCH, ignore_conflicts=True)
        counts = Counter(one.done.value for one in sent if one.done)
        left_out = sum(one.decision.act is Act.LEAVE_OUT for one in sent)
        is_answered = bool(seen or lines)
        SyncRun.objects.filter(pk=run.pk).update(
            cursor=cursor,
            seen=F("seen") + seen,
            sent=F("sent") + counts[Done.SENT.value],
            removed=F("removed") + counts[Done.REMOVED.value],
            unsubscribed=F("unsubscribed") + counts[Done.UNSUBSCRIBED.value],
            refused=F("refused") + counts[Done.REFUSED.value],
            left_out=F("left_out") + (left_out if seen else 0),
            changed_at=now,
            **({"failures": 0, "retry_at": None, "problem": ""} if is_answered else {}),
        )
    run.refresh_from_db()
    return True


def _row(mailing: MailingList, run: SyncRun, one: Sent, now: datetime) -> Subscriber | None:
    """The subscriber as it is from now on; None where nothing is different."""
    decision, row = one.decision, one.decision.subscriber
    was_heard = row is not None and row.state in (Standing.UNSUBSCRIBED, Standing.BOUNCED)
    # What was heard from the service stays: it decides what an agreement of later means.
    if row and decision.act is Act.LEAVE_OUT and (was_heard or row.reason == one.reason):
        return None
    row = row or Subscriber(list=mailing, customer=decision.customer)
    row.state, row.reason, row.email, row.changed_at = one.standing.value, one.reason, decision.email, now
    if one.standing is Standing.SUBSCRIBED:
        row.digest, row.sent, row.sent_at, row.run = decision.digest, dict(decision.sent), now, run
        row.left_at = None
    else:
        row.digest = ""
    if one.done is Done.UNSUBSCRIBED:
        # The service will name them among those who left; that is no news then.
        row.left_at = now
    return row


def _save(rows: Sequence[Subscriber]) -> None:
    """A customer who went meanwhile is left out."""
    new = [row for row in rows if row._state.adding]
    known = [row for row in rows if not row._state.adding]
    there = set(Customer.objects.filter(pk__in=[row.customer_id for row in new]).values_list("pk", flat=True))
    Subscriber.objects.bulk_create(
        [row for row in new if row.customer_id in there], batch_size=_BATCH, ignore_conflicts=True
    )
    fields = ["state", "reason", "email", "changed_at", "digest", "sent", "sent_at", "left_at", "run"]
    Subscriber.objects.bulk_update(known, fields, batch_size=_BATCH)


def _line(run: SyncRun, one: Sent, now: datetime) -> SyncLine:
    assert one.done
    return SyncLine(
        run=run,
        customer=one.decision.customer,
        email=one.decision.email,
        done=one.done.value,
        reason=one.reason,
        at=now,
    )
