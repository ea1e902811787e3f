"""Tirage: allocation and en primeur commerce for wineries that sell scarce wine."""

__version__ = "0.1.0"
