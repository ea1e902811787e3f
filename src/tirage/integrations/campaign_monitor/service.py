"""Campaign Monitor as a newsletter service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from tirage.integrations.campaign_monitor.client import (
    NAME,
    Account,
    AccountClient,
    MailingListThere,
    Refused,
    SubscriberThere,
    ask,
    key,
)
from tirage.integrations.campaign_monitor.hooks import EVENTS, address_for
from tirage.marketing.protocol import FieldKind, FieldThere, Leaving, Left, ListThere, Person, Refusal
from tirage.marketing.protocol import Refused as RefusedPerson

_KINDS = {"Text": FieldKind.TEXT, "Number": FieldKind.NUMBER, "Date": FieldKind.DATE}
_NAMES = {kind: name for name, kind in _KINDS.items()}
#: Campaign Monitor's codes of what is wrong with one address.
_REFUSALS = {
    1: Refusal.INVALID,
    204: Refusal.SUPPRESSED,
    205: Refusal.DELETED,
    206: Refusal.UNSUBSCRIBED,
    207: Refusal.BOUNCED,
    208: Refusal.UNCONFIRMED,
}
#: Codes that say that somebody isn't on the list, or not any more.
_NOT_ON_IT = frozenset({203, 205, 206, 207})
_FIELD_EXISTS = 255
_PAGE = 1_000


class CampaignMonitor:
    key = "campaign_monitor"
    name = NAME
    #: Of one import.
    most = 1_000
    most_characters = 250

    @property
    def is_connected(self) -> bool:
        return bool(settings.TIRAGE_CAMPAIGN_MONITOR_API_KEY)

    def lists(self) -> Sequence[ListThere]:
        return ask(self._lists)

    def _lists(self) -> list[ListThere]:
        return [
            ListThere(str(one.ListID), str(one.Name), str(client.Name))
            for client in Account(key()).clients()
            for one in AccountClient(key(), client.ClientID).lists()
        ]

    def fields(self, *, list_id: str) -> Sequence[FieldThere]:
        def read() -> list[FieldThere]:
            return [
                FieldThere(str(one.Key), str(one.FieldName), _KINDS.get(str(one.DataType), FieldKind.OTHER))
                for one in MailingListThere(key(), list_id).custom_fields()
            ]

        return ask(read)

    def make_field(self, *, list_id: str, name: str, kind: FieldKind) -> FieldThere:
        try:
            made = ask(
                lambda: str(
                    # Subscribers don't change it themselves in the preference center.
                    MailingListThere(key(), list_id).create_custom_field(name, _NAMES[kind], [], False)
                )
            )
        except Refused as refused:
            if refused.code != _FIELD_EXISTS:
                raise
            return next(one for one in self.fields(list_id=list_id) if one.name.lower() == name.lower())
        return FieldThere(made, name, kind)

    def subscribe(self, *, list_id: str, people: Sequence[Person], again: bool) -> Sequence[RefusedPerson]:
        sent = [
            {
                "EmailAddress": person.email,
                "Name": person.name,
                "CustomFields": [
                    {"Key": name, "Value": value} if value else {"Key": name, "Value": "", "Clear": True}
                    for name, value in person.values.items()
                ],
                # They agreed to mail; whether they are tracked is between them and the newsletter.
                "ConsentToTrack": "Unchanged",
            }
            for person in people
        ]

        def put() -> list[RefusedPerson]:
            answer = SubscriberThere(key()).import_subscribers(list_id, sent, again)
            return [
                RefusedPerson(
                    str(one.EmailAddress), _REFUSALS.get(int(one.Code), Refusal.OTHER), str(one.Message)
                )
                for one in answer.FailureDetails
            ]

        return ask(put)

    def move(self, *, list_id: str, email: str, to: str) -> None:
        there = SubscriberThere(key(), list_id, email)
        try:
            ask(lambda: there.update(to, "", [], False, "Unchanged"))
        except Refused as refused:
            if refused.code in _NOT_ON_IT:
                return
            if refused.code not in {201, *_REFUSALS, 211}:
                raise
            # The new address is on the list already, or is none: the former one leaves it.
            self.remove(list_id=list_id, email=email)

    def unsubscribe(self, *, list_id: str, email: str) -> None:
        _fine_when_gone(lambda: SubscriberThere(key(), list_id, email).unsubscribe())

    def remove(self, *, list_id: str, email: str) -> None:
        _fine_when_gone(lambda: SubscriberThere(key(), list_id, email).delete())

    def listen(self, *, list_id: str) -> str:
        there, address = MailingListThere(key(), list_id), address_for(list_id)
        known = {str(one.Url): one for one in ask(there.webhooks)}
        before = known.get(address)
        hook = str(before.WebhookID if before else ask(lambda: there.create_webhook(EVENTS, address, "json")))
        try:
            if before is not None and str(before.Status) != "Active":
                # It gives up on an address that was silent for long.
                ask(lambda: there.activate_webhook(hook))
            ask(lambda: there.test_webhook(hook))
        except Refused as refused:
            self.listen_no_more(list_id=list_id, hook=hook)
            words = f"{NAME} can’t reach {settings.SITE_URL}, so it can’t tell us anything ({refused})."
            raise Refused(words[:300], refused.code) from None
        return hook

    def listen_no_more(self, *, list_id: str, hook: str) -> None:
        there = MailingListThere(key(), list_id)
        try:
            ask(lambda: there.delete_webhook(hook))
        except Refused:
            if hook in {str(one.WebhookID) for one in ask(there.webhooks)}:
                raise

    def left(self, *, list_id: str, how: Leaving, since: datetime | None) -> Iterator[Sequence[Left]]:
        there = MailingListThere(key(), list_id)
        look = there.unsubscribed if how is Leaving.UNSUBSCRIBED else there.bounced
        day = since.astimezone(UTC).date().isoformat() if since else ""
        number = 1
        while True:
            page, is_last = ask(lambda: _read(look(day, number, _PAGE, "date", "asc"), how))  # noqa: B023 - asked at once
            if page:
                yield page
            if is_last:
                return
            number += 1


def _read(answer: Any, how: Leaving) -> tuple[list[Left], bool]:
    found = [
        Left(str(one.EmailAddress), how, datetime.fromisoformat(str(one.Date)).replace(tzinfo=UTC))
        for one in answer.Results
    ]
    return found, int(answer.PageNumber) >= int(answer.NumberOfPages)


def _fine_when_gone(act: Any) -> None:
    try:
        ask(act)
    except Refused as refused:
        if refused.code not in _NOT_ON_IT:
            raise
