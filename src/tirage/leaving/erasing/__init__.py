"""Erasing a customer: the person goes, everywhere; ledgers and tax records stay whole."""
