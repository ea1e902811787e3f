"""Wine that is sold before it is in bottle: lots, commitments, plans of payment."""
