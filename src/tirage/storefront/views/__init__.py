"""The pages, one module a subject: parse, one operation, show."""
