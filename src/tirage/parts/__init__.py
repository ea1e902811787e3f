"""The shared parts of both interfaces: components, typography, colours, tags and base layouts."""
