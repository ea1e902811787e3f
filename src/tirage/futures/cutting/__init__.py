"""A lot brings less than was sold of it: who goes without, planned, previewed, and carried out by the worker."""
