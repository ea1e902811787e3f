"""The doctor is found before Django is set up."""

from __future__ import annotations

import os
import subprocess
import sys


def test_the_doctor_asks_for_no_models_before_they_are_there() -> None:
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", "import tirage.cli.doctor"], env=bare, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
