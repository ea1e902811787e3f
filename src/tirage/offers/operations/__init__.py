"""Business acts of the team on releases, offers and items."""

from tirage.offers.operations.campaigns import CampaignValues, save_campaign
from tirage.offers.operations.deleting import Hanging, delete_offer, delete_release, hanging_on, is_draft
from tirage.offers.operations.items import (
    ItemValues,
    copy_items,
    limits_of,
    remove_custom_allowance,
    remove_item,
    save_custom_allowance,
    save_items,
)
from tirage.offers.operations.releases import (
    OfferValues,
    activate_offer,
    clone_release,
    deactivate_offer,
    save_offer,
    save_release,
    shift_days,
)
from tirage.offers.rules import MOST_BOTTLES

__all__ = [
    "MOST_BOTTLES",
    "CampaignValues",
    "Hanging",
    "ItemValues",
    "OfferValues",
    "activate_offer",
    "clone_release",
    "copy_items",
    "deactivate_offer",
    "delete_offer",
    "delete_release",
    "hanging_on",
    "is_draft",
    "limits_of",
    "remove_custom_allowance",
    "remove_item",
    "save_campaign",
    "save_custom_allowance",
    "save_items",
    "save_offer",
    "save_release",
    "shift_days",
]
