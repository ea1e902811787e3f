"""Moving out: everything as one file, and back into an empty Tirage."""
