"""Coming to the list: signing up at the shop's door, and waiting in line for a place in a group.

``signing_up.py`` is the form with its mail and button, ``waiting.py`` the line: in, invited, accepted, out of it again;
``queries.py`` what the line looks like from inside.
"""
