"""The customer's standing order: agreed to, changed for a release, paused, ended."""
