"""Ends a database server that nobody will use again: its starter has gone, perhaps killed, and could not do it.

    python -IS cluster_watch.py STARTER FOLDER COMMAND …

Runs beside a ``Cluster`` as its starter's child. Once the process STARTER is gone, sends COMMAND, which stops the
server, and removes FOLDER. Nothing but the standard library, since it is run as a file.

It asks for its parent's number, and holds no pipe: a worker that the starter forks would inherit the pipe's other end
and keep it open. A child whose parent dies, however it dies, gets another parent at once on Linux and macOS, and
no later process can be mistaken for it. A starter that was killed while the server was still starting leaves nothing
to be stopped yet; but a server whose folder is gone ends by itself within a minute.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

#: Seconds from one look at the parent to the next.
_LOOKS_EVERY = 0.5
#: How often a folder is emptied into which a program that the starter left behind may still write.
_TRIES = 60


def main(starter: int, folder: Path, stop: Sequence[str]) -> None:
    while os.getppid() == starter:
        time.sleep(_LOOKS_EVERY)
    for _ in range(_TRIES):
        subprocess.run(stop, cwd="/", capture_output=True, stdin=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(_LOOKS_EVERY)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
