"""Addresses of the winery's stylesheet and logo, and of the page of all parts where that exists."""

from django.conf import settings
from django.urls import path

from tirage.parts import dev_urls
from tirage.parts.suggesting import suggest_places
from tirage.parts.views import favicon, logo_svg, samples_css, theme_css, winery_icon

app_name = "parts"
urlpatterns = [
    path("theme.css", theme_css, name="theme_css"),
    path("typefaces.css", samples_css, name="samples_css"),
    path("logo.svg", logo_svg, name="logo_svg"),
    path("icon-<int:size>.png", winery_icon, name="winery_icon"),
    path("favicon.ico", favicon, name="favicon"),
    path("places/", suggest_places, name="suggest_places"),
    *(dev_urls.urlpatterns if settings.TIRAGE_DEV_PAGES else []),
]
