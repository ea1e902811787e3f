"""Bottles that an allocation left over: counted while it happens, and given on."""
