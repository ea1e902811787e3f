"""Django's PostgreSQL, with connections that don't wait for ever."""
