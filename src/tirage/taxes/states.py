"""The small vocabularies of taxes. No Django."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from tirage.taxes.protocol import TaxKind

#: The first day of what always held.
BEGINNING = date(2000, 1, 1)

#: What a row of the table of rates may be.
RATE_KINDS = (TaxKind.SALES, TaxKind.VAT)
#: What a row of the table of fees may be.
FEE_KINDS = (TaxKind.FEE, TaxKind.DEPOSIT)


class FeeUnit(StrEnum):
    """What a fee is reckoned by: once a sale, or for each container."""

    ORDER = "order"
    CONTAINER = "container"


class Relief(StrEnum):
    """Why no VAT is charged, where there would be some."""

    NONE = ""
    #: It leaves the area of the tax.
    EXPORT = "export"
    #: A business in another country of the European Union accounts for it.
    REVERSE = "reverse"
