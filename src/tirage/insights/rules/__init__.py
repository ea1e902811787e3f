"""Places, periods and figures: what is counted, and in which words. No Django."""
