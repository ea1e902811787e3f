"""Standing orders: who agreed that each release's allocation is ordered by itself, and the runs that do it."""
