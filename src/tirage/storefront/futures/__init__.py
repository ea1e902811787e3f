"""A customer's wine that isn't bottled yet, and the page by which anybody can check a certificate."""
