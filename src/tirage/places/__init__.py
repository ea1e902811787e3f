"""Places: countries, states, ZIPs, metropolitan areas, distances and whether an address holds together.

The lowest room: pure Python over data files, no Django. Everything public is named here.
"""

from tirage.places.addresses import Problem, validate_address_parts
from tirage.places.ages import age_of_sale
from tirage.places.countries import (
    Country,
    countries,
    find_country,
    normalise_country,
    normalise_postal_code,
    normalise_state,
    read_country,
    regions,
    states_of_postal_code,
    subdivisions,
)
from tirage.places.doubts import Doubt, Suggestion, find_doubt
from tirage.places.formats import AddressFormat, format_of
from tirage.places.layout import address_lines
from tirage.places.outlines import Outline, circle_around, edges_of, is_drawn, is_inside
from tirage.places.projecting import (
    US_CANVAS,
    WORLD_CANVAS,
    find_in_us,
    find_in_world,
    place_in_us,
    place_in_world,
)
from tirage.places.sameness import address_key, town_key
from tirage.places.shapes import Shape, ShapeKind, shapes_of
from tirage.places.special import SPECIAL_WORDS, SpecialKind, special_kinds
from tirage.places.states import STATES, State, StateKind
from tirage.places.suggesting import Offered, towns_that_begin, zips_that_begin
from tirage.places.us import (
    MetroArea,
    ZipPlace,
    all_zips,
    cities_like,
    county_name,
    find_metro_area,
    find_state,
    find_zip,
    income_of_zip,
    metro_areas,
    miles_between,
    population_of,
    state_of_zip,
    zips_in_state,
    zips_of_city,
    zips_within,
)
from tirage.places.world import City, find_city

__all__ = [
    "SPECIAL_WORDS",
    "STATES",
    "US_CANVAS",
    "WORLD_CANVAS",
    "AddressFormat",
    "City",
    "Country",
    "Doubt",
    "MetroArea",
    "Offered",
    "Outline",
    "Problem",
    "Shape",
    "ShapeKind",
    "SpecialKind",
    "State",
    "StateKind",
    "Suggestion",
    "ZipPlace",
    "address_key",
    "address_lines",
    "age_of_sale",
    "all_zips",
    "circle_around",
    "cities_like",
    "countries",
    "county_name",
    "edges_of",
    "find_city",
    "find_country",
    "find_doubt",
    "find_in_us",
    "find_in_world",
    "find_metro_area",
    "find_state",
    "find_zip",
    "format_of",
    "income_of_zip",
    "is_drawn",
    "is_inside",
    "metro_areas",
    "miles_between",
    "normalise_country",
    "normalise_postal_code",
    "normalise_state",
    "place_in_us",
    "place_in_world",
    "population_of",
    "read_country",
    "regions",
    "shapes_of",
    "special_kinds",
    "state_of_zip",
    "states_of_postal_code",
    "subdivisions",
    "town_key",
    "towns_that_begin",
    "validate_address_parts",
    "zips_in_state",
    "zips_of_city",
    "zips_that_begin",
    "zips_within",
]
