"""The release grid: the wines of a release down, its offers across, all their limits edited on one page."""
