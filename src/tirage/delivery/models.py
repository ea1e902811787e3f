"""Where wine may go, how, for how much, with which tax. No order is known here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tirage.catalog.models import Vintage
from tirage.core.fields import reference_field, state_check
from tirage.customers.models import Group
from tirage.delivery.carriers import LONGEST_CARRIER, carrier_name, say_way
from tirage.delivery.states import (
    BEGINNING,
    SENT,
    Basis,
    LawKind,
    LimitPeriod,
    LimitSubject,
    MethodKind,
    ReportEvery,
    Visibility,
    VolumeUnit,
)

#: More than any law names: a hundred thousand litres.
MOST_MILLILITRES = 100_000_000


class Zone(models.Model):
    """Destinations that cost the same to reach."""

    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Destination(models.Model):
    """A state, or a country without states (state empty): open or closed. Its taxes stand in ``taxes``."""

    country = models.CharField(max_length=2)
    state = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=80)
    zone = models.ForeignKey(Zone, on_delete=models.SET_NULL, null=True, blank=True)
    is_open = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "state"], name="destination_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Method(models.Model):
    """A way for wine to reach its owner."""

    reference = reference_field("MTH")
    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    internal_description = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, default=MethodKind.SHIP.value)
    visibility = models.CharField(max_length=10, default=Visibility.ALL.value)
    qualifies_for_free_shipping = models.BooleanField(default=False)
    #: Whether its carrier takes wine to post office boxes, military posts and territories of the United States.
    takes_po_boxes = models.BooleanField(default=False)
    takes_military = models.BooleanField(default=False)
    takes_territories = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    #: Who carries it, by a word of ``carriers``; and how many business days it takes, at least and at most.
    carrier = models.CharField(max_length=LONGEST_CARRIER, blank=True, default="", db_default="")
    days_least = models.PositiveSmallIntegerField(null=True, blank=True)
    days_most = models.PositiveSmallIntegerField(null=True, blank=True)
    #: The first and the last day on which it is offered, on the winery's clock; empty for no bound.
    offered_from = models.DateField(null=True, blank=True)
    offered_until = models.DateField(null=True, blank=True)
    #: Where wine is picked up, and when somebody is there.
    pickup_address = models.CharField(max_length=200, blank=True, default="", db_default="")
    opening_hours = models.CharField(max_length=200, blank=True, default="", db_default="")
    #: So many days after wine is ready, who hasn't picked it up is reminded, once and once again; and from so
    #: many days on it is sent to them instead. Empty: never.
    remind_first_days = models.PositiveSmallIntegerField(null=True, blank=True)
    remind_again_days = models.PositiveSmallIntegerField(null=True, blank=True)
    send_after_days = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    #: Pickup and storage are taxed where the wine is handed over.
    handover = models.ForeignKey(
        Destination, on_delete=models.PROTECT, null=True, blank=True, related_name="handover_methods"
    )
    #: Who may choose it, where it is for some groups only.
    groups = models.ManyToManyField(Group, related_name="methods", blank=True)
    #: Open states that this method does not reach all the same.
    closed_destinations = models.ManyToManyField(Destination, related_name="closed_methods", blank=True)

    class Meta:
        constraints = [
            state_check("kind", MethodKind, "method_kind_is_legal"),
            state_check("visibility", Visibility, "method_visibility_is_legal"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in SENT]) | Q(handover__isnull=False),
                name="method_without_shipping_names_handover",
            ),
            models.CheckConstraint(
                condition=Q(offered_from__isnull=True)
                | Q(offered_until__isnull=True)
                | Q(offered_until__gte=F("offered_from")),
                name="method_offered_until_after_from",
            ),
            models.CheckConstraint(
                condition=Q(days_least__isnull=True)
                | Q(days_most__isnull=True)
                | Q(days_most__gte=F("days_least")),
                name="method_days_most_not_below_least",
            ),
            models.CheckConstraint(
                condition=Q(kind=MethodKind.PICKUP.value)
                | Q(
                    remind_first_days__isnull=True,
                    remind_again_days__isnull=True,
                    send_after_days__isnull=True,
                ),
                name="method_only_pickups_wait",
            ),
            models.CheckConstraint(
                condition=Q(remind_again_days__isnull=True)
                | Q(remind_first_days__isnull=False, remind_again_days__gt=F("remind_first_days")),
                name="method_reminds_first_then_again",
            ),
            models.CheckConstraint(
                condition=Q(send_after_days__isnull=True)
                | Q(send_after_days__gt=0)
                & (Q(remind_first_days__isnull=True) | Q(send_after_days__gt=F("remind_first_days")))
                & (Q(remind_again_days__isnull=True) | Q(send_after_days__gt=F("remind_again_days"))),
                name="method_reminds_before_it_sends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def way(self) -> str:
        """Its carrier and speed in words."""
        return say_way(self.carrier, self.days_least, self.days_most)


class Location(models.Model):
    """Where a carrier holds parcels for who picks them up: a counter, an office, a shop that it works with.

    What the winery keeps is ``is_listed`` and offered to everybody near it; what a customer typed is theirs alone.
    One is never deleted, because addresses and orders name it; one that closed isn't ``is_active`` any more.
    """

    reference = reference_field("LOC")
    carrier = models.CharField(max_length=LONGEST_CARRIER)
    #: The carrier's own name for it, which its label asks for.
    code = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=80)
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120)
    state = models.CharField(max_length=60, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, default="US")
    opening_hours = models.CharField(max_length=200, blank=True)
    is_listed = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(carrier=""), name="location_has_its_carrier"),
            models.UniqueConstraint(
                fields=["carrier", "code"],
                condition=~Q(code="") & Q(is_listed=True),
                name="location_once_a_code",
            ),
        ]
        indexes = [
            models.Index(fields=["country", "state"], condition=Q(is_listed=True), name="location_by_state")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def carrier_name(self) -> str:
        return carrier_name(self.carrier)


class RateTable(models.Model):
    """A method's prices from a day of the winery's clock on, until the method's next table begins.

    So no day has two tables, none between the first and the last has none, and next year's waits for its day.
    """

    method = models.ForeignKey(Method, on_delete=models.CASCADE, related_name="rate_tables")
    first_day = models.DateField(default=BEGINNING)
    #: What its steps count in.
    basis = models.CharField(max_length=10, default=Basis.BOTTLES.value)
    #: Prices are kept between the two.
    minimum_minor = models.BigIntegerField(default=0)
    maximum_minor = models.BigIntegerField(null=True, blank=True)
    #: Delivery is included from so many bottle equivalents (thousandths), or from so much wine after discounts, on.
    included_from_milli = models.PositiveIntegerField(null=True, blank=True)
    included_from_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            state_check("basis", Basis, "rate_table_basis_is_legal"),
            models.CheckConstraint(condition=Q(minimum_minor__gte=0), name="rate_table_minimum_not_negative"),
            models.CheckConstraint(
                condition=Q(maximum_minor__isnull=True) | Q(maximum_minor__gte=F("minimum_minor")),
                name="rate_table_maximum_not_below_minimum",
            ),
            models.CheckConstraint(
                condition=Q(included_from_milli__isnull=True) | Q(included_from_milli__gt=0),
                name="rate_table_included_from_some_bottles",
            ),
            models.CheckConstraint(
                condition=Q(included_from_minor__isnull=True) | Q(included_from_minor__gt=0),
                name="rate_table_included_from_some_wine",
            ),
            models.UniqueConstraint(fields=["method", "first_day"], name="rate_table_once_a_day"),
            models.CheckConstraint(
                condition=Q(first_day__gte=BEGINNING), name="rate_table_begins_after_the_beginning"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method_id} from {self.first_day}"


class Rate(models.Model):
    """The price of a table into one zone up to so much of what the table counts in (``Basis``): thousandths of a
    bottle of 750 ml, grams, or minor units of wine.
    """

    table = models.ForeignKey(RateTable, on_delete=models.CASCADE, related_name="rates")
    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="rates")
    up_to_milli = models.PositiveIntegerField()
    price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "zone", "up_to_milli"], name="rate_once_a_step"),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="rate_price_not_negative"),
            models.CheckConstraint(condition=Q(up_to_milli__gt=0), name="rate_step_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id} {self.zone_id} up to {self.up_to_milli}"


class VolumeLimit(models.Model):
    """A place's law on how much wine may go to somebody, in force from its first to its last day, both counted.

    The unit is how the law says it; what counts is millilitres. Two of one place, period and subject are never in
    force on the same day: whoever saves one holds the place's lock and compares (``limits.operations``).
    """

    reference = reference_field("LIM")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="limits")
    period = models.CharField(max_length=12)
    subject = models.CharField(max_length=10)
    unit = models.CharField(max_length=6)
    millilitres = models.PositiveIntegerField()
    #: Where the year is the permit's: the month and day on which it begins, as 715 for July 15.
    year_begins = models.PositiveSmallIntegerField(null=True, blank=True)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            state_check("period", LimitPeriod, "volume_limit_period_is_legal"),
            state_check("subject", LimitSubject, "volume_limit_subject_is_legal"),
            state_check("unit", VolumeUnit, "volume_limit_unit_is_legal"),
            models.CheckConstraint(
                condition=Q(millilitres__gt=0, millilitres__lte=MOST_MILLILITRES),
                name="volume_limit_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="volume_limit_begins_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(period=LimitPeriod.PERMIT_YEAR.value, year_begins__isnull=False)
                & Q(year_begins__gte=101, year_begins__lte=1231)
                | ~Q(period=LimitPeriod.PERMIT_YEAR.value) & Q(year_begins__isnull=True),
                name="volume_limit_permit_year_begins",
            ),
            models.UniqueConstraint(
                fields=["destination", "period", "subject", "first_day"], name="volume_limit_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["destination", "period", "subject"],
                condition=Q(last_day__isnull=True),
                name="volume_limit_one_without_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.millilitres} ml, {self.destination_id} {self.subject} {self.period}"


class Law(models.Model):
    """What a place's law says of wine that is sent there, in force from its first to its last day, both counted.

    ``tenths`` is the strongest wine of an alcohol ceiling, in tenths of a percent; ``words`` is a permit's number,
    volumes in millilitres, ZIPs or beginnings of ZIPs, or what is to be known, by the kind. Whoever saves one holds the
    place's lock.
    """

    reference = reference_field("LAW")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="laws")
    kind = models.CharField(max_length=10)
    tenths = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.CharField(max_length=1000, blank=True)
    #: The vintages whose labels are registered, where the law asks for that.
    labels: models.ManyToManyField[Vintage, LabelRegistration] = models.ManyToManyField(
        Vintage, related_name="registered_by", blank=True, through="LabelRegistration"
    )
    #: Of a duty to report: how often, and the day until which the next report is due.
    every = models.CharField(max_length=10, blank=True, default="", db_default="")
    due_on = models.DateField(null=True, blank=True)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    checked_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            state_check("kind", LawKind, "law_kind_is_legal"),
            models.CheckConstraint(
                condition=Q(kind=LawKind.ALCOHOL.value, tenths__isnull=False, tenths__lte=1_000)
                | (~Q(kind=LawKind.ALCOHOL.value) & Q(tenths__isnull=True)),
                name="law_ceiling_of_alcohol",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[LawKind.FORMATS.value, LawKind.DRY_ZIPS.value, LawKind.CARRIERS.value])
                | ~Q(words=""),
                name="law_names_what_it_bars",
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="law_begins_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(kind=LawKind.REPORTING.value, every__in=["", *(one.value for one in ReportEvery)])
                | Q(every="", due_on__isnull=True),
                name="law_due_is_of_a_report",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.destination_id} {self.kind}"


class LabelRegistration(models.Model):
    """A wine's label that is registered where a law asks for it, to its last day; without one until further notice."""

    law = models.ForeignKey(Law, on_delete=models.CASCADE, related_name="registrations")
    vintage = models.ForeignKey(Vintage, on_delete=models.CASCADE, related_name="registrations")
    last_day = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "delivery_law_labels"
        unique_together = (("law", "vintage"),)

    def __str__(self) -> str:
        return f"{self.vintage_id} by law {self.law_id}"
