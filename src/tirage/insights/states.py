"""Where customers are, as far as it is known, and why it isn't."""

from enum import StrEnum


class PlacePrecision(StrEnum):
    """How closely a customer's place is known: the middle of what."""

    ZIP = "zip"
    CITY = "city"
    STATE = "state"
    COUNTRY = "country"
    NOTHING = "nothing"


class Coverage(StrEnum):
    #: At a ZIP or in a city: a point on the map.
    PLACED = "placed"
    #: In a state, or a country, and nothing closer: counted there, no point on the map.
    STATE_ONLY = "state_only"
    NOT_PLACED = "not_placed"
    #: What is known of them isn't where they live.
    EXCLUDED = "excluded"


class Reason(StrEnum):
    """Why somebody isn't a point on the map; empty for who is."""

    NONE = ""
    NO_ADDRESS = "no_address"
    UNKNOWN_ZIP = "unknown_zip"
    UNKNOWN_CITY = "unknown_city"
    GIFT_ADDRESS = "gift_address"
    BUSINESS = "business"
    PICKUP = "pickup"
    CARRIER_LOCATION = "carrier_location"
    MILITARY = "military"


#: Each in words, as it follows “12 customers: …”.
REASON_WORDS = {
    Reason.NO_ADDRESS: "no address on file",
    Reason.UNKNOWN_ZIP: "a ZIP that isn’t in the tables",
    Reason.UNKNOWN_CITY: "a city that isn’t in the tables",
    Reason.GIFT_ADDRESS: "only somebody else’s address",
    Reason.BUSINESS: "only a business address",
    Reason.PICKUP: "only orders picked up at the winery",
    Reason.CARRIER_LOCATION: "only a carrier’s counter or locker",
    Reason.MILITARY: "a military post office",
}
COVERAGE_WORDS = {
    Coverage.PLACED: "on the map",
    Coverage.STATE_ONLY: "known by state or country only",
    Coverage.NOT_PLACED: "not placed",
    Coverage.EXCLUDED: "left out",
}


class PlacingState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"


class Weight(StrEnum):
    """What a planner adds up."""

    #: What somebody ever spent, as customers' pages say it.
    VALUE = "value"
    #: Everybody the same.
    PEOPLE = "people"


class ReachKind(StrEnum):
    MILES = "miles"
    MINUTES = "minutes"
