"""Who gets how many of the bottles that more are wished of than there are. Pure: no database, no clock, no chance
but what a seed says.
"""

from tirage.wishes.rules.asks import Ask, Caps, Shares
from tirage.wishes.rules.measures import Outcome, measure
from tirage.wishes.rules.sharing import Rule, share_out

__all__ = ["Ask", "Caps", "Outcome", "Rule", "Shares", "measure", "share_out"]
