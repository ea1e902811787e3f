"""What the team changes about the winery itself and about the team."""

from tirage.backoffice.operations.team import (
    change_member,
    invite_member,
    reset_second_factor,
    send_invitation,
)
from tirage.backoffice.operations.winery import save_logo, save_winery

__all__ = [
    "change_member",
    "invite_member",
    "reset_second_factor",
    "save_logo",
    "save_winery",
    "send_invitation",
]
