"""The waiting list: who stands in line, invited, taken into a group, or taken off it."""
