"""Loading the demo winery into an empty database, and saying who may be tried in it."""

from tirage.demo.loader.loading import load_demo
from tirage.demo.loader.named import sign_ins

__all__ = ["load_demo", "sign_ins"]
