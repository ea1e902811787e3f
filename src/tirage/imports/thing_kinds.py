"""Files of store credit, memberships of clubs, addresses that aren't written to, and wishes."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from tirage.clubs.models import Club
from tirage.clubs.states import MemberState
from tirage.core.errors import DomainError
from tirage.core.money import Money, say_money
from tirage.customers.models import Customer, Group, Membership
from tirage.customers.states import GroupKind
from tirage.imports.engine import Finding
from tirage.imports.things import ThingImporter, ThingRow
from tirage.moving.joining import refuse_member
from tirage.moving.models import BroughtThing
from tirage.moving.states import Thing
from tirage.moving.wishing import find_items
from tirage.tables.staging import RowReader
from tirage.tables.thing_columns import (
    CREDIT_FIELDS,
    MEMBER_FIELDS,
    STAY_FIELDS,
    SUPPRESSED_FIELDS,
    WISH_FIELDS,
)


class CreditImporter(ThingImporter):
    fields = CREDIT_FIELDS
    thing = Thing.CREDIT
    twice = (
        "Row {} has this customer’s balance already. Write one balance for each, or choose a column with the number "
        "of each credit."
    )

    def read(self, reader: RowReader, email: str) -> ThingRow:
        amount: int | None = reader.get("amount")
        if amount is not None and amount <= 0:
            reader.problem("amount", "A balance is more than nought. Leave the row out.")
        elif amount is None and not reader.problems:
            reader.problem("amount", "Write the balance.")
        code = reader.text("code", longest=80)
        return ThingRow(reader.number, email, (code,) if code else (), {}, amount or 0)

    def show(self, row: ThingRow) -> list[tuple[str, str]]:
        return [("E-mail", row.email), ("Store credit", self._say(row.amount))]

    def change_words(self, thing: BroughtThing, row: ThingRow) -> str:
        was, more = thing.amount_minor, row.amount - thing.amount_minor
        did = "are given" if more > 0 else "are taken back"
        return f"It came in as {self._say(was)}: {self._say(abs(more))} {did}."

    def _say(self, minor: int) -> str:
        return say_money(Money(minor, self.winery.currency), self.winery.locale)


#: What former systems call a membership's state.
_STATES = {
    MemberState.ACTIVE: "active | current | enabled | ok | yes | member | new | renewed",
    MemberState.PAUSED: "paused | on hold | hold | suspended | skipped | frozen | inactive",
    MemberState.LEFT: "left|cancelled|canceled|ended|expired|former|terminated|no",
}
_BY_WORD = {word.strip(): state for state, words in _STATES.items() for word in words.split("|")}


class MemberImporter(ThingImporter):
    fields = MEMBER_FIELDS
    thing = Thing.MEMBER
    date_fields = ("joined_at", "left_at", "next_shipment")
    twice = "Row {} has this customer in the same club already. Leave one of them out."

    def read(self, reader: RowReader, email: str) -> ThingRow:
        joined_at, left_at = self.moment(reader, "joined_at"), self.moment(reader, "left_at")
        state = self._state(reader, left_at)
        if not joined_at and not reader.problems:
            reader.problem("joined_at", "Say since when. A membership has the day that it began.")
        if state is MemberState.LEFT and not left_at:
            left_at = joined_at
            reader.notice("left_at", "It isn’t said when: the day of joining stands in its place.")
        data = {
            "club": reader.text("club", longest=80),
            "state": state.value,
            "joined_at": joined_at,
            "left_at": left_at if state is MemberState.LEFT else "",
            "next_shipment": self.moment(reader, "next_shipment")[:10],
            "reason": reader.text("reason")[:200],
        }
        return ThingRow(reader.number, email, (data["club"],), data)

    def _state(self, reader: RowReader, left_at: str) -> MemberState:
        said = reader.text("state").casefold().replace("-", " ").replace("_", " ")
        if not said:
            return MemberState.LEFT if left_at else MemberState.ACTIVE
        if said not in _BY_WORD:
            reader.problem("state", "Write active, paused or left.")
        return _BY_WORD.get(said, MemberState.ACTIVE)

    def show(self, row: ThingRow) -> list[tuple[str, str]]:
        names = (("Club", "club"), ("State", "state"), ("Joined on", "joined_at"), ("Left on", "left_at"))
        shown = [(label, str(row.data[name])[:80]) for label, name in names]
        return [("E-mail", row.email), *shown, ("Next shipment", row.data["next_shipment"])]

    def judge(
        self, rows: Sequence[ThingRow], customers: AnyMapping[str, int], here: AnyMapping[str, BroughtThing]
    ) -> list[Finding]:
        people = Customer.objects.in_bulk({customers[row.email] for row in rows})
        found = []
        for row in rows:
            club = self._club(row)
            if club is None:
                words = f"There is no club named {row.data['club']}. Make it first, under Clubs."
                found.append(Finding(row.row, "club", row.data["club"], words))
            elif row.key() not in here:
                try:
                    refuse_member(club, people[customers[row.email]], row.data["state"])
                except DomainError as refusal:
                    found.append(Finding(row.row, "email", row.email, refusal.message))
        return found

    def data(self, row: ThingRow) -> dict[str, Any]:
        club = self._club(row)
        return {**row.data, "club": club.reference if club else ""}

    def _club(self, row: ThingRow) -> Club | None:
        if not hasattr(self, "_clubs"):
            clubs = Club.objects.select_related("group")
            self._clubs = {" ".join(one.name.casefold().split()): one for one in clubs}
        return self._clubs.get(" ".join(row.data["club"].casefold().split()))

    def afterwards(self) -> str:
        return " Members have no standing order yet: they agree to it here."


class StayImporter(ThingImporter):
    fields = STAY_FIELDS
    thing = Thing.STAY
    date_fields = ("since", "until")
    twice = "Row {} has the same stay of this customer already. Leave one of them out."

    def read(self, reader: RowReader, email: str) -> ThingRow:
        since, until = self.moment(reader, "since"), self.moment(reader, "until")
        if not since and not reader.problems:
            reader.problem("since", "Say since when.")
        if until and until <= since:
            reader.problem("until", "It ends before it begins.")
        if since and datetime.fromisoformat(max(since, until)) > self.setting.now:
            reader.problem("until" if until else "since", "This day is yet to come.")
        group = reader.text("group", longest=120)
        # One that goes on is the customer's only one in the group; each that is over is known by when it began.
        return ThingRow(
            reader.number,
            email,
            (group, since) if until else (group,),
            {"group": group, "since": since, "until": until},
        )

    def show(self, row: ThingRow) -> list[tuple[str, str]]:
        days = [("Since", row.data["since"][:10]), ("Until", row.data["until"][:10])]
        return [("E-mail", row.email), ("Group", row.data["group"]), *days]

    def judge(
        self, rows: Sequence[ThingRow], customers: AnyMapping[str, int], here: AnyMapping[str, BroughtThing]
    ) -> list[Finding]:
        people = Customer.objects.in_bulk({customers[row.email] for row in rows})
        inside = {
            (one.customer_id, one.kind): one.group
            for one in Membership.objects.filter(customer__in=people).select_related("group")
        }
        found = []
        for row in rows:
            group, who = self._group(row), customers[row.email]
            other = inside.get((who, GroupKind.ALLOCATION.value))
            if group is None:
                words = f"There is no group named {row.data['group']}. Make it first, under Groups."
                found.append(Finding(row.row, "group", row.data["group"], words))
            elif not row.data["until"] and group.kind == GroupKind.ALLOCATION and other not in (None, group):
                words = f"{people[who].name} is in the allocation group {other} here. Move them first."
                found.append(Finding(row.row, "group", row.data["group"], words))
        return found

    def data(self, row: ThingRow) -> dict[str, Any]:
        group = self._group(row)
        return {**row.data, "group": group.reference if group else ""}

    def _group(self, row: ThingRow) -> Group | None:
        if not hasattr(self, "_groups"):
            self._groups = {one.name.casefold(): one for one in Group.objects.all()}
        return self._groups.get(row.data["group"].casefold())


class SuppressedImporter(ThingImporter):
    fields = SUPPRESSED_FIELDS
    thing = Thing.MUTE
    date_fields = ("left_at",)

    def read(self, reader: RowReader, email: str) -> ThingRow:
        return ThingRow(reader.number, email, (), {"left_at": self.moment(reader, "left_at")})

    def show(self, row: ThingRow) -> list[tuple[str, str]]:
        return [("E-mail", row.email), ("Since", row.data["left_at"][:10])]


class WishImporter(ThingImporter):
    fields = WISH_FIELDS
    thing = Thing.WISH
    date_fields = ("made_at",)
    piece_fields: ClassVar[tuple[str, ...]] = ("asked",)
    twice = "Row {} has this customer’s wish for the same wine already. Leave one of them out."

    def read(self, reader: RowReader, email: str) -> ThingRow:
        code, asked = reader.text("code", longest=40), self.pieces(reader, "asked")
        if not code and not reader.problems:
            reader.problem("code", "Write the wine’s sku.")
        data = {"code": code, "asked": asked or 0, "made_at": self.moment(reader, "made_at")}
        return ThingRow(reader.number, email, (code,), data)

    def show(self, row: ThingRow) -> list[tuple[str, str]]:
        day = row.data["made_at"][:10]
        return [
            ("E-mail", row.email),
            ("Wish", f"{row.data['asked']} × {row.data['code']}"),
            ("Wished on", day),
        ]

    def judge(
        self, rows: Sequence[ThingRow], customers: AnyMapping[str, int], here: AnyMapping[str, BroughtThing]
    ) -> list[Finding]:
        wanted = [(customers[row.email], row.data["code"], row.data["asked"]) for row in rows]
        answers = find_items(wanted, self.setting.now)
        return [
            Finding(row.row, "code", row.data["code"], answer)
            for row, answer in zip(rows, answers, strict=True)
            if isinstance(answer, str)
        ]
