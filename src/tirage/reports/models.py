"""What a winery hopes for of a release, and what its team was told of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tirage.catalog.models import Sku
from tirage.core.fields import amount_check, state_check
from tirage.offers.models import Offer, Release
from tirage.reports.states import WaveMoment

#: More than any cellar holds.
MOST_BOTTLES = 10_000_000


class Goal(models.Model):
    """Bottles and money (wine, in minor units) that a release, or one wine of it, should bring."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="goals")
    #: None for the release as a whole.
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="+")
    bottles = models.PositiveIntegerField(null=True)
    wine_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "sku"], name="goal_once_a_wine"),
            models.UniqueConstraint(
                fields=["release"], condition=Q(sku__isnull=True), name="goal_once_a_release"
            ),
            models.CheckConstraint(
                condition=Q(bottles__isnull=False) | Q(wine_minor__isnull=False), name="goal_says_something"
            ),
            models.CheckConstraint(
                condition=Q(bottles__isnull=True) | Q(bottles__gt=0, bottles__lte=MOST_BOTTLES),
                name="goal_bottles_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(wine_minor__isnull=True) | Q(wine_minor__gt=0), name="goal_money_positive"
            ),
            amount_check("wine_minor", "goal_money_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"goal of {self.release_id}"


class WaveTold(models.Model):
    """That the team was told that an offer opened or closed at a moment: once, and anew where the moment was moved."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="told_of")
    what = models.CharField(max_length=8)
    moment = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "what", "moment"], name="wave_told_once"),
            state_check("what", WaveMoment, "wave_told_what_is_legal"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.what}"
