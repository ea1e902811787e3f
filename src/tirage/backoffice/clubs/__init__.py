"""Clubs: their plans, and who is a member."""
