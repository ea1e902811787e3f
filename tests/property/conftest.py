"""How hard the properties are tried: the same examples in every run, or many new ones when asked.

``TIRAGE_HYPOTHESIS=thorough`` tries twenty times as many, drawn anew each time.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None, max_examples=80)
settings.register_profile("thorough", deadline=None, database=None, max_examples=1600, print_blob=True)
settings.load_profile(os.environ.get("TIRAGE_HYPOTHESIS", "steady"))
