"""The compliance service: whether one is connected, what it is asked for, whether its key is good."""
