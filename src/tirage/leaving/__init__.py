"""Moving out, and people's rights: everything as one file and back, one customer's own data, erasing, what is kept how long."""
