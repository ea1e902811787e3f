"""What leaves the winery: orders that are shipped, handed over or put into storage."""
