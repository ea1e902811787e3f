"""The sentence of a policy as it is written or saved, in the winery's time and names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel.dates import format_datetime

from tirage.catalog.models import Sku
from tirage.core.winery import current_winery, local_time
from tirage.core.zones import say_zone
from tirage.customers.models import Group
from tirage.offers.models import Offer
from tirage.wishes.models import Policy
from tirage.wishes.policies.rules import Reserve
from tirage.wishes.policies.wording import Names, say_policy
from tirage.wishes.policies.writing import PolicyValues, values_of, values_of_all


def say_values(values: PolicyValues) -> str:
    """What is written, read back; at most three statements."""
    return _say_all([values])[0]


def say(policy: Policy) -> str:
    """A saved policy as a sentence; at most five statements."""
    return say_values(values_of(policy))


def say_each(policies: Sequence[Policy]) -> list[str]:
    """Saved policies as sentences; at most five statements however many they are."""
    return _say_all(values_of_all(policies))


def _say_all(written: Sequence[PolicyValues]) -> list[str]:
    named = {pk for values in written for step in values.steps for pk in step.groups}
    kept = {sku_id for values in written for sku_id in values.reserve_own}
    about = {values.offer_id for values in written if values.offer_id}
    groups = dict(Group.objects.filter(pk__in=named).values_list("pk", "name")) if named else {}
    wines = {sku.pk: str(sku) for sku in Sku.objects.filter(pk__in=kept)} if kept else {}
    offers = dict(Offer.objects.filter(pk__in=about).values_list("pk", "group__name")) if about else {}
    return [
        say_policy(
            values.trigger,
            [(step.kind, step.groups, step.terms) for step in values.steps],
            Reserve(values.reserve, values.reserve_of_all, values.reserve_own),
            values.minds_offers,
            Names(
                groups,
                wines,
                offers.get(values.offer_id, "") if values.offer_id else "",
                _moment(values.begins_at) if values.begins_at else "",
            ),
        )
        for values in written
    ]


def _moment(at: datetime) -> str:
    local, locale = local_time(at), current_winery().locale
    return f"{format_datetime(local, 'd MMMM y, H:mm', locale=locale)} {say_zone(local, locale)}"
