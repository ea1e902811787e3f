"""Days of laws and limits, as of all dated rules."""

from tirage.core.dated import ENDING, OLD, say_date

__all__ = ["ENDING", "OLD", "say_date"]
