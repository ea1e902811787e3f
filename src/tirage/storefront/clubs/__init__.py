"""Clubs, for customers: what there is to join, and one's own memberships."""
