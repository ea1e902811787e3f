"""Events: where to hold them and whom to invite."""
