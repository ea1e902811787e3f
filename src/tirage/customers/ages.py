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


def say_recipient_under_age(country: str = "", state: str = "") -> str:
    """Why no wine goes to a recipient of the address book who is known to be too young."""
    return (
        f"Who receives wine has to be {legal_age(country, state)} or older, and this recipient isn't yet."
        " Choose another address."
    )


def is_age_unknown(born: date | None, *, country: str = "", state: str = "") -> bool:
    """Whether the place's law wants more years than the winery asks for, of somebody whose birth isn't known."""
    return born is None and legal_age(country, state) > legal_age()


def say_age_unknown(country: str = "", state: str = "") -> str:
    """Why a place's law wants a date of birth first."""
    return f"Wine for this place is sold to people of {legal_age(country, state)} or older: a date of birth is missing."


def refuse_under_age(born: date | None, now: datetime, *, country: str = "", state: str = "") -> None:
    """Raises DomainError ``too_young`` for somebody who is known to be too young."""
    if is_under_age(born, now, country=country, state=state):
        raise DomainError("too_young", say_under_age(country, state))
