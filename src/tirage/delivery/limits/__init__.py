"""How much wine a law lets go to somebody: dated rules of a place, what counts, and what is said."""
