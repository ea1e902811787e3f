"""What places' laws say of wine that is sent there, besides how much of it: dated, with source and day of the check."""
