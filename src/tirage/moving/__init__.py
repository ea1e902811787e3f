"""Moving in: the orders of a former system, put together from its files, proved against its sums, and taken back."""
