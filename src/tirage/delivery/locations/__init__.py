"""Carriers' locations where parcels are held: the winery's list, and who has wine held where."""
