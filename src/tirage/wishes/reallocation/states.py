from enum import StrEnum


class ReallocationKind(StrEnum):
    """Where unused bottles went."""

    #: To chosen customers, as allowances of their own.
    ALLOWANCES = "allowances"
    #: To a release that follows the first.
    SECOND_OFFER = "second_offer"
    #: Back into the cellar: nobody may take them any more.
    STOCK = "stock"
