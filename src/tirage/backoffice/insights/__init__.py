"""Where customers are and what to do about it: map, notes, clusters, events, tours; each in a folder of its own."""
