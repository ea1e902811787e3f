"""Who gets how many of the bottles that more are wished of than there are. Pure: no database, no clock, no chance
but what a seed says.
"""

from tirage.wishes.rules.aims import Aim, Objective, worth
from tirage.wishes.rules.asks import Ask, Caps, Shares
from tirage.wishes.rules.choosing import share_by_all, share_out
from tirage.wishes.rules.measures import Outcome, measure
from tirage.wishes.rules.sharing import SIMPLE, Rule

__all__ = [
    "SIMPLE",
    "Aim",
    "Ask",
    "Caps",
    "Objective",
    "Outcome",
    "Rule",
    "Shares",
    "measure",
    "share_by_all",
    "share_out",
    "worth",
]
