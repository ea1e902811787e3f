"""``tirage insights``: everybody placed anew, everything added up anew, and how many are on the map."""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(title="acts", metavar="rebuild | coverage", required=True)
    rebuild = acts.add_parser(
        "rebuild",
        help="place everybody anew and add everything up anew",
        description="Place everybody anew, and add up anew what was sold where. The shop may sell meanwhile.",
    )
    rebuild.set_defaults(act=_rebuild)
    coverage = acts.add_parser(
        "coverage",
        help="say how many customers are on the map, and why the others aren’t",
        description="Say how many customers are on the map, and why the others aren’t.",
    )
    coverage.set_defaults(act=_coverage)


def run(options: argparse.Namespace) -> int:
    """Does what the sub-command says; its exit code."""
    return int(options.act(options))


def _rebuild(options: argparse.Namespace) -> int:
    from tirage.core.clock import read_clock
    from tirage.insights.models import DailySales
    from tirage.insights.rebuilding import begin_rebuild, rebuild

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {total:,} customers placed", end="", file=sys.stderr, flush=True)

    done = rebuild(run=begin_rebuild(now=read_clock(), queue=False), clock=read_clock, progress=progress)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"{done.done:,} customers placed; {DailySales.objects.count():,} rows of daily sales.")
    return _coverage(options)


def _coverage(_: argparse.Namespace) -> int:
    from tirage.insights.queries import coverage_of
    from tirage.insights.states import COVERAGE_WORDS, REASON_WORDS

    found = coverage_of()
    for line in found.lines:
        why = f": {REASON_WORDS[line.reason]}" if line.reason else ""
        print(f"{line.customers:>9,} {COVERAGE_WORDS[line.coverage]}{why}")
    if found.waiting:
        print(f"{found.waiting:>9,} not looked for yet")
    return 0
