"""The list of mails: to whom, what became of each, and what stood in the way."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy

from tirage.backoffice.frame.cells import moment_cell, moment_value, state_cell
from tirage.backoffice.frame.filters import DayFilter, Source, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList
from tirage.backoffice.frame.mails import STATES, say_next
from tirage.backoffice.frame.who import OfCustomers
from tirage.notifications.kinds import KINDS
from tirage.notifications.models import SentMail
from tirage.notifications.queries import in_state
from tirage.notifications.states import MailKind, MailState
from tirage.offers.models import Release
from tirage.staff.permissions import Permission


class MailFilters(OfCustomers):
    q = search_filter("E-mail address")
    state = choice_filter(
        "State", choices=[(state.value, words) for state, words in STATES.items()], method="by_state"
    )
    kind = choice_filter(
        "Mail", "kind", choices=[(kind.value, gettext_lazy(facts.name)) for kind, facts in KINDS.items()]
    )
    release = choice_filter("Invitations of", method="by_release")
    first = DayFilter("due_at", label="Due from")
    last = DayFilter("due_at", last=True, label="Due until")

    class Meta:
        model = SentMail
        fields: ClassVar[list[str]] = []

    sources: ClassVar[dict[str, Source]] = {"release": Source(Release.objects.all)}

    def search(self, rows: QuerySet[SentMail], name: str, value: str) -> QuerySet[SentMail]:
        text = value.strip().lower()
        return rows.filter(Q(to__iexact=text) | Q(customer__email__startswith=text))

    def by_state(self, rows: QuerySet[SentMail], name: str, value: str) -> QuerySet[SentMail]:
        return in_state(rows, MailState(value))

    def by_release(self, rows: QuerySet[SentMail], name: str, value: str) -> QuerySet[SentMail]:
        return rows.filter(invitations__offer__release__reference=value)


def _to(mail: SentMail) -> str:
    return mail.to or (mail.customer.email if mail.customer else "")


def _name(mail: SentMail) -> str:
    return KINDS[MailKind(mail.kind)].said


def _why(mail: SentMail) -> str:
    return f"{mail.problem} {say_next(mail)}".strip()


class MailList(RowList[SentMail]):
    name = "mails"
    noun_one = "mail"
    noun_many = "mails"
    filters = MailFilters
    default_sort = "-when"
    row_key = "number"
    template = "backoffice/settings/sent_mails.html"
    actions = "backoffice/settings/mail_actions.html"
    actions_permission = Permission.EDIT_SETTINGS
    columns = (
        Column("to", "To", _to, _to, kind="main"),
        Column("mail", "Mail", _name, _name),
        Column(
            "state", "State", lambda m: state_cell(m.state.value, STATES[m.state]), lambda m: STATES[m.state]
        ),
        Column("why", "What stood in the way", _why, lambda m: m.problem),
        Column(
            "when",
            "Due",
            lambda m: moment_cell(m.due_at),
            lambda m: moment_value(m.due_at),
            ("-id",),
            kind="aside",
        ),
        Column(
            "sent", "Sent", lambda m: moment_cell(m.sent_at), lambda m: moment_value(m.sent_at), shown=False
        ),
        Column("tries", "Tries", lambda m: m.attempts, lambda m: m.attempts, kind="number", shown=False),
    )

    def rows(self) -> QuerySet[SentMail]:
        return SentMail.objects.annotate(number=Cast("pk", CharField()))

    def load(self, rows: QuerySet[SentMail]) -> QuerySet[SentMail]:
        return rows.select_related("customer")

    def key_of(self, row: SentMail) -> str:
        return str(row.pk)


MAILS = MailList()
