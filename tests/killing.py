"""A process that works on the test's own database, killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from django.conf import settings
from django.db import connection


def killed(program: str, *arguments: str) -> None:
    """Lets another process do it until it says that it is half way, and kills it there."""
    facts = connection.settings_dict
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_VAR": str(settings.VAR),
        "TIRAGE_DATABASE_URL": f"postgresql://{facts['USER']}@/{facts['NAME']}?host={facts['HOST']}",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == "half way"
        victim.send_signal(signal.SIGKILL)
