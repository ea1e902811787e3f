"""Newsletters: which lists are kept at the service, with what, and what each run did."""
