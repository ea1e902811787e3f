"""Two accounts side by side, as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tirage.backoffice.merging.forms import CONSENT_WORDS, say
from tirage.core.money import Money, say_money
from tirage.core.texts import say_count
from tirage.core.winery import current_winery, local_time
from tirage.customers.states import GroupKind
from tirage.merging.facts import Account, Both
from tirage.merging.table import RULES
from tirage.places.telephones import say_telephone

#: Entries of the table that the rows above say in words.
_SAID = frozenset(
    {
        "customers.Address.customer",
        "customers.Membership.customer",
        "payments.PaymentMethod.customer",
        "clubs.ClubMember.customer",
        "customers.Tag_customers.customer",
        "joining.WaitingPlace.customer",
        "standing.StandingOrder.customer",
    }
)
_ALL = "All of them"
#: What becomes of some of it, where it isn't just added up.
_AFTER = {
    "checkout.Cart.customer": "The cart of the account that ends is emptied; bottles set aside stay",
    "customers.CustomerSession.customer": "Those of the account that ends are signed out",
    "customers.Passkey.customer": "Those of the account that ends are removed",
    "offers.CustomAllowance.customer": "For a wine that both have one for, the one that stays",
    "wishes.Wish.customer": "Two for one wine become one",
}


@dataclass(frozen=True, slots=True)
class Row:
    """``after``: what the one customer has of it."""

    label: str
    stays: tuple[str, ...]
    ends: tuple[str, ...]
    after: str


def side_by_side(both: Both) -> list[Row]:
    """What at least one of both has."""
    rows = [*_words(both), *_numbers(both)]
    return [row for row in rows if row.stays or row.ends]


def _words(both: Both) -> Iterator[Row]:
    def row(label: str, read: Callable[[Account], tuple[str, ...]], after: str) -> Row:
        return Row(label, read(both.stays), read(both.ends), after)

    def chosen(name: str) -> str:
        if name in both.asked:
            return "As chosen above"
        is_same = both.stays.person.value(name) == both.ends.person.value(name)
        return "The same" if is_same else "The one that there is"

    yield row("Reference", lambda one: (one.customer.reference,), "Both lead to the one that stays")
    yield row("E-mail", lambda one: (one.person.email,), chosen("email"))
    yield row(
        "Telephone", lambda one: tuple(filter(None, [say_telephone(one.person.phone)])), chosen("phone")
    )
    yield row(
        "Date of birth",
        lambda one: (say(one.person.birth_date),) if one.person.birth_date else (),
        chosen("birth_date"),
    )
    yield row("Status", _status, "Suspended if one of both is")
    yield row("Mail about new wines", lambda one: (CONSENT_WORDS[one.person.consent],), chosen("consent"))
    yield row("On the list since", lambda one: (_day(one.customer.signed_up_at),), "The earlier day")
    yield row("Groups", _groups, "All of them, but one allocation group")
    yield row("Wine ordered", lambda one: _money(one.customer.lifetime_minor), "The sum")
    yield row("Store credit", lambda one: _money(one.customer.credit_minor), "The sum")
    yield row("Addresses", lambda one: one.addresses, "All of them, once each")
    yield row("Cards", lambda one: one.cards, _ALL)
    yield row("Clubs", lambda one: one.clubs, "Once in each")
    yield row("Standing order", lambda one: tuple(filter(None, [one.standing.capitalize()])), "One of both")
    yield row(
        "In line since",
        lambda one: (_day(one.waiting_since),) if one.waiting_since else (),
        "The earlier day",
    )
    yield row("Tags", lambda one: one.tags, _ALL)
    yield row("What to know", lambda one: tuple(filter(None, [one.customer.note])), "Both texts")


def _numbers(both: Both) -> Iterator[Row]:
    for key, rule in RULES.items():
        if not rule.one or key in _SAID:
            continue
        stays, ends = (
            (say_count(count, rule.one, rule.many),) if count else () for count in both.counts[key]
        )
        yield Row(rule.many.capitalize(), stays, ends, _AFTER.get(key, _ALL))


def _status(one: Account) -> tuple[str, ...]:
    return ("Active" if one.customer.is_active else f"Suspended: {one.customer.status_reason}",)


def _groups(one: Account) -> tuple[str, ...]:
    return tuple(
        f"{name}, since {_day(since)}{' (allocation)' if kind == GroupKind.ALLOCATION else ''}"
        for name, kind, since in one.groups
    )


def _day(moment: datetime) -> str:
    return say(local_time(moment).date())


def _money(minor: int) -> tuple[str, ...]:
    winery = current_winery()
    return (say_money(Money(minor, winery.currency), winery.locale),) if minor else ()
