"""Habits of the winery that are a choice of a few."""

from enum import StrEnum


class ChargeWhen(StrEnum):
    AT_ORDER = "at_order"
    #: Set aside when ordered, taken when shipped.
    AT_SHIPMENT = "at_shipment"
