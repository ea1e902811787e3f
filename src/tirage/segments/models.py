"""Filters with a name, what has become of them from day to day, and lists of customers that stand still."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from tirage.core.fields import reference_field
from tirage.customers.models import Customer


class Segment(models.Model):
    """A filter with a name: always whoever fits it now. ``definition`` is the text of ``segments.rules``."""

    reference = reference_field("SEG")
    name = models.CharField(max_length=80)
    note = models.TextField(blank=True)
    definition = models.TextField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="segment_name_once")]

    def __str__(self) -> str:
        return self.name


class SegmentDefinition(models.Model):
    """What a segment was defined as from a moment on, with its words of then."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="definitions")
    at = models.DateTimeField()
    definition = models.TextField()
    said = models.TextField()
    actor_label = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["segment", "-at"], name="segment_definition_by_time")]

    def __str__(self) -> str:
        return self.said


class SegmentDay(models.Model):
    """How many were in a segment on a day of the winery's, and how many had come and gone since the one before."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    counted_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    #: Whether the definition had changed since the day before, which explains more than the customers do.
    redefined = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_day_once")]

    def __str__(self) -> str:
        return f"{self.size} in {self.segment_id} on {self.day}"


class SegmentMember(models.Model):
    """Who was in a segment when it was last counted."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="segment_members")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="segment_member_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class SegmentMove(models.Model):
    """Somebody who came into a segment, or went, between a day and the one before."""

    day = models.ForeignKey(SegmentDay, on_delete=models.CASCADE, related_name="moves")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="segment_moves")
    entered = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "customer"], name="segment_move_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} {'into' if self.entered else 'out of'} {self.day_id}"


class SavedPlace(models.Model):
    """An area drawn on the map, with a name: whoever lives in it now. Corners are latitude and longitude in degrees."""

    reference = reference_field("MAP")
    name = models.CharField(max_length=80)
    #: Pairs, the last corner joined to the first.
    outline = models.JSONField()
    made_at = models.DateTimeField()
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="saved_place_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def corners(self) -> list[tuple[float, float]]:
        return [(float(latitude), float(longitude)) for latitude, longitude in self.outline]


class CustomerList(models.Model):
    """Customers as a filter found them once; nobody enters or leaves by themselves."""

    reference = reference_field("LST")
    name = models.CharField(max_length=80)
    definition = models.TextField()
    #: The filter's words of then.
    said = models.TextField()
    made_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    actor_label = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="customer_list_name_once")]

    def __str__(self) -> str:
        return self.name


class CustomerListMember(models.Model):
    list = models.ForeignKey(CustomerList, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="list_members")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "customer"], name="customer_list_member_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.list_id}"
