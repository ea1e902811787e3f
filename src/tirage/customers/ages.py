"""Old enough to buy wine: what is known of somebody's age, and which age counts where.

A known date of birth outweighs every "yes": it is kept also when it was refused, and only the winery corrects it.
"""

from __future__ import annotations

from datetime import date, datetime

from tirage.core.errors import DomainError
from tirage.core.winery import current_winery, local_time
from tirage.customers.rules import age_on
from tirage.places import age_of_sale


def legal_age(country: str = "", state: str = "") -> int:
    """The age from which the winery sells; where the wine is handed over in a named place, that place's if higher."""
    own = current_winery().legal_age
    return max(own, age_of_sale(country, state)) if country else own


def is_under_age(born: date | None, now: datetime, *, country: str = "", state: str = "") -> bool:
    """Whether somebody is known to be too young today on the winery's calendar. Nobody is whose birth isn't known."""
    return born is not None and age_on(local_time(now).date(), born) < legal_age(country, state)


def say_under_age(country: str = "", state: str = "") -> str:
    """Why nothing is sold to somebody who is known to be too young, for customers and staff alike."""
    age = legal_age(country, state)
    return (
        f"Wine may only be sold to people of {age} or older, and the date of birth on this account is of somebody"
        " younger. If it was mistyped, the winery can correct it."
    )


def refuse_under_age(born: date | None, now: datetime, *, country: str = "", state: str = "") -> None:
    """Raises DomainError ``too_young`` for somebody who is known to be too young."""
    if is_under_age(born, now, country=country, state=state):
        raise DomainError("too_young", say_under_age(country, state))
