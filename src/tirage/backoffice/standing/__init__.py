"""Standing orders: who has one, on which words, and the run of each release."""
