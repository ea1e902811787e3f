"""Clubs: a plan with its terms and its group, and who is a member of it."""
