"""Orders that wait until a compliance service, or somebody of the team, lets them ship."""
