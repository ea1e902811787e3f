"""Wine that isn't bottled yet."""

from django.urls import path

from tirage.storefront.futures import cards, formats, giving, instead, portfolios, settling, views

urlpatterns = [
    path("account/futures/give/", giving.give, name="give"),
    path("account/futures/transfers/<str:reference>/", giving.transfer, name="transfer"),
    path("account/futures/card/", cards.later_card, name="later_card"),
    path("account/futures/", views.futures, name="futures"),
    path("account/futures/file/", portfolios.futures_file, name="futures_file"),
    path("account/futures/portfolios/new/", portfolios.new_portfolio, name="new_portfolio"),
    path("account/futures/portfolios/<str:reference>/", portfolios.portfolio, name="portfolio"),
    path("account/futures/<str:reference>/format/<str:lot>/", formats.another_format, name="another_format"),
    path("account/futures/<str:reference>/certificate/", views.certificate, name="certificate"),
    path("account/futures/<str:reference>/certificate/pdf/", views.certificate_pdf, name="certificate_pdf"),
    path("account/futures/<str:reference>/settle/", settling.settle, name="settle"),
    path("account/futures/<str:reference>/paid/", settling.settle_paid, name="settle_paid"),
    path("account/futures/instead/<str:reference>/", instead.instead, name="instead"),
    path("certificates/<str:reference>/", views.check, name="check_certificate"),
]
