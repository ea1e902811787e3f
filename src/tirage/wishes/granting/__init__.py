"""Grant runs: shared out, looked at, worked through by the worker; every grant a change of an order."""

from tirage.wishes.granting.acting import continue_granting, grant_next, grant_wish
from tirage.wishes.granting.gathering import Terms
from tirage.wishes.granting.keeping import look_after_granted_orders
from tirage.wishes.granting.planning import Give, adjust_lines, draft_chosen, draft_granting
from tirage.wishes.granting.requests import take_back
from tirage.wishes.granting.running import again, start_granting, stop_granting, sweep_stopped_granting
from tirage.wishes.granting.sharing import share_wishes, sweep_waiting_shares

__all__ = [
    "Give",
    "Terms",
    "adjust_lines",
    "again",
    "continue_granting",
    "draft_chosen",
    "draft_granting",
    "grant_next",
    "grant_wish",
    "look_after_granted_orders",
    "share_wishes",
    "start_granting",
    "stop_granting",
    "sweep_stopped_granting",
    "sweep_waiting_shares",
    "take_back",
]
