"""Numbers for the grid of the release to come, kept for later and not decided yet."""

from __future__ import annotations

from datetime import datetime

from tirage.catalog.models import Sku
from tirage.core.actors import Actor
from tirage.demo.words import SPRING_2027
from tirage.offers.grid.drafts import propose_maximums
from tirage.offers.models import Release

#: What each offer, in the order of its groups, might allow of a wine instead.
THOUGHTS = (("EK-SY-23-750", 4), ("EK-SY-23-750", 3), ("EK-CH-24-1500", 1))


def leave_draft(now: datetime, by: Actor) -> None:
    """Less Syrah for two groups, a magnum for the third; the press decides."""
    release = Release.objects.get(name=SPRING_2027.name)
    offers = release.offers.order_by("group__rank")
    skus = dict(Sku.objects.values_list("code", "pk"))
    propose_maximums(
        release=release,
        cells={
            (offer.pk, skus[code]): maximum for offer, (code, maximum) in zip(offers, THOUGHTS, strict=True)
        },
        source=f"Kept for later by {by.label}",
        note="If the Syrah stays at 40 cases. A magnum for Field, for once.",
        actor=by,
        now=now,
    )
