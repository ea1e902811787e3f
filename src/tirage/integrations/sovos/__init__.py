"""Sovos ShipCompliant: which states let a sale ship, what tax it owes, and what is reported of it."""
