"""Every address of the product. Each room's own urls.py lists its pages."""

from importlib.util import find_spec

from django.urls import include, path

_ROOMS = [
    ("", "tirage.parts.urls"),
    ("winery/", "tirage.backoffice.urls"),
    ("", "tirage.storefront.urls"),
]

urlpatterns = [path(prefix, include(module)) for prefix, module in _ROOMS if find_spec(module)]
