"""Addresses of wines and stock."""

from django.urls import path

from tirage.backoffice.cellar.views import skus, wines

urlpatterns = [
    path("cellar/", skus.cellar, name="cellar"),
    path("cellar/wines/new/", wines.edit_wine, name="new_wine"),
    path("cellar/wines/<slug:reference>/", wines.wine, name="wine"),
    path("cellar/wines/<slug:reference>/edit/", wines.edit_wine, name="edit_wine"),
    path("cellar/wines/<slug:reference>/vintages/new/", wines.edit_vintage, name="new_vintage"),
    path("cellar/wines/<slug:reference>/vintages/<slug:year>/", wines.edit_vintage, name="edit_vintage"),
    path("cellar/wines/<slug:reference>/vintages/<slug:year>/label/", wines.set_label, name="set_label"),
    path("cellar/wines/<slug:reference>/vintages/<slug:year>/skus/new/", skus.new_sku, name="new_sku"),
    path("cellar/skus/<slug:code>/", skus.sku, name="sku"),
    path("cellar/skus/<slug:code>/edit/", skus.edit_sku, name="edit_sku"),
    path("cellar/skus/<slug:code>/stock/", skus.book_stock, name="book_stock"),
    path("cellar/skus/<slug:code>/switch/", skus.switch_sku, name="switch_sku"),
]
