"""Files of other systems, known by their headers: one file here for each system, which says which column is what.

reading.py    the files, as layouts; which one a file's headers are of
making.py     the columns that files don't have as such but say: joined, first filled, taken apart, filled down
addresses.py  an address in one cell taken apart
matching.py   a table laid out, and its columns matched: what the layout says, then by name
"""
