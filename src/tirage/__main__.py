"""``python -m tirage`` is the ``tirage`` command."""

import sys

from tirage.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
