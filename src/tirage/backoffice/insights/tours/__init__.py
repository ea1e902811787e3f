"""On the road: tours of several stops."""
