"""Customers worth most who live near each other."""
