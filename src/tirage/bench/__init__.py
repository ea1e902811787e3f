"""``tirage bench``: release day against the physical limit of this machine, in one run."""

from tirage.bench.release_day import add_arguments, run

__all__ = ["add_arguments", "run"]
