"""Moves the clock of every Python process that finds this file on its path, by as many seconds as it is told.

``tools/test.py`` puts it on the path of one part of the tests and of all that they start. Python imports a module of
this name by itself, before anything else.
"""

import os
import time

if "TIRAGE_CLOCK_MOVED" in os.environ:
    import time_machine

    time_machine.travel(time.time() + float(os.environ["TIRAGE_CLOCK_MOVED"]), tick=True).start()
