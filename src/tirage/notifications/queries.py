"""What became of mails: counted by state, for all, for an offer, for a release."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from tirage.notifications.kinds import KINDS
from tirage.notifications.models import OfferInvitation, SentMail
from tirage.notifications.states import MailEnd, MailState

_PRIVATE = [kind.value for kind, facts in KINDS.items() if facts.private]


def in_state(rows: QuerySet[SentMail], state: MailState) -> QuerySet[SentMail]:
    """The mails of which ``SentMail.state`` is that one."""
    return rows.alias(found_state=_state("")).filter(found_state=state.value)


def _state(prefix: str) -> Case:
    return Case(
        When(Q(**{f"{prefix}sent_at__isnull": False}), then=Value(MailState.SENT.value)),
        When(~Q(**{f"{prefix}ended": ""}), then=f"{prefix}ended"),
        When(~Q(**{f"{prefix}problem": ""}), then=Value(MailState.FAILING.value)),
        default=Value(MailState.WAITING.value),
        output_field=CharField(),
    )


def triable(rows: QuerySet[SentMail]) -> QuerySet[SentMail]:
    """Those that may be tried again: they failed, and what they say wasn't forgotten meanwhile."""
    ended = Q(ended__in=[MailEnd.REFUSED.value, MailEnd.GIVEN_UP.value])
    failing = Q(ended="") & ~Q(problem="")
    return rows.filter(ended | failing, sent_at__isnull=True).exclude(kind__in=_PRIVATE)


@dataclass(frozen=True, slots=True)
class MailFigures:
    """Invitations by what became of their mails; the parts add up to ``total``."""

    sent: int = 0
    waiting: int = 0
    failing: int = 0
    refused: int = 0
    given_up: int = 0
    withheld: int = 0

    def __add__(self, other: MailFigures) -> MailFigures:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return MailFigures(*(one + another for one, another in pairs))

    @property
    def total(self) -> int:
        return self.sent + self.waiting + self.failing + self.refused + self.given_up + self.withheld

    def of(self, state: MailState) -> int:
        return int(getattr(self, state.value))

    @property
    def failed(self) -> int:
        """Won't be sent by themselves any more."""
        return self.refused + self.given_up

    @property
    def to_try(self) -> int:
        return self.failed + self.failing


def invitation_mails(invitations: QuerySet[OfferInvitation]) -> dict[int, MailFigures]:
    """By the offer's id, in one statement. Invitations of former versions, whose mails nobody knows, are left out."""
    rows = (
        invitations.filter(mail__isnull=False)
        .order_by()
        .annotate(found_state=Coalesce(_state("mail__"), Value(MailState.WAITING.value)))
        .values_list("offer", "found_state")
        .annotate(count=Count("pk"))
    )
    counts: dict[int, dict[str, int]] = {}
    for offer_id, state, count in rows:
        counts.setdefault(offer_id, {})[state] = count
    return {offer_id: MailFigures(**found) for offer_id, found in counts.items()}
