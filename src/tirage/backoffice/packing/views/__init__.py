"""Pages of the packing room."""
