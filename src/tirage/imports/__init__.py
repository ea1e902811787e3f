"""Lists in and out: customers, skus, stock and offer items from files, and files of them again.

Reading order: ``kinds.py`` names what can be imported; each kind (``customers.py``, ``skus.py``, ``stock.py``,
``offer_items.py``) parses a row, checks rows against the database and writes them; ``engine.py`` drives a kind over
a file; ``operations`` are the acts on an ImportRun, ``queries.py`` what is read of one; ``commands.py`` is the command
line, ``exports.py`` the way out.
"""
