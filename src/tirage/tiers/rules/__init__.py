"""The arithmetic of tiers: the allowance ladder, and criteria as of a day. No Django."""
