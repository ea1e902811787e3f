"""Serves the bare view as ``tirage serve`` serves the shop, with the same options and defaults. A process of its own.

PGHOST=… python -m tirage.bench.bare_server --port PORT
"""

from __future__ import annotations

import argparse

from tirage.cli.serve import add_arguments, run_server


def main() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args()
    run_server("tirage.bench.bare:application", **vars(options))


if __name__ == "__main__":
    main()
