"""One person, two accounts: found, looked at side by side, and made one with both histories."""
