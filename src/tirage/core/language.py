"""Which English a winery's pages and mails are in: what is written in the code is American, the catalogue British.

Texts whose words differ are marked with gettext; their catalogues are in ``locale``, compiled and checked in
(``tools/catalogues.py``), so that nothing has to be compiled where Tirage is installed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils import translation

from tirage.core.winery import current_winery

AMERICAN, BRITISH = "en-us", "en-gb"


def winery_language() -> str:
    """American for a winery that writes its figures as in the United States, else British."""
    return AMERICAN if current_winery().locale == "en_US" else BRITISH


def speaking_the_winerys() -> AbstractContextManager[None]:
    """Everything inside is said in the winery's own words."""
    return translation.override(winery_language())
