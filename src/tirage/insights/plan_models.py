"""Events and tours that are planned by where customers live."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tirage.core.fields import moment_check, reference_field, state_check
from tirage.insights.states import ReachKind, Weight
from tirage.segments.models import CustomerList


def _point_check(latitude: str, longitude: str, name: str) -> models.CheckConstraint:
    """Both or neither, and on earth; what a check makes of nothing is no refusal, so it is asked for."""
    within: dict[str, object] = {f"{latitude}__isnull": False, f"{longitude}__isnull": False}
    for column, most in ((latitude, 90), (longitude, 180)):
        within |= {f"{column}__gte": -most, f"{column}__lte": most}
    neither = {f"{latitude}__isnull": True, f"{longitude}__isnull": True}
    return models.CheckConstraint(condition=Q(**neither) | Q(**within), name=name)


class EventPlan(models.Model):
    """An event to be: for whom, around where, within which reach; its figures are worked out when looked at."""

    reference = reference_field("EVT")
    name = models.CharField(max_length=80)
    #: Whom it is for, in the filter language; empty for everybody who is on the map.
    definition = models.TextField(blank=True)
    weight = models.CharField(max_length=10, default=Weight.VALUE.value)
    #: Where to look, as typed; without a point where the most value is.
    around = models.CharField(max_length=160, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    #: Whoever lives farther than these miles from there is somebody else's guest.
    radius = models.PositiveSmallIntegerField(default=60)
    reach_kind = models.CharField(max_length=10, default=ReachKind.MILES.value)
    #: Miles or minutes.
    reach = models.PositiveSmallIntegerField(default=20)
    #: Miles an hour, assumed, for minutes.
    speed = models.PositiveSmallIntegerField(default=30)
    #: Of a hundred invited how many are expected.
    rate = models.PositiveSmallIntegerField(default=15)
    begins_at = models.DateTimeField(null=True)
    #: Where it is held, once that is decided.
    site = models.CharField(max_length=160, blank=True)
    site_latitude = models.FloatField(null=True)
    site_longitude = models.FloatField(null=True)
    #: Whom it was decided to invite, as kept last.
    guests = models.ForeignKey(CustomerList, on_delete=models.SET_NULL, null=True, related_name="event_plans")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)
    #: Out of sight; for a month it can be put back.
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("weight", Weight, "event_plan_weight_is_legal"),
            state_check("reach_kind", ReachKind, "event_plan_reach_kind_is_legal"),
            _point_check("latitude", "longitude", "event_plan_point_on_earth"),
            _point_check("site_latitude", "site_longitude", "event_plan_site_on_earth"),
            models.CheckConstraint(
                condition=Q(rate__lte=100, reach__gte=1, speed__gte=1, radius__gte=1),
                name="event_plan_numbers_make_sense",
            ),
            moment_check("begins_at", name="event_plan_moment_is_meant"),
        ]

    def __str__(self) -> str:
        return self.name


class PlanVenue(models.Model):
    """A place that could take an event, as somebody typed it."""

    plan = models.ForeignKey(EventPlan, on_delete=models.CASCADE, related_name="venues")
    name = models.CharField(max_length=80)
    #: Where it is, in the words of the place that was found.
    place = models.CharField(max_length=160)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint("plan", Lower("name"), name="plan_venue_name_once"),
            _point_check("latitude", "longitude", "plan_venue_on_earth"),
        ]

    def __str__(self) -> str:
        return self.name


class Tour(models.Model):
    """Stops on the road, chosen so that they hold the most value within reach."""

    reference = reference_field("TUR")
    name = models.CharField(max_length=80)
    definition = models.TextField(blank=True)
    weight = models.CharField(max_length=10, default=Weight.VALUE.value)
    miles = models.PositiveSmallIntegerField(default=20)
    #: How many stops were asked for.
    count = models.PositiveSmallIntegerField(default=4)
    rate = models.PositiveSmallIntegerField(default=15)
    #: On screens: no way between the stops matters.
    is_virtual = models.BooleanField(default=False)
    begins_on = models.DateField(null=True)
    days_apart = models.PositiveSmallIntegerField(default=1)
    #: Where the way begins, as typed.
    start = models.CharField(max_length=160, blank=True)
    start_latitude = models.FloatField(null=True)
    start_longitude = models.FloatField(null=True)
    #: At least this part of the most that so many stops can hold; in thousandths. 1000: the most there is.
    assured = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            state_check("weight", Weight, "tour_weight_is_legal"),
            _point_check("start_latitude", "start_longitude", "tour_start_on_earth"),
            models.CheckConstraint(
                condition=Q(rate__lte=100, miles__gte=1, count__gte=1, days_apart__gte=1, assured__lte=1000),
                name="tour_numbers_make_sense",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TourStop(models.Model):
    """A stop of a tour, as it was chosen; who is within reach is counted when looked at."""

    tour = models.ForeignKey(Tour, on_delete=models.CASCADE, related_name="stops")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=160)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tour", "position"], name="tour_stop_position_once"),
            _point_check("latitude", "longitude", "tour_stop_on_earth"),
        ]

    def __str__(self) -> str:
        return self.name
