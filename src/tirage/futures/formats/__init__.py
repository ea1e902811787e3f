"""Formats: wine of one lot that is bottled as its customers like, drawn from what the lot is expected to bring."""
