"""Addresses of the winery's stylesheet and logo."""

from django.urls import path

from tirage.parts.views import logo_svg, theme_css

app_name = "parts"
urlpatterns = [
    path("theme.css", theme_css, name="theme_css"),
    path("logo.svg", logo_svg, name="logo_svg"),
]
