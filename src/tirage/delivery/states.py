from datetime import date
from enum import StrEnum

#: The first day of what always was so.
BEGINNING = date(2000, 1, 1)


class MethodKind(StrEnum):
    SHIP = "ship"
    #: Sent to a carrier's location, where it is picked up.
    HOLD = "hold"
    PICKUP = "pickup"
    STORAGE = "storage"

    @property
    def is_sent(self) -> bool:
        """Whether a carrier takes it to an address, whose law counts."""
        return self in SENT


#: The kinds by which wine goes to an address.
SENT = (MethodKind.SHIP, MethodKind.HOLD)


class Visibility(StrEnum):
    ALL = "all"
    #: Customers of the groups that the method names, those of clubs among them.
    GROUPS = "groups"
    STAFF = "staff"


class Basis(StrEnum):
    """What the steps of a table of rates count in."""

    #: Bottle equivalents: thousandths of one of 750 ml.
    BOTTLES = "bottles"
    #: Grams.
    WEIGHT = "weight"
    #: What the wine costs after the group's discount: minor units.
    VALUE = "value"
    #: One price for all there is.
    FLAT = "flat"


class VolumeUnit(StrEnum):
    """What a law counts in. A bottle is one of 750 ml, a case is nine litres: twelve of them."""

    LITRE = "litre"
    CASE = "case"
    BOTTLE = "bottle"


class LimitPeriod(StrEnum):
    """How long wine counts against a limit: parts of the calendar, a year that begins on July 1, or one that begins
    with the winery's permit.
    """

    ORDER = "order"
    MONTH = "month"
    TWO_MONTHS = "two_months"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"
    PERMIT_YEAR = "permit_year"


class LawKind(StrEnum):
    """What a law of a place says besides how much wine may go there."""

    #: No wine at all.
    CLOSED = "closed"
    #: Wine only while a permit is in force; its number.
    PERMIT = "permit"
    #: No wine stronger than so much.
    ALCOHOL = "alcohol"
    #: No bottles of these volumes.
    FORMATS = "formats"
    #: Only what somebody bought at the winery.
    ON_SITE = "on_site"
    #: Only by these carriers.
    CARRIERS = "carriers"
    #: Only wines whose labels are registered.
    LABELS = "labels"
    #: Nothing to these ZIPs.
    DRY_ZIPS = "dry_zips"
    #: An adult signs; kept for who packs, nothing is refused by it.
    SIGNATURE = "signature"
    #: What has to be reported and when; kept for the team, nothing is refused by it.
    REPORTING = "reporting"


class ReportEvery(StrEnum):
    """How often a place wants to be reported to."""

    MONTH = "month"
    TWO_MONTHS = "two_months"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class LimitSubject(StrEnum):
    """Whose wine is counted together."""

    PERSON = "person"
    #: Customers with one home address, and whatever goes there.
    HOUSEHOLD = "household"
    #: Whatever goes to one address, whoever buys it.
    ADDRESS = "address"
    #: All that the winery sends there.
    WINERY = "winery"
