"""The journey of an order change: draft, quote, money, apply."""
