"""What the gateway's list and the books disagree about."""

from django.urls import path

from tirage.backoffice.payments.findings import views

urlpatterns = [
    path("payments/findings/", views.findings, name="findings"),
    path("payments/findings/compare", views.compare, name="findings_compare"),
    path("payments/findings/<slug:reference>/", views.finding, name="finding"),
    path("payments/findings/<slug:reference>/attach", views.attach, name="finding_attach"),
    path("payments/findings/<slug:reference>/give-back", views.give_back, name="finding_give_back"),
    path("payments/findings/<slug:reference>/book", views.book, name="finding_book"),
    path("payments/findings/<slug:reference>/looked-into", views.looked_into, name="finding_looked_into"),
]
