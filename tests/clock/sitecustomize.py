"""Moves the clock of every Python process that finds this file on its path, by as many seconds as it is told.

``tools/test.py`` puts it on the path of one part of the tests and of all that they start. Python imports a module of
this name by itself, before anything else; one that it hides is imported after it.
"""

import os
import sys
import time
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

if "TIRAGE_CLOCK_MOVED" in os.environ:
    try:
        import time_machine
    except ImportError:
        # Another Python than the tests' own, such as one into which a test installs the wheel: it stays at present.
        pass
    else:
        time_machine.travel(time.time() + float(os.environ["TIRAGE_CLOCK_MOVED"]), tick=True).start()

_elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]
_hidden = PathFinder.find_spec("sitecustomize", _elsewhere)
if _hidden and _hidden.loader:
    _hidden.loader.exec_module(module_from_spec(_hidden))
